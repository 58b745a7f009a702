"""Matching on the districts of the benchmark, small ones: what the figures in the documentation rest on."""

import pytest

from benchmarks.linkage.corruptions import CORRUPTIONS
from benchmarks.linkage.roster import PRESETS, RosterCase, roster_case
from oneroster_reconcile.identity.probabilistic.matcher import link

PAIR = ["source_id", "host_id"]


@pytest.fixture(scope="module", params=PRESETS)
def case(request: pytest.FixtureRequest) -> RosterCase:
    return roster_case(7, 600, request.param)


def test_the_truth_is_about_people_who_are_there(case: RosterCase) -> None:
    """Each true pair names one person of each side, once, and carries only known tags."""
    assert case.truth["source_id"].is_in(case.source["id"].implode()).all()
    assert case.truth["host_id"].is_in(case.host["id"].implode()).all()
    assert case.truth["source_id"].is_unique().all()
    assert case.truth["host_id"].is_unique().all()
    known = {*CORRUPTIONS, "moved", "family_email", "sibling_id", "twin"}
    assert set(case.truth["tags"].explode().drop_nulls()) <= known
    assert {"twin_absent", "recycled_email"} & set(case.traps["tag"])


def test_a_district_is_the_same_for_the_same_seed() -> None:
    """Figures can be made again."""
    one, other = (roster_case(3, 100) for _ in range(2))
    assert one.source.equals(other.source)
    assert one.host.equals(other.host)
    assert not one.host.equals(roster_case(4, 100).host)


def test_links_are_right_and_most_people_are_linked(case: RosterCase) -> None:
    """Hardly a link is wrong, and what is not linked is mostly asked about."""
    found = link(case.source, case.host)
    right = found.links.join(case.truth, on=PAIR, how="semi").height
    asked = found.review.join(case.truth, on=PAIR, how="semi").height
    assert right >= 0.998 * found.links.height
    assert right >= 0.88 * case.truth.height
    assert right + asked >= 0.96 * case.truth.height
