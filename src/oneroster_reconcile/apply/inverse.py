"""`inverse`: the way back from what a plan did, as a plan; with what has no way back, and why."""

from collections.abc import Iterator, Mapping
from datetime import datetime

import polars as pl
from attrs import evolve, frozen

from oneroster_reconcile.apply.dependence import merging_pairs
from oneroster_reconcile.apply.done import done_phases
from oneroster_reconcile.apply.foresight import foreseen
from oneroster_reconcile.apply.lasting import lasting
from oneroster_reconcile.apply.recollection import recollected
from oneroster_reconcile.model.base import Base
from oneroster_reconcile.model.canonical import keys_of
from oneroster_reconcile.model.decisions import Decision
from oneroster_reconcile.model.directory import Directory
from oneroster_reconcile.model.ids import Id, among
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.references import references
from oneroster_reconcile.model.roster import Roster
from oneroster_reconcile.model.schema import row_class
from oneroster_reconcile.plan.basis import Basis
from oneroster_reconcile.plan.frames import no_changes, rows_on, with_rows
from oneroster_reconcile.plan.plan import ChangePlan, Phase
from oneroster_reconcile.plan.receipts import Receipts
from oneroster_reconcile.plan.verbs import LINKING, Action, Verb
from oneroster_reconcile.policy.guards import EmptySource, MergeDrift
from oneroster_reconcile.policy.policy import Policy
from oneroster_reconcile.reconcile.guarding import guarded
from oneroster_reconcile.reconcile.people import Prospect

__all__ = ["Inverse", "Irreversible", "inverse"]

_MERGED = "two accounts became one, and nobody can tell any more what was whose"
_DELETED = "the host would make it under another id, and what was done in it is gone"
_BELONGED = "it belongs to a row that was deleted"
_POINTED = "its link led to a row that is not there any more"
_REFERRED = "it is without its references to rows that were deleted"
_BACK: Mapping[Verb, Verb] = {
    Verb.CREATE: Verb.DELETE,
    Verb.DELETE: Verb.CREATE,
    Verb.ENROLL: Verb.UNENROLL,
    Verb.UNENROLL: Verb.ENROLL,
    Verb.UPDATE: Verb.UPDATE,
    Verb.TRANSFER: Verb.TRANSFER,
    Verb.SUSPEND: Verb.RESTORE,
    Verb.RESTORE: Verb.SUSPEND,
    Verb.LINK: Verb.UNLINK,
    Verb.RELINK: Verb.RELINK,
    Verb.UNLINK: Verb.LINK,
    Verb.SPLIT: Verb.LINK,
}


@frozen(kw_only=True)
class Irreversible:
    """A change that was made and cannot be taken back, or not wholly, and why.

    >>> Irreversible(kind=Kind.USER, verb=Verb.MERGE, id="18", why="two accounts became one").id
    '18'
    """

    kind: Kind
    verb: Verb
    id: Id
    why: str


@frozen(kw_only=True)
class Inverse:
    """The way back: a `plan` to be applied, and what is `irreversible`; and the decisions without which the next run would do again what was undone.

    >>> from datetime import date
    >>> Inverse(plan=ChangePlan(source="sis", policy="mirror", as_of=date(2026, 9, 1))).decisions(by="support")
    ()
    """

    plan: ChangePlan
    irreversible: tuple[Irreversible, ...] = ()

    def decisions(self, *, by: str, at: datetime | None = None) -> tuple[Decision, ...]:
        """What has to be decided so that the undo lasts, in somebody's name: give it to the runs that follow.

        Values that came back are kept (`keep`, with the columns), and so is who was restored or suspended; memberships and demographics stay there, or away. Of rows that were made, and are gone again, nothing is made or
        adopted (`omit`), nor are rows linked again whose link was taken back; a link that came back is `same`. A few decisions name very many rows. They are about all of `plan`: of a part of it, take those of
        `Inverse(plan=part)`. An earlier decision that says the contrary is not honoured, and neither is this one.
        """
        return lasting(self.plan, by=by, at=at)


