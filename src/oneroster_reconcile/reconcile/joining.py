"""One kind's rows side by side: incoming, current and base joined by key, with everything that decides their situation."""

from functools import reduce

import polars as pl
from attrs import frozen

from oneroster_reconcile.identity.correlation import Correlation
from oneroster_reconcile.identity.translation import Incoming
from oneroster_reconcile.model.base import Base
from oneroster_reconcile.model.canonical import canonical_set, keys_of
from oneroster_reconcile.model.directory import Directory
from oneroster_reconcile.model.ids import among
from oneroster_reconcile.model.kinds import Kind, State
from oneroster_reconcile.model.schema import Field, Shape, fields_of, row_class
from oneroster_reconcile.plan.frames import change_id
from oneroster_reconcile.policy.choices import Disposition
from oneroster_reconcile.policy.policy import Policy
from oneroster_reconcile.policy.rows import RowPolicy
from oneroster_reconcile.reconcile.absent import Absent
from oneroster_reconcile.reconcile.ground import Ground
from oneroster_reconcile.reconcile.groups import grouped
from oneroster_reconcile.reconcile.settled import Suspects, everything, filled, suspects
from oneroster_reconcile.reconcile.situations import situation

__all__ = ["Case", "differing", "joined"]


@frozen(kw_only=True, eq=False)
class Case:
    """What is merged, for one kind: the three sides, who is who, the policy and its row for what is looked at, the ground, and what will not exist."""

    kind: Kind
    base: Base
    current: Directory
    incoming: Incoming
    correlation: Correlation
    policy: Policy
    ground: Ground
    absent: Absent
    rows: RowPolicy

    @property
    def keys(self) -> list[str]:
        """The columns that identify a row."""
        return list(keys_of(row_class(self.kind)))

    @property
    def keeps_state(self) -> bool:
        """Whether the host tells suspended rows from active ones."""
        return "state" in self.current.stored[self.kind]

    @property
    def columns(self) -> tuple[Field, ...]:
        """Every column of the kind but its key."""
        return tuple(each for each in fields_of(row_class(self.kind)) if not each.column.key)

    @property
    def fields(self) -> list[Field]:
        """The columns that take part: compared, and stored by the host; the state always, for it says what has ended."""
        stored = self.current.stored[self.kind]
        return [each for each in self.columns if each.column.compared and (each.name in stored or each.name == "state")]


def differing(case: Case) -> Suspects:
    """The rows of each side that differ on some side."""
    keys, names = case.keys, [each.name for each in case.fields]
    # Whether an enrollment says when it ends matters also where the host does not store it.
    endless = pl.col("end").is_null() if case.kind is Kind.ENROLLMENT else pl.lit(value=False)
    ours = case.incoming[case.kind].rows.select(*keys, *names, _endless=endless)
    if not case.keeps_state:
        ours = ours.with_columns(pl.col("state").replace(State.SUSPENDED.value, State.ACTIVE.value))
    sides = (ours, case.current[case.kind].rows, case.base[case.kind].rows.select(*keys, *names))
    if _clears_up(case):
        return everything(*sides)
    fields = [each for each in fields_of(row_class(case.kind)) if each.name in (*keys, *names)]
    # Of the rows as the source has them: what is blank there is blank in incoming, and they need not be translated to be looked at.
    return suspects(*sides, filled(case.ground.roster[case.kind].rows, fields), case.current[case.kind].passes)


def joined(found: Suspects, case: Case) -> pl.DataFrame:
    """The rows that differ on some side, with their `situation`.

    Incoming's columns are as they are, current's end in `_c`, base's in `_b`; the flags `_i, _c, _b` say which side has the row.
    """
    keys, sets = case.keys, (each for each in case.fields if each.shape is Shape.SET)
    rows = reduce(canonical_set, sets, found.incoming).with_columns(_i=pl.lit(value=True))
    rows = _beside(rows, found.current, keys, "_c")
    rows = _beside(rows, found.base, keys, "_b").with_columns(pl.col("_i", "_c", "_b").fill_null(value=False))
    rows = case.ground.placed(_with_how(rows, case), case.kind).with_columns(_rostered=_rostered(case))
    rows = _with_keeps(_with_doubts(rows, case), case)
    rows = rows.with_columns(situation=situation()).drop("_inside", "_proof", "_rostered")
    return _with_group(_with_unmet(rows, case), case)


def _clears_up(case: Case) -> bool:
    """Whether rows that are the same everywhere may go all the same, because they are out of scope."""
    rows = (case.rows, *case.rows.groups.values())
    return not case.ground.scope.is_everything and any(row.out_of_scope is not Disposition.KEEP for row in rows)


