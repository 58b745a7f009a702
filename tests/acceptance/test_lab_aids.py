"""Lab-Aids: a manual sync in two modes, edit and reset, of what a district shares."""

from datetime import UTC, date, datetime, timedelta

import pytest
from attrs import evolve

import oneroster_reconcile as orr
from oneroster_reconcile import Allows, Calendar, Disposition, FixAt, Group, Kind, Scope, State, Task, Window
from oneroster_reconcile.policy.presets import lab_aids_edit, lab_aids_reset
from oneroster_reconcile.render.notifications import digest_for
from oneroster_reconcile.testing import Fault, Trouble, provider
from tests.reconcile.scene import AS_OF, S1, S2, Product, codes, person, roster, student
from tests.sources.services import DISTRICT, TOKEN, look

CALENDAR = Calendar(windows=(Window(starts=date(2026, 7, 1), days=45, allows=Allows.RESET),))
SUMMER, AUTUMN = date(2026, 7, 15), AS_OF
RESET = evolve(lab_aids_reset(), calendar=CALENDAR)
ROWS = {
    "s1": (person("t1", "Ada", ("s1", "teacher"), email="ada@x.org"), student("u1", "Kim")),
    "s2": (person("t2", "Bob", ("s2", "teacher"), email="bob@x.org"), person("u2", "Lee", ("s2", "student"))),
}
ADMIN = ("siteAdministrator",)


def shared(*schools: str, source: str = "sis") -> orr.Roster:
    """What the district shares of some schools: a teacher, a class and a student each."""
    rows = [ROWS[school] for school in schools]
    return roster(
        source=source,
        orgs=[each for each in (S1, S2) if each.id in schools],
        users=[each for row in rows for each in row],
        classes=[orr.Class(id=f"k-{school}", title=f"Algebra {school}", school=school) for school in schools],
        enrollments=[
            orr.Enrollment(class_=f"k-{school}", user=each.id, role=each.roles[0].role)
            for school, row in zip(schools, rows, strict=True)
            for each in row
        ],
    )


def product(*schools: str) -> Product:
    """A product that has these schools, both unless named, from a run of its own, and edits from now on."""
    site = Product(lab_aids_edit())
    site.sync(shared(*(schools or ("s1", "s2"))))
    return site


def resetting(*schools: str) -> Product:
    """The same product, which resets from now on."""
    site = product(*schools)
    site.policy = RESET
    return site


def held(site: Product) -> dict[str, list[str]]:
    """The ids of what the product holds, by kind."""
    return {kind.value: [str(row) for row in site.directory[kind].frame.rows()] for kind in Kind}


def names(site: Product) -> list[str]:
    """The given names of everybody at the product, in order."""
    return sorted(user.given_name for user in site.directory.users)


def scoped(policy: orr.Policy, *schools: str) -> orr.Policy:
    """A policy for selected schools."""
    return evolve(policy, scope=Scope(schools=frozenset(schools)))


def removals(plan: orr.ChangePlan) -> int:
    """How many rows and elements a plan takes away."""
    return len(orr.losses(plan))


def test_lab_01_once_set_up_a_run_happens_every_night() -> None:
    """After the first run that somebody starts, one is due each night, and it is the sync of the edit mode."""
    nightly = orr.Schedule.nightly(zone="America/Chicago", starts=date(2026, 8, 1))
    first = datetime(2026, 8, 17, 15, tzinfo=UTC)
    assert not nightly.is_due(first, None)
    nights = [first + timedelta(days=day) for day in range(1, 4)]
    assert all(nightly.is_due(night, night - timedelta(days=1)) for night in nights)
    assert product().plan(shared("s1", "s2")).is_empty


def test_lab_02_edit_deletes_no_school_and_no_teacher() -> None:
    """What is not shared any more stays as it is."""
    site = product()
    before = held(site)
    plan = site.sync(shared("s1"))
    assert (plan.is_empty, held(site)) == (True, before)


def test_lab_03_edit_adds_and_updates() -> None:
    """A new teacher is made and a renamed one updated."""
    site = product()
    rows = shared("s1", "s2")
    ada, *rest = rows.users
    users = [evolve(ada, given_name="Adele"), *rest, person("t3", "Cy", ("s1", "teacher"))]
    plan = site.sync(rows.with_tables({Kind.USER: roster(users=users).users}))
    assert plan.summary() == "2 changes: create 1 user, update 1 user"
    assert site.user("t1").given_name == "Adele"


