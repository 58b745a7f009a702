"""The values that say how a roster is shaped: they compare, hash and refuse like every policy."""

from attrs import evolve

import oneroster_reconcile as orr
from oneroster_reconcile import Kind, Requirement, Sections, ValueMapping
from oneroster_reconcile.policy.presets import PRESETS


def test_only_presets_of_products_shape_more_than_time() -> None:
    """Words, requirements and sections are a product's own; our own presets have none."""
    shaping = {
        name for name, preset in PRESETS.items() if any((preset().mappings, preset().requires, preset().sections is not None))
    }
    assert not shaping & {"additive", "careful", "mirror"}
    assert shaping >= {"summit_accounts", "summit_full_roster"}


def test_policies_that_shape_alike_are_equal_and_hash_alike() -> None:
    """However their collections were given."""
    one = orr.Policy(
        mappings={"user.grades": {"5": "05"}},
        requires=(Requirement(kind=Kind.ORG, needs=["nces_id"], types=["school"]),),
        sections=Sections(courses=["c1"], subjects={"Art"}),
    )
    other = orr.Policy(
        mappings={"user.grades": ValueMapping(values={"5": "05"})},
        requires=(Requirement(kind=Kind.ORG, needs=("nces_id",), types={"school"}),),
        sections=Sections(courses={"c1"}, subjects=("Art",)),
    )
    assert one == other
    assert hash(one) == hash(other)
    assert one != evolve(one, sections=None)
    assert one != evolve(one, mappings={})
