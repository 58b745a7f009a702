"""Rosters that lie as tables in a lakehouse: Spark brings each tenant's rows together, and the plans are tables again. There is no state but the tables. Needs the extra `spark`."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from functools import reduce
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, cast

import polars as pl
from attrs import field, frozen

from oneroster_reconcile.fleet.outcomes import Planned
from oneroster_reconcile.fleet.performing import Attempt, counted_of, expectations_of
from oneroster_reconcile.issues.errors import FleetUnreadable, PlanUnreadable
from oneroster_reconcile.model.base import ABSENCES, HISTORY, Base
from oneroster_reconcile.model.canonical import conform
from oneroster_reconcile.model.coverage import Coverage
from oneroster_reconcile.model.crosswalk import Crosswalk
from oneroster_reconcile.model.decisions import Decision, decisions_from_json
from oneroster_reconcile.model.directory import Directory
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.roster import Roster
from oneroster_reconcile.model.schema import row_class
from oneroster_reconcile.model.table import Table
from oneroster_reconcile.model.tables import Given, tables_of
from oneroster_reconcile.plan.files import read_plan, write_plan
from oneroster_reconcile.plan.plan import ChangePlan
from oneroster_reconcile.policy.policy import Policy
from oneroster_reconcile.reconcile.reconciler import reconcile
from oneroster_reconcile.validation.validating import validate

__all__ = ["PLAN_COLUMNS", "TenantTables", "TenantTerms", "lines_of", "plan_of_lines", "plan_tables"]

PLAN_COLUMNS: Final = "tenant string, outcome string, digest string, line int, verb string, kind string, id string, text string"
"""The columns of the table of plans, as Spark writes a schema."""

_LINES: Final = pl.Schema(
    {
        "tenant": pl.String(),
        "outcome": pl.String(),
        "digest": pl.String(),
        "line": pl.Int32(),
        "verb": pl.String(),
        "kind": pl.String(),
        "id": pl.String(),
        "text": pl.String(),
    }
)
_NOTED: Final = {"absences": ABSENCES, "history": HISTORY}
_CHANGE: Final = r'^\{"verb":'


def _copied(tables: Mapping[Kind, Any]) -> Mapping[Kind, Any]:
    return dict(tables)


@frozen(kw_only=True, eq=False)
class TenantTables:
    """Spark's tables (`pyspark.sql.DataFrame`) of all tenants: a column `tenant`, and the columns that a `Table` of the kind has, as many of them as there are; words of a vocabulary are text.

    `roster` is what the sources say, `directory` what the hosts hold. `base`, `crosswalk`, `absences` and `history` are what was remembered, each with a column `tenant`, too; all may be left out, as before a first sync. `decisions` is what people decided about who is who: `tenant`, and in
    `document` what `decisions_to_json` writes.

    >>> TenantTables(roster={}, directory={}).base
    {}
    """

    roster: Mapping[Kind, Any] = field(converter=_copied)
    directory: Mapping[Kind, Any] = field(converter=_copied)
    base: Mapping[Kind, Any] = field(factory=dict[Kind, Any], converter=_copied)
    crosswalk: Any = None
    absences: Any = None
    history: Any = None
    decisions: Any = None

    def parts(self) -> Iterator[tuple[str, Any]]:
        """Each table under the name of its part."""
        for side, tables in (("roster", self.roster), ("directory", self.directory), ("base", self.base)):
            yield from ((f"{side}_{kind}", table) for kind, table in tables.items())
        for name in ("crosswalk", "absences", "history", "decisions"):
            if (table := getattr(self, name)) is not None:
                yield name, table


@frozen(kw_only=True)
class TenantTerms:
    """What every tenant's plan is made with; `source` is what the crosswalk calls all of theirs."""

    policy: Policy
    as_of: date
    source: str
    kinds: tuple[Kind, ...]
    """The kinds of which there is a table of the directory."""


def plan_tables(tables: TenantTables, *, policy: Policy, as_of: date, source: str = "oneroster") -> Any:
    """The plans of all tenants as one table of Spark, with the columns of `PLAN_COLUMNS`: a row a line of the tenant's plan file; changes have their verb, kind and id beside it.

    `groupBy("tenant").applyInArrow` gives each tenant's rows to a function without a memory, which validates and reconciles as anywhere else: the digest is that of the tenant alone. A tenant's rows must fit into the
    memory of one executor's Python. One that fails has one row, whose `outcome` is the error's and whose text says why, and takes no other with it; so have all rows together that name no tenant.

    A kind of which a tenant has no row in the roster's tables counts as not read: a load that failed looks just so. The directory's tables are everything that the host holds.

    Raises ValueError where there is no table at all.

    >>> from oneroster_reconcile.policy.presets import careful
    >>> plan_tables(TenantTables(roster={}, directory={}), policy=careful(), as_of=date(2026, 9, 1))
    Traceback (most recent call last):
    ValueError: there are no tables; give those of the rosters and the directories
    """
    parts = [_part(name, table) for name, table in tables.parts()]
    if not parts:
        raise ValueError("there are no tables; give those of the rosters and the directories")
    terms = TenantTerms(policy=policy, as_of=as_of, source=source, kinds=tuple(tables.directory))

    def planned(rows: Any) -> Any:
        return cast("Any", lines_of(pl.DataFrame(rows), terms)).to_arrow().cast(_arrow_schema())

    together = reduce(lambda one, other: one.unionByName(other, allowMissingColumns=True), parts)
    return together.groupBy("tenant").applyInArrow(planned, PLAN_COLUMNS)