def test_lab_04_reset_deletes_everything_that_is_not_shared() -> None:
    """A school with its class, its teacher, its student and their memberships; and what somebody added by hand."""
    site = resetting()
    site.put(person("70", "Zoe", (site.id(Kind.ORG, "s1"), "student")))
    site.sync(shared("s1"), as_of=SUMMER)
    assert names(site) == ["Ada", "Kim"]
    assert [len(site.directory[kind]) for kind in (Kind.ORG, Kind.CLASS, Kind.ENROLLMENT)] == [1, 1, 2]


def test_lab_05_after_a_reset_the_product_has_what_is_shared_now_and_nothing_else() -> None:
    """Values changed by hand are the source's again, and another run has nothing to do."""
    site = resetting()
    site.edit("t1", given_name="Hand", phone="555")
    rows = shared("s1")
    site.sync(rows, as_of=SUMMER)
    for kind in (Kind.ORG, Kind.CLASS, Kind.USER):
        assert {site.id(kind, row.id) for row in rows[kind]} == {row.id for row in site.directory[kind]}
    assert (site.user("t1").given_name, site.plan(rows, as_of=SUMMER).is_empty) == ("Ada", True)


def test_lab_06_reset_outside_its_weeks_waits_for_a_second_confirmation() -> None:
    """In the window it goes, outside it everything waits until a person approves the very plan."""
    site = resetting()
    assert not site.plan(shared("s1"), as_of=SUMMER).held
    plan = site.plan(shared("s1"), as_of=AUTUMN)
    assert codes(plan)[-1] == "reset_outside_window"
    with pytest.raises(orr.PlanHeld):
        orr.apply(plan, site.host, site.state)
    assert names(site) == ["Ada", "Bob", "Kim", "Lee"]
    orr.apply(plan, site.host, site.state, [orr.Approval(digest=plan.digest, by="support", why="asked twice")])
    assert names(site) == ["Ada", "Kim"]


@pytest.mark.parametrize("policy", [lab_aids_edit(), RESET], ids=lambda policy: policy.name)
def test_lab_07_neither_mode_changes_a_role(policy: orr.Policy) -> None:
    """The role at the product stays, and the plan tells the operator whom to ask."""
    site = product()
    site.policy = policy
    rows = shared("s1", "s2")
    users = [evolve(user, roles=(orr.Role(org="s1", role="administrator"),)) if user.id == "t1" else user for user in rows.users]
    plan = site.sync(rows.with_tables({Kind.USER: roster(users=users).users}), as_of=SUMMER)
    assert [role.role for role in site.user("t1").roles] == ["teacher"]
    assert "role_change_not_applied" in codes(plan)


def licensed(site: Product) -> None:
    """The product notes a licence of both teachers, and two of a third that the source lacks."""
    for source_id in ("t1", "t2"):
        site.edit(source_id, metadata={"licences": "1"})
    site.put(person("70", "Cy", (site.id(Kind.ORG, "s1"), "teacher"), metadata={"licences": "2"}))


def test_lab_08_reset_keeps_the_licences_of_whom_is_still_shared() -> None:
    """What the product notes of an account is its own, whatever else the source says of it there."""
    site = resetting()
    licensed(site)
    rows = shared("s1", "s2")
    users = [evolve(user, metadata={"room": "12"}) if user.id == "t1" else user for user in rows.users]
    site.sync(rows.with_tables({Kind.USER: roster(users=users).users}), as_of=SUMMER)
    assert [site.user(source_id).metadata for source_id in ("t1", "t2")] == [{"licences": "1", "room": "12"}, {"licences": "1"}]


def test_lab_09_the_plan_says_how_many_licences_go_with_a_reset() -> None:
    """Those of accounts that are deleted, as the product notes them; none of those that stay."""
    site = resetting()
    licensed(site)
    site.policy = lab_aids_edit()
    assert orr.metadata_lost(site.plan(shared("s1")), "licences").is_empty()
    site.policy = RESET
    lost = orr.metadata_lost(site.plan(shared("s1"), as_of=SUMMER), "licences")
    assert sorted(lost["value"]) == ["1", "2"]
    assert set(lost["id"]) == {"70", site.id(Kind.USER, "t2")}


