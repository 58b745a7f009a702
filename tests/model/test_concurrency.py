"""Doing the same for several keys at once gives what doing it one by one gives."""

import polars as pl
import pytest

from oneroster_reconcile.model.concurrency import side_by_side


@pytest.fixture(params=[1, 3], autouse=True)
def threads(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Alone and with others."""
    monkeypatch.setattr(pl, "thread_pool_size", lambda: request.param)


@pytest.mark.parametrize("keys", ["", "a", "cab"])
def test_the_results_come_in_the_order_of_the_keys(keys: str) -> None:
    """Whichever is done first."""
    assert list(side_by_side(str.upper, keys).items()) == [(key, key.upper()) for key in keys]


def test_a_failure_is_raised() -> None:
    """Of several, that of the first key."""
    with pytest.raises(KeyError, match="b"):
        side_by_side({"a": 1}.__getitem__, "abc")
