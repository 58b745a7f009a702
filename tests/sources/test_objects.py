"""Pages of objects as columns: a row is read as it is, whatever stands beside it."""

from typing import Any

from hypothesis import given, settings, strategies as st

from oneroster_reconcile.sources.objects import page_of

TEXTS = st.one_of(st.none(), st.text(max_size=6), st.sampled_from(["", "\n", "a\r\nb", "\ud800", "é", ","]))
REFERENCES = st.one_of(st.none(), TEXTS, st.fixed_dictionaries({"sourcedId": TEXTS}), st.just(dict[str, Any]()))
VALUES = st.one_of(TEXTS, st.booleans(), st.integers(-5, 5), st.floats(0, 9), st.lists(TEXTS, max_size=2))
ROWS = st.fixed_dictionaries(
    {"sourcedId": TEXTS},
    optional={
        "class": REFERENCES,
        "user": REFERENCES,
        "role": VALUES,
        "primary": VALUES,
        "beginDate": TEXTS,
        "metadata": st.dictionaries(st.sampled_from("ab"), VALUES),
    },
)
ODD = {"sourcedId": 1, "class": 2, "user": 3, "role": 4, "primary": 5, "beginDate": 6}


@settings(max_examples=60)
@given(rows=st.lists(ROWS, min_size=1, max_size=5))
def test_a_row_is_read_alike_beside_any_other(rows: list[dict[str, Any]]) -> None:
    """Columns of texts alone are read at once, others value by value: both ways give the same text."""
    together = page_of("enrollments", rows).sheets["enrollments"]
    beside = page_of("enrollments", [*rows, ODD]).sheets["enrollments"].head(len(rows))
    assert together.equals(beside)


@given(rows=st.lists(ROWS, max_size=5))
def test_what_is_odd_is_counted_in_every_page(rows: list[dict[str, Any]]) -> None:
    """The oddities of a page are those of its rows one by one."""
    assert page_of("enrollments", rows).odd == sum(page_of("enrollments", [row]).odd for row in rows)