def test_lab_10_a_school_that_is_selected_comes_with_the_next_run() -> None:
    """And those that were selected before stay."""
    site = Product(scoped(lab_aids_edit(), "s1"))
    site.sync(shared("s1", "s2"))
    assert names(site) == ["Ada", "Kim"]
    site.policy = scoped(lab_aids_edit(), "s1", "s2")
    site.sync(shared("s1", "s2"))
    assert names(site) == ["Ada", "Bob", "Kim", "Lee"]


@pytest.mark.parametrize("rows", [shared("s1", "s2"), shared("s1")], ids=["shared", "not shared"])
def test_lab_11_a_school_that_is_deselected_is_left_as_it_is(rows: orr.Roster) -> None:
    """Its sync stops, whether it is still shared or not, and nothing of it is deleted or changed."""
    site = product()
    site.edit("t2", given_name="Hand")
    site.policy = scoped(lab_aids_edit(), "s1")
    before = held(site)
    assert (site.sync(rows).is_empty, held(site)) == (True, before)


def test_lab_12_a_reset_deletes_what_was_deselected() -> None:
    """Deselecting and deleting are separate acts."""
    site = product()
    site.policy = scoped(lab_aids_edit(), "s1")
    site.sync(shared("s1", "s2"))
    site.policy = scoped(RESET, "s1")
    site.sync(shared("s1", "s2"), as_of=SUMMER)
    assert names(site) == ["Ada", "Kim"]
    assert [org.name for org in site.directory.orgs] == ["High"]


@pytest.mark.parametrize("policy", [lab_aids_edit(), RESET], ids=lambda policy: policy.name)
def test_lab_13_after_the_last_day_no_run_changes_anything(policy: orr.Policy) -> None:
    """Nobody can approve it either; on the last day itself a run still does."""
    site = Product(evolve(policy, calendar=evolve(CALENDAR, expires=SUMMER)))
    assert not site.plan(shared("s1"), as_of=SUMMER).held
    plan = site.plan(shared("s1"), as_of=SUMMER + timedelta(days=1))
    assert "sync_expired" in codes(plan)
    with pytest.raises(orr.PlanHeld):
        orr.apply(plan, site.host, site.state, [orr.Approval(digest=plan.digest, by="support")])
    assert names(site) == []


def test_lab_14_subscribers_hear_what_came_of_it() -> None:
    """The district, the product and support each get what concerns them, and no names; who sends it is the host's business."""
    site = product("s1")
    plan = site.plan(shared("s1", "s2"))
    receipts = orr.apply(plan, site.host, site.state)
    messages = {each: digest_for(plan, each, receipts=receipts) for each in FixAt}
    assert {f"Of these {len(plan)} were made, 0 failed and 0 are held." in each.text for each in messages.values()} == {True}
    assert "assign licence: 1" in messages[FixAt.SOURCE].text
    assert not any(name in each.text for each in messages.values() for name in ("Bob", "Lee", "x.org"))


def test_lab_15_a_run_may_be_forced_with_the_settings_that_are_stored() -> None:
    """It is due at once, and with the policy read back it is the same plan."""
    nightly = orr.Schedule.nightly(zone="America/Chicago", starts=date(2026, 8, 1))
    now = datetime(2026, 8, 17, 15, tzinfo=UTC)
    assert (nightly.is_due(now, now), nightly.is_due(now, now, force=True)) == (False, True)
    site = product("s1")
    plan = site.plan(shared("s1", "s2"))
    site.policy = orr.policy_from_json(orr.policy_to_json(site.policy))
    assert site.plan(shared("s1", "s2")) == plan
    site.sync(shared("s1", "s2"))
    assert site.plan(shared("s1", "s2")).is_empty


def tasks(plan: orr.ChangePlan, task: Task) -> list[tuple[str, tuple[str, ...], str]]:
    """Scope, subjects and who, of one task."""
    return [(each.scope, each.subjects, each.who) for each in plan.follow_ups if each.task is task]


@pytest.mark.parametrize("policy", [lab_aids_edit(), RESET], ids=lambda policy: policy.name)
def test_lab_18_a_new_teacher_needs_a_licence_from_somebody(policy: orr.Policy) -> None:
    """The account has none, and the task names each new teacher of a school."""
    site = product("s1")
    site.policy = policy
    plan = site.sync(shared("s1", "s2"), as_of=SUMMER)
    assert tasks(plan, Task.ASSIGN_LICENCE) == [("new:sis/s2", ("new:sis/t2",), "school administrator")]
    assert site.user("t2").metadata == {}


