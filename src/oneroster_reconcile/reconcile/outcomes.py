"""What happens to the rows of one kind: taken, merged value by value, suspended, deleted, or left alone."""

from collections.abc import Mapping
from functools import reduce

import polars as pl
from attrs import evolve, field, fields, frozen

from oneroster_reconcile.identity.correlation import IDENTIFIED
from oneroster_reconcile.model.kinds import Kind, State
from oneroster_reconcile.model.schema import Field, Shape, is_blank, no_rows, row_class, state
from oneroster_reconcile.policy.choices import Authority, Disposition, Redress
from oneroster_reconcile.reconcile.absences import absences_of, known_absences, no_absences, waiting
from oneroster_reconcile.reconcile.elements import SetRule, merged_sets, tidied
from oneroster_reconcile.reconcile.groups import by_policy
from oneroster_reconcile.reconcile.joining import Case, differing, joined
from oneroster_reconcile.reconcile.remarks import SAID, notes_of_acts, notes_of_values
from oneroster_reconcile.reconcile.situations import Situation
from oneroster_reconcile.reconcile.values import decided, remembered

__all__ = ["Outcome", "outcome_of"]


@frozen(kw_only=True, eq=False)
class Outcome:
    """What was decided for one kind.

    `upserts` are whole desired rows that differ from current, `removed` and `forgotten` are keys, `remembered` are whole base rows. `verdicts` are the
    keys with `situation` and `policy`; `notes` are `code, situation, detail, id`; `absences` are those that begin, or are over.
    """

    upserts: pl.DataFrame
    removed: pl.DataFrame
    remembered: pl.DataFrame
    forgotten: pl.DataFrame
    verdicts: pl.DataFrame
    notes: pl.DataFrame
    absences: pl.DataFrame = field(factory=no_absences)


def outcome_of(case: Case) -> Outcome:
    """Decide about every row of one kind that is not the same on all sides."""
    found = differing(case)
    if found.is_empty and known_absences(case).is_empty():
        return _undecided(case)
    parts = [(part, evolve(case, rows=row)) for part, row in by_policy(joined(found, case), case.rows)]
    judged = [(_judged(part, of), of) for part, of in parts]
    outcomes = [_outcome(part.with_columns(policy=_policy_row(of)), of) for part, of in judged]
    names = [each.name for each in fields(Outcome) if each.name != "absences"]
    together = {name: pl.concat([getattr(outcome, name) for outcome in outcomes]) for name in names}
    return Outcome(**together, absences=absences_of(pl.concat([part for part, _ in judged]), case))


def _judged(rows: pl.DataFrame, case: Case) -> pl.DataFrame:
    """Joined rows with what is to be done with them: what is pinned stays, and what went a while ago only waits."""
    rows = waiting(rows.with_columns(_act=_act(case), _pinned=_is_pinned(case)), case)
    return rows.with_columns(_act=_unless_pinned())


def _outcome(rows: pl.DataFrame, case: Case) -> Outcome:
    """What is decided about joined rows with their `_act` and `policy`, all under one row of the policy.

    What nothing is done with is not looked at: in most runs of a small district that is nearly everything, and each step has a price of its own.
    """
    acts = frozenset(rows["_act"].unique())
    compared = [_merged(rows, case)] if "merge" in acts else []
    notes = [*notes_of_acts(rows, acts, case), *(note for merged in compared for note in notes_of_values(merged, case))]
    suspended = [_suspended(rows, case)] if "suspend" in acts else []
    compared += suspended
    none = rows.clear().select(case.keys)
    upserts = [_desired(each.filter("_changed"), case) for each in compared]
    forgotten = [rows.filter((pl.col("_act") == "forget") & pl.col("_b")).select(case.keys)] if "forget" in acts else []
    return Outcome(
        upserts=pl.concat([_nothing(case), *([_taken(rows, case)] if "take" in acts else []), *upserts]),
        removed=rows.filter(pl.col("_act") == "delete").select(case.keys) if "delete" in acts else none,
        remembered=pl.concat([_nothing(case), *(_kept(each.filter("_explicit"), case) for each in compared)]),
        forgotten=pl.concat([none, *forgotten, *(_unclaimed(each, case) for each in suspended)]),
        verdicts=rows.select(*case.keys, "situation", "policy"),
        notes=pl.concat([pl.DataFrame(schema=SAID), *notes]),
    )


