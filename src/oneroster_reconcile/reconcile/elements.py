"""Elements, three ways: a set is merged one element at a time, each with its own evidence."""

from functools import reduce

import polars as pl
from attrs import frozen

from oneroster_reconcile.model.ids import Id
from oneroster_reconcile.model.kinds import State
from oneroster_reconcile.model.schema import Field, state
from oneroster_reconcile.policy.choices import Authority, Disposition
from oneroster_reconcile.policy.rows import ElementPolicy
from oneroster_reconcile.reconcile.values import decided, remembered

__all__ = ["SetRule", "merged_sets", "tidied"]


@frozen(kw_only=True)
class SetRule:
    """How one set column is merged.

    `inside` are the orgs whose elements may be touched (None: all), `certain` says whether a missing element proves anything at all, and `kept` are the
    ids whose elements are never withdrawn.
    """

    field: Field
    authority: Authority
    policy: ElementPolicy
    inside: frozenset[Id] | None = None
    certain: bool = True
    kept: frozenset[Id] = frozenset()

    @property
    def reference(self) -> str | None:
        """The part of an element that refers to another row: an org, a guardian, a term."""
        if self.field.column.refers:
            return self.field.name
        return next((part.name for part in self.field.element if part.column.refers), None)

    @property
    def keys(self) -> list[str]:
        """The columns that identify an element."""
        return list(self.field.element_key) or [self.field.name]

    @property
    def parts(self) -> list[Field]:
        """The columns of an element beside its key and state."""
        return [part for part in self.field.element if not part.column.key and part.name != "state"]


def merged_sets(rows: pl.DataFrame, rule: SetRule) -> pl.DataFrame:
    """The rows with `_desired_<name>` and `_remembered_<name>` for one set.

    `rows` are joined rows that incoming and current both have: `<name>, <name>_c, <name>_b`, and `_partial`, the names of the sets in which a
    missing element proves nothing.
    """
    name = rule.field.name
    desired, kept = f"_desired_{name}", f"_remembered_{name}"
    ours, current, base = (pl.col(f"{name}{side}") for side in ("", "_c", "_b"))
    if rule.authority in (Authority.ON_CREATE, Authority.NEVER):
        return rows.with_columns(current.alias(desired), base.fill_null([]).alias(kept))
    equal = ours.eq_missing(current) & (ours.eq_missing(base) | base.is_null() | (base.list.len() == 0)) & _is_plain(rule)
    numbered = rows.with_row_index("_row")
    differing = numbered.filter(~equal)
    if differing.is_empty():
        return rows.with_columns(current.alias(desired), ours.alias(kept))
    elements = _outcomes(_joined(differing, rule), rule)
    sets = (_gathered(elements, rule, side).rename({"_set": column}) for side, column in (("_d", desired), ("_r", kept)))
    result = reduce(lambda left, right: left.join(right, on="_row", how="left", maintain_order="left"), sets, numbered)
    return result.with_columns(
        pl.when(equal).then(current).otherwise(pl.col(desired).fill_null([])).alias(desired),
        pl.when(equal).then(ours).otherwise(pl.col(kept).fill_null([])).alias(kept),
    ).drop("_row")


def tidied(rows: pl.DataFrame, rule: SetRule) -> pl.DataFrame:
    """New rows with a set without the elements that have ended or may not be touched."""
    name = rule.field.name
    keep: list[pl.Expr] = []
    if any(part.name == "state" for part in rule.field.element):
        keep.append(pl.element().struct.field("state") != state(State.TOBEDELETED))
        keep += [pl.element().struct.field("org").is_in(sorted(rule.inside))] if rule.inside is not None else []
    if not keep:
        return rows
    bad = ~pl.col(name).list.eval(pl.all_horizontal(keep)).list.all()
    if not rows.select(bad.any()).item():
        return rows
    cleaned = pl.col(name).list.eval(pl.element().filter(pl.all_horizontal(keep)))
    return rows.with_columns(pl.when(bad).then(cleaned).otherwise(name).alias(name))


def _is_plain(rule: SetRule) -> pl.Expr:
    """Equal sets need no look at their elements, but where an element may carry an end of its own."""
    name = rule.field.name
    if not any(part.name == "state" for part in rule.field.element):
        return pl.lit(value=True)
    ended = pl.col(name).list.eval(pl.element().struct.field("state") == state(State.TOBEDELETED)).list.any()
    outside = pl.lit(value=rule.inside is not None)
    return ~ended & ~outside


def _joined(rows: pl.DataFrame, rule: SetRule) -> pl.DataFrame:
    """One row an element of any side: `_row`, the key, `<part>_i/_c/_b`, and the flags `_i, _c, _b, _ended, _certain`."""
    name = rule.field.name
    sides = [_taken_apart(rows, rule, f"{name}{source}", side) for source, side in (("", "_i"), ("_c", "_c"), ("_b", "_b"))]
    on = ["_row", *rule.keys]
    joined = reduce(lambda left, right: left.join(right, on=on, how="full", coalesce=True), sides)
    speaks = (pl.col(name).list.len() > 0) & ~pl.col("_partial").list.contains(name) & pl.lit(rule.certain)
    spoken = rows.select("_row", "_lost", _certain=speaks)
    return joined.join(spoken, on="_row").with_columns(pl.col("_i", "_c", "_b").fill_null(value=False))


