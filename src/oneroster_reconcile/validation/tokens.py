"""Tokens that are none of the standard's; a role that nobody knows sets its row aside."""

from collections.abc import Iterator

import polars as pl

from oneroster_reconcile.issues.issue import Resolution
from oneroster_reconcile.issues.shape import GRADE_UNKNOWN, ROLE_UNKNOWN, TOKEN_CASE, TOKEN_UNKNOWN
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.validation.findings import Finding, kept
from oneroster_reconcile.validation.inspection import Inspection
from oneroster_reconcile.validation.memberships import in_their_place, untold
from oneroster_reconcile.validation.vocabularies import ENROLLMENT_ROLES, GRADES, ROLES, TOKENS, is_known

__all__ = ["misspelt_tokens", "unknown_grades", "unknown_roles", "unknown_tokens"]

_MOST = 20
"""How many unknown tokens of a column get an issue of their own."""
_PERSONAL = (Kind.USER, Kind.DEMOGRAPHICS, Kind.ENROLLMENT)


def unknown_roles(seen: Inspection) -> Iterator[Finding]:
    """The people and enrollments with a role that nobody knows, one finding a token."""
    users, enrollments = seen.frame(Kind.USER), seen.lazy(Kind.ENROLLMENT)
    of_users = users["roles"].explode().struct.field("role")
    of_enrollments = enrollments.group_by(pl.col("role").alias("token")).agg(number=pl.len()).collect(engine="streaming")
    for tokens, said in _unknown(_counted(of_users), ROLES, Kind.USER, "a role"):
        held = pl.col("roles").list.eval(pl.element().struct.field("role").is_in(tokens)).list.any()
        rows = users.filter(held)
        yield Finding(
            code=ROLE_UNKNOWN, kind=Kind.USER, column="roles", message=said, rows=rows, resolution=Resolution.QUARANTINED
        )
    for tokens, said in _unknown(of_enrollments, ENROLLMENT_ROLES, Kind.ENROLLMENT, "a role"):
        rows = enrollments.filter(pl.col("role").is_in(tokens)).collect()
        yield Finding(
            code=ROLE_UNKNOWN,
            kind=Kind.ENROLLMENT,
            column="role",
            message=said,
            rows=rows,
            resolution=Resolution.QUARANTINED,
            present={Kind.ENROLLMENT: in_their_place(seen, rows, ("class_", "user"))},
            masked=untold(seen, rows),
        )


def misspelt_tokens(seen: Inspection) -> Iterator[Finding]:
    """Tokens that are known but for upper and lower case: they are read as what is meant."""
    for kind, columns in TOKENS.items():
        for column, tokens in columns.items():
            rows = seen.frame(kind)
            meant = {token.lower(): token for token in tokens}
            wrong = [
                token
                for token in rows[column].unique().drop_nulls().to_list()
                if token not in tokens and token.strip().lower() in meant
            ]
            if not wrong:
                continue
            right = [meant[token.strip().lower()] for token in wrong]
            yield Finding(
                code=TOKEN_CASE,
                kind=kind,
                column=column,
                message="is a token of OneRoster but for upper and lower case",
                rows=rows.filter(pl.col(column).is_in(wrong)),
                resolution=Resolution.MENDED,
                mended=(pl.col(column).replace(wrong, right),),
            )


def unknown_tokens(seen: Inspection) -> Iterator[Finding]:
    """Types and the like that nobody knows, one finding a token."""
    for kind, columns in TOKENS.items():
        for column, tokens in columns.items():
            rows = seen.frame(kind)
            for found, said in _unknown(_counted(rows[column]), tokens, kind, "a token"):
                yield from kept(TOKEN_UNKNOWN, kind, column, said, rows.filter(pl.col(column).is_in(found)))


def unknown_grades(seen: Inspection) -> Iterator[Finding]:
    """Grades in a code of the sender's own: one finding a column, since all will be of one code."""
    for kind in (Kind.COURSE, Kind.CLASS, Kind.USER):
        rows = seen.frame(kind)
        grades = rows["grades"].explode().unique().drop_nulls()
        odd = grades.filter(~grades.is_in(sorted(GRADES)))
        if len(odd):
            held = pl.col("grades").list.eval(pl.element().is_in(odd.implode())).list.any()
            yield from kept(GRADE_UNKNOWN, kind, "grades", "holds something that is none of the usual codes", rows.filter(held))


def _counted(tokens: pl.Series) -> pl.DataFrame:
    """The tokens, each once, with how often they are there, as `token, number`."""
    return tokens.drop_nulls().rename("token").value_counts(name="number")


def _unknown(counted: pl.DataFrame, known: frozenset[str], kind: Kind, what: str) -> Iterator[tuple[list[str], str]]:
    """The tokens that nobody knows, the most frequent first, and what to say of each; beyond the first few all at once."""
    odd = counted.filter(~is_known(pl.col("token"), known)).sort("number", "token", descending=[True, False])
    for token, number in odd.head(_MOST).iter_rows():
        # A column that slipped may hold names here: of people, only what several rows say is repeated.
        named = kind not in _PERSONAL or (number > 1 and kind is not Kind.DEMOGRAPHICS)
        yield [token], f"is {token[:40]!r}, which is not {what} of OneRoster" if named else f"is not {what} of OneRoster"
    if odd.height > _MOST:
        yield odd["token"][_MOST:].to_list(), f"is one of many texts that are not {what} of OneRoster"