def inverse(plan: ChangePlan, receipts: Receipts, *, before: Base, now: Base, directory: Directory, policy: Policy) -> Inverse:
    """The way back from what a plan did: the contrary of whatever was answered with ok, in the order in which it can be done.

    `before` is what was remembered when the plan was made, `now` what is remembered since, `directory` what the host holds now. What was made is deleted, values and states become what they were, links lead where they led,
    memberships begin and end again; the base then knows of these rows what it knew before. An account that was deleted, or went into another, does not come back, nor what belonged to it. The result is a plan like any
    other: it can be read, cut down and approved, is held where the guards and the calendar of `policy` hold it, and is stale once the links have changed again.

    The source still says what it said: give the `decisions` of the result to the runs that follow, or they do the same again. Raises ValueError where the receipts are not those of the plan.

    >>> import oneroster_reconcile as orr
    >>> from datetime import date
    >>> roster, policy = orr.Roster.of(orgs=[orr.Org(id="s1", name="High", type="school")]), orr.presets.mirror()
    >>> host, state = orr.MemoryHost(), orr.MemoryState()
    >>> before = state.base
    >>> plan = orr.reconcile(roster, host.snapshot(), base=before, policy=policy, as_of=date(2026, 9, 1))
    >>> receipts = orr.apply(plan, host, state)
    >>> back = orr.inverse(plan, receipts, before=before, now=state.base, directory=host.snapshot(), policy=policy)
    >>> print(back.plan.summary())
    1 change: delete 1 org
    >>> [(each.ruling.value, each.rows) for each in back.decisions(by="support")]
    [('omit', ('s1',))]
    """
    done = tuple(done_phases(plan, receipts))
    gone = {kind: pl.concat([_ids(done, Action.DELETE, kind), _lacking(done, kind, directory)]).unique() for kind in Kind}
    ways = [_way_back(phase, gone) for phase in done]
    changes = {kind: _of(ways, kind, link=False) for kind in Kind}
    links = {kind: _of(ways, kind, link=True) for kind in Kind}
    merged = [merging_pairs(phase.frame) for phase in done if phase.action is Action.MERGE]
    back = ChangePlan(
        source=plan.source,
        policy=plan.policy,
        as_of=plan.as_of,
        basis=Basis(crosswalk=now.crosswalk.fingerprint, journal=now.journal),
        changes=changes,
        links=links,
        acknowledgements=recollected(changes, links, merged, before, now),
        places=plan.places,
    )
    lost = tuple(each for way in ways for each in way.lost)
    return Inverse(plan=_guarded(back, now, directory, policy), irreversible=lost)


def _guarded(back: ChangePlan, now: Base, directory: Directory, policy: Policy) -> ChangePlan:
    """The way back with what the policy's guards and calendar say of it, but for what they ask of a roster: whether it is whole, and whether new links are between people of the same name."""
    guards = tuple(each for each in policy.guards if not isinstance(each, EmptySource | MergeDrift))
    return guarded(
        Prospect(
            plan=back,
            roster=Roster(source=back.source),
            base=now,
            current=directory,
            desired=foreseen(back, directory),
            policy=evolve(policy, guards=guards, resets=False),
        )
    )


@frozen(eq=False)
class _Way:
    """The changes that take back those of a phase, and what of these cannot be."""

    kind: Kind
    link: bool
    frame: pl.DataFrame
    lost: tuple[Irreversible, ...]


def _ids(done: tuple[Phase, ...], action: Action, kind: Kind) -> pl.Series:
    found = [phase.frame["id"] for phase in done if (phase.action, phase.kind) == (action, kind)]
    return pl.concat([pl.Series([], dtype=pl.String()), *found])


