"""Whether the host holds what it said it had done: what was answered with ok, beside a snapshot that was taken afterwards."""

import polars as pl

from oneroster_reconcile.apply.dependence import merging_pairs
from oneroster_reconcile.apply.done import done_phases
from oneroster_reconcile.model.canonical import keys_of
from oneroster_reconcile.model.directory import Directory
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.schema import fields_of, row_class
from oneroster_reconcile.plan.frames import change_id, no_changes
from oneroster_reconcile.plan.plan import ChangePlan, Phase
from oneroster_reconcile.plan.receipts import Receipts
from oneroster_reconcile.plan.verbs import ACTIONS, LINKING, Action
from oneroster_reconcile.plan.verification import FOUND, Drift, Verification

__all__ = ["verify"]

_LOOKED = pl.Schema({**FOUND, "unseen": pl.Boolean()})
_LINK = ["source", "source_id", "host_id"]
_STATED = (Action.SUSPEND, Action.RESTORE)


def verify(plan: ChangePlan, receipts: Receipts, directory: Directory) -> Verification:
    """Look whether what a host answered with ok is so: `directory` is a new snapshot, taken after `apply` gave the receipts.

    What was made or updated has to be there as it was given to the host, what was deleted to be gone, an account that went into another, too; links are looked for where the host keeps any. What the host does not
    store is not compared, and of a row that a snapshot which is not whole does not have nothing is said. What somebody has changed at the host since is found, too: look soon.

    Raises ValueError where the receipts are not those of the plan.

    >>> import oneroster_reconcile as orr
    >>> from datetime import date
    >>> roster = orr.Roster.of(orgs=[orr.Org(id="s1", name="High", type="school")])
    >>> host, state = orr.MemoryHost(), orr.MemoryState()
    >>> plan = orr.reconcile(roster, host.snapshot(), base=state.base, policy=orr.presets.mirror(), as_of=date(2026, 9, 1))
    >>> receipts = orr.apply(plan, host, state)
    >>> orr.verify(plan, receipts, host.snapshot()).is_clean
    True
    >>> orr.verify(plan, receipts, orr.Directory()).frame.rows()
    [('org', 'h1', 'create', 'missing', [])]
    """
    done = tuple(done_phases(plan, receipts))
    looked = [_rows(done, kind, directory) for kind in Kind]
    looked += [_links(done, kind, directory) for kind in Kind]
    looked.append(_merged(done, directory))
    rows = pl.concat([pl.DataFrame(schema=_LOOKED), *looked])
    found = rows.drop_nulls("drift").sort("kind", "id", "drift").select(FOUND.names())
    return Verification(found, checked=rows.filter(~pl.col("unseen")).height, unseen=rows.filter("unseen").height)


def _rows(done: tuple[Phase, ...], kind: Kind, directory: Directory) -> pl.DataFrame:
    """The rows of a kind that were changed, each with how it drifted, if it did."""
    stored = directory.stored[kind]
    beside = _beside(_expected(done, kind), kind, directory)
    names = [each.name for each in fields_of(row_class(kind)) if each.column.compared and not each.column.key]
    is_there, gone = pl.col("now").is_not_null(), pl.col("gone")
    other = {
        name: pl.col("written").is_not_null() & pl.col("written").struct.field(name).ne_missing(pl.col("now").struct.field(name))
        for name in names
        if name in stored and name != "state"
    }
    if "state" in stored:
        other["state"] = pl.col("state").ne_missing(pl.col("now").struct.field("state").cast(pl.String))
    named = [pl.when(differs & is_there & ~gone).then(pl.lit(name)) for name, differs in other.items()]
    whole = pl.lit(directory.coverage.is_whole(kind))
    told = beside.with_columns(columns=pl.concat_list(pl.lit(None, pl.String()), *named).list.drop_nulls())
    drift = (
        pl.when(gone & is_there)
        .then(pl.lit(Drift.STILL_THERE.value))
        .when(~gone & ~is_there & whole)
        .then(pl.lit(Drift.MISSING.value))
        .when(pl.col("columns").list.len() > 0)
        .then(pl.lit(Drift.DIFFERS.value))
    )
    return told.select(
        kind=pl.lit(kind.value), id=change_id(kind), verb="verb", drift=drift, columns="columns", unseen=~is_there & ~whole
    )