def test_lab_19_the_teacher_gives_new_students_what_the_class_had_before() -> None:
    """A task about each student who joins a class that is there."""
    site = product()
    rows = shared("s1", "s2")
    joining = orr.Enrollment(class_="k-s1", user="u3", role="student")
    tables = roster(users=[*rows.users, student("u3", "Mo")], enrollments=[*rows.enrollments, joining])
    plan = site.plan(rows.with_tables({kind: tables[kind] for kind in (Kind.USER, Kind.ENROLLMENT)}))
    class_ = site.id(Kind.CLASS, "k-s1")
    assert tasks(plan, Task.ASSIGN_CONTENT) == [(class_, (f"{class_}|new:sis/u3|student",), "teacher")]


def test_lab_20_a_new_school_needs_somebody_who_administers_it() -> None:
    """A task, until there is one; a dummy will do."""
    site = product("s1")
    rows = shared("s1", "s2")
    assert tasks(site.plan(rows), Task.ADD_SCHOOL_ADMIN) == [("new:sis/s2", ("new:sis/s2",), "support")]
    dummy = person("x1", "Dummy", ("s2", *ADMIN))
    assert tasks(site.plan(rows.with_tables({Kind.USER: roster(users=[*rows.users, dummy]).users})), Task.ADD_SCHOOL_ADMIN) == []


def test_lab_21_the_two_modes_mean_the_same_for_each_source() -> None:
    """Clever and ClassLink are two sources with a base each; what a mode does with the same rows is the same."""

    def runs(source: str) -> list[str]:
        site = Product(lab_aids_edit())
        site.sync(shared("s1", "s2", source=source))
        edit = site.plan(shared("s1", source=source))
        site.policy = RESET
        return [edit.summary(), site.plan(shared("s1", source=source), as_of=SUMMER).summary()]

    edit, reset = runs("clever")
    assert runs("classlink") == [edit, reset]
    assert (edit, "delete" in reset) == ("no changes", True)


def test_lab_23_what_a_reset_would_lose_beyond_an_edit_can_be_shown_before() -> None:
    """Counts and rows of the difference, from two plans of which none is applied."""
    site = product()
    edit = site.plan(shared("s1"))
    site.policy = RESET
    reset = site.plan(shared("s1"), as_of=SUMMER)
    lost = orr.lost_beyond(reset, edit)
    assert lost.summary() == "delete class 1, delete org 1, delete user 2, unenroll enrollment 2"
    assert len(orr.lost_beyond(edit, reset)) == 0


class Failing(orr.MemoryHost):
    """A host that fails altogether after so many batches."""

    left = 1

    def apply(self, batch: orr.Batch) -> orr.Receipts:
        """Make the changes, or fail."""
        self.left -= 1
        if self.left < 0:
            raise orr.HostFailed("connection reset", retriable=True)
        return super().apply(batch)


@pytest.mark.parametrize("batches", range(5))
def test_lab_24_a_reset_that_broke_off_is_finished_by_the_next_run(batches: int) -> None:
    """Wherever it stopped, the run after it leaves what one reset would have left."""
    whole, broken = resetting(), resetting()
    whole.sync(shared("s1"), as_of=SUMMER)
    plan = broken.plan(shared("s1"), as_of=SUMMER)
    failing = Failing(broken.directory)
    failing.left = batches
    orr.apply(plan, failing, broken.state, pace=orr.Pace(batch=1, attempts=1))
    broken.host = orr.MemoryHost(failing.directory)
    assert held(broken) != held(whole)
    broken.sync(shared("s1"), as_of=SUMMER)
    assert held(broken) == held(whole)
    assert broken.plan(shared("s1"), as_of=SUMMER).is_empty


@pytest.mark.parametrize("how", ["empty", "one kind empty", "failed"])
def test_lab_25_a_reset_refuses_a_fetch_that_is_empty_or_failed(how: str) -> None:
    """Everything is held, and nobody can let it through."""
    site = resetting()
    rows = {
        "empty": roster(orgs=[]),
        "one kind empty": shared("s1").with_tables({Kind.CLASS: roster().classes, Kind.ENROLLMENT: roster().enrollments}),
        "failed": evolve(shared("s1"), coverage=orr.Coverage.complete([Kind.ORG, Kind.CLASS, Kind.ENROLLMENT])),
    }[how]
    site.edit("t1", given_name="Hand")
    plan = site.plan(rows, as_of=SUMMER)
    assert "reset_unproven" in codes(plan)
    before = held(site)
    with pytest.raises(orr.PlanHeld):
        orr.apply(plan, site.host, site.state, [orr.Approval(digest=plan.digest, by="support")])
    assert held(site) == before


