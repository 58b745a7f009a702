"""What a person should know of what is done with rows, and of what is left as it is."""

from collections.abc import Iterator, Mapping

import polars as pl

from oneroster_reconcile.model.schema import Field, Shape, is_blank
from oneroster_reconcile.plan.frames import change_id
from oneroster_reconcile.policy.choices import Authority
from oneroster_reconcile.reconcile.absences import WAIT
from oneroster_reconcile.reconcile.joining import Case
from oneroster_reconcile.reconcile.needs import CREATE

__all__ = ["SAID", "notes_of_acts", "notes_of_values"]

SAID = pl.Schema(dict.fromkeys(("code", "situation", "detail", "id"), pl.String()))
_NOTED: Mapping[str, str] = {
    "refuse": "creation_refused",
    "respect": "deleted_at_host",
    "restored": "restored_at_host",
    "flag": "flagged",
    "ask": "needs_decision",
    WAIT: "grace_running",
    "lack": "need_unmet",
    "pinned": "pinned",
}
_LACKING: Mapping[str, str] = {CREATE: "creation_off", "course": "course_unmapped", "primary_teacher": "no_primary_teacher"}


def notes_of_acts(rows: pl.DataFrame, acts: frozenset[str], case: Case) -> Iterator[pl.DataFrame]:
    """What a person should know of what is done with rows, as `code, situation, detail, id`; the detail is what a new row lacks, or which course is not at the host."""
    if acts.isdisjoint(_NOTED):
        return
    lacks = pl.col("_act") == "lack"
    code = pl.col("_act").replace_strict(_NOTED)
    own = pl.when(lacks).then(pl.col("_unmet").replace_strict(_LACKING, default="need_unmet")).otherwise(code)
    noted = rows.filter(pl.col("_act").is_in(list(_NOTED)))
    key = change_id(case.kind).alias("id")
    yield noted.select(own.alias("code"), "situation", pl.when(lacks).then("_detail").alias("detail"), key)


def notes_of_values(merged: pl.DataFrame, case: Case) -> Iterator[pl.DataFrame]:
    """What a person should know of values that are left as they are, likewise."""
    sticky = [
        each for each in case.fields if case.rows.authority_of(each.name) is Authority.STICKY and each.shape is not Shape.SET
    ]
    marks = [("role_change_not_applied", pl.col("_frozen")), ("pinned", pl.col("_stays"))]
    marks += [("local_value_kept", pl.any_horizontal(map(_kept_local, sticky)))] if sticky else []
    marks += [] if merged["_keeps"].eq("").all() else [("pinned", _is_held_back(case))]
    for code, mark in marks:
        found = merged.filter(mark)
        if not found.is_empty():
            none = pl.lit(None, pl.String()).alias("detail")
            yield found.select(pl.lit(code).alias("code"), "situation", none, change_id(case.kind).alias("id"))


def _is_held_back(case: Case) -> pl.Expr:
    """Whether the source says otherwise of a value that people keep."""
    kept = pl.col("_keeps").str.split(",")
    says = [
        kept.list.contains(each.name)
        & ~is_blank(pl.col(each.name), each.shape)
        & pl.col(each.name).ne_missing(pl.col(f"{each.name}_c"))
        for each in case.fields
    ]
    return pl.any_horizontal(pl.lit(value=False), *says)


def _kept_local(each: Field) -> pl.Expr:
    """A value that the source states and the host holds otherwise, though the source never changed it here."""
    ours, current, base = pl.col(each.name), pl.col(f"{each.name}_c"), pl.col(f"{each.name}_b")
    return (
        ~is_blank(ours, each.shape)
        & is_blank(base, each.shape)
        & ours.ne_missing(pl.col(f"_desired_{each.name}"))
        & ~is_blank(current, each.shape)
    )
