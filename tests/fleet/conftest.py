"""Small districts in files, and tenants of them."""

import os
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from oneroster_reconcile import write_csv
from oneroster_reconcile.fleet import Files, Night, Tenant
from oneroster_reconcile.samples import district

SIZES = (10, 30, 20)
AS_OF = date(2026, 9, 1)
Fleet = Callable[..., list[Tenant]]


def at_work(marks: Path, tenant: str = "*") -> list[tuple[int, int]]:
    """Who works on a tenant, by the marks that it leaves, and for which parent; waits for the first."""
    end = time.monotonic() + 60
    while not (found := [each for each in marks.glob(f"at-work-{tenant}") if not each.suffix]) and time.monotonic() < end:
        time.sleep(0.02)
    return [(int(who), int(whose)) for each in found for who, whose in [each.read_text(encoding="ascii").split()]]


def is_gone(process: int) -> bool:
    """Whether a process has ended, or does so in some seconds."""
    for _ in range(100):
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return True
        state = Path(f"/proc/{process}/stat")
        if state.exists() and state.read_text(encoding="utf-8").rpartition(")")[2].split()[0] == "Z":
            # Whoever has to ask for it does not, which is how some containers are.
            return True
        time.sleep(0.05)
    return False


@pytest.fixture(scope="session")
def exports(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The files of some districts, none as big as another."""
    folder = tmp_path_factory.mktemp("exports")
    for size in SIZES:
        write_csv(district(size, seed=size).roster, folder / f"d{size}", version="1.1")
    return [folder / f"d{size}" for size in SIZES]


@pytest.fixture
def fleet(exports: list[Path], tmp_path: Path) -> Fleet:
    """Makes tenants of these districts, as many as there are or by number, in a folder of their own; further fields are all tenants'."""

    def made(name: str = "fleet", count: int = len(SIZES), **fields: object) -> list[Tenant]:
        folder = tmp_path / name
        folder.mkdir()
        common = {"policy": "additive", **fields}
        return [
            Tenant(
                id=f"t{number}",
                source=Files(path=str(exports[number % len(exports)])),
                **{"host": f"sqlite:///{folder}/h{number}.db", "state": f"{folder}/s{number}", **common},  # type: ignore[arg-type]
            )
            for number in range(count)
        ]

    return made


@pytest.fixture
def night(tmp_path: Path) -> Night:
    """The night of the tests."""
    return Night(as_of=AS_OF, folder=tmp_path / "nights")
