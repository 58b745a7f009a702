"""A night's files without the enrollments that its plan leaves as they are: `python -m benchmarks.changed FOLDER TO ENROLLMENTS`.

`ours.py` has left the plan in FOLDER. The enrollments of both sides go to ENROLLMENTS, as they are.
"""

import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

import polars as pl

from oneroster_reconcile import Kind, read_plan

__all__ = ["main"]

_SOURCE, _HOST = "roster/enrollments.csv", "host/enrollments.csv"


def main(folder: Path, to: Path, enrollments: Path) -> None:
    """Make the folders."""
    files = [file for name in ("roster", "host", "state") for file in (folder / name).iterdir()]
    _link([folder / _SOURCE, folder / _HOST], folder, enrollments)
    _link([file for file in files if "enrollment" not in file.name], folder, to)
    changes = read_plan(folder / "ours.jsonl").changes[Kind.ENROLLMENT]
    rows = pl.concat([changes[side].struct.unnest().drop_nulls("class_") for side in ("before", "after")])
    keys = rows.select("class_", "user", "role").unique()
    (base,) = (folder / "state").glob("enrollment.*.parquet")
    pl.scan_parquet(base).join(keys.lazy(), on=keys.columns, how="semi").sink_parquet(to / "state" / base.name)
    _keep(folder / _HOST, to / _HOST, ("class_id", "user_id", "role"), keys)
    links = pl.read_csv(folder / "crosswalk.csv", infer_schema=False)
    _keep(folder / _SOURCE, to / _SOURCE, ("classSourcedId", "userSourcedId", "role"), _in_source_ids(keys, links))


def _link(files: Sequence[Path], folder: Path, to: Path) -> None:
    """Put files of a folder into another one, which is made anew, without copying them."""
    shutil.rmtree(to, ignore_errors=True)
    for file in files:
        (to / file.relative_to(folder)).parent.mkdir(parents=True, exist_ok=True)
        os.link(file, to / file.relative_to(folder))


def _in_source_ids(keys: pl.DataFrame, links: pl.DataFrame) -> pl.DataFrame:
    """Enrollments by the ids of the source: what is new has its own in its provisional one, which is `new:<source>/<sourcedId>`."""
    for kind, column in (("class", "class_"), ("user", "user")):
        names = links.filter(pl.col("kind") == kind).select("source_id", pl.col("host_id").alias(column))
        new = pl.col(column).str.replace("^new:[^/]*/", "")
        keys = keys.join(names, on=column, how="left").with_columns(pl.coalesce("source_id", new).alias(column))
        keys = keys.drop("source_id")
    return keys


def _keep(file: Path, to: Path, columns: Sequence[str], keys: pl.DataFrame) -> None:
    """Write the rows of a CSV file that have one of the keys."""
    named = keys.lazy().rename(dict(zip(keys.columns, columns, strict=True)))
    pl.scan_csv(file, infer_schema=False).join(named, on=columns, how="semi").sink_csv(to)


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