def _undecided(case: Case) -> Outcome:
    """What is decided where nothing differs."""
    none = no_rows(row_class(case.kind)).select(case.keys)
    verdicts = none.with_columns(situation=pl.lit(None, pl.String()), policy=pl.lit(None, pl.String()))
    rows, notes = _nothing(case), pl.DataFrame(schema=SAID)
    return Outcome(upserts=rows, removed=none, remembered=rows, forgotten=none, verdicts=verdicts, notes=notes)


def _nothing(case: Case) -> pl.DataFrame:
    """No row of the kind, its key first."""
    return no_rows(row_class(case.kind)).select(*case.keys, *(each.name for each in case.columns))


def _unclaimed(suspended: pl.DataFrame, case: Case) -> pl.DataFrame:
    """The keys of rows that are suspended though the base does not have them."""
    return suspended.filter(~pl.col("_b") & pl.col("_changed")).select(case.keys)


def _act(case: Case) -> pl.Expr:
    """What to do with a row: `take, merge, suspend, delete, forget, refuse`, `lack` for what is not made because of the policy, or why it is left alone."""
    creates = pl.col("situation").is_in([Situation.NEW, Situation.RECREATED])
    # Links to what was deleted are dropped or kept before anybody's group is looked at.
    redress = case.policy.row(case.kind) if case.kind in IDENTIFIED else case.rows
    respected = redress.deleted_at_host is Redress.RESPECT
    create = (
        pl.when(~pl.col("_lacking") | _belongs_nowhere(case) | _may_have_ended(case))
        .then(pl.lit("refuse"))
        .when(pl.col("_unmet").is_not_null())
        .then(pl.lit("lack"))
        .otherwise(pl.lit("take"))
    )
    choices: Mapping[Situation, Disposition] = {
        Situation.ENDED: _possible(case.rows.ended, case),
        Situation.WITHDRAWN: _possible(case.rows.withdrawn, case),
        Situation.LOCAL: _possible(case.rows.local, case),
        Situation.FOREIGN: case.rows.foreign,
        Situation.OUT_OF_SCOPE: _possible(case.rows.out_of_scope, case),
    }
    # Deleted where it was, a row that comes in from outside would be made again where it is to be.
    known = pl.lit(case.ground.sees_all) & pl.col("_b") & pl.col("_c") & ~pl.col("_unknown") & ~pl.col("_between")
    return (
        pl.when(creates)
        .then(create)
        .when(pl.col("situation") == Situation.DELETED_AT_HOST)
        .then(pl.lit("respect") if respected else create)
        .when(pl.col("situation").is_in([Situation.MATCHED, Situation.LINKED]))
        .then(pl.lit("merge"))
        .when((pl.col("situation") == Situation.OUT_OF_SCOPE) & ~known)
        .then(pl.lit("keep"))
        .when(_asserted_by_others(case))
        .then(pl.lit("keep"))
        .when(_restored(choices))
        .then(pl.lit("restored"))
        .when(pl.col("situation") == Situation.GONE)
        .then(pl.lit("forget"))
        .otherwise(pl.col("situation").replace_strict({key.value: value.value for key, value in choices.items()}, default="keep"))
    )


def _is_pinned(case: Case) -> pl.Expr:
    """Whether a person decided that the row stays in use as it is: by a pin, which is for rows with ids of their own, or by keeping its state."""
    pins = case.correlation.rulings.pins(case.kind)
    pinned = pl.lit(value=False) if pins.is_empty() else pl.col("id").is_in(pins.implode())
    return pinned | pl.col("_keeps").str.split(",").list.contains("state")


def _unless_pinned() -> pl.Expr:
    """What to do with a row, but that a pinned one is neither deleted nor suspended, and one that is not there, and stays so, is not made."""
    act, is_suspended = pl.col("_act"), pl.col("state_c") == State.SUSPENDED.value
    goes = (act == "delete") | ((act == "suspend") & ~is_suspended)
    comes = (act == "take") & pl.col("_wholly")
    return pl.when((pl.col("_pinned") & goes) | comes).then(pl.lit("pinned")).otherwise(act)


def _may_have_ended(case: Case) -> pl.Expr:
    """Whether the terms that would tell were not read: a class of last year is not made because a file was cut."""
    match case.kind:
        case Kind.CLASS:
            return pl.col("id").is_in(case.ground.ageless.implode())
        case Kind.ENROLLMENT:
            return pl.col("_endless").fill_null(value=False) & pl.col("class_").is_in(case.ground.ageless.implode())
        case _:
            return pl.lit(value=False)


def _asserted_by_others(case: Case) -> pl.Expr:
    """Whether another source has a link to a row that this one does not stand behind: what that one asserts stays."""
    unbacked = pl.col("situation").is_in([Situation.ENDED, Situation.WITHDRAWN, Situation.LOCAL, Situation.OUT_OF_SCOPE])
    return unbacked & pl.col(case.keys[0]).is_in(case.ground.shared[case.kind].implode())


