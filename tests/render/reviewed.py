"""A morning in the life of a district: a plan with something of everything that people review, and what it was made of."""

from functools import cache

import polars as pl
from attrs import evolve, frozen

from oneroster_reconcile.hosts.memory import MemoryHost
from oneroster_reconcile.model.base import Base
from oneroster_reconcile.model.crosswalk import Crosswalk
from oneroster_reconcile.model.decisions import Decision, Ruling
from oneroster_reconcile.model.demographics import Demographics
from oneroster_reconcile.model.directory import Directory
from oneroster_reconcile.model.enrollments import Enrollment
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.orgs import Org
from oneroster_reconcile.model.roster import Roster
from oneroster_reconcile.model.table import Table
from oneroster_reconcile.model.tables import Tables
from oneroster_reconcile.model.users import User
from oneroster_reconcile.model.verbs import Verb
from oneroster_reconcile.plan.plan import ChangePlan
from oneroster_reconcile.policy.choices import Adoption
from oneroster_reconcile.policy.guards import GUARDS, Limit, Per
from oneroster_reconcile.policy.policy import Policy
from oneroster_reconcile.policy.presets.mirror import mirror
from oneroster_reconcile.policy.tasks import Task
from oneroster_reconcile.reconcile.reconciler import reconcile
from oneroster_reconcile.samples import District, district, evolve as evolved
from oneroster_reconcile.samples.drift import local_edits

__all__ = ["HOSTILE", "Morning", "morning"]

HOSTILE = (
    "<script>document.title='owned'</script>",
    "</script><img src=x onerror=\"document.title='owned'\">",
    "\u05e2\u05d3\u05d4 \u202egnorw",
    "Zo\u00eb \U0001f469\U0001f3fd\u200d\U0001f680 & Co",
    "A" * 3_000,
)
"""Given names that do what names do not."""
_NIGHT = 5
_LINKED = (Kind.ORG, Kind.SESSION, Kind.COURSE, Kind.CLASS, Kind.USER)


@frozen(eq=False)
class Morning:
    """A plan, and the roster, directory and decisions that it was made of."""

    plan: ChangePlan
    roster: Roster
    directory: Directory
    base: Base
    policy: Policy
    decisions: tuple[Decision, ...]

    def again(self, *decisions: Decision) -> ChangePlan:
        """The plan of the same morning with other decisions."""
        return reconcile(
            self.roster, self.directory, base=self.base, policy=self.policy, as_of=self.plan.as_of, decisions=decisions
        )


@cache
def morning(students: int = 300, *, churn: float = 0.05, hostile: bool = False, rollover: bool = False) -> Morning:
    """The night before, a district's host was in step; then people worked at it, and the district sent its next roster."""
    monday = district(students, seed=7)
    held = _held(monday)
    links = Crosswalk.of(_links(held, monday.roster.source))
    base = Base(tables={kind: held[kind] for kind in Kind}, crosswalk=links)
    night = next(iter(evolved(monday, seed=_NIGHT, churn=churn, rollover=rollover))).district
    host = MemoryHost(Directory(tables={kind: held[kind] for kind in Kind}))
    for edit in local_edits(host.directory):
        host.apply(edit.batch)
    came = night.roster.users.frame.join(held[Kind.USER].frame, on="id", how="anti").sort("id")
    children = came.filter(pl.col("grades").list.len() > 0)
    _open_accounts(host, night.roster, children["id"].to_list()[:4])
    roster = _with_school(night.roster)
    if hostile:
        roster = _renamed(roster)
    decisions = (Decision(ruling=Ruling.PIN, kind=Kind.USER, host_id=held[Kind.USER].frame["id"][0], by="support", why="a test"),)
    policy = _policy()
    plan = reconcile(roster, host.directory, base=base, policy=policy, as_of=night.on, decisions=decisions)
    return Morning(plan, roster, host.directory, base, policy, decisions)


def _held(monday: District) -> Tables:
    return Tables(tables={kind: monday.roster[kind] for kind in Kind})


def _links(held: Tables, source: str) -> pl.DataFrame:
    """Every row is at the host under the id that it has at the source."""
    parts = [
        held[kind].frame.select(source=pl.lit(source), kind=pl.lit(kind.value), source_id="id", host_id="id") for kind in _LINKED
    ]
    return pl.concat(parts).with_columns(pl.col("kind").cast(Crosswalk().frame.schema["kind"]))


def _policy() -> Policy:
    policy = mirror().with_rows(Kind.USER, adoption=Adoption.REVIEWED)
    leavers = Limit(name="accounts suspended", verbs=(Verb.SUSPEND,), kinds=(Kind.USER,), per=Per.SCHOOL, count=1)
    members = Limit(name="memberships ended", verbs=(Verb.UNENROLL,), kinds=(Kind.ENROLLMENT,), count=20)
    return evolve(
        policy, name="plum falls", guards=(*GUARDS, leavers, members), follow_ups=(Task.ASSIGN_LICENCE, Task.ASSIGN_CONTENT)
    )


def _open_accounts(host: MemoryHost, roster: Roster, newcomers: list[str]) -> None:
    """Somebody at the host gave accounts to newcomers by hand: one once, one twice, one with a wrong name; and to a school."""
    users = [roster.users[each] for each in newcomers]
    births = {row.user: row.birth_date for row in roster.demographics if row.user in newcomers}
    one, two, three, *_ = users
    made = [
        evolve(one, id="a1", agents=()),
        evolve(two, id="a2", agents=()),
        evolve(two, id="a3", agents=(), username=f"{two.username}2"),
        evolve(three, id="a4", agents=(), given_name="Wilhelmina", family_name="Ashgrove"),
    ]
    dated = [
        Demographics(user=new.id, birth_date=births.get(old.id))
        for new, old in zip(made, (one, two, two, three), strict=True)
        if new.id != "a4"
    ]
    school = Org(id="o1", name="Thistle Hill Elementary School", type="school")
    guest = Enrollment(class_=host.directory.classes.frame["id"][0], user="a4", role="student")
    tables = {Kind.USER: made, Kind.DEMOGRAPHICS: dated, Kind.ORG: [school], Kind.ENROLLMENT: [guest]}
    for kind, rows in tables.items():
        frame = Table.of(type(rows[0]), rows).frame
        host._store.put(kind, frame)


def _with_school(roster: Roster) -> Roster:
    new = Table.of(Org, [Org(id="s900", name="Thistle Hill Elementery", type="school", parent=roster.orgs.frame["id"][0])]).frame
    orgs = Table(Org, pl.concat([roster.orgs.frame, new]).sort("id"))
    return evolve(roster, tables={**{kind: roster[kind] for kind in Kind}, Kind.ORG: orgs})


def _renamed(roster: Roster) -> Roster:
    """The first people by id, with hostile names."""
    users = roster.users.frame.sort("id")
    chosen = users.head(len(HOSTILE))["id"].to_list()
    given = pl.col("id").replace_strict(dict(zip(chosen, HOSTILE, strict=True)), default=pl.col("given_name"))
    tables = {**{kind: roster[kind] for kind in Kind}, Kind.USER: Table(User, users.with_columns(given_name=given))}
    return evolve(roster, tables=tables)
