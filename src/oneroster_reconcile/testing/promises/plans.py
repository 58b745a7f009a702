"""Promises about whole plans: a host that took one is in step, and can be taken back."""

from collections.abc import Iterator
from datetime import date

from attrs import evolve

from oneroster_reconcile.apply.inverse import inverse
from oneroster_reconcile.apply.state import MemoryState
from oneroster_reconcile.model.classes import Class
from oneroster_reconcile.model.enrollments import Enrollment
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.orgs import Org
from oneroster_reconcile.model.roster import Roster
from oneroster_reconcile.model.users import Role, User
from oneroster_reconcile.plan.plan import ChangePlan
from oneroster_reconcile.plan.verbs import Action
from oneroster_reconcile.policy.policy import Policy
from oneroster_reconcile.policy.presets import mirror
from oneroster_reconcile.policy.scope import Scope
from oneroster_reconcile.reconcile.reconciler import reconcile
from oneroster_reconcile.testing.awaited import applied
from oneroster_reconcile.testing.promises.promise import promise
from oneroster_reconcile.testing.scene import makeable
from oneroster_reconcile.testing.trial import BrokenPromise, NotPromised, Trial

__all__ = ["PROMISES"]

_DAY = date(2026, 9, 1)


@promise
def a_plan_that_was_applied_leaves_nothing_to_do(host: Trial) -> None:
    """Night after night, all of a plan is done that the host can do, and the same roster gives no more changes."""
    state, policy = MemoryState(), _policy(host)
    for night in _nights():
        plan = _planned(night, host, state, policy)
        answers = applied(plan, host, state)
        _is_done(plan, host, answers.failures.height)
        if left := [str(each) for each in _within_reach(_planned(night, host, state, policy), host)]:
            raise BrokenPromise(f"a plan was applied, and the same roster gives {len(left)} more changes, first {left[0]}")


@promise
def a_plan_can_be_taken_back(host: Trial) -> None:
    """After a plan and its way back the host holds what it held, but for what the way back says is lost."""
    for action in (Action.UPDATE, Action.SUSPEND, Action.RESTORE, Action.DELETE):
        host.needs(action, Kind.USER)
    if Kind.ENROLLMENT in makeable(host):
        host.needs(Action.DELETE, Kind.ENROLLMENT)
    state, policy = MemoryState(), _policy(host)
    first, second = _nights()
    applied(_planned(first, host, state, policy), host, state)
    before, held = state.base, host.held
    plan = _planned(second, host, state, policy)
    done = applied(plan, host, state)
    back = inverse(plan, done, before=before, now=state.base, directory=host.snapshot(), policy=policy)
    answers = applied(back.plan, host, state)
    _is_done(back.plan, host, answers.failures.height)
    if not back.irreversible and host.held != held:
        differs = [kind.value for kind in Kind if host.held[kind] != held[kind]]
        raise BrokenPromise(f"a plan was taken back, and the host holds other rows than before, of {', '.join(differs)}")


def _policy(host: Trial) -> Policy:
    """A mirror of the kinds that can be made here."""
    kinds = frozenset(makeable(host))
    if Kind.USER not in kinds:
        raise NotPromised("this host cannot create user")
    return evolve(mirror(), scope=Scope(kinds=kinds))


def _planned(roster: Roster, host: Trial, state: MemoryState, policy: Policy) -> ChangePlan:
    return reconcile(roster, host.snapshot(), base=state.base, policy=policy, as_of=_DAY)


def _is_done(plan: ChangePlan, host: Trial, failed: int) -> None:
    beyond = len(plan) - sum(1 for _ in _within_reach(plan, host))
    if failed > beyond:
        raise BrokenPromise(f"a plan of {plan.summary()}: {failed} failed, where the host can do all but {beyond}")


def _within_reach(plan: ChangePlan, host: Trial) -> Iterator[object]:
    """The changes of a plan that the host can do."""
    for phase in plan.phases():
        if host.can(phase.action, phase.kind):
            yield from phase.frame.select("verb", "id").iter_rows()


def _nights() -> Iterator[Roster]:
    """Two nights of a school: people come and go, a class gets another teacher, a name changes, a child changes class."""
    orgs = [Org(id="d1", name="Plum Falls", type="district"), Org(id="s1", name="High", type="school", parent="d1")]
    classes = [Class(id=each, title=f"Algebra {each}", school="s1") for each in ("k1", "k2")]
    yield Roster.of(
        orgs=orgs,
        classes=classes,
        users=[_person("u1"), _person("u2"), _person("u3"), _person("t1", "teacher"), _person("t2", "teacher")],
        enrollments=[_member("k1", "u1"), _member("k1", "u2"), _member("k2", "u3"), _member("k1", "t1", "teacher")],
    )
    yield Roster.of(
        orgs=orgs,
        classes=classes,
        users=[
            evolve(_person("u1"), given_name="Zoë"),
            _person("u2"),
            _person("u4"),
            _person("t1", "teacher"),
            _person("t2", "teacher"),
        ],
        enrollments=[_member("k2", "u1"), _member("k1", "u2"), _member("k1", "u4"), _member("k1", "t2", "teacher")],
    )


def _person(own: str, role: str = "student") -> User:
    return User(
        id=own,
        given_name=own.upper(),
        family_name="Ames",
        username=own,
        email=f"{own}@plum.example",
        roles=(Role(org="s1", role=role),),
    )


def _member(class_: str, user: str, role: str = "student") -> Enrollment:
    return Enrollment(class_=class_, user=user, role=role)


PROMISES = (a_plan_that_was_applied_leaves_nothing_to_do, a_plan_can_be_taken_back)
