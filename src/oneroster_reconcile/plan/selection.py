"""Selection: a part of a plan that can be applied by itself, with all that it needs, and with every hold of the whole."""

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

import polars as pl
from attrs import evolve, field, frozen

from oneroster_reconcile.issues.codes import EXAMPLES
from oneroster_reconcile.issues.issue import Issue, Ref, Resolution
from oneroster_reconcile.issues.planning import BROUGHT_ALONG, LEFT_OUT, NOT_IN_PLAN
from oneroster_reconcile.model.ids import Id
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.merging import names_one_of
from oneroster_reconcile.model.places import ORGS, OWNERS
from oneroster_reconcile.model.references import references
from oneroster_reconcile.model.verbs import Verb
from oneroster_reconcile.plan.acknowledgements import Acknowledgements
from oneroster_reconcile.plan.dependence import NODE, links_of, nodes_of, with_needs
from oneroster_reconcile.plan.follow_ups import FollowUp
from oneroster_reconcile.plan.frames import REASON, change_id
from oneroster_reconcile.plan.notes import NOTES, in_form
from oneroster_reconcile.plan.places import lying_in

if TYPE_CHECKING:
    from oneroster_reconcile.plan.plan import ChangePlan

__all__ = ["Wanted", "selected"]

_LISTED = pl.Schema({"kind": pl.String(), "verb": pl.String(), "id": pl.String(), "reason": REASON, "link": pl.Boolean()})


def _several(asked: str | Iterable[str] | None) -> tuple[str, ...] | None:
    return asked if asked is None else tuple(dict.fromkeys([asked] if isinstance(asked, str) else asked))


def _verbs(asked: str | Iterable[str] | None) -> tuple[Verb, ...] | None:
    several = _several(asked)
    return several if several is None else tuple(map(Verb, several))


def _kinds(asked: str | Iterable[str] | None) -> tuple[Kind, ...] | None:
    several = _several(asked)
    return several if several is None else tuple(map(Kind, several))


@frozen(kw_only=True)
class Wanted:
    """What is asked of a plan; a change is asked for that all of it is true of, and None asks for nothing in particular."""

    schools: tuple[Id, ...] | None = field(converter=_several)
    verbs: tuple[Verb, ...] | None = field(converter=_verbs)
    kinds: tuple[Kind, ...] | None = field(converter=_kinds)
    people: tuple[Id, ...] | None = field(converter=_several)
    where: pl.Expr | None = field(default=None, eq=False)

    @property
    def is_everything(self) -> bool:
        """Whether nothing in particular is asked."""
        return self == Wanted(schools=None, verbs=None, kinds=None, people=None) and self.where is None


def selected(plan: "ChangePlan", wanted: Wanted) -> "ChangePlan":
    """The part of a plan that somebody wants, with what it needs; see `ChangePlan.only`."""
    listed = _listed(plan)
    asked, missing = _asked(plan, listed, wanted)
    chosen = with_needs(plan, asked).join(listed, on=NODE, how="semi")
    left = listed.join(chosen, on=NODE, how="anti").sort("kind", "id", "verb")
    brought = listed.join(chosen, on=NODE, how="semi").join(asked, on=NODE, how="anti").sort("kind", "id", "verb")
    issues = (*plan.issues, *_issues(left, brought, missing))
    if left.is_empty():
        return evolve(plan, issues=issues)
    return evolve(
        plan,
        changes={kind: _of(frame, chosen, kind, link=False) for kind, frame in plan.changes.items()},
        links={kind: _of(frame, chosen, kind, link=True) for kind, frame in plan.links.items()},
        acknowledgements=_remembered(plan, left),
        follow_ups=tuple(_left_to_do(plan, left, chosen)),
        issues=issues,
        notes=in_form(pl.concat([plan.notes, _notes(left)])),
    )


def _listed(plan: "ChangePlan") -> pl.DataFrame:
    frames = [*plan.changes.values(), *plan.links.values()]
    rows = [nodes_of(frame.select("kind", "verb", "id", "reason")).cast(_LISTED) for frame in frames]
    return pl.concat([pl.DataFrame(schema=_LISTED), *rows])


def _of(frame: pl.DataFrame, chosen: pl.DataFrame, kind: Kind, *, link: bool) -> pl.DataFrame:
    ids = chosen.filter(pl.col("kind") == kind.value, pl.col("link") == link).select("id")
    return frame.join(ids, on="id", how="semi", maintain_order="left")


def _asked(plan: "ChangePlan", listed: pl.DataFrame, wanted: Wanted) -> tuple[pl.DataFrame, list[Id]]:
    """The nodes that are asked for, and the schools and people of whom the plan has nothing."""
    asked = listed
    for name, values in (("verb", wanted.verbs), ("kind", wanted.kinds)):
        asked = asked if values is None else asked.filter(pl.col(name).is_in([str(each) for each in values]))
    if wanted.where is not None:
        asked = asked.filter(wanted.where)
    missing: list[Id] = []
    for ids, find in ((wanted.schools, _of_school), (wanted.people, _of_person)):
        found = {each: find(plan, each) for each in ids or ()}
        missing += [each for each, nodes in found.items() if nodes.is_empty()]
        if ids is not None:
            asked = asked.join(pl.concat([listed.select(NODE).clear(), *found.values()]), on=NODE, how="semi")
    return asked.select(NODE).unique(), missing


