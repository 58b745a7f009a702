"""Progress: several steps at once are those steps, one after the other."""

from functools import reduce

import polars as pl
from hypothesis import given, strategies as st

import oneroster_reconcile as orr
from oneroster_reconcile import Kind
from oneroster_reconcile.apply.progress import advanced
from oneroster_reconcile.model.merging import PAIRS
from tests.reconcile.scene import links, student

IDS = ("1", "2", "3")


@st.composite
def steps(draw: st.DrawFn) -> orr.Progress:
    """People who are remembered, forgotten, linked, deleted or who go into others, a few of each."""
    people = {each: student(each, draw(st.sampled_from(["Ann", "Bo"]))) for each in draw(st.sets(st.sampled_from(IDS)))}
    linked = draw(st.dictionaries(st.sampled_from(["u1", "u2"]), st.sampled_from(IDS)))
    gone, kept = draw(st.permutations(IDS))[:2]
    pairs = [(gone, kept)] if draw(st.integers(0, 4)) == 0 else []
    return orr.Progress(
        rows={Kind.USER: orr.Table.of(orr.User, list(people.values())).frame},
        forgotten={Kind.USER: pl.DataFrame({"id": sorted(draw(st.sets(st.sampled_from(IDS))))}, schema={"id": pl.String()})},
        links=links(*((Kind.USER, source_id, host_id) for source_id, host_id in linked.items())),
        deleted={Kind.USER: pl.Series(sorted(draw(st.sets(st.sampled_from(IDS), max_size=1))), dtype=pl.String())},
        merges=pl.DataFrame(pairs, schema=PAIRS, orient="row"),
    )


@given(before=steps(), several=st.lists(steps(), max_size=4))
def test_several_steps_at_once_are_those_steps(before: orr.Progress, several: list[orr.Progress]) -> None:
    """Tables that are patched once hold what they would hold if each step had patched them."""
    base = advanced(orr.Base(), before)
    at_once, one_by_one = advanced(base, *several), reduce(advanced, several, base)
    assert sorted(at_once.users, key=lambda user: user.id) == sorted(one_by_one.users, key=lambda user: user.id)
    assert len(at_once.users) == at_once.users.frame["id"].n_unique()
    assert at_once.crosswalk == one_by_one.crosswalk