def with_dummy(site: Product) -> Product:
    """The product with an administrator whom somebody added by hand at the second school."""
    site.put(person("70", "Dummy", (site.id(Kind.ORG, "s2"), *ADMIN)))
    return site


@pytest.mark.parametrize("policy", [lab_aids_edit(), RESET], ids=lambda policy: policy.name)
def test_lab_26_an_administrator_added_by_hand_stays_and_is_named(policy: orr.Policy) -> None:
    """In either mode, while the school is shared."""
    site = with_dummy(product())
    site.policy = policy
    plan = site.sync(shared("s1", "s2"), as_of=SUMMER)
    assert "Dummy" in names(site)
    assert [issue.examples for issue in plan.issues if issue.code == "flagged"] == [("70",)]


def test_lab_26_unless_the_policy_says_otherwise() -> None:
    """A policy may have such accounts deleted."""
    site = with_dummy(product())
    row = evolve(RESET.row(Kind.USER, Group.ADMINISTRATOR), local=Disposition.DELETE)
    site.policy = RESET.with_rows(Kind.USER, groups={Group.ADMINISTRATOR: row})
    site.sync(shared("s1", "s2"), as_of=SUMMER)
    assert "Dummy" not in names(site)


def test_lab_26_the_school_of_such_an_administrator_stays_with_them() -> None:
    """Nobody is left in a school that is not there: it is kept, and the plan says why."""
    site = with_dummy(product())
    site.policy = RESET
    plan = site.sync(shared("s1"), as_of=SUMMER)
    assert names(site) == ["Ada", "Dummy", "Kim"]
    assert {"flagged", "still_referenced"} <= set(codes(plan))


def test_lab_27_edit_keeps_students_and_memberships_too() -> None:
    """That is our reading, and the preset says so."""
    site = product()
    rows = shared("s1", "s2")
    before = held(site)
    plan = site.sync(rows.with_tables({Kind.USER: roster(users=ROWS["s1"][:1]).users, Kind.ENROLLMENT: roster().enrollments}))
    assert (plan.is_empty, removals(plan), held(site)) == (True, 0, before)
    assert all(user.state is State.ACTIVE for user in site.directory.users)
    assert "our reading" in (lab_aids_edit.__doc__ or "")


def test_lab_22_after_the_run_somebody_can_look_whether_what_was_missing_is_there() -> None:
    """What was done is looked for in the product as it is now: all of it is there, and of a teacher who is not after all the report says so."""
    site = product("s1")
    plan = site.plan(shared("s1", "s2"))
    receipts = orr.apply(plan, site.host, site.state)
    found = orr.verify(plan, receipts, site.host.snapshot())
    assert (found.is_clean, found.checked) == (True, len(plan))
    bob = site.id(Kind.USER, "t2")
    site.drop(Kind.USER, bob)
    assert orr.verify(plan, receipts, site.host.snapshot()).frame.select("kind", "id", "drift").rows() == [
        ("user", bob, "missing")
    ]


def test_lab_16_a_run_is_in_progress_first_and_ends_in_a_final_state() -> None:
    """Whoever looks meanwhile, hours may pass, reads it from the state; a plan that nobody applied is in none."""
    site, seen = resetting(), list[orr.RunState]()
    plan = site.plan(shared("s1"), as_of=SUMMER)
    assert plan.digest not in {run.plan for run in site.state.runs}
    orr.apply(plan, site.host, site.state, on_progress=lambda _: seen.append(site.state.runs[-1].state))
    assert set(seen) == {orr.RunState.IN_PROGRESS}
    assert (site.state.runs[-1].state, site.state.runs[-1].plan) == (orr.RunState.APPLIED, plan.digest)


@pytest.mark.parametrize("name", ["orgs", "classes", "users", "enrollments"])
def test_lab_17_the_test_of_a_connection_succeeds_only_where_a_run_could(name: str) -> None:
    """With everything readable it is connected; without one collection that a run needs it is not, and the run would remove nothing."""
    assert isinstance(look(provider(DISTRICT), TOKEN), orr.Connected)
    assert not isinstance(look(provider(DISTRICT, faults=[Fault(name, Trouble.FORBIDDEN)]), TOKEN), orr.Connected)
