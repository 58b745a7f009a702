"""`FleetReport`: what became of a night on many tenants; it names tenants and codes of issues, and no pupil."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

import polars as pl
from attrs import field, frozen

from oneroster_reconcile.fleet.outcomes import Applied, Failed, Outcome, Planned, Skipped, counted_in, is_bad
from oneroster_reconcile.model.markup import html_table
from oneroster_reconcile.render.escaping import shown

__all__ = ["FleetReport"]

_FRAME = pl.Schema(
    {
        "tenant": pl.String(),
        "provider": pl.String(),
        "outcome": pl.String(),
        "seconds": pl.Float64(),
        "rows": pl.Int64(),
        "changes": pl.Int64(),
        "held": pl.Int64(),
        "done": pl.Int64(),
        "failed": pl.Int64(),
        "digest": pl.String(),
        "about": pl.String(),
    }
)
_ISSUES = pl.Schema({"code": pl.String(), "tenants": pl.Int64(), "rows": pl.Int64()})
_CAUSES = pl.Schema({"cause": pl.String(), "tenants": pl.Int64(), "such_as": pl.String()})
_LONGEST = 300


def _last(outcomes: Iterable[Outcome]) -> tuple[Outcome, ...]:
    """One outcome a tenant, by name, so that the order in which they ended is no part of the report."""
    return tuple(found for _, found in sorted({each.tenant: each for each in outcomes}.items()))


@frozen(kw_only=True)
class FleetReport:
    """The outcomes of a night, the last of each tenant.

    >>> from oneroster_reconcile.fleet.outcomes import Counted, TimedOut
    >>> planned = Planned(tenant="plum-falls", counted=Counted(digest="5a9d", issues={"email_invalid": 3}))
    >>> report = FleetReport(outcomes=[planned, TimedOut(tenant="lone-pine", limit=600)])
    >>> report.by_outcome
    {'TimedOut': 1, 'Planned': 1}
    >>> report.issues.rows()
    [('email_invalid', 1, 3)]
    """

    outcomes: tuple[Outcome, ...] = field(default=(), converter=_last)

    @property
    def by_outcome(self) -> Mapping[str, int]:
        """How many tenants ended how, the most frequent first."""
        return dict(Counter(type(each).__name__ for each in self.outcomes).most_common())

    @property
    def is_clean(self) -> bool:
        """Whether every tenant was planned or applied, and no change failed."""
        return all(isinstance(each, Planned) or (isinstance(each, Applied) and not each.failed) for each in self.outcomes)

    @property
    def frame(self) -> pl.DataFrame:
        """One row a tenant, by name; numbers that nobody knows are null."""
        return pl.DataFrame([_row(each) for each in self.outcomes], schema=_FRAME)

    @property
    def issues(self) -> pl.DataFrame:
        """The issues of all rosters by their code, as `code, tenants, rows`, what most tenants have first."""
        found = [
            {"code": code, "tenants": 1, "rows": rows}
            for each in self.outcomes
            if (counted := counted_in(each))
            for code, rows in counted.issues.items()
        ]
        grouped = pl.DataFrame(found, schema=_ISSUES).group_by("code").sum()
        return grouped.sort(["tenants", "rows", "code"], descending=[True, True, False])

    @property
    def causes(self) -> pl.DataFrame:
        """Why tenants did not come to their end, as `cause, tenants, such_as`, the most frequent first."""
        bad = [each for each in self.outcomes if is_bad(each) or isinstance(each, Skipped)]
        found = pl.DataFrame([{"cause": _cause(each), "tenants": 1, "such_as": each.tenant} for each in bad], schema=_CAUSES)
        grouped = found.group_by("cause").agg(pl.col("tenants").sum(), pl.col("such_as").first())
        return grouped.sort(["tenants", "cause"], descending=[True, False])

    def slowest(self, tenants: int = 10) -> pl.DataFrame:
        """The tenants that took longest, as `frame` has them."""
        return self.frame.sort(["seconds", "tenant"], descending=[True, False]).head(tenants)

    def text(self) -> str:
        """The report for a terminal or a log, a line each.

        >>> print(FleetReport().text())
        0 tenants
        """
        lines = [f"{len(self.outcomes):,} tenant{'' if len(self.outcomes) == 1 else 's'}"]
        lines += [f"  {number:>7,}  {name}" for name, number in self.by_outcome.items()]
        for title, rows in (("Why tenants did not come to their end:", self.causes), ("Issues:", self.issues)):
            if rows.height:
                lines.append(title)
            lines += [f"  {tenants:>7,}  {_line(name, more)}" for name, tenants, more in rows.iter_rows()]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        return html_table(("outcome", "tenants"), tuple(self.by_outcome.items()), len(self.by_outcome))


def _line(name: str, more: str | int) -> str:
    return shown(f"{name} ({more:,} rows)" if isinstance(more, int) else f"{name} (such as {more})", longest=_LONGEST)


def _cause(outcome: Outcome) -> str:
    """What several tenants may have in common: of an error of ours its class, for its text names files."""
    match outcome:
        case Failed(error=error, retriable=retriable):
            return f"{error}, may pass" if retriable else error
        case _:
            return outcome.about


def _row(outcome: Outcome) -> dict[str, Any]:
    counted = counted_in(outcome)
    applied = outcome if isinstance(outcome, Applied) else None
    return {
        "tenant": outcome.tenant,
        "provider": outcome.provider,
        "outcome": type(outcome).__name__,
        "seconds": outcome.seconds,
        "rows": counted and counted.rows,
        "changes": counted and counted.changes,
        "held": counted and counted.held,
        "done": applied and applied.done,
        "failed": applied and applied.failed,
        "digest": counted and counted.digest,
        "about": outcome.about,
    }
