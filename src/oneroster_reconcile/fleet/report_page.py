"""A night on many tenants as one HTML page that stands by itself."""

from collections.abc import Iterator, Sequence
from html import escape

import polars as pl

from oneroster_reconcile.fleet.report import FleetReport
from oneroster_reconcile.render.escaping import shown
from oneroster_reconcile.render.standing_page import standing_page

__all__ = ["fleet_page"]

_LONGEST = 500
_SLOWEST = 20
_FINE = ("Planned", "Applied")


def fleet_page(report: FleetReport, *, title: str = "Fleet report") -> str:
    """A page for operators: tenants by outcome, why some did not come to their end, issues across tenants, the slowest, and every tenant that deserves a look.

    >>> fleet_page(FleetReport()).startswith("<!doctype html>")
    True
    """
    frame = report.frame
    looked_at = frame.filter(~pl.col("outcome").is_in(_FINE) | (pl.col("failed") > 0) | (pl.col("held") > 0))
    counts = "".join(f"<li><b>{number:,}</b>{escape(name)}</li>" for name, number in report.by_outcome.items())
    body = [
        f"<h1>{_safe(title)}</h1>",
        f'<p>{frame.height:,} tenants, {int(frame["changes"].sum()):,} changes</p><ul class="counts">{counts}</ul>',
        *_table("Why tenants did not come to their end", report.causes, ("cause", "tenants", "such as")),
        *_table("Issues across tenants", report.issues, ("issue", "tenants", "rows")),
        *_table(
            "The slowest",
            report.slowest(_SLOWEST).select("tenant", "provider", "outcome", pl.col("seconds").round(2), "rows", "changes"),
            ("tenant", "provider", "outcome", "seconds", "rows", "changes"),
        ),
        *_table(
            "Tenants to look at",
            looked_at.select("tenant", "provider", "outcome", "about"),
            ("tenant", "provider", "outcome", "what became of it"),
        ),
    ]
    return standing_page(_safe(title), "\n".join(body))


def _table(title: str, rows: pl.DataFrame, heads: Sequence[str]) -> Iterator[str]:
    """A table under its title; nothing where it has no rows."""
    if rows.is_empty():
        return
    numbers = [dtype.is_numeric() for dtype in rows.dtypes]
    head = "".join(f"<th{_class(is_number)}>{escape(each)}</th>" for each, is_number in zip(heads, numbers, strict=True))
    yield f'<section><h2>{escape(title)}</h2><div class="table"><table><tr>{head}</tr>'
    for row in rows.iter_rows():
        cells = (f"<td{_class(is_number)}>{_cell(value)}</td>" for value, is_number in zip(row, numbers, strict=True))
        yield f"<tr>{''.join(cells)}</tr>"
    yield "</table></div></section>"


def _class(is_number: bool) -> str:
    return ' class="number"' if is_number else ""


def _cell(value: object) -> str:
    return _number(value) if isinstance(value, (int, float)) else "" if value is None else _safe(value)


def _number(value: float) -> str:
    return f"{value:,}"


def _safe(text: object) -> str:
    """Text of anybody's on a page: no markup, and no character that is not to be seen."""
    return escape(shown(str(text), longest=_LONGEST))
