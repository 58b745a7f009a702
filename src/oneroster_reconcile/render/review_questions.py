"""What a plan asks people about who is who, with what is known of both sides: rows that wait, and schools that would be made though the host may have them."""

from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl
from attrs import field, frozen

from oneroster_reconcile.issues.matching import SCHOOL_NAME_NEAR
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.schema import Field, fields_of, row_class
from oneroster_reconcile.model.tables import Tables
from oneroster_reconcile.model.verbs import Verb
from oneroster_reconcile.plan.plan import ChangePlan
from oneroster_reconcile.render.review_names import NAMED, Names, names_of, value_shown

__all__ = ["Facts", "questions", "schools"]

_COMPARED: Mapping[Kind, tuple[str, ...]] = {
    Kind.ORG: ("name", "type", "identifier", "parent"),
    Kind.SESSION: ("title", "type", "start", "end"),
    Kind.COURSE: ("title", "course_code", "org"),
    Kind.CLASS: ("title", "class_code", "course", "school"),
    Kind.USER: (
        *("given_name", "middle_name", "family_name", "preferred_given_name", "email", "username", "identifier", "grades"),
        *("roles", "state"),
    ),
}
"""What a person compares to tell whether two rows are the same."""
_WAITING = (
    *("disputed", "identity_changed", "email_shared", "email_taken", "untrusted_domain", "mergeable", "proposed"),
    "likely",
)
"""The situations in which a person has to say who is who."""
_UNCLAIMED = ("local", "foreign")
_UNMADE = ("new", "recreated")


@frozen(eq=False)
class Facts:
    """What is known of the rows of one side, but for what tells who a person is if that is redacted; of none where there is no such side."""

    tables: Tables | None = None
    names: Names = field(factory=Names)
    is_redacted: bool = False

    @classmethod
    def of(cls, tables: Tables | None, *, is_redacted: bool = False) -> "Facts":
        """What a roster or a directory tells."""
        return cls() if tables is None else cls(tables, names_of(tables), is_redacted)

    def told(self, kind: Kind, ids: pl.Series) -> Mapping[str, dict[str, str]]:
        """What is known of these rows by field, blanks left out."""
        if self.tables is None or ids.is_empty():
            return {}
        columns = [each for each in fields_of(row_class(kind)) if each.name in _COMPARED[kind] and self._may_tell(each)]
        rows = self.tables[kind].lazy().filter(pl.col("id").is_in(ids.unique().implode())).collect()
        births: Mapping[str, str] = _births(self.tables, ids) if kind is Kind.USER and not self.is_redacted else {}
        found: dict[str, dict[str, str]] = {}
        for row in rows.iter_rows(named=True):
            values = {each.name.replace("_", " "): value_shown(each, row[each.name], self.names) for each in columns}
            told = {**values, "birth date": births.get(row["id"], "")}
            found[row["id"]] = {name: value for name, value in told.items() if value}
        return found

    def _may_tell(self, column: Field) -> bool:
        return not (self.is_redacted and column.column.pii)


def _births(tables: Tables, ids: pl.Series) -> Mapping[str, str]:
    rows = tables[Kind.DEMOGRAPHICS].lazy().filter(pl.col("user").is_in(ids.unique().implode()))
    return dict(rows.select("user", pl.col("birth_date").cast(pl.String)).drop_nulls().collect().iter_rows())


def questions(plan: ChangePlan, source: Facts, host: Facts) -> Iterator[dict[str, Any]]:
    """The rows of the source that wait for a person, by kind and id, each with the rows of the host that may be theirs."""
    for kind in NAMED:
        about = plan.notes.filter(pl.col("kind") == kind.value, pl.col("situation").is_in(_WAITING))
        candidate = pl.coalesce(pl.col("because").str.strip_prefix(f"{kind}/"), "id")
        pairs = about.select("situation", "code", source_id=pl.col("source_ids").list.first(), host_id=candidate).drop_nulls()
        if pairs.is_empty():
            continue
        ours, theirs = source.told(kind, pairs["source_id"]), host.told(kind, pairs["host_id"])
        asked = pairs.sort("source_id", "host_id").group_by("source_id", "situation", "code", maintain_order=True).agg("host_id")
        for source_id, why, code, hosts in asked.iter_rows():
            known = [{"id": each, "facts": theirs.get(each, {})} for each in dict.fromkeys(hosts)]
            yield {
                "kind": kind.value,
                "id": source_id,
                "why": why,
                "code": code,
                "facts": ours.get(source_id, {}),
                "candidates": known,
            }


def schools(plan: ChangePlan, source: Facts, host: Facts) -> dict[str, Any]:
    """The orgs of the source that have none at the host, and the orgs of the host that nobody claims."""
    notes = plan.notes.filter(pl.col("kind") == Kind.ORG.value)
    changes = plan.frame(Kind.ORG)
    created = changes.filter(pl.col("verb") == Verb.CREATE.value)
    unmade = notes.filter(pl.col("situation").is_in(_UNMADE), pl.col("source_ids").list.len() > 0)
    made = created["reason"].struct.field("source_ids").list.first().drop_nulls()
    titles = dict(zip(made, created["after"].struct.field("name"), strict=False)) if len(made) == created.height else {}
    left = unmade["source_ids"].list.first()
    near = {each.subject.id: each.message for each in plan.issues if each.code == SCHOOL_NAME_NEAR.slug}
    lacking = [(each, True) for each in made.sort()] + [(each, False) for each in left.unique().sort() if each not in titles]
    return {
        "unmapped": [
            {
                "id": each,
                "name": titles.get(each) or source.names.name(Kind.ORG, each),
                "made": is_made,
                "near": near.get(each, ""),
            }
            for each, is_made in lacking
        ],
        "free": [{"id": each, "name": host.names.name(Kind.ORG, each)} for each in _unclaimed(notes, changes)],
    }


def _unclaimed(notes: pl.DataFrame, changes: pl.DataFrame) -> list[str]:
    alone = changes.filter(pl.col("reason").struct.field("situation").is_in(_UNCLAIMED))["id"]
    noted = notes.filter(pl.col("situation").is_in(_UNCLAIMED))["id"].drop_nulls()
    return pl.concat([alone, noted]).unique().sort().to_list()
