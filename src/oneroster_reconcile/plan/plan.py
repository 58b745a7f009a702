"""`ChangePlan`: everything a run would do, as a frozen value that can be read, counted, stored and approved."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from functools import cached_property
from hashlib import blake2b
from html import escape
from io import BytesIO
from typing import Any, TypedDict, Unpack

import polars as pl
from attrs import asdict, define, field, frozen

from oneroster_reconcile.issues.issue import Issue
from oneroster_reconcile.model.age import DataAge, UnknownAge
from oneroster_reconcile.model.ids import Id
from oneroster_reconcile.model.kinds import Kind, plural
from oneroster_reconcile.model.markup import html_table
from oneroster_reconcile.plan.acknowledgements import Acknowledgements
from oneroster_reconcile.plan.basis import Basis
from oneroster_reconcile.plan.changes import Change
from oneroster_reconcile.plan.follow_ups import FollowUp
from oneroster_reconcile.plan.frames import no_changes, to_changes
from oneroster_reconcile.plan.holds import HOLDS, held_by
from oneroster_reconcile.plan.notes import NOTES
from oneroster_reconcile.plan.order import PHASES
from oneroster_reconcile.plan.parts import Part
from oneroster_reconcile.plan.places import PLACES
from oneroster_reconcile.plan.selection import selected
from oneroster_reconcile.plan.verbs import ACTIONS, LINKING, Action, Verb
from oneroster_reconcile.plan.verdicts import MARKS, Verdict

__all__ = ["ChangePlan", "Meant", "Phase"]

_LINES = 10_000
"""So many changes are a piece of the canonical form: some megabytes, which the processor has at hand still when they are hashed."""


@frozen
class Phase:
    """The changes of one action and kind, sorted by id; `frame` is `verb, kind, id, before, after, reason`."""

    action: Action
    kind: Kind
    frame: pl.DataFrame


class Meant(TypedDict, total=False):
    """Which changes are meant: those of which all this is true, of several values of one sort any. What is left out says nothing."""

    school: Id | Iterable[Id] | None
    verb: Verb | Iterable[Verb] | None
    kind: Kind | Iterable[Kind] | None
    person: Id | Iterable[Id] | None
    where: pl.Expr | None


@define(kw_only=True, eq=False, slots=False, frozen=True)
class ChangePlan:
    """What to do, in which order, and why; with what to remember and what a person should know.

    Iterating gives typed changes in the order in which they are applied, made a few thousand at a time: a plan of ten million changes is columns.

    >>> from oneroster_reconcile.model.directory import Directory
    >>> from oneroster_reconcile.model.orgs import Org
    >>> from oneroster_reconcile.model.roster import Roster
    >>> from oneroster_reconcile.policy.presets import mirror
    >>> from oneroster_reconcile.reconcile.reconciler import reconcile
    >>> roster = Roster.of(orgs=[Org(id="s1", name="High", type="school")])
    >>> plan = reconcile(roster, Directory(), policy=mirror(), as_of=date(2026, 9, 1))
    >>> print(plan.summary())
    1 change: create 1 org
    """

    source: str
    policy: str
    as_of: date
    basis: Basis = field(factory=Basis)
    """The fingerprints of what the plan was made of. They are not part of the digest, which says what a plan does: an approval holds though a row moved that the plan is not about."""
    changes: Mapping[Kind, pl.DataFrame] = field(factory=dict[Kind, pl.DataFrame], repr=False)
    links: Mapping[Kind, pl.DataFrame] = field(factory=dict[Kind, pl.DataFrame], repr=False)
    acknowledgements: Acknowledgements = field(factory=Acknowledgements, repr=False)
    issues: tuple[Issue, ...] = ()
    guards: tuple[Verdict, ...] = ()
    marks: pl.DataFrame = field(factory=lambda: pl.DataFrame(schema=MARKS), repr=False)
    """The changes that guards hold one by one, or count for later plans, too, as `guard, scope, kind, verb, id`."""
    follow_ups: tuple[FollowUp, ...] = field(default=(), repr=False)
    notes: pl.DataFrame = field(factory=lambda: pl.DataFrame(schema=NOTES), repr=False)
    """What was made of the rows that are neither changed nor found in step, for `explain`; it is not part of the digest."""
    places: pl.DataFrame = field(factory=lambda: pl.DataFrame(schema=PLACES), repr=False)
    """Where the rows lie that changes name and that are not changed themselves, for `only`; they are not part of the digest either."""
    age: DataAge = field(factory=UnknownAge)
    """Of which day the roster was; not part of the digest, for the same rows delivered again are the same plan."""

    @property
    def based_on(self) -> str:
        """The fingerprint of the crosswalk that the plan was made with: applied with another, its creations could be second ones."""
        return self.basis.crosswalk

    @cached_property
    def holds(self) -> pl.DataFrame:
        """The changes that wait for an approval, as `kind, verb, id, guard`: those that guards hold, and those that cannot go ahead without them."""
        return held_by(self, self.guards) if any(each.is_holding for each in self.guards) else pl.DataFrame(schema=HOLDS)

    @property
    def held(self) -> Mapping[tuple[Verb, Kind], int]:
        """How many changes of each verb and kind are held, in a fixed order; several links of one account count once."""
        found = {(verb, kind): number for verb, kind, number in self.holds.group_by("verb", "kind").len().iter_rows()}
        return {(verb, kind): found[verb, kind] for verb in Verb for kind in Kind if (verb, kind) in found}

    def phases(self) -> Iterator[Phase]:
        """The changes in the order in which they are applied, one action and kind at a time; empty phases are left out."""
        for action, kind in PHASES:
            if (action, kind) in self._phases:
                yield Phase(action, kind, self._of(action, kind))

    def frame(self, kind: Kind) -> pl.DataFrame:
        """The changes of one kind, links aside, as `verb, kind, id, before, after, reason`."""
        return self.changes[kind] if kind in self.changes else no_changes(kind)

    def only(self, **meant: Unpack[Meant]) -> "ChangePlan":
        """The part of the plan of which all this is true (`school=`, `verb=`, `kind=`, `person=`, `where=`), with whatever that needs; apply it, then make a new plan for the rest.

        `school` and `person` are ids as the plan has them; a person's are the account, its links, memberships and demographics. `where` is an expression over `kind, verb, id, before, after, reason`, asked kind
        by kind; `before` and `after` are the rows as structs, null where there is none, and of a kind that lacks a field nothing is chosen by it. A membership brings the creation of
        its class and account, a link what goes with it, a deletion the changes of whatever still refers to the row; a row is changed whole or not at all. Issues say what was brought along and what was left out.

        The part has a digest of its own, so that no approval of the whole plan covers it, and every verdict of the whole plan as it was: cut into slices it passes no guard that it did not pass as
        a whole. Of what is left out nothing is remembered.

        >>> from oneroster_reconcile.model.directory import Directory
        >>> from oneroster_reconcile.model.enrollments import Enrollment
        >>> from oneroster_reconcile.model.classes import Class
        >>> from oneroster_reconcile.model.orgs import Org
        >>> from oneroster_reconcile.model.roster import Roster
        >>> from oneroster_reconcile.policy.presets import mirror
        >>> from oneroster_reconcile.reconcile.reconciler import reconcile
        >>> schools = [Org(id=each, name=each, type="school") for each in ("s1", "s2")]
        >>> roster = Roster.of(source="sis", orgs=schools, classes=[Class(id="k1", title="Algebra", school="s1")])
        >>> print(reconcile(roster, Directory(), policy=mirror(), as_of=date(2026, 9, 1)).only(kind=Kind.CLASS).summary())
        2 changes: create 1 org, create 1 class
        """
        asked = _asked(**meant)
        return self if asked[0].is_everything and asked[1] is None else selected(self, only=[asked])

    def without(self, **meant: Unpack[Meant]) -> "ChangePlan":
        """The plan but for the changes of which all this is true, and whatever needs one of them; nothing comes along that was refused.

        Issues say what cannot come without what was refused, and what was left out in all. The rest is as with `only`.

        >>> from oneroster_reconcile.model.directory import Directory
        >>> from oneroster_reconcile.model.classes import Class
        >>> from oneroster_reconcile.model.orgs import Org
        >>> from oneroster_reconcile.model.roster import Roster
        >>> from oneroster_reconcile.policy.presets import mirror
        >>> from oneroster_reconcile.reconcile.reconciler import reconcile
        >>> schools = [Org(id=each, name=each, type="school") for each in ("s1", "s2")]
        >>> roster = Roster.of(source="sis", orgs=schools, classes=[Class(id="k1", title="Algebra", school="s1")])
        >>> plan = reconcile(roster, Directory(), policy=mirror(), as_of=date(2026, 9, 1))
        >>> print(plan.without(school="new:sis/s1").summary())
        1 change: create 1 org
        """
        asked = _asked(**meant)
        return self if asked[0].is_everything and asked[1] is None else selected(self, without=[asked])

    def of(self, change: type[Change], row: type[Any] | None = None) -> Iterator[Any]:
        """The changes of one class, such as `plan.of(Create, User)`, in order."""
        for each in self:
            about = getattr(each, "after", None) or getattr(each, "before", None)
            if isinstance(each, change) and (row is None or isinstance(about, row)):
                yield each

    @property
    def is_empty(self) -> bool:
        """Whether nothing would change at the host or in the crosswalk."""
        return len(self) == 0

    @property
    def counts(self) -> Mapping[tuple[Verb, Kind], int]:
        """How many changes there are of each verb and kind, in a fixed order."""
        found: Counter[tuple[Verb, Kind]] = Counter()
        for side in (self.changes, self.links):
            for kind, frame in side.items():
                for verb, number in frame["verb"].value_counts().iter_rows() if len(frame) else ():
                    found[Verb(verb), kind] += number
        return {(verb, kind): found[verb, kind] for verb in Verb for kind in Kind if (verb, kind) in found}

    def summary(self) -> str:
        """The counts in one line."""
        if self.is_empty:
            return "no changes"
        parts = ", ".join(f"{verb} {number:,} {plural(kind, number)}" for (verb, kind), number in self.counts.items())
        return f"{len(self):,} change{'s' if len(self) != 1 else ''}: {parts}"

    @cached_property
    def digest(self) -> str:
        """What identifies the plan: a blake2b of its canonical form, the same for the same inputs in whatever order they came."""
        return self.digested(self._pieces())

    def digested(self, pieces: Iterable[bytes]) -> str:
        """The digest of the plan, given its canonical form, in UTF-8, by somebody who has it at hand."""
        made = blake2b(f"{self.source}\n{self.policy}\n{self.as_of}\n".encode(), digest_size=32)
        for piece in pieces:
            made.update(piece)
        return made.hexdigest()

    def canonical_lines(self) -> Iterator[str]:
        """The canonical form, in pieces of many lines: what guards say and people have to do, the changes in order, then what is remembered, as JSON."""
        for piece in self._pieces():
            yield piece.decode()

    def _pieces(self) -> Iterator[bytes]:
        yield from (f"{json.dumps({name: value}, ensure_ascii=False)}\n".encode() for name, value in self._judgements())
        yield from _lines(self.marks.sort(*MARKS).select(pl.struct(*MARKS).alias("hold")))
        for phase in self.phases():
            yield from _lines(phase.frame)
        for kind in Kind:
            for what, frame in (("row", self.acknowledgements.rows[kind]), ("forget", self.acknowledgements.forgotten[kind])):
                yield from () if frame.is_empty() else _lines(_acknowledged(what, kind, frame))
        links = self.acknowledgements.links.frame
        yield from _lines(
            links.select(pl.lit("link").alias("acknowledge"), "kind", pl.struct("source", "source_id", "host_id").alias("row"))
        )
        absences = self.acknowledgements.absences.sort("kind", "id")
        yield from _lines(absences.select(pl.lit("absence").alias("acknowledge"), "kind", pl.struct("id", "since").alias("row")))

    def _judgements(self) -> Iterator[tuple[str, dict[str, Any]]]:
        for verdict in self.guards:
            yield "guard", asdict(verdict)
        for each in self.follow_ups:
            yield "follow_up", {**asdict(each), "subjects": list(each.subjects)}

    def _repr_html_(self) -> str:
        counts = (
            (verb, plural(kind, number), f"{number:,}", f"{self.held.get((verb, kind), 0):,}")
            for (verb, kind), number in self.counts.items()
        )
        tripped = [each for each in self.guards if each.tripped]
        guards = ((each.guard, each.scope, each.message, f"{each.counted:,} of {each.of:,}", each.holds) for each in tripped)
        about = escape(f"Plan for source {self.source}, by policy {self.policy}, as of {self.as_of}")
        return (
            f"<p>{about}</p><p>{self.summary()}</p>"
            f"{html_table(('guard', 'where', 'what', 'counted', 'holds'), guards, len(tripped))}"
            f"{html_table(('change', 'of', 'rows', 'held'), counts, len(self.counts))}"
        )

    def __iter__(self) -> Iterator[Change]:
        for phase in self.phases():
            yield from to_changes(phase.frame, phase.kind)

    def __len__(self) -> int:
        return sum(frame.height for side in (self.changes, self.links) for frame in side.values())

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, ChangePlan):
            return NotImplemented
        heads = [(plan.source, plan.policy, plan.as_of, plan.basis, plan.issues) for plan in (self, other)]
        return (
            heads[0] == heads[1]
            and self.digest == other.digest
            and self.notes.equals(other.notes)
            and self.places.equals(other.places)
            and self.age == other.age
        )

    def __hash__(self) -> int:
        return hash(self.digest)

    @cached_property
    def _phases(self) -> frozenset[tuple[Action, Kind]]:
        """The phases that are not empty; most are, and looking for the changes of each costs a small plan more than all else."""
        sides = [(kind, frame) for side in (self.changes, self.links) for kind, frame in side.items() if not frame.is_empty()]
        return frozenset((ACTIONS[Verb(verb)], kind) for kind, frame in sides for verb in frame["verb"].unique())

    def _of(self, action: Action, kind: Kind) -> pl.DataFrame:
        frame = (self.links if action in LINKING else self.changes)[kind]
        verbs = [verb.value for verb, meant in ACTIONS.items() if meant is action]
        rows = frame.filter(pl.col("verb").is_in(verbs))
        if action in LINKING:
            return rows.sort("id", "before", "after")
        # A plan that was read is in order.
        return rows if rows["id"].is_sorted() else rows.sort("id")


def _asked(
    school: Id | Iterable[Id] | None = None,
    verb: Verb | Iterable[Verb] | None = None,
    kind: Kind | Iterable[Kind] | None = None,
    person: Id | Iterable[Id] | None = None,
    where: pl.Expr | None = None,
) -> tuple[Part, pl.Expr | None]:
    """What `Meant` says; a word that it does not have is refused, and one that says nothing asks for everything."""
    return Part(schools=school, verbs=verb, kinds=kind, people=person), where


def _acknowledged(what: str, kind: Kind, frame: pl.DataFrame) -> pl.DataFrame:
    row = pl.struct(frame.columns)
    return frame.select(pl.lit(what).alias("acknowledge"), pl.lit(kind.value).alias("kind"), row.alias("row")).sort("row")


def _lines(frame: pl.DataFrame) -> Iterator[bytes]:
    for part in frame.iter_slices(_LINES):
        # Asked for text, polars would decode what is bytes again at once.
        part.write_ndjson(out := BytesIO())
        yield out.getvalue()