def _possible(disposition: Disposition, case: Case) -> Disposition:
    """What the host can do: one that has no states cannot suspend, so a person is told."""
    return Disposition.FLAG if disposition is Disposition.SUSPEND and not case.keeps_state else disposition


def _belongs_nowhere(case: Case) -> pl.Expr:
    """Whether a membership's class or person will not exist at the host."""
    parts = {Kind.ENROLLMENT: {"class_": Kind.CLASS, "user": Kind.USER}, Kind.DEMOGRAPHICS: {"user": Kind.USER}}.get(
        case.kind, {}
    )
    absent = [pl.col(column).is_in(case.absent.ids[of].implode()) for column, of in parts.items() if len(case.absent.ids[of])]
    return pl.any_horizontal(pl.lit(value=False), *absent)


def _restored(choices: Mapping[Situation, Disposition]) -> pl.Expr:
    """A person brought back what we suspended: it is not suspended again without a word."""
    lenient = [key.value for key in (Situation.ENDED, Situation.WITHDRAWN) if choices[key] is not Disposition.DELETE]
    lenient += [Situation.OUT_OF_SCOPE.value] if choices[Situation.OUT_OF_SCOPE] is Disposition.SUSPEND else []
    was, now = pl.col("state_b") == State.SUSPENDED.value, pl.col("state_c") == State.ACTIVE.value
    return (pl.col("situation").is_in(lenient) & was & now).fill_null(value=False)


def _policy_row(case: Case) -> pl.Expr:
    """The policy row that decided, in words: `mirror: user.withdrawn = suspend`."""
    groups = [group.value for group in case.policy.row(case.kind).groups]
    group = pl.when(pl.col("_group").is_in(groups)).then(pl.col("_group") + pl.lit(".")).otherwise(pl.lit(""))
    head = pl.lit(f"{case.policy.name}: {case.kind}.") + group + pl.col("situation")
    plain = pl.col("_act").is_in(["take", "merge"])
    return pl.when(plain).then(head).otherwise(head + pl.lit(" = ") + pl.col("_act"))


def _taken(rows: pl.DataFrame, case: Case) -> pl.DataFrame:
    """The rows to make, as incoming has them and the host can hold them."""
    taken = rows.filter(pl.col("_act") == "take")
    for rule in _set_rules(case):
        taken = tidied(taken, rule)
    names = {each.name for each in case.fields}
    never = {each.name for each in case.fields if case.rows.authority_of(each.name) is Authority.NEVER}
    return taken.select(*case.keys, *(_created(each, each.name in names and each.name not in never) for each in case.columns))


def _created(column: Field, given: bool) -> pl.Expr:
    if given:
        return pl.col(column.name)
    if column.name == "state":
        return state(State.ACTIVE).alias("state")
    return _blank(column).alias(column.name)


def _blank(column: Field) -> pl.Expr:
    return pl.lit(None if column.shape is Shape.SCALAR else [], column.dtype)


def _merged(rows: pl.DataFrame, case: Case) -> pl.DataFrame:
    """The rows that incoming and current both have, with `_desired_*` and `_remembered_*` for every column that takes part."""
    both = _with_partial(rows.filter(pl.col("_act") == "merge"), case)
    both = reduce(merged_sets, _set_rules(case), both)
    values = [each for each in case.fields if each.shape is not Shape.SET]
    both = both.with_columns(_value(each, case).alias(f"_desired_{each.name}") for each in values)
    both = both.with_columns(_stays=_is_kept_alive()).with_columns(
        pl.when("_stays").then("state_c").otherwise("_desired_state").alias("_desired_state")
    )
    both = both.with_columns(
        remembered(
            each, incoming=pl.col(each.name), base=pl.col(f"{each.name}_b"), desired=pl.col(f"_desired_{each.name}")
        ).alias(f"_remembered_{each.name}")
        for each in values
    )
    return _compared(both, case)


def _is_kept_alive() -> pl.Expr:
    """Whether a pin keeps a row from being suspended by the source's value, which is remembered as not taken."""
    suspended = pl.col("_desired_state") == State.SUSPENDED.value
    return (pl.col("_pinned") & suspended & (pl.col("state_c") == State.ACTIVE.value)).fill_null(value=False)


def _value(each: Field, case: Case) -> pl.Expr:
    sides = (pl.col(each.name), pl.col(f"{each.name}_b"), pl.col(f"{each.name}_c"))
    return decided(each, case.rows.authority_of(each.name), incoming=sides[0], base=sides[1], current=sides[2])