def _with_unmet(rows: pl.DataFrame, case: Case) -> pl.DataFrame:
    """The rows with what new ones lack that the policy would have them have, as `_unmet` and `_detail`."""
    unmet = case.absent.unmet.get(case.kind)
    if unmet is None or unmet.is_empty():
        return rows.with_columns(_unmet=pl.lit(None, pl.String()), _detail=pl.lit(None, pl.String()))
    return rows.join(unmet, on=case.keys, how="left", maintain_order="left")


def _with_group(rows: pl.DataFrame, case: Case) -> pl.DataFrame:
    """The rows with the group of the person whom they are about, and whether the host says that the account was never used."""
    rows = grouped(rows, case.kind, case.rows, (case.incoming, case.current, case.base))
    invites = any(row.invited for row in (case.rows, *case.rows.groups.values()))
    if not invites or "metadata" not in case.current[case.kind].frame.columns:
        return rows
    entry = pl.element().struct
    said = pl.col("metadata").list.eval((entry.field("key") == "invited") & (entry.field("value") == "true")).list.any()
    invited = case.current[case.kind].frame.select(*case.keys, _invited=said)
    return rows.join(invited, on=case.keys, how="left", maintain_order="left").with_columns(
        pl.col("_invited").fill_null(value=False)
    )


def _beside(rows: pl.DataFrame, side: pl.DataFrame, keys: list[str], suffix: str) -> pl.DataFrame:
    """The rows with another side's columns beside them, under a suffix."""
    named = side.rename({name: f"{name}{suffix}" for name in side.columns if name not in keys})
    if named.is_empty():
        nothing = [pl.lit(None, dtype).alias(name) for name, dtype in named.schema.items() if name not in keys]
        return rows.with_columns(*nothing, pl.lit(None, pl.Boolean()).alias(suffix))
    return rows.join(named.with_columns(pl.lit(value=True).alias(suffix)), on=keys, how="full", coalesce=True)


def _with_how(rows: pl.DataFrame, case: Case) -> pl.DataFrame:
    """The rows with `_how` they were linked, an old link before one just made; rows that are identified by others have none."""
    if case.kind not in case.correlation.links:
        return rows.with_columns(_how=pl.lit(None, pl.String()))
    links = case.correlation.links[case.kind].join(rows.select(host_id="id"), on="host_id", how="semi", maintain_order="left")
    links = links.sort(pl.col("how") != "linked", maintain_order=True).unique("host_id", keep="first", maintain_order=True)
    return rows.join(links.select(id="host_id", _how="how"), on="id", how="left", maintain_order="left")


def _with_doubts(rows: pl.DataFrame, case: Case) -> pl.DataFrame:
    """The rows with `_lost`: one of the records that make it up is not in the roster, and may only have been missed."""
    lost = case.incoming.lost[case.kind]
    if lost.is_empty():
        return rows.with_columns(_lost=pl.lit(value=False))
    flagged = rows.join(lost.with_columns(_lost=pl.lit(value=True)), on=case.keys, how="left", maintain_order="left")
    return flagged.with_columns(_lost=pl.col("_lost").fill_null(value=False) & ~pl.col("_proof"))


def _with_keeps(rows: pl.DataFrame, case: Case) -> pl.DataFrame:
    """The rows with the columns that people keep as the host has them, as `_keeps` (with commas between), and whether they stay `_wholly` as they are, there or not."""
    kept = case.correlation.rulings.keeps(case.kind)
    if kept.is_empty():
        return rows.with_columns(_keeps=pl.lit(""), _wholly=pl.lit(value=False))
    every = pl.lit(",".join(each.name for each in case.columns))
    kept = kept.select("id", _wholly="wholly", _keeps=pl.when("wholly").then(every).otherwise(pl.col("columns").list.join(",")))
    named = rows.with_columns(_name=change_id(case.kind)).join(
        kept, left_on="_name", right_on="id", how="left", maintain_order="left"
    )
    said = named.with_columns(pl.col("_keeps").fill_null(""), pl.col("_wholly").fill_null(value=False)).drop("_name")
    # What the host does not have holds no values to be kept.
    return said.with_columns(pl.when("_c").then("_keeps").otherwise(pl.lit("")).alias("_keeps"))


def _rostered(case: Case) -> pl.Expr:
    """Whether the source asserts what a row belongs to: the members of a class that the host made are the host's business, and the people of a school of its own."""
    if case.kind is Kind.ENROLLMENT:
        return among(_asserted(case, Kind.CLASS))(pl.col("class_"))
    if case.kind is Kind.USER and "roles" in case.current.stored[Kind.USER]:
        held, orgs = pl.col("roles_c").list, _asserted(case, Kind.ORG).to_list()
        return (held.eval(pl.element().struct.field("org").is_in(orgs)).list.any() | (held.len() == 0)).fill_null(value=True)
    return pl.lit(value=True)


def _asserted(case: Case, kind: Kind) -> pl.Series:
    """The host ids of the rows of a kind that the source has or had."""
    return pl.concat([side[kind].lazy().select("id") for side in (case.incoming, case.base)]).collect()["id"]
