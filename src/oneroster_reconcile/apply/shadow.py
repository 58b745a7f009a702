"""Shadow mode: what a plan would have done, beside what the product's present engine did to the same host."""

from collections.abc import Iterator, Mapping
from enum import StrEnum

import polars as pl
from attrs import evolve, field, frozen

from oneroster_reconcile.apply.dependence import merging_pairs
from oneroster_reconcile.apply.resolution import Ids, resolved
from oneroster_reconcile.model.directory import Directory
from oneroster_reconcile.model.ids import provisional
from oneroster_reconcile.model.kinds import Kind, plural
from oneroster_reconcile.model.merging import merged
from oneroster_reconcile.model.schema import fields_of, row_class
from oneroster_reconcile.plan.frames import change_id, change_schema, no_changes, rows_on, with_rows
from oneroster_reconcile.plan.plan import ChangePlan
from oneroster_reconcile.plan.verbs import LINKING, Action, Verb
from oneroster_reconcile.reconcile.diff import diff

__all__ = ["Agreement", "Comparison", "compare"]

_SCHEMA = pl.Schema(
    {
        "kind": pl.String(),
        "id": pl.String(),
        "plan": pl.String(),
        "engine": pl.String(),
        "agreement": pl.String(),
        "differs": pl.List(pl.String()),
    }
)
_LINKS = pl.Schema(
    {
        "kind": pl.String(),
        "source_id": pl.String(),
        "plan": pl.String(),
        "wanted": pl.String(),
        "found": pl.List(pl.String()),
        "agreement": pl.String(),
    }
)
_CONTENT: Mapping[Kind, tuple[tuple[str, ...], ...]] = {
    Kind.ORG: (("identifier",), ("name", "type")),
    Kind.SESSION: (("title", "start", "end"),),
    Kind.COURSE: (("course_code",), ("title", "org")),
    Kind.CLASS: (("class_code",), ("title", "school")),
    Kind.USER: (("identifier",), ("email",), ("username",)),
}
"""By which values two new rows are taken for the same, one key after the other, where it is one new row's alone on both sides."""


class Agreement(StrEnum):
    """How a plan and an engine compare on one row or link: they leave it the same, leave it otherwise, only one of them changes it, or nothing is there to judge by.

    >>> Agreement("plan only") is Agreement.PLAN
    True
    """

    SAME = "same"
    OTHERWISE = "otherwise"
    PLAN = "plan only"
    ENGINE = "engine only"
    UNJUDGED = "not judged"


@frozen(eq=False)
class Comparison:
    """A row for each row that a plan or the engine changes, as `kind, id, plan, engine, agreement, differs`, and for each link that the plan changes, as `kind, source_id, plan, wanted, found, agreement`.

    `plan` and `engine` are verbs, with a plus between where there are several; `differs` names the columns in which the rows that both leave differ. Whatever a merge of the plan changes, accounts and what hangs on them, is a
    `merge` of the plan, and judged by what is left. Of a link `found` are the host rows that the host itself links to the source row; it is not judged where the host keeps no links of the plan's source for that kind.

    >>> print(Comparison().summary())
    neither changes anything
    """

    frame: pl.DataFrame = pl.DataFrame(schema=_SCHEMA)
    links: pl.DataFrame = pl.DataFrame(schema=_LINKS)

    @property
    def counts(self) -> Mapping[Agreement, int]:
        """How many rows there are of each agreement, in a fixed order."""
        found = dict(self.frame.group_by("agreement").len().iter_rows())
        return {each: found[each.value] for each in Agreement if each.value in found}

    def summary(self) -> str:
        """The counts, a line for each agreement and what it is about."""
        by = ["agreement", "plan", "engine", "kind"]
        rows = self.frame.group_by(by).len().sort(by)
        lines: list[str] = []
        for agreement, number in self.counts.items():
            lines.append(f"{agreement}: {number:,}")
            for _, plan, engine, kind, count in rows.filter(pl.col("agreement") == agreement.value).iter_rows():
                said = plan if plan == engine else f"{plan or 'nothing'} / {engine or 'nothing'}"
                lines.append(f"  {said} {count:,} {plural(Kind(kind), count)}")
        return "\n".join([*lines, *self._links_summary()]) or "neither changes anything"

    def _links_summary(self) -> Iterator[str]:
        by = ["agreement", "plan", "kind"]
        rows = self.links.group_by(by).len().sort(by)
        for agreement in Agreement:
            found = rows.filter(pl.col("agreement") == agreement.value)
            if not found.is_empty():
                yield f"links {agreement}: {found['len'].sum():,}"
                yield from (f"  {verb} {count:,} {plural(Kind(kind), count)}" for _, verb, kind, count in found.iter_rows())