def _taken_apart(rows: pl.DataFrame, rule: SetRule, column: str, side: str) -> pl.DataFrame:
    exploded = rows.select("_row", pl.col(column).alias("_element")).filter(pl.col("_element").list.len() > 0).explode("_element")
    if not rule.field.element:
        return exploded.select("_row", pl.col("_element").alias(rule.field.name), pl.lit(value=True).alias(side))
    element = pl.col("_element").struct
    return exploded.select(
        "_row",
        *(element.field(key).alias(key) for key in rule.keys),
        *(element.field(part.name).alias(f"{part.name}{side}") for part in rule.field.element if not part.column.key),
        pl.lit(value=True).alias(side),
    )


def _outcomes(elements: pl.DataFrame, rule: SetRule) -> pl.DataFrame:
    """The elements with `_d` (desired has it), `_r` (it is remembered), and each part's value for both."""
    ended = pl.lit(value=False)
    if "state_i" in elements.columns:
        ended = (pl.col("state_i") == State.TOBEDELETED.value).fill_null(value=False)
    elements = elements.with_columns(_ended=ended).with_columns(_present=pl.col("_i") & ~pl.col("_ended"))
    touchable, withdrawable = _touchable(rule)
    present, was_ended, current, base = pl.col("_present"), pl.col("_ended"), pl.col("_c"), pl.col("_b")
    drops = {name: pl.lit(getattr(rule.policy, name) is Disposition.DELETE) for name in ("withdrawn", "ended", "local")}
    proven = pl.col("_certain") & withdrawable
    revived = pl.lit(rule.authority is Authority.SOURCE) | ~base
    desired = (
        pl.when(~touchable)
        .then(current)
        .when(present)
        .then(current | revived)
        .when(was_ended)
        .then(current & ~(drops["ended"] & ~pl.col("_lost")))
        .when(current & base)
        .then(~(drops["withdrawn"] & proven))
        .otherwise(current & ~(drops["local"] & proven))
    )
    kept = (
        pl.when(~touchable)
        .then(base)
        .when(present)
        .then(base | pl.col("_d"))
        .when(was_ended)
        .then(base & pl.col("_d"))
        .when(current)
        .then(base & pl.col("_d"))
        .otherwise(base & ~proven)
    )
    return elements.with_columns(_d=desired).with_columns(_r=kept).with_columns(_parts(rule, touchable))


def _touchable(rule: SetRule) -> tuple[pl.Expr, pl.Expr]:
    """Whether an element may be touched, and whether its absence could mean anything."""
    reference = rule.reference
    touchable = pl.lit(value=True)
    if rule.inside is not None and reference == "org":
        touchable = pl.col("org").is_in(sorted(rule.inside))
    withdrawable = ~pl.col(reference).is_in(sorted(rule.kept)) if reference and rule.kept else pl.lit(value=True)
    return touchable, withdrawable


def _parts(rule: SetRule, touchable: pl.Expr) -> list[pl.Expr]:
    """Each part of an element, desired and remembered; a value like any other, but that a new element takes what the source says."""
    both = pl.col("_present") & pl.col("_c") & touchable
    fresh = pl.col("_present") & ~pl.col("_c") & touchable
    made: list[pl.Expr] = []
    for part in rule.parts:
        ours, current, base = (pl.col(f"{part.name}{side}") for side in ("_i", "_c", "_b"))
        three = decided(part, rule.authority, incoming=ours, base=base, current=current)
        kept = remembered(part, incoming=ours, base=base, desired=three)
        made.append(pl.when(fresh).then(ours).when(both).then(three).otherwise(current).alias(f"{part.name}_d"))
        made.append(pl.when(fresh & pl.col("_d")).then(ours).when(both).then(kept).otherwise(base).alias(f"{part.name}_r"))
    return made


def _gathered(elements: pl.DataFrame, rule: SetRule, side: str) -> pl.DataFrame:
    """The sets again, in canonical order, as `_row, _set`."""
    chosen = elements.filter(pl.col(side))
    if not rule.field.element:
        return (
            chosen.sort("_row", rule.field.name).group_by("_row", maintain_order=True).agg(pl.col(rule.field.name).alias("_set"))
        )
    values = [_part(part, side) for part in rule.field.element]
    names = [part.name for part in rule.field.element]
    ordered = chosen.select("_row", *values).sort("_row", *names)
    return ordered.group_by("_row", maintain_order=True).agg(pl.struct(names).alias("_set"))


def _part(part: Field, side: str) -> pl.Expr:
    if part.column.key:
        return pl.col(part.name)
    if part.name == "state":
        return state(State.ACTIVE).alias("state")
    return pl.col(f"{part.name}{side}").alias(part.name)
