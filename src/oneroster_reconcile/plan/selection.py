"""Selection: a part of a plan that can be applied by itself, with all that it needs, and with every hold of the whole."""

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

import polars as pl
from attrs import evolve

from oneroster_reconcile.issues.codes import EXAMPLES
from oneroster_reconcile.issues.issue import Issue, Ref, Resolution
from oneroster_reconcile.issues.planning import BROUGHT_ALONG, CANNOT_COME, LEFT_OUT, NOT_IN_PLAN
from oneroster_reconcile.model.ids import Id
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.places import ORGS, OWNERS
from oneroster_reconcile.model.verbs import Verb
from oneroster_reconcile.plan.acknowledgements import Acknowledgements
from oneroster_reconcile.plan.dependence import NODE, links_of, nodes_of, with_needing, with_needs
from oneroster_reconcile.plan.follow_ups import FollowUp
from oneroster_reconcile.plan.frames import REASON, no_changes
from oneroster_reconcile.plan.notes import NOTES, in_form
from oneroster_reconcile.plan.parts import Part
from oneroster_reconcile.plan.places import lying_in

if TYPE_CHECKING:
    from oneroster_reconcile.plan.plan import ChangePlan

__all__ = ["concerning", "selected"]

_LISTED = pl.Schema({"kind": pl.String(), "verb": pl.String(), "id": pl.String(), "reason": REASON, "link": pl.Boolean()})


Asked = tuple[Part, pl.Expr | None]
"""What is asked of a plan: a part, and an expression over the changes."""


def selected(plan: "ChangePlan", *, only: Iterable[Asked] = (), without: Iterable[Asked] = ()) -> "ChangePlan":
    """The changes of a plan that any of `only` asks for, or all where there is none, but for those that any of `without` names; see `ChangePlan.only` and `ChangePlan.without`."""
    listed = _listed(plan)
    asked, missing = _any_of(plan, listed, only) if (only := tuple(only)) else (listed.select(NODE).unique(), [])
    refused, unknown = _any_of(plan, listed, without)
    lost = with_needing(plan, refused)
    chosen = with_needs(plan, asked.join(lost, on=NODE, how="anti")).join(listed, on=NODE, how="semi")
    stuck = asked.join(lost, on=NODE, how="semi").join(refused, on=NODE, how="anti")
    left = _named(listed.join(chosen, on=NODE, how="anti"))
    brought = _named(listed.join(chosen, on=NODE, how="semi").join(asked, on=NODE, how="anti"))
    issues = (*plan.issues, *_issues(left, brought, _named(listed.join(stuck, on=NODE, how="semi")), [*missing, *unknown]))
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