def _expected(done: tuple[Phase, ...], kind: Kind) -> pl.DataFrame:
    """The keys of the rows that were changed, with the last `verb`, whether they are `gone`, what was `written` last, and their `state`.

    A suspension says nothing but the state: the update beside it may have failed.
    """
    keys = list(keys_of(row_class(kind)))
    frames = [phase.frame for phase in done if phase.kind is kind and phase.action not in LINKING]
    rows = pl.concat([no_changes(kind), *frames])
    action = pl.col("verb").cast(pl.String).replace_strict({verb.value: each.value for verb, each in ACTIONS.items()})
    only_state = action.is_in([each.value for each in _STATED])
    named = rows.select(
        pl.coalesce("after", "before").struct.field(*keys),
        verb=pl.col("verb").cast(pl.String),
        gone=action == Action.DELETE.value,
        written=pl.when(~only_state).then("after"),
        state=pl.col("after").struct.field("state").cast(pl.String),
    )
    last = pl.col("verb", "gone", "state").last()
    return named.group_by(keys, maintain_order=True).agg(last, pl.col("written").drop_nulls().last())


def _beside(expected: pl.DataFrame, kind: Kind, directory: Directory) -> pl.DataFrame:
    """The rows with those that the host holds now, as `now`."""
    keys = list(keys_of(row_class(kind)))
    names = [each.name for each in fields_of(row_class(kind))]
    held = directory[kind].lazy().join(expected.lazy().select(keys), on=keys, how="semi").select(*keys, now=pl.struct(names))
    return expected.join(held.collect(), on=keys, how="left", maintain_order="left")


def _links(done: tuple[Phase, ...], kind: Kind, directory: Directory) -> pl.DataFrame:
    """The links of a kind that were made or taken away; a host that has none keeps none."""
    frames = [phase.frame for phase in done if phase.kind is kind and phase.action in LINKING - {Action.MERGE}]
    changes = pl.concat([no_changes(kind, link=True), *frames])
    if not len(directory.crosswalk):
        changes = changes.clear()
    made, taken = (
        changes.filter(pl.col(side).is_not_null()).select(pl.col(side).struct.unnest(), verb=pl.col("verb").cast(pl.String))
        for side in ("after", "before")
    )
    deleted = [phase.frame.select(host_id="id") for phase in done if (phase.action, phase.kind) == (Action.DELETE, kind)]
    # A link goes with its row.
    made = made.join(pl.concat([made.select("host_id").clear(), *deleted]), on="host_id", how="anti")
    taken = taken.join(made, on=_LINK, how="anti")
    held = directory.crosswalk.frame.filter(pl.col("kind") == kind.value).select(_LINK).with_columns(_held=pl.lit(value=True))
    there = pl.col("_held").is_not_null()
    return pl.concat(
        [
            _told(made.join(held, on=_LINK, how="left"), kind, pl.when(~there).then(pl.lit(Drift.LINK_MISSING.value))),
            _told(taken.join(held, on=_LINK, how="left"), kind, pl.when(there).then(pl.lit(Drift.LINK_STILL_THERE.value))),
        ]
    )


def _merged(done: tuple[Phase, ...], directory: Directory) -> pl.DataFrame:
    """The accounts that went into others."""
    pairs = [
        merging_pairs(phase.frame).select(host_id="gone", verb=phase.frame["verb"].cast(pl.String))
        for phase in done
        if phase.action is Action.MERGE
    ]
    gone = pl.concat([pl.DataFrame(schema={"host_id": pl.String(), "verb": pl.String()}), *pairs])
    held = directory.users.lazy().select(host_id="id").join(gone.lazy(), on="host_id", how="semi").collect()
    there = pl.col("host_id").is_in(held["host_id"].implode())
    return _told(gone, Kind.USER, pl.when(there).then(pl.lit(Drift.STILL_THERE.value)))


def _told(rows: pl.DataFrame, kind: Kind, drift: pl.Expr) -> pl.DataFrame:
    """Links or accounts, by `host_id` and `verb`, with how they drifted."""
    nothing = pl.lit([], pl.List(pl.String()))
    return rows.select(
        kind=pl.lit(kind.value), id="host_id", verb="verb", drift=drift, columns=nothing, unseen=pl.lit(value=False)
    )
