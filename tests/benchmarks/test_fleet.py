"""The districts of the measurement of a fleet."""

import shutil
from pathlib import Path

import pytest

from benchmarks import fleet


def test_a_district_that_was_half_copied_is_copied_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever stops the first start in its midst measures the same districts as ever at the second."""
    monkeypatch.setattr(fleet, "DISTINCT", 1)
    copytree = shutil.copytree

    def stopped(made: Path, home: Path) -> None:
        copytree(made / "roster", home / "roster")
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(shutil, "copytree", stopped)
        with pytest.raises(KeyboardInterrupt):
            fleet._tenants(2, 5, tmp_path)
    (first, second), _ = fleet._tenants(2, 5, tmp_path)
    made, copied = (sorted(each.name for each in Path(tenant.state).parent.iterdir()) for tenant in (first, second))
    assert made == copied


def test_too_few_districts_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """All of them would be those that warm the processes."""
    with pytest.raises(SystemExit):
        fleet.main(["4", "5", "--workers", "2"])
    assert "the first 4 districts of 2 workers do not count" in capsys.readouterr().err
