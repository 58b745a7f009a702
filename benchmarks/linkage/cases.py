"""Cases on disk: a folder each with the people, the truth, and what the columns are, so that every program reads the same files.

What makes the cases is imported where it is used: programs that are timed only read them.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import polars as pl
from attrs import frozen

__all__ = ["Case", "febrl_cases", "read_case", "roster_folder"]


@frozen(kw_only=True, eq=False)
class Case:
    """One case. `host` is `source` where one file is searched for duplicates."""

    kind: str
    fields: tuple[str, ...]
    source: pl.DataFrame
    host: pl.DataFrame
    truth: pl.DataFrame


def read_case(folder: Path) -> Case:
    """The case that lies in a folder."""
    about = json.loads((folder / "case.json").read_text(encoding="utf-8"))
    source = pl.read_parquet(folder / "source.parquet")
    host = source if about["one"] else pl.read_parquet(folder / "host.parquet")
    truth = pl.read_parquet(folder / "truth.parquet")
    return Case(kind=about["kind"], fields=tuple(about["fields"]), source=source, host=host, truth=truth)


def febrl_cases(data: Path) -> Iterator[tuple[str, Path]]:
    """FEBRL 4, 2 and 3 with each set of columns, by name."""
    from benchmarks.linkage.febrl import FIELDS, febrl

    for number in (4, 2, 3):
        found = febrl(number)
        for name, fields in FIELDS.items():
            folder = data / f"febrl{number}-{len(fields)}"
            kept = ("id", *fields)
            host = None if found.host is found.source else found.host.select(kept)
            _write(folder, {"kind": "febrl", "fields": fields}, found.source.select(kept), host, found.truth)
            yield f"FEBRL {number}, {name}", folder


def roster_folder(data: Path, seed: int, students: int, preset: str) -> Path:
    """The folder of a generated district, made if it is not there."""
    from benchmarks.linkage.roster import roster_case

    folder = data / f"roster-{preset}-{students}-{seed}"
    case = roster_case(seed, students, preset)
    _write(folder, {"kind": "roster", "fields": ()}, case.source, case.host, case.truth)
    case.traps.write_parquet(folder / "traps.parquet")
    return folder


def _write(folder: Path, about: dict[str, object], source: pl.DataFrame, host: pl.DataFrame | None, truth: pl.DataFrame) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    source.write_parquet(folder / "source.parquet")
    if host is not None:
        host.write_parquet(folder / "host.parquet")
    truth.write_parquet(folder / "truth.parquet")
    (folder / "case.json").write_text(json.dumps({**about, "one": host is None}), encoding="utf-8")