def _named(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.sort("kind", "id", "verb")


def _listed(plan: "ChangePlan") -> pl.DataFrame:
    frames = [*plan.changes.values(), *plan.links.values()]
    rows = [nodes_of(frame.select("kind", "verb", "id", "reason")).cast(_LISTED) for frame in frames]
    return pl.concat([pl.DataFrame(schema=_LISTED), *rows])


def _of(frame: pl.DataFrame, chosen: pl.DataFrame, kind: Kind, *, link: bool) -> pl.DataFrame:
    ids = chosen.filter(pl.col("kind") == kind.value, pl.col("link") == link).select("id")
    return frame.join(ids, on="id", how="semi", maintain_order="left")


def _any_of(plan: "ChangePlan", listed: pl.DataFrame, asked: Iterable[Asked]) -> tuple[pl.DataFrame, list[Id]]:
    """The nodes that any of some parts is about, and the schools, people and rows of which the plan has nothing."""
    found = [_asked(plan, listed, part, where) for part, where in asked]
    nodes = pl.concat([listed.select(NODE).clear(), *(nodes for nodes, _ in found)]).unique()
    return nodes, list(dict.fromkeys(each for _, missing in found for each in missing))


def _asked(plan: "ChangePlan", listed: pl.DataFrame, part: Part, where: pl.Expr | None) -> tuple[pl.DataFrame, list[Id]]:
    asked = listed
    for name, values in (("verb", part.verbs), ("kind", part.kinds), ("id", part.rows)):
        asked = asked if values is None else asked.filter(pl.col(name).is_in([str(each) for each in values]))
    missing = [] if part.rows is None else list(dict.fromkeys(part.rows).keys() - {*listed["id"]})
    if where is not None:
        asked = asked.join(_where(plan, where), on=[*NODE, "verb"], how="semi")
    for ids, kind in ((part.schools, Kind.ORG), (part.people, Kind.USER)):
        found = {each: concerning(plan, kind, each) for each in ids or ()}
        missing += [each for each, nodes in found.items() if nodes.is_empty()]
        if ids is not None:
            asked = asked.join(pl.concat([listed.select(NODE).clear(), *found.values()]), on=NODE, how="semi")
    return asked.select(NODE).unique(), sorted(missing)


def _where(plan: "ChangePlan", where: pl.Expr) -> pl.DataFrame:
    """The changes for which an expression is true, asked kind by kind: of a kind whose rows have no such field it is true of nothing.

    Raises what polars raises where the rows of no kind have it, so that a wrong name is not taken for no change.
    """
    found: list[pl.DataFrame] = []
    unknown: pl.exceptions.PolarsError | None = None
    for kind in Kind:
        links = plan.links[kind] if kind in plan.links else no_changes(kind, link=True)
        for frame in (plan.frame(kind), links):
            try:
                rows = frame.with_columns(pl.col("kind", "verb").cast(pl.String)).filter(where)
            except pl.exceptions.StructFieldNotFoundError as error:
                unknown = error
            else:
                found.append(nodes_of(rows.select("kind", "verb", "id")))
    if unknown is not None and not found:
        raise unknown
    return pl.concat(found)


def concerning(plan: "ChangePlan", kind: Kind, row_id: Id) -> pl.DataFrame:
    """The nodes of the changes that lie in a school, or that are about a person."""
    return _of_school(plan, row_id) if kind is Kind.ORG else _of_person(plan, row_id)


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
    rows = left.filter(~pl.col("link"))
    links = {kind: links_of(plan, kind).join(left, on=NODE, how="semi") for kind in Kind}
    merges = left.filter(pl.col("verb") == Verb.MERGE.value)
    return plan.acknowledgements.without(
        changed={kind: rows.filter(pl.col("kind") == kind.value)["id"] for kind in Kind},
        unlinked={kind: links[kind]["target"] for kind in Kind},
        unmerged=links[Kind.USER].join(merges, on=NODE, how="semi")["target"],
    )


def _left_to_do(plan: "ChangePlan", left: pl.DataFrame, chosen: pl.DataFrame) -> Iterator[FollowUp]:
    """The tasks about what is not left out."""
    gone = {*left.join(chosen, on="id", how="anti")["id"]} if plan.follow_ups else set[str]()
    for each in plan.follow_ups:
        subjects = tuple(subject for subject in each.subjects if subject not in gone)
        if subjects or not each.subjects:
            yield evolve(each, subjects=subjects)


def _issues(left: pl.DataFrame, brought: pl.DataFrame, stuck: pl.DataFrame, missing: list[Id]) -> Iterator[Issue]:
    about = Ref("plan")
    if missing:
        named = ", ".join(missing[:EXAMPLES])
        yield NOT_IN_PLAN.issue(about, f"the plan has no change of {named}", Resolution.KEPT, rows=missing)
    if not brought.is_empty():
        message = "changes come along that were not asked for"
        yield BROUGHT_ALONG.issue(about, message, Resolution.KEPT, rows=_names(brought))
    if not stuck.is_empty():
        message = "changes cannot come, for they need what was refused"
        yield CANNOT_COME.issue(about, message, Resolution.KEPT, rows=_names(stuck))
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
