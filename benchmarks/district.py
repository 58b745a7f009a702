"""What a night's job finds: tonight's roster, the host's export of last night, the crosswalk, and what an earlier run remembered.

Only the library's own program has a memory; everything else is plain CSV that any product could have exported.
"""

import shutil
import sys
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

from oneroster_reconcile import Crosswalk, Directory, FolderState, Kind, Progress, read_csv, write_csv
from oneroster_reconcile.identity.correlation import IDENTIFIED, Correlation
from oneroster_reconcile.identity.translation import translate
from oneroster_reconcile.model.schema import Shape, fields_of, row_class
from oneroster_reconcile.samples import district, evolve

__all__ = ["CHURN", "SOURCE", "make"]

SOURCE = "sis"
CHURN = 0.01
"""The share of all rows that is different tonight."""
_SEED = 818
_DONE = "complete"

_DEMOGRAPHICS = (
    "user_id=user birth_date sex american_indian_or_alaska_native asian black_or_african_american"
    " native_hawaiian_or_other_pacific_islander white demographic_race_two_or_more_races hispanic_or_latino_ethnicity"
    " country_of_birth_code state_of_birth_abbreviation city_of_birth public_school_residence_status"
)
# The tables of the host with their columns, each `name`, or `name=model` where the model calls it otherwise.
_TABLES: Mapping[str, tuple[Kind, str]] = {
    "orgs": (Kind.ORG, "id name type identifier parent_id=parent state"),
    "sessions": (Kind.SESSION, "id title type start_date=start end_date=end parent_id=parent school_year state"),
    "courses": (Kind.COURSE, "id title course_code org_id=org school_year_id=school_year grades subjects subject_codes state"),
    "classes": (
        Kind.CLASS,
        "id title course_id=course school_id=school class_code class_type location grades subjects subject_codes periods state",
    ),
    "users": (Kind.USER, "id given_name family_name middle_name username email identifier sms phone grades state"),
    "demographics": (Kind.DEMOGRAPHICS, _DEMOGRAPHICS),
    "enrollments": (
        Kind.ENROLLMENT,
        "class_id=class_ user_id=user role is_primary=primary begin_date=begin end_date=end",
    ),
}


def make(students: int, folder: Path) -> Path:
    """Write the files of a district of so many students into `folder`, once.

    `roster/` is tonight's OneRoster 1.1 bulk export and `host/` the product's, where every row has an id of the product's own and lies in no particular
    order; `crosswalk.csv` says as `kind, source_id, host_id` who is who; `state/` is what applying last night's roster left behind.
    """
    if (folder / _DONE).exists():
        return folder
    shutil.rmtree(folder, ignore_errors=True)
    # In two steps, the first of which leaves nothing in memory: a district of millions takes most of a machine's.
    on = _written(students, folder)
    _synced(folder)
    (folder / _DONE).write_text(f"{on}\n", encoding="utf-8")
    return folder


def _written(students: int, folder: Path) -> date:
    """Write tonight's files to `roster` and last night's to `last`; the day of tonight's."""
    evening = district(students, seed=_SEED)
    write_csv(evening.roster, folder / "last", version="1.1")
    (night,) = evolve(evening, seed=_SEED, churn=CHURN)
    write_csv(night.district.roster, folder / "roster", version="1.1")
    return night.district.on


def _synced(folder: Path) -> None:
    """Write what applying last night's files left: the host's export, the crosswalk and the state."""
    # What 1.1 has no column for never reached the host, so last night's roster is taken as its file said it.
    last = read_csv(folder / "last", source=SOURCE)
    shutil.rmtree(folder / "last")
    links = {kind: _linked(last[kind].frame["id"], kind) for kind in IDENTIFIED}
    crosswalk = Crosswalk.of(pl.concat(_crosswalk_rows(links)))
    held = translate(last, Correlation(links=links))
    del last
    FolderState(folder / "state").record(Progress(rows={kind: held[kind].frame for kind in Kind}, links=crosswalk))
    crosswalk.frame.drop("source").sample(fraction=1, shuffle=True, seed=_SEED).write_csv(folder / "crosswalk.csv")
    _export(Directory(tables=held.tables), folder / "host")


def _linked(source_ids: pl.Series, kind: Kind) -> pl.DataFrame:
    """Links to ids as a database gives them: numbers, in an order that has nothing to do with the source's."""
    draws = np.random.default_rng([_SEED, len(kind)])
    numbers = pl.Series(draws.permutation(len(source_ids)) + 1, dtype=pl.Int64).cast(pl.String)
    return pl.DataFrame({"source_id": source_ids, "host_id": numbers}).with_columns(how=pl.lit("linked"))


def _crosswalk_rows(links: Mapping[Kind, pl.DataFrame]) -> Iterator[pl.DataFrame]:
    for kind, rows in links.items():
        yield rows.select(source=pl.lit(SOURCE), kind=pl.lit(kind.value), source_id="source_id", host_id="host_id")


def _export(host: Directory, folder: Path) -> None:
    """The host's tables as CSV, one after the other: a set is a table of its own, a list is text with commas."""
    folder.mkdir(parents=True)
    for name, rows in _tables(host):
        rows.sample(fraction=1, shuffle=True, seed=_SEED).write_csv(folder / f"{name}.csv")


def _tables(host: Directory) -> Iterator[tuple[str, pl.DataFrame]]:
    for name, (kind, columns) in _TABLES.items():
        yield name, _table(host, kind, columns)
    yield "class_terms", host.classes.frame.select(class_id="id", session_id="terms").explode("session_id").drop_nulls()
    yield "user_agents", host.users.frame.select(user_id="id", agent_id="agents").explode("agent_id").drop_nulls()
    roles, user_ids = (
        host.users.frame.select(pl.col("id").alias("user_id"), each).explode(each).drop_nulls().unnest(each)
        for each in ("roles", "user_ids")
    )
    yield "user_roles", roles.select("user_id", "role", org_id="org", is_primary="primary")
    yield "user_ids", user_ids.select("user_id", "type", "identifier")


def _table(host: Directory, kind: Kind, columns: str) -> pl.DataFrame:
    fields = {field.name: field for field in fields_of(row_class(kind))}
    named = {column.partition("=")[0]: column.rpartition("=")[2] for column in columns.split()}
    return host[kind].frame.select(
        (pl.col(ours).list.join(",").replace("", None) if fields[ours].shape is Shape.LIST else pl.col(ours)).alias(theirs)
        for theirs, ours in named.items()
    )


if __name__ == "__main__":
    make(int(sys.argv[1]), Path(sys.argv[2]))