def _lacking(done: tuple[Phase, ...], kind: Kind, directory: Directory) -> pl.Series:
    """The rows to which links led that the host certainly does not hold: they may have been gone before."""
    led = [phase.frame["before"].struct.field("host_id") for phase in done if phase.action in LINKING and phase.kind is kind]
    if not led or not directory.coverage.is_whole(kind):
        return pl.Series([], dtype=pl.String())
    targets = pl.concat(led).drop_nulls().alias("id").to_frame()
    held = directory[kind].lazy().select("id").collect()
    return targets.join(held, on="id", how="anti")["id"]


def _of(ways: list[_Way], kind: Kind, *, link: bool) -> pl.DataFrame:
    found = [each.frame for each in ways if each.kind is kind and each.link is link]
    return pl.concat([no_changes(kind, link=link), *found])


def _way_back(phase: Phase, gone: Mapping[Kind, pl.Series]) -> _Way:
    is_link = phase.action in LINKING
    if phase.action is Action.MERGE:
        return _Way(phase.kind, is_link, phase.frame.clear(), tuple(_lost(phase.frame, phase.kind, _MERGED)))
    if is_link:
        return _link_back(phase, gone[phase.kind])
    if phase.action is Action.DELETE and keys_of(row_class(phase.kind)) == ("id",):
        return _Way(phase.kind, is_link, phase.frame.clear(), tuple(_lost(phase.frame, phase.kind, _DELETED)))
    return _row_back(phase, gone)


def _link_back(phase: Phase, gone: pl.Series) -> _Way:
    """Links back where they led, but for those that led to what is there no more."""
    dangling = pl.col("before").struct.field("host_id").is_in(gone.implode()).fill_null(value=False)
    rest = _turned(phase.frame.filter(~dangling))
    host = pl.coalesce(pl.col("after").struct.field("host_id"), pl.col("before").struct.field("host_id"))
    lost = _lost(phase.frame.filter(dangling), phase.kind, _POINTED)
    return _Way(phase.kind, True, rest.with_columns(id=host), tuple(lost))


def _row_back(phase: Phase, gone: Mapping[Kind, pl.Series]) -> _Way:
    """Rows as they were, but for references to what is there no more; what was identified by that is lost."""
    kind, frame = phase.kind, phase.frame
    rows = rows_on(frame, "before")
    dangling = [each for each in references(kind) if not gone[each.of].is_empty()]
    keyed = [each.any(among(gone[each.of])) for each in dangling if each.field.column.key]
    orphaned = rows.select(pl.any_horizontal(pl.lit(value=False), *keyed).fill_null(value=False)).to_series()
    others = [each for each in dangling if not each.field.column.key]
    refers = [each.any(among(gone[each.of])) for each in others]
    poorer = rows.select(pl.any_horizontal(pl.lit(value=False), *refers).fill_null(value=False)).to_series()
    whole = with_rows(frame, "before", rows.with_columns(each.without(among(gone[each.of])) for each in others))
    lost = [*_lost(frame.filter(orphaned), kind, _BELONGED), *_lost(frame.filter(poorer & ~orphaned), kind, _REFERRED)]
    back = _turned(whole.filter(~orphaned))
    return _Way(kind, False, back.filter(pl.col("before").ne_missing(pl.col("after"))), tuple(lost))


def _turned(frame: pl.DataFrame) -> pl.DataFrame:
    """Changes the other way round, each with the reason that it was undone."""
    verb = pl.col("verb").cast(pl.String).replace_strict({key.value: value.value for key, value in _BACK.items()})
    reason = pl.col("reason").struct.with_fields(situation=pl.lit("undone"), policy=pl.lit("a person's decision"))
    turned = frame.select(verb=verb, kind="kind", id="id", before="after", after="before", reason=reason)
    return turned.cast(frame.schema)


def _lost(frame: pl.DataFrame, kind: Kind, why: str) -> Iterator[Irreversible]:
    for verb, row_id in frame.select("verb", "id").iter_rows():
        yield Irreversible(kind=kind, verb=Verb(verb), id=row_id, why=why)