def plan_of_lines(lines: Iterable[str]) -> ChangePlan:
    """The plan of one tenant: `text` of its rows, in the order of `line`.

    Raises PlanUnreadable where a line is missing or is another's, or the tenant has no plan.

    >>> plan_of_lines([])
    Traceback (most recent call last):
    oneroster_reconcile.issues.errors.PlanUnreadable: there are no lines; give those of a tenant that was planned, in order
    """
    text = "".join(f"{line}\n" for line in lines)
    if not text:
        raise PlanUnreadable("there are no lines; give those of a tenant that was planned, in order")
    with TemporaryDirectory() as folder:
        path = Path(folder) / "plan.jsonl"
        path.write_text(text, encoding="utf-8", newline="\n")
        return read_plan(path)


def _part(name: str, table: Any) -> Any:
    """A table as two columns and one of structs, so that tables of different columns can lie below each other."""
    columns = ", ".join(f"`{column}`" for column in table.columns if column != "tenant")
    return table.selectExpr("tenant", f"'{name}' AS part", f"struct({columns}) AS `{name}`")


def lines_of(rows: pl.DataFrame, terms: TenantTerms) -> pl.DataFrame:
    """The lines of one tenant's plan, with the columns of `PLAN_COLUMNS`, of the rows that are its: `tenant`, `part`, and under the part's name a struct of its columns."""
    tenant = None if rows["tenant"][0] is None else str(rows["tenant"][0])
    attempt = Attempt(tenant or "")
    lines: list[str] = []
    with attempt:
        if tenant is None:
            raise FleetUnreadable("there are rows without a tenant; say in each whose it is", source="the tables")
        plan = _plan(_Rows(rows), terms)
        lines = _written(plan)
        attempt.outcome = Planned(tenant=tenant, counted=counted_of(plan, 0))
    outcome = attempt.outcome
    digest = outcome.counted.digest if isinstance(outcome, Planned) else None
    text = pl.Series("text", lines or [outcome.about], dtype=pl.String())
    change = pl.when(pl.col("text").str.contains(_CHANGE)).then("text")
    return pl.DataFrame({"text": text}).select(
        tenant=pl.lit(tenant, pl.String()),
        outcome=pl.lit(type(outcome).__name__),
        digest=pl.lit(digest, pl.String()),
        line=pl.int_range(pl.len(), dtype=pl.Int32()),
        verb=change.str.json_path_match("$.verb"),
        kind=change.str.json_path_match("$.kind"),
        id=change.str.json_path_match("$.id"),
        text="text",
    )


def _plan(rows: "_Rows", terms: TenantTerms) -> ChangePlan:
    base, decisions = _base(rows), _decisions(rows)
    said = {kind: rows[f"roster_{kind}"] for kind in rows.kinds("roster")}
    roster = Roster(tables=tables_of(said), source=terms.source, coverage=Coverage.complete(said))
    report = validate(roster, base=base, as_of=terms.as_of, expecting=expectations_of(terms.policy))
    directory = _directory(rows, terms)
    return reconcile(report.roster, directory, base=base, policy=terms.policy, as_of=terms.as_of, decisions=decisions)


def _base(rows: "_Rows") -> Base:
    """What is remembered; what there is no row of is as it is before a first sync."""
    tables = {
        kind: Table[Any](row_class(kind), conform(rows[f"base_{kind}"].lazy(), row_class(kind))) for kind in rows.kinds("base")
    }
    noted: dict[str, Any] = {
        name: rows[name].select(pl.col(column).cast(dtype) for column, dtype in schema.items())
        for name, schema in _NOTED.items()
        if name in rows
    }
    if "crosswalk" in rows:
        noted["crosswalk"] = Crosswalk.of(rows["crosswalk"])
    return Base(tables=tables, **noted)


def _decisions(rows: "_Rows") -> tuple[Decision, ...]:
    """What people decided, of all documents."""
    documents = rows["decisions"]["document"] if "decisions" in rows else ()
    return tuple(dict.fromkeys(each for document in documents for each in decisions_from_json(document)))


def _directory(rows: "_Rows", terms: TenantTerms) -> Directory:
    """What the host holds; a kind of which it has no row is empty, one without a table was not read."""
    names = dict(zip(Kind, Given.__annotations__, strict=True))
    held = {names[kind]: rows[f"directory_{kind}"] for kind in rows.kinds("directory")}
    return Directory.of(coverage=Coverage.complete(terms.kinds), **cast("Any", held))


class _Rows:
    """The rows of one tenant, by the part that they are of; a part without rows is not there."""

    def __init__(self, rows: pl.DataFrame) -> None:
        self._parts = {str(name): part for (name,), part in rows.group_by("part")}

    def __contains__(self, part: object) -> bool:
        return part in self._parts

    def __getitem__(self, part: str) -> pl.DataFrame:
        return self._parts[part].select(pl.col(part).struct.unnest())

    def kinds(self, side: str) -> list[Kind]:
        """The kinds of which a side has rows."""
        return [kind for kind in Kind if f"{side}_{kind}" in self]


def _written(plan: ChangePlan) -> list[str]:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "plan.jsonl"
        write_plan(plan, path)
        return path.read_text(encoding="utf-8").removesuffix("\n").split("\n")


def _arrow_schema() -> Any:
    """What Spark was told that comes; polars' own text is of another width."""
    # By name: pyarrow comes with Spark, and has no types.
    arrow: Any = import_module("pyarrow")
    return arrow.schema([(name, arrow.int32() if dtype == pl.Int32() else arrow.string()) for name, dtype in _LINES.items()])
