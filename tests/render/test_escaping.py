"""What comes from outside cannot act on a terminal."""

import unicodedata

import pytest
from hypothesis import given, strategies as st

from oneroster_reconcile.render.escaping import LONGEST, shown


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("Ada Byron", "Ada Byron"),
        ("Zúñiga 山田 אדה", "Zúñiga 山田 אדה"),
        ("a\x1b[31mb", r"a\x1b[31mb"),
        ("a\r\nb\tc", r"a\r\nb\tc"),
        ("\x9b2J", r"\x9b2J"),
        ("\u202egnp.exe", r"\u202egnp.exe"),
        ("a\u2028b\u200bc\ufeff", r"a\u2028b\u200bc\ufeff"),
        ("\ud800", r"\ud800"),
        ("\U000e0041", r"\U000e0041"),
        ("O\\Neill", r"O\\Neill"),
        ("", ""),
    ],
)
def test_what_is_not_visible_is_shown_by_its_code(text: str, seen: str) -> None:
    """Letters of every script stay; controls, overrides and zero-width characters become codes."""
    assert shown(text) == seen


@given(st.text(st.characters()))
def test_nothing_that_acts_is_left(text: str) -> None:
    """Whatever comes in, what goes out is one line of visible characters."""
    seen = shown(text, longest=1_000)
    assert not [each for each in seen if unicodedata.category(each) in {"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"}]
    assert len(seen.splitlines()) <= 1


@given(st.text(st.characters(exclude_categories=["C", "Zl", "Zp"]), max_size=40), st.text(max_size=40))
def test_two_texts_that_differ_look_different(one: str, other: str) -> None:
    """An escape cannot be forged: what looks the same is the same."""
    assert (shown(one) == shown(other)) == (one == other)


def test_what_is_long_is_cut() -> None:
    """A value takes a limited part of a line, with a mark where it goes on."""
    assert shown("x" * LONGEST) == "x" * LONGEST
    assert shown("x" * 1_000) == "x" * (LONGEST - 1) + "…"
