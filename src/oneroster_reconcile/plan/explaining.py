"""`explain`: why a plan changes a row, or does not."""

from collections.abc import Iterator
from functools import cached_property
from itertools import product
from typing import cast

import polars as pl
from attrs import define

from oneroster_reconcile.issues.issue import Ref, Resolution
from oneroster_reconcile.model.base import Base
from oneroster_reconcile.model.canonical import keys_of
from oneroster_reconcile.model.ids import PROVISIONAL
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.references import references
from oneroster_reconcile.model.schema import row_class
from oneroster_reconcile.plan.causes import SAID, Cause, Why
from oneroster_reconcile.plan.frames import change_id, key_name, key_parts
from oneroster_reconcile.plan.plan import ChangePlan
from oneroster_reconcile.plan.verbs import Verb

__all__ = ["explain"]

_PARTING = (Verb.UNLINK, Verb.SPLIT)
"""Changes of links after which a row is what it is without them."""


def explain(plan: ChangePlan, ref: Ref, base: Base | None = None) -> Why:
    """Say why a plan changes a row, or does not: by its source id, its host id, or of a membership `class|user|role` in either.

    A plan has something to say of every row but those that are in step, and those nobody knows; `base`, what was remembered before or after the plan, tells these two apart, and finds
    the host ids of linked rows. An id that is one row's at the source and another's at the host is answered for both. Raises ValueError where the reference names no row.

    >>> from datetime import date
    >>> plan = ChangePlan(source="sis", policy="mirror", as_of=date(2026, 9, 1))
    >>> print(explain(plan, Ref("user", "0142"), Base()))
    user/0142 is not changed.
      user/0142: it is neither in the file nor at the host.
    """
    if ref.id is None or ref.kind not in [*Kind]:
        raise ValueError(f"{str(ref)!r} is no row; name its kind, one of {', '.join(Kind)}, and its id")
    row = _Row(plan, base, Kind(ref.kind), ref.id)
    causes = [*row.told()]
    of_row = [each for each in causes if each.verb not in _PARTING]
    if not any(each.verb for each in of_row):
        causes += [*row.in_step({each.subject for each in of_row if each.policy}), *_owners(row)]
    causes = causes or [_nothing_told(row)]
    return Why(ref, tuple(dict.fromkeys([*causes, *row.remarks({each.code for each in causes})])))


def _owners(row: "_Row", seen: frozenset[Ref] = frozenset()) -> Iterator[Cause]:
    """What is said of the rows on account of which a row is left: those that its key names, and those that take it along."""
    for kind, name in row.leaning_on():
        ref = Ref(kind, name)
        owner = _Row(row.plan, row.base, kind, name)
        causes = [*owner.told()]
        if ref in seen or any(each.verb for each in causes):
            continue
        yield from (each for each in causes if each.code or each.situation == "ineligible")
        yield from _owners(owner, seen | {ref})


def _nothing_told(row: "_Row") -> Cause:
    """The answer for a row that nobody knows, or of which only what is remembered could tell."""
    subject = Ref(row.kind, row.name)
    others = [kind for kind in Kind if kind is not row.kind and _Row(row.plan, row.base, kind, row.name).is_known]
    hint = f"; there is {' and '.join(f'{kind}/{row.name}' for kind in others)}" if others else ""
    if row.base is None:
        said = "the plan says nothing of it: source and host agree, or neither has it; what is remembered would tell"
        return Cause(subject=subject, what=f"{said}{hint}")
    return Cause(subject=subject, what=f"it is neither in the file nor at the host{hint}")


