"""`register`: after it `st.from_type(Roster)`, and the like for every value that the library takes, just work."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

import attrs
import polars as pl
from attrs import evolve
from hypothesis import strategies as st

from oneroster_reconcile.apply.host import Batch
from oneroster_reconcile.model.base import Base
from oneroster_reconcile.model.coverage import Coverage, Read
from oneroster_reconcile.model.crosswalk import Crosswalk, CrosswalkRow
from oneroster_reconcile.model.decisions import Decision, Ruling
from oneroster_reconcile.model.directory import Directory
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.roster import Roster
from oneroster_reconcile.model.schema import row_class
from oneroster_reconcile.model.table import Table
from oneroster_reconcile.model.users import Role, UserId, UserProfile
from oneroster_reconcile.plan.changes import Create, Delete, Link, Merge, Relink, Restore, Split, Suspend, Unlink, Update
from oneroster_reconcile.plan.plan import ChangePlan
from oneroster_reconcile.plan.receipts import Receipts
from oneroster_reconcile.plan.verbs import Action
from oneroster_reconcile.policy.guards import GUARDS
from oneroster_reconcile.policy.policy import Policy
from oneroster_reconcile.policy.presets import PRESETS
from oneroster_reconcile.policy.rows import RowPolicy
from oneroster_reconcile.policy.rules import Rule
from oneroster_reconcile.policy.schedule import Schedule
from oneroster_reconcile.policy.scope import Where
from oneroster_reconcile.reconcile.reconciler import reconcile
from oneroster_reconcile.testing.batches import batch_of
from oneroster_reconcile.testing.policies import conditions, objects, policies, policy_parts, row_policies, rules
from oneroster_reconcile.testing.strategies import HOST_STATES, directories, rosters, tables
from oneroster_reconcile.testing.trial import IDENTIFIED

__all__ = ["bases", "decisions", "plans", "register", "registered", "rows"]

Made = Callable[[], st.SearchStrategy[Any]]

_DAY = date(2026, 9, 1)
_IDS = st.sampled_from(("1", "2", "3", "u 3'é"))
_LINKED = st.sampled_from(IDENTIFIED)


def register() -> None:
    """Tell Hypothesis how every value that the library takes is drawn; call it once, in `conftest.py`.

    It is a call and no plugin of Hypothesis, which would load this library whenever Hypothesis is imported, for whatever project.

    >>> register()
    >>> from hypothesis import given, settings
    >>> @settings(max_examples=5, database=None)
    ... @given(st.from_type(Roster), st.from_type(Policy))
    ... def check(roster: Roster, policy: Policy) -> None:
    ...     assert isinstance(reconcile(roster, Directory(), policy=policy, as_of=_DAY), ChangePlan)
    """
    for made, strategy in registered().items():
        st.register_type_strategy(made, _asked(strategy))


def registered() -> Mapping[type[Any], Made]:
    """The classes that `register` tells of, each with what makes its strategy.

    >>> Roster in registered()
    True
    """
    parts = policy_parts()
    of_rows = {row_class(kind): _lazily(rows, kind) for kind in Kind}
    of_parts = {made: _held(strategy) for made, strategy in parts.items()}
    guards = {type(guard): _lazily(st.just, guard) for guard in GUARDS}
    return {**of_rows, **of_parts, **guards, **_CHANGES, **_OTHERS}


def rows(kind: Kind) -> st.SearchStrategy[Any]:
    """Any row of a kind by itself, in a state that a host's rows can be in; what it refers to is nowhere.

    >>> from hypothesis import given, settings
    >>> @settings(max_examples=5, database=None)
    ... @given(rows(Kind.USER))
    ... def check(user: object) -> None:
    ...     assert isinstance(user, row_class(Kind.USER))
    >>> check()
    """
    known: dict[str, st.SearchStrategy[Any]] = {
        "id": _IDS,
        "class_": _IDS,
        "user": _IDS,
        "role": st.just("student"),
        "state": st.sampled_from(HOST_STATES),
    }
    row = row_class(kind)
    names = set(attrs.fields_dict(row))
    return objects(row, {name: strategy for name, strategy in known.items() if name in names})


def bases() -> st.SearchStrategy[Base]:
    """Any base: rows whose references hold, and links.

    >>> from hypothesis import given, settings
    >>> @settings(max_examples=5, database=None)
    ... @given(bases())
    ... def check(base: Base) -> None:
    ...     assert base.absences.is_empty()
    >>> check()
    """
    return st.builds(Base, tables=tables(), crosswalk=_crosswalks())


def decisions() -> st.SearchStrategy[Decision]:
    """Any decision, with the ids that its ruling is about.

    >>> from hypothesis import given, settings
    >>> @settings(max_examples=5, database=None)
    ... @given(decisions())
    ... def check(decision: Decision) -> None:
    ...     assert decision.other is None or decision.host_id != decision.other
    >>> check()
    """
    pair = {"source": st.just("sis"), "source_id": _IDS, "host_id": _IDS}
    several = st.lists(_IDS, min_size=1, max_size=3, unique=True).map(tuple)
    about: Mapping[Ruling, dict[str, st.SearchStrategy[Any]]] = {
        Ruling.PIN: {"host_id": _IDS},
        Ruling.KEEP: {"kind": st.sampled_from(Kind), "rows": several},
        Ruling.OMIT: {"source": st.just("sis"), "rows": several},
        Ruling.MERGE: {"kind": st.just(Kind.USER), "host_id": st.just("1"), "other": st.just("2")},
    }

    def ruled(ruling: Ruling) -> st.SearchStrategy[Decision]:
        known = {"kind": _LINKED, "by": st.just("support"), **about.get(ruling, pair)}
        return st.fixed_dictionaries(known).map(lambda values: _ruled(ruling, values))

    return st.sampled_from(Ruling).flatmap(ruled)


def plans() -> st.SearchStrategy[ChangePlan]:
    """Plans that the library makes of any roster and directory, under one of the presets.

    >>> from hypothesis import given, settings
    >>> @settings(max_examples=2, database=None, deadline=None)
    ... @given(plans())
    ... def check(plan: ChangePlan) -> None:
    ...     assert len(plan.digest) == 64
    >>> check()
    """
    policy = st.sampled_from(sorted(PRESETS)).map(lambda name: PRESETS[name]())
    return st.builds(_planned, rosters(), directories(), policy)


def _ruled(ruling: Ruling, values: Mapping[str, Any]) -> Decision:
    return Decision(ruling=ruling, **values)


def _planned(roster: Roster, directory: Directory, policy: Policy) -> ChangePlan:
    return reconcile(roster, directory, policy=policy, as_of=_DAY)


def _crosswalks() -> st.SearchStrategy[Crosswalk]:
    return st.lists(_links(), max_size=4).map(Crosswalk.of)


def _links() -> st.SearchStrategy[CrosswalkRow]:
    return st.builds(CrosswalkRow, st.just("sis"), _LINKED, _IDS, _IDS)


def _coverages() -> st.SearchStrategy[Coverage]:
    reads = st.dictionaries(st.sampled_from(Kind), objects(Read, {}), max_size=len(Kind))
    return st.builds(Coverage, reads=reads, schools=st.none() | st.frozensets(_IDS))


def _any_row() -> st.SearchStrategy[Any]:
    return st.sampled_from(Kind).flatmap(rows)


def _updates() -> st.SearchStrategy[Update[Any]]:
    """Two rows of a kind under one key, in one state."""

    def same(pair: tuple[Any, Any]) -> Update[Any]:
        before, after = pair
        kept = {name: getattr(before, name) for name in ("id", "class_", "user", "role", "state") if hasattr(before, name)}
        return Update(before, evolve(after, **kept))

    return st.sampled_from(Kind).flatmap(lambda kind: st.tuples(rows(kind), rows(kind))).map(same)


def _in_state(change: Callable[[Any], Any], state: str) -> Made:
    return lambda: _any_row().map(lambda row: change(evolve(row, state=state)))


def _receipts() -> st.SearchStrategy[Receipts]:
    done, failed = (st.frozensets(_IDS).map(sorted) for _ in range(2))
    return st.builds(_answered, done, failed)


def _answered(done: list[str], failed: list[str]) -> Receipts:
    lost = [each for each in failed if each not in done]
    answers = [Receipts.done(pl.Series(done, dtype=pl.String())), Receipts.failed(pl.Series(lost, dtype=pl.String()), "full")]
    return Receipts.concat(answers)


def _batches() -> st.SearchStrategy[Batch]:
    """Creations, updates and removals of rows that refer to each other only."""
    actions = st.sampled_from((Action.CREATE, Action.UPDATE, Action.SUSPEND, Action.RESTORE, Action.DELETE))
    return st.builds(_asking, actions, st.sampled_from(Kind), tables())


def _asking(action: Action, kind: Kind, made: Mapping[Kind, Table[Any]]) -> Batch:
    return batch_of(action, kind, made[kind].frame)


def _moved(change: Callable[..., Any]) -> Made:
    return lambda: st.builds(change, st.just(Kind.USER), st.just("sis"), _IDS, _IDS)


def _lazily(make: Callable[..., st.SearchStrategy[Any]], *given: Any) -> Made:
    return lambda: make(*given)


def _held(strategy: st.SearchStrategy[Any]) -> Made:
    return lambda: strategy


def _asked(strategy: Made) -> Callable[[type[Any]], st.SearchStrategy[Any]]:
    return lambda _: strategy()


_CHANGES: Mapping[type[Any], Made] = {
    Create: lambda: _any_row().map(Create),
    Update: _updates,
    Suspend: _in_state(Suspend, "active"),
    Restore: _in_state(Restore, "suspended"),
    Delete: lambda: _any_row().map(Delete),
    Link: _moved(Link),
    Unlink: _moved(Unlink),
    Split: _moved(Split),
    Relink: lambda: st.builds(Relink, st.just(Kind.USER), st.just("sis"), _IDS, st.just("1"), st.just("2")),
    Merge: lambda: st.just(Merge(Kind.USER, "1", "2")),
}
_OTHERS: Mapping[type[Any], Made] = {
    Base: bases,
    Batch: _batches,
    ChangePlan: plans,
    Coverage: _coverages,
    Crosswalk: _crosswalks,
    CrosswalkRow: _links,
    Decision: decisions,
    Directory: directories,
    Policy: policies,
    Read: lambda: objects(Read, {}),
    Receipts: _receipts,
    Role: lambda: objects(Role, {"org": _IDS, "role": st.just("student"), "state": st.sampled_from(HOST_STATES)}),
    Roster: rosters,
    RowPolicy: lambda: st.sampled_from(Kind).flatmap(row_policies),
    Rule: lambda: st.sampled_from(Kind).flatmap(rules),
    Schedule: lambda: st.just(Schedule(zone="America/Los_Angeles", starts=_DAY)),
    UserId: lambda: objects(UserId, {"identifier": _IDS}),
    UserProfile: lambda: objects(UserProfile, {"id": _IDS}),
    Where: conditions,
}
