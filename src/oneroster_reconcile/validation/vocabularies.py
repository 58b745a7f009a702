"""The standard's tokens (OneRoster 1.2 CSV §4; grades are the CEDS entry grade levels)."""

from collections.abc import Mapping

import polars as pl

from oneroster_reconcile.model.kinds import EXTENSION_PREFIX, Kind

__all__ = ["ENROLLMENT_ROLES", "GRADES", "ROLES", "TOKENS", "is_known"]

ROLES = frozenset(
    {
        "aide",
        "counselor",
        "districtAdministrator",
        "guardian",
        "parent",
        "principal",
        "proctor",
        "relative",
        "siteAdministrator",
        "student",
        "systemAdministrator",
        "teacher",
    }
)
"""What a person can be at an org; 1.1's `administrator` has been read as one of these."""
ENROLLMENT_ROLES = ROLES | {"administrator"}
"""What a person can be in a class: four roles by the text of the standard, more by its own OpenAPI of 1.1 and by what is exported."""
TOKENS: Mapping[Kind, Mapping[str, frozenset[str]]] = {
    Kind.ORG: {"type": frozenset({"department", "school", "district", "local", "state", "national"})},
    Kind.SESSION: {"type": frozenset({"gradingPeriod", "semester", "schoolYear", "term"})},
    Kind.CLASS: {"class_type": frozenset({"homeroom", "scheduled"})},
    Kind.DEMOGRAPHICS: {"sex": frozenset({"male", "female", "unspecified", "other"})},
}
"""The columns that hold a token, and which there are."""
GRADES = frozenset({"IT", "PR", "PK", "TK", "KG", *(f"{grade:02}" for grade in range(1, 14)), "PS", "UG", "Other"})
"""The usual codes of grades."""


def is_known(token: pl.Expr, tokens: frozenset[str]) -> pl.Expr:
    """Whether a token is one of these, or a private one.

    >>> pl.DataFrame({"role": ["student", "ext:coach", "boss"]}).select(is_known(pl.col("role"), ROLES))["role"].to_list()
    [True, True, False]
    """
    return token.is_in(sorted(tokens)) | token.str.contains(f"^{EXTENSION_PREFIX}[a-zA-Z0-9.\\-_]+$")