def compare(plan: ChangePlan, before: Directory, after: Directory) -> Comparison:
    """Compare a plan that was made and not applied with what the product's engine did in its place: `before` is the host that the plan was made for, `after` the host since.

    Rows that were there are compared by their ids. New rows are taken for the same where `after` has a link of the plan's source to the engine's; else where one new row alone, on either side, has an identifier, an email address, a username or a code, or
    of what has none its name or title with its type, dates or school; capitals make no difference. Memberships follow their class and person. What the plan's merges would leave is compared as any other rows; its links are, where `after` has the host's own of the plan's source, and are counted as not judged where it has none. What the host does
    not store is not compared.

    >>> from datetime import date
    >>> from oneroster_reconcile.model.orgs import Org
    >>> from oneroster_reconcile.model.roster import Roster
    >>> from oneroster_reconcile.policy.presets import mirror
    >>> from oneroster_reconcile.reconcile.reconciler import reconcile
    >>> high, middle = Org(id="s1", name="High", type="school"), Org(id="s2", name="Middle", type="school")
    >>> plan = reconcile(Roster.of(orgs=[high, middle]), Directory(), policy=mirror(), as_of=date(2026, 9, 1))
    >>> print(compare(plan, Directory(), Directory.of(orgs=[Org(id="7", name="High", type="school")])).summary())
    same: 1
      create 1 org
    plan only: 1
      create / nothing 1 org
    """
    ours = _Side(plan, _merging(plan, before))
    theirs = _Side(evolve(plan, changes=diff(before, after), links={}))
    ids = Ids()
    for kind in _CONTENT:
        pairs = _paired(_outcomes(ours, kind, ids), _outcomes(theirs, kind, Ids()), _links(plan, kind, after), kind)
        ids = ids if pairs.is_empty() else ids.including(kind, pairs["id"], pairs["engine_id"])
    parts = [
        _compared(_outcomes(ours, kind, ids), _outcomes(theirs, kind, Ids()), kind, after.stored[kind])
        for kind in Kind
        if not (ours.is_idle(kind) and theirs.is_idle(kind))
    ]
    rows = pl.concat([pl.DataFrame(schema=_SCHEMA), *parts]).sort("kind", "id")
    links = [_compared_links(plan, kind, after) for kind in plan.links]
    return Comparison(rows, pl.concat([pl.DataFrame(schema=_LINKS), *links]).sort("kind", "source_id", "plan"))


@frozen(eq=False)
class _Side:
    """What one side does: changes, and before them what its merges change."""

    plan: ChangePlan
    merging: Mapping[Kind, pl.DataFrame] = field(factory=dict[Kind, pl.DataFrame])

    def is_idle(self, kind: Kind) -> bool:
        return self.plan.frame(kind).is_empty() and (kind not in self.merging or self.merging[kind].is_empty())


def _merging(plan: ChangePlan, before: Directory) -> Mapping[Kind, pl.DataFrame]:
    """The rows that the merges of a plan change, as changes of the verb `merge`."""
    merges = [merging_pairs(phase.frame) for phase in plan.phases() if phase.action is Action.MERGE]
    if not merges:
        return {}
    merge = pl.lit(Verb.MERGE.value)
    changes = diff(before, merged(before, pl.concat(merges)))
    return {kind: frame.with_columns(verb=merge).cast(change_schema(kind)) for kind, frame in changes.items()}


def _compared_links(plan: ChangePlan, kind: Kind, after: Directory) -> pl.DataFrame:
    """The links that a plan changes beside those that the host keeps."""
    held = after.crosswalk.links(plan.source, kind)
    found = held.group_by("source_id", maintain_order=True).agg(found="host_id")
    link = pl.coalesce("after", "before").struct.field("source_id")
    asked = plan.links[kind].filter(pl.col("verb") != Verb.MERGE.value)
    wanted, was = (pl.col(side).struct.field("host_id") for side in ("after", "before"))
    rows = asked.select(source_id=link, plan=pl.col("verb").cast(pl.String), wanted=wanted, was=was)
    rows = rows.join(found, on="source_id", how="left").with_columns(pl.col("found").fill_null([]))
    has, had = (pl.col("found").list.contains(pl.col(name)).fill_null(value=False) for name in ("wanted", "was"))
    left_alone = had | ((pl.col("found").list.len() == 0) & pl.col("wanted").is_not_null())
    agreement = (
        pl.when(pl.lit(held.is_empty()))
        .then(pl.lit(Agreement.UNJUDGED.value))
        .when(has | (pl.col("wanted").is_null() & ~had))
        .then(pl.lit(Agreement.SAME.value))
        .when(left_alone)
        .then(pl.lit(Agreement.PLAN.value))
        .otherwise(pl.lit(Agreement.OTHERWISE.value))
    )
    return rows.with_columns(kind=pl.lit(kind.value), agreement=agreement).select(_LINKS.names()).cast(_LINKS)


