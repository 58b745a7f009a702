"""The nightly job with the library, as a product's engineer would write it.

`python ours.py DATA AS_OF OUT` writes the changes to OUT; without OUT it stops when the plan exists. With a folder behind OUT, the enrollments are kept in files there.
"""

import sys
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import polars as pl

from oneroster_reconcile import Directory, FolderState, Spill, presets, read_csv, reconcile, write_plan

__all__ = ["main", "read_host"]

TYPES: Mapping[str, type[pl.DataType]] = {
    **dict.fromkeys(("start_date", "end_date", "begin_date", "birth_date"), pl.Date),
    "is_primary": pl.Boolean,
    "american_indian_or_alaska_native": pl.Boolean,
    "asian": pl.Boolean,
    "black_or_african_american": pl.Boolean,
    "native_hawaiian_or_other_pacific_islander": pl.Boolean,
    "white": pl.Boolean,
    "demographic_race_two_or_more_races": pl.Boolean,
    "hispanic_or_latino_ethnicity": pl.Boolean,
}
"""The columns of the export that are not text."""


def read_host(folder: Path, spill: Spill | None = None) -> Directory:
    """The product's export as a directory: its columns get the names of the model, its link tables become sets."""

    def table(name: str) -> pl.LazyFrame:
        return pl.scan_csv(folder / f"{name}.csv", infer_schema=False, schema_overrides=TYPES)

    def gathered(name: str, owner: str, element: pl.Expr) -> pl.LazyFrame:
        return table(name).group_by(pl.col(owner).alias("id")).agg(element)

    courses = table("courses").with_columns(pl.col("grades", "subjects", "subject_codes").str.split(","))
    classes = table("classes").with_columns(pl.col("grades", "subjects", "subject_codes", "periods").str.split(","))
    users = table("users").with_columns(pl.col("grades").str.split(","))
    terms = gathered("class_terms", "class_id", pl.col("session_id").alias("terms"))
    roles = gathered("user_roles", "user_id", pl.struct("role", org="org_id", primary="is_primary").alias("roles"))
    agents = gathered("user_agents", "user_id", pl.col("agent_id").alias("agents"))
    user_ids = gathered("user_ids", "user_id", pl.struct("type", "identifier").alias("user_ids"))
    return Directory.of(
        spill=spill,
        orgs=table("orgs").rename({"parent_id": "parent"}),
        sessions=table("sessions").rename({"start_date": "start", "end_date": "end", "parent_id": "parent"}),
        courses=courses.rename({"org_id": "org", "school_year_id": "school_year"}),
        classes=classes.rename({"course_id": "course", "school_id": "school"}).join(terms, on="id", how="left"),
        # In memory, where the directory ends up anyway: polars joins wide tables faster there.
        users=(
            users.join(roles, on="id", how="left")
            .join(agents, on="id", how="left")
            .join(user_ids, on="id", how="left")
            .collect(engine="in-memory")
        ),
        demographics=table("demographics").rename({"user_id": "user"}),
        enrollments=table("enrollments").rename(
            {"class_id": "class_", "user_id": "user", "is_primary": "primary", "begin_date": "begin", "end_date": "end"}
        ),
    )


def main(data: Path, as_of: str, out: str | None = None, files: str | None = None) -> None:
    """Plan the night."""
    roster, host = (Spill(Path(files, side)) if files else None for side in ("roster", "host"))
    plan = reconcile(
        read_csv(data / "roster", source="sis", spill=roster),
        read_host(data / "host", host),
        base=FolderState(data / "state").base,
        policy=presets.mirror(),
        as_of=date.fromisoformat(as_of),
    )
    if out:
        write_plan(plan, out)


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