@define(slots=False)
class _Row:
    """A row that is asked about, by whatever name."""

    plan: ChangePlan
    base: Base | None
    kind: Kind
    name: str

    @cached_property
    def hosts(self) -> list[str]:
        """What plans may call it."""
        parts = self._parts
        if len(parts) == 1:
            return sorted(self._host_ids(parts[0][0] or self.kind, self.name))
        named = [self._host_ids(kind, part) if kind else {part} for kind, part in parts]
        return sorted(key_name(each) for each in product(*named))

    @cached_property
    def _parts(self) -> list[tuple[Kind | None, str]]:
        """The parts of its key, each with the kind of row that it names, if any."""
        owners = {one.name: one.of for one in references(self.kind) if one.field.column.key}
        keys = keys_of(row_class(self.kind))
        parts = key_parts(self.name)
        if len(keys) == 1 or len(parts) != len(keys):
            return [(owners.get(keys[0]) if len(keys) == 1 else None, self.name)]
        return [(owners.get(key), part) for key, part in zip(keys, parts, strict=True)]

    def told(self) -> Iterator[Cause]:
        """What the plan has to say of it: its changes, and the notes."""
        links = self.plan.links.get(self.kind)
        for frame in [*([links] if links is not None else []), self.plan.frame(self.kind)]:
            for change in (
                frame.filter(self._is_meant(pl.col("reason").struct.field("source_ids"))).sort("id", "verb").iter_rows(named=True)
            ):
                yield self._change(str(change["verb"]), change["id"], change["reason"] or {})
        for note in self._notes.iter_rows(named=True):
            yield self._noted(**note)

    def remarks(self, told: set[str]) -> Iterator[Cause]:
        """The issues that name it, of other codes than were told."""
        names = {self.name, *self.hosts}
        for issue in self.plan.issues:
            about = issue.subject.kind == self.kind and (issue.subject.id in names or names & {*issue.examples})
            if about and issue.code not in told:
                yield Cause(subject=Ref(self.kind, self.name), what=issue.message, code=issue.code)

    def leaning_on(self) -> Iterator[tuple[Kind, str]]:
        """The rows on account of which it may be left, by kind and id."""
        yield from ((kind, part) for kind, part in self._parts if kind)
        for because in (
            self._notes.filter(pl.col("situation").is_in(["ineligible", "omitted"]))["because"].drop_nulls().unique().sort()
        ):
            kind, _, name = because.partition("/")
            yield Kind(kind), name

    @property
    def is_known(self) -> bool:
        """Whether anything is known of it."""
        return any(True for _ in (*self.told(), *self.in_step(set())))

    def in_step(self, told: set[Ref]) -> Iterator[Cause]:
        """That source and host agree, of rows about which nothing was decided: the plan notes them as found equal, or the base has them."""
        name = change_id(self.kind).alias("id")
        found = [self.plan.acknowledgements.rows[self.kind].lazy().select(name)]
        if self.base is not None:
            found.append(self.base[self.kind].lazy().select(name))
        rows = pl.concat(found).filter(pl.col("id").is_in(self.hosts)).unique().sort("id").collect()
        for ref in (Ref(self.kind, each) for each in rows["id"]):
            if ref not in told:
                yield Cause(subject=ref, what="source and host agree, and there is nothing to do", situation="linked")

    @cached_property
    def _notes(self) -> pl.DataFrame:
        candidate = pl.col("code").is_not_null() & pl.col("because").is_in([str(Ref(self.kind, self.name))])
        notes = self.plan.notes.filter(pl.col("kind") == self.kind.value)
        return notes.filter(self._is_meant(pl.col("source_ids")) | candidate.fill_null(value=False))

    def _is_meant(self, source_ids: pl.Expr) -> pl.Expr:
        """Whether a row of a frame with an `id` is the one: a class that was divided is meant by its undivided name."""
        mine = (pl.element() == self.name) | pl.element().str.starts_with(f"{self.name}#")
        return (pl.col("id").is_in(self.hosts) | source_ids.list.eval(mine).list.any()).fill_null(value=False)

    def _host_ids(self, kind: Kind, name: str) -> set[str]:
        """The host ids that a name may stand for."""
        found = {name, f"{PROVISIONAL}{self.plan.source}/{name}"}
        mine = pl.col("source_ids").list.contains(name)
        found |= {*self.plan.notes.filter((pl.col("kind") == kind.value) & mine)["id"].drop_nulls()}
        for frames in (self.plan.links, self.plan.changes):
            if kind in frames:
                found |= {*frames[kind].filter(pl.col("reason").struct.field("source_ids").list.contains(name))["id"]}
        crosswalks = [self.plan.acknowledgements.links, *([] if self.base is None else [self.base.crosswalk])]
        for crosswalk in crosswalks:
            found |= {*crosswalk.links(self.plan.source, kind).filter(pl.col("source_id") == name)["host_id"]}
        return found

    def _change(self, verb: str, row_id: str, reason: dict[str, object]) -> Cause:
        held = self.plan.holds.filter(pl.col("kind") == self.kind.value, pl.col("verb") == verb, pl.col("id") == row_id)["guard"]
        guard = held[0] if len(held) else ""
        verdict = next((each for each in self.plan.guards if each.guard == guard and each.is_holding), None)
        sources = reason.get("source_ids")
        return Cause(
            subject=Ref(self.kind, row_id),
            what=f"{verb}, held by {guard}: {verdict.message}" if verdict else verb,
            situation=str(reason.get("situation") or ""),
            policy=str(reason.get("policy") or ""),
            code=verdict.code if verdict else "",
            verb=verb,
            guard=guard,
            source_ids=tuple(map(str, cast("list[object]", sources))) if isinstance(sources, list) else (),
        )

    def _noted(self, **note: object) -> Cause:
        situation, code, because = str(note["situation"]), str(note["code"] or ""), note["because"]
        what = SAID[situation] + (f", on account of {because}" if because else "")
        named = note["source_ids"]
        sources = tuple(map(str, cast("list[object]", named))) if isinstance(named, list) else ()
        if situation == "quarantined" and not code:
            what, code = self._why_set_aside(what)
        return Cause(
            subject=Ref(self.kind, str(note["id"] or (*sources, self.name)[0])),
            what=what,
            situation=situation,
            policy=str(note["policy"] or ""),
            code=code,
            source_ids=sources,
        )

    def _why_set_aside(self, what: str) -> tuple[str, str]:
        """What is known of a row that the reader set aside: the causes for which rows of its kind were."""
        issues = [
            each for each in self.plan.issues if each.resolution is Resolution.QUARANTINED and each.subject.kind == self.kind
        ]
        codes = sorted({each.code for each in issues})
        if len(codes) == 1:
            return what, codes[0]
        return (f"{what}, for one of {', '.join(codes)}" if codes else what), ""