def _outcomes(side: _Side, kind: Kind, ids: Ids) -> pl.DataFrame:
    """What becomes of each row that one side changes, as `id, verb, before, after`, in real ids where they are known."""
    changes = [phase.frame for phase in side.plan.phases() if phase.kind is kind and phase.action not in LINKING]
    merging = [side.merging[kind]] if kind in side.merging else []
    rows = pl.concat([no_changes(kind), *merging, *changes])
    rows = with_rows(rows, "after", resolved(rows_on(rows, "after"), kind, ids))
    row = rows.select(pl.coalesce("after", "before").alias("row"))
    named = rows.with_columns(rows_on(row, "row").select(change_id(kind).alias("id"))["id"])
    verb = pl.col("verb").cast(pl.String).str.join("+")
    left = named.group_by("id", maintain_order=True).agg(verb, pl.col("before").first(), pl.col("after").last())
    # What a merge brought and the plan then takes away was never there.
    return left.filter(pl.col("before").is_not_null() | pl.col("after").is_not_null())


def _links(plan: ChangePlan, kind: Kind, after: Directory) -> pl.DataFrame:
    """The new rows that the host itself links to the plan's source, as `id, engine_id`."""
    links = after.crosswalk.links(plan.source, kind)
    return links.select(id=provisional(plan.source, pl.col("source_id")), engine_id="host_id").unique("id", keep="none")


def _paired(ours: pl.DataFrame, theirs: pl.DataFrame, links: pl.DataFrame, kind: Kind) -> pl.DataFrame:
    """The new rows of a plan and of the engine that are taken for the same, as `id, engine_id`."""
    left, right = (side.filter(pl.col("before").is_null()).select("id", pl.col("after")) for side in (ours, theirs))
    right = right.rename({"id": "engine_id"})
    found = links.join(left, on="id", how="semi").join(right, on="engine_id", how="semi").unique("engine_id", keep="none")
    for key in _CONTENT[kind]:
        parts = [pl.col("after").struct.field(name).cast(pl.String).str.to_lowercase().alias(f"_{name}") for name in key]
        sides = [
            side.join(found, on=side.columns[0], how="anti")
            .select(side.columns[0], *parts)
            .drop_nulls(f"_{key[0]}")
            .unique([f"_{name}" for name in key], keep="none")
            for side in (left, right)
        ]
        pairs = sides[0].join(sides[1], on=[f"_{name}" for name in key], nulls_equal=True)
        found = pl.concat([found, pairs.select("id", "engine_id")])
    return found


def _compared(ours: pl.DataFrame, theirs: pl.DataFrame, kind: Kind, stored: frozenset[str]) -> pl.DataFrame:
    """The rows of one kind that either side changes, and in which columns they are left otherwise."""
    sides = [side.select("id", pl.col("verb", "after").name.suffix(end)) for side, end in ((ours, "_p"), (theirs, "_e"))]
    both = sides[0].join(sides[1], on="id", how="full", coalesce=True)
    names = [each.name for each in fields_of(row_class(kind)) if each.column.compared and each.name in stored]
    ours_after, theirs_after = pl.col("after_p"), pl.col("after_e")
    differing = [
        pl.when(ours_after.struct.field(name).ne_missing(theirs_after.struct.field(name))).then(pl.lit(name)) for name in names
    ]
    only = pl.col("verb_p").is_null() | pl.col("verb_e").is_null()
    one_gone = ours_after.is_null() != theirs_after.is_null()
    differs = (
        pl.when(~only & ~one_gone).then(pl.concat_list(differing).list.drop_nulls()).otherwise(pl.lit([], _SCHEMA["differs"]))
    )
    agreement = (
        pl.when(pl.col("verb_e").is_null())
        .then(pl.lit(Agreement.PLAN.value))
        .when(pl.col("verb_p").is_null())
        .then(pl.lit(Agreement.ENGINE.value))
        .when(one_gone | (pl.col("differs").list.len() > 0))
        .then(pl.lit(Agreement.OTHERWISE.value))
        .otherwise(pl.lit(Agreement.SAME.value))
    )
    told = both.with_columns(differs=differs, kind=pl.lit(kind.value)).with_columns(agreement=agreement)
    return told.rename({"verb_p": "plan", "verb_e": "engine"}).select(_SCHEMA.names())
