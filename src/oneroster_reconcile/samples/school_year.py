"""The school year: one session for the year and one a semester, which meet without a gap."""

from datetime import date

import polars as pl
from attrs import frozen

from oneroster_reconcile.model.sessions import AcademicSession
from oneroster_reconcile.model.table import Table

__all__ = ["FALL", "SPRING", "WHOLE_YEAR", "Term", "calendar", "terms_of"]

WHOLE_YEAR, FALL, SPRING = 0, 1, 2


@frozen
class Term:
    """A session's id with its first day and the day after its last."""

    id: str
    title: str
    type: str
    start: date
    end: date


def terms_of(year: int) -> tuple[Term, Term, Term]:
    """The whole year, the fall and the spring of the school year that begins in `year`.

    >>> [str(term.start) for term in terms_of(2026)]
    ['2026-08-17', '2026-08-17', '2027-01-11']
    """
    first, middle, last = date(year, 8, 17), date(year + 1, 1, 11), date(year + 1, 6, 17)
    return (
        Term(f"y{year}", f"{year}-{year + 1}", "schoolYear", first, last),
        Term(f"y{year}f", f"Fall {year}", "semester", first, middle),
        Term(f"y{year}s", f"Spring {year + 1}", "semester", middle, last),
    )


def calendar(year: int) -> Table[AcademicSession]:
    """The sessions of the school year that begins in `year`.

    >>> calendar(2026)["y2026f"].parent
    'y2026'
    """
    terms = terms_of(year)
    return Table[AcademicSession].of(
        AcademicSession,
        pl.DataFrame(
            [
                {
                    "id": term.id,
                    "title": term.title,
                    "type": term.type,
                    "start": term.start,
                    "end": term.end,
                    "parent": None if term.type == "schoolYear" else terms[WHOLE_YEAR].id,
                    "school_year": year + 1,
                }
                for term in terms
            ]
        ),
    )