def _suspended(rows: pl.DataFrame, case: Case) -> pl.DataFrame:
    """The rows to suspend: as they are but for their state, which the base remembers where it has the row."""
    gone = rows.filter(pl.col("_act") == "suspend")
    suspended = state(State.SUSPENDED)
    gone = gone.with_columns(
        *(pl.col(f"{each.name}_c").alias(f"_desired_{each.name}") for each in case.fields if each.name != "state"),
        *(pl.col(f"{each.name}_b").alias(f"_remembered_{each.name}") for each in case.fields if each.name != "state"),
        suspended.alias("_desired_state"),
        suspended.alias("_remembered_state"),
    )
    return _compared(gone, case).with_columns(_explicit=pl.col("_explicit") & pl.col("_b"))


def _compared(rows: pl.DataFrame, case: Case) -> pl.DataFrame:
    """The rows with `_changed` (desired differs from current) and `_explicit` (what is remembered does not follow from the change)."""
    differs = _any_differs([(pl.col(f"_desired_{each.name}"), pl.col(f"{each.name}_c")) for each in case.fields])
    held = _any_differs([(pl.col(f"_remembered_{each.name}"), pl.col(f"{each.name}_b")) for each in case.fields])
    own = _any_differs([(pl.col(f"_remembered_{each.name}"), pl.col(f"_desired_{each.name}")) for each in case.fields])
    others = [each for each in case.columns if each not in case.fields]
    extra = pl.any_horizontal(pl.lit(value=False), *(~is_blank(pl.col(f"{each.name}_c"), each.shape) for each in others))
    return rows.with_columns(_changed=differs).with_columns(
        _explicit=pl.when("_changed").then(own | extra).otherwise(~pl.col("_b") | held)
    )


def _any_differs(pairs: list[tuple[pl.Expr, pl.Expr]]) -> pl.Expr:
    return pl.any_horizontal(left.ne_missing(right) for left, right in pairs)


def _desired(rows: pl.DataFrame, case: Case) -> pl.DataFrame:
    """Whole desired rows; what does not take part stays as the host has it."""
    part = {each.name for each in case.fields}
    return rows.select(
        *case.keys,
        *(
            (pl.col(f"_desired_{each.name}") if each.name in part else pl.col(f"{each.name}_c")).alias(each.name)
            for each in case.columns
        ),
    )


def _kept(rows: pl.DataFrame, case: Case) -> pl.DataFrame:
    """Whole base rows; what does not take part is blank."""
    part = {each.name for each in case.fields}
    return rows.select(
        *case.keys,
        *((pl.col(f"_remembered_{each.name}") if each.name in part else _blank(each)).alias(each.name) for each in case.columns),
    )


def _set_rules(case: Case) -> list[SetRule]:
    """How each set that takes part is merged."""
    ground, kind = case.ground, case.kind
    rules: list[SetRule] = []
    for each in (each for each in case.fields if each.shape is Shape.SET):
        refers = each.column.refers or next((part.column.refers for part in each.element if part.column.refers), None)
        kept = frozenset[str](ground.unknown[refers]["id"].to_list() if refers else ())
        # Roles and profiles have files of their own, which `roles` of the coverage speaks of.
        apart = ground.roster.coverage.roles if each.name in ("roles", "profiles") else None
        rules.append(
            SetRule(
                field=each,
                authority=case.rows.authority_of(each.name),
                policy=case.rows.element_policy(each.name),
                inside=ground.inside if each.name == "roles" else None,
                certain=apart is None or apart.is_complete,
                kept=kept | ground.missing[kind] | ground.roles_missing if each.name == "roles" else kept,
            )
        )
    return rules


def _with_partial(rows: pl.DataFrame, case: Case) -> pl.DataFrame:
    """The rows with `_partial`: the sets in which a missing element proves nothing."""
    partial = case.incoming.partial[case.kind]
    every = pl.lit([each.name for each in case.fields if each.shape is Shape.SET], pl.List(pl.String()))
    if partial.is_empty():
        return rows.with_columns(
            _partial=pl.when(pl.col("_unknown") | pl.col("_lost")).then(every).otherwise(pl.lit([], pl.List(pl.String())))
        )
    named = partial.group_by("id").agg(pl.col("column").unique().alias("_partial"))
    return rows.join(named, left_on=case.keys[0], right_on="id", how="left", maintain_order="left").with_columns(
        _partial=pl.when(pl.col("_unknown") | pl.col("_lost")).then(every).otherwise(pl.col("_partial").fill_null([]))
    )