def _of_school(plan: "ChangePlan", school: Id) -> pl.DataFrame:
    """The changes of rows that lie in a school, before or after: a membership lies where its class lies, demographics and links where the person does."""
    places = plan.places.filter(pl.col("school") == school)
    inside = {
        kind: pl.concat(
            [
                lying_in(plan.frame(kind), kind, pl.Series([school])),
                places.filter(pl.col("kind") == kind.value).select("id"),
                pl.DataFrame({"id": [school] if kind is Kind.ORG else []}, schema={"id": pl.String()}),
            ]
        )["id"]
        for kind in ORGS
    }
    owners = {kind: dict([next(iter(columns.items()))]) for kind, columns in OWNERS.items()}
    return _about(plan, inside, owners)


def _of_person(plan: "ChangePlan", person: Id) -> pl.DataFrame:
    """The changes of an account, its links, memberships and demographics."""
    return _about(plan, {Kind.USER: pl.Series([person])}, OWNERS)


def _about(plan: "ChangePlan", ids: Mapping[Kind, pl.Series], owners: Mapping[Kind, Mapping[str, Kind]]) -> pl.DataFrame:
    """The nodes of changes of some rows, of who they are, and of what they own."""
    parts = [pl.DataFrame(schema={name: _LISTED[name] for name in NODE})]
    for kind in Kind:
        frame, links = plan.frame(kind), links_of(plan, kind)
        if kind in ids:
            parts.append(links.filter(pl.col("target").is_in(ids[kind].implode())).select(NODE))
        for column, of in owners.get(kind, {"id": kind}).items():
            value = pl.coalesce("after", "before").struct.field(column)
            if of in ids:
                parts.append(nodes_of(frame.filter(value.is_in(ids[of].implode()))).select(NODE))
    return pl.concat(parts).unique()


def _remembered(plan: "ChangePlan", left: pl.DataFrame) -> Acknowledgements:
    """What is remembered though some changes are left out: nothing of their rows, nor of what was worked out as if a link or merge were made."""
    noted = plan.acknowledgements
    links = {kind: links_of(plan, kind).join(left, on=NODE, how="semi") for kind in Kind}
    merges = left.filter(pl.col("verb") == Verb.MERGE.value)
    unmerged = links[Kind.USER].join(merges, on=NODE, how="semi")["target"]

    def kept(rows: pl.DataFrame, kind: Kind) -> pl.DataFrame:
        if rows.is_empty():
            return rows
        changed = left.filter(pl.col("kind") == kind.value, ~pl.col("link"))["id"]
        owners = {one.name: one.of for one in references(kind) if one.field.column.key} or {"id": kind}
        unlinked = [pl.col(name).is_in(links[of]["target"].implode()) for name, of in owners.items()]
        lost = [change_id(kind).is_in(changed.implode()), *unlinked, names_one_of(unmerged, kind, rows.columns)]
        return rows.filter(~pl.any_horizontal(lost))

    of_unmerged = (pl.col("kind") == Kind.USER.value) & pl.col("host_id").is_in(unmerged.implode())
    return Acknowledgements(
        rows={kind: kept(rows, kind) for kind, rows in noted.rows.items()},
        forgotten={kind: kept(rows, kind) for kind, rows in noted.forgotten.items()},
        links=noted.links.excluding(noted.links.frame.filter(of_unmerged)),
        absences=noted.absences.join(
            left.with_columns(pl.col("kind").cast(noted.absences.schema["kind"])),
            on=["kind", "id"],
            how="anti",
            maintain_order="left",
        ),
    )


def _left_to_do(plan: "ChangePlan", left: pl.DataFrame, chosen: pl.DataFrame) -> Iterator[FollowUp]:
    """The tasks about what is not left out."""
    gone = {*left.join(chosen, on="id", how="anti")["id"]} if plan.follow_ups else set[str]()
    for each in plan.follow_ups:
        subjects = tuple(subject for subject in each.subjects if subject not in gone)
        if subjects or not each.subjects:
            yield evolve(each, subjects=subjects)


def _issues(left: pl.DataFrame, brought: pl.DataFrame, missing: list[Id]) -> Iterator[Issue]:
    about = Ref("plan")
    if missing:
        named = ", ".join(missing[:EXAMPLES])
        yield NOT_IN_PLAN.issue(about, f"the plan has no change of {named}", Resolution.KEPT, rows=missing)
    if not brought.is_empty():
        message = "changes come along that were not asked for"
        yield BROUGHT_ALONG.issue(about, message, Resolution.KEPT, rows=_names(brought))
    if not left.is_empty():
        yield LEFT_OUT.issue(about, "changes were left out of the plan", Resolution.KEPT, rows=_names(left))


def _names(rows: pl.DataFrame) -> list[str]:
    return rows.select(pl.format("{} {}/{}", "verb", "kind", "id")).to_series().to_list()


def _notes(left: pl.DataFrame) -> pl.DataFrame:
    """The rows that are left alone because their changes were left out."""
    said = pl.lit(LEFT_OUT.slug)
    nothing = pl.lit(None, pl.String())
    return left.select(
        "kind",
        "id",
        source_ids=pl.col("reason").struct.field("source_ids").fill_null([]),
        situation=said,
        code=said,
        policy=nothing,
        because=nothing,
    ).cast(NOTES)
