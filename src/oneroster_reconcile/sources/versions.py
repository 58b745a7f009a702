"""Older versions, converted upwards: OneRoster 1.0's names for columns, and how a package without a manifest is known to be 1.0."""

from collections.abc import Mapping, Set as AbstractSet
from typing import Final

import polars as pl

from oneroster_reconcile.sources.layout import METADATA, Version, files_of

__all__ = ["RENAMED_SINCE_10", "is_10", "upwards"]

RENAMED_SINCE_10: Final[Mapping[str, Mapping[str, str]]] = {
    "users": {"userId": "userIds", "agents": "agentSourcedIds"},
    "courses": {"schoolYearId": "schoolYearSourcedId", "grade": "grades"},
    "classes": {"grade": "grades", "termSourcedId": "termSourcedIds"},
    "demographics": {"userSourcedId": "sourcedId", "birthdate": "birthDate"},
}
"""The columns that 1.0 calls something else, by their file."""

_ADDED_SINCE_10: Final[Mapping[str, AbstractSet[str]]] = {
    "academicSessions": {"schoolYear"},
    "courses": {"subjectCodes"},
    "classes": {"subjectCodes", "periods"},
    "users": {"enabledUser", "middleName", "grades", "password"},
    "enrollments": {"beginDate", "endDate"},
}


def is_10(headers: Mapping[str, tuple[str, ...]]) -> bool:
    """Whether these files, by their name without `.csv`, are exactly 1.0's seven, with exactly 1.0's columns (and any `metadata.` ones).

    >>> is_10({"orgs": ("sourcedId", "name")})
    False
    """
    return headers.keys() == files_of("1.0").keys() and all(
        {column for column in header if not column.startswith(METADATA)} == _columns_of_10(name)
        for name, header in headers.items()
    )


def _columns_of_10(name: str) -> set[str]:
    old_names = {new: old for old, new in RENAMED_SINCE_10.get(name, {}).items()}
    return {
        old_names.get(column, column) for column in files_of("1.0")[name].names if column not in _ADDED_SINCE_10.get(name, ())
    }


def upwards(rows: pl.DataFrame | pl.LazyFrame, name: str, version: Version) -> pl.DataFrame | pl.LazyFrame:
    """The rows of a file with the tokens of later versions: 1.0 says `local` for a district and writes sexes with a capital."""
    match version, name:
        case "1.0", "orgs":
            return rows.with_columns(pl.col("type").replace({"local": "district"}))
        case "1.0", "demographics":
            return rows.with_columns(pl.col("sex").str.to_lowercase())
        case _:
            return rows
