"""Small districts in files, and tenants of them."""

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
