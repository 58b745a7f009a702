"""Education Walkthrough: teachers and schools, found by e-mail and by name, archived when they are gone."""

from datetime import UTC, date, datetime

import pytest
from attrs import evolve, frozen

import oneroster_reconcile as orr
from oneroster_reconcile import Disposition, Kind, State
from oneroster_reconcile.policy.presets import education_walkthrough
from oneroster_reconcile.testing import provider
from tests.reconcile.scene import S1, S2, Product, codes, person, roster
from tests.sources.services import DISTRICT, look

ADA = person("t1", "Ada", ("s1", "teacher"), email="ada@x.org")
BOB = person("t2", "Bob", ("s2", "teacher"), email="bob@x.org")


def product(**rows: object) -> Product:
    """A product that syncs as this one does, with what it has already."""
    return Product(education_walkthrough(), orr.Directory.of(**rows))  # type: ignore[arg-type]


def school(key: str, name: str) -> orr.Org:
    """A school of the product's own."""
    return orr.Org(id=key, name=name, type="school")


def same(source_id: str, host_id: str) -> orr.Decision:
    """A person's word that two schools are one."""
    return orr.Decision(ruling=orr.Ruling.SAME, kind=Kind.ORG, source="sis", source_id=source_id, host_id=host_id, by="operator")


def test_edw_01_credentials_are_tried_before_a_sync_is_set_up() -> None:
    """What looking gives is a type: connected, or credentials needed; only the first has what a sync is set up with."""
    app = provider(DISTRICT, token="right")
    asked = {token: look(app, orr.BearerToken(token=token)) for token in ("right", "wrong")}
    assert isinstance(asked["right"], orr.Connected)
    assert asked["right"].rows["users"] == len(DISTRICT.users)
    assert isinstance(asked["wrong"], orr.CredentialsNeeded)


def test_edw_04_schools_of_the_same_name_are_one() -> None:
    """A school is found by its exact name, whatever its identifier."""
    site = product(orgs=[school("9", "High")])
    plan = site.sync(roster())
    assert [(link.source_id, link.host_id) for link in plan.of(orr.Link)] == [("s1", "9")]


def test_edw_05_a_name_that_differs_slightly_is_not_taken() -> None:
    """A near name maps nothing by itself: the school is made beside it."""
    site = product(orgs=[school("9", "High School")])
    plan = site.sync(roster())
    assert list(plan.of(orr.Link)) == []
    assert [change.after.name for change in plan.of(orr.Create, orr.Org)] == ["High", "Middle"]


def test_edw_06_a_mapping_by_hand_wins_over_the_name_in_every_later_run() -> None:
    """The operator's word goes before the name, and once it was applied it holds without being given again."""
    site = product(orgs=[school("8", "High"), school("9", "Old High")])
    site.decisions = (same("s1", "9"),)
    plan = site.sync(roster())
    assert [(link.source_id, link.host_id) for link in plan.of(orr.Link)] == [("s1", "9")]
    site.decisions = ()
    assert site.id(Kind.ORG, "s1") == "9"
    assert site.plan(roster()).is_empty


def test_edw_07_a_school_that_is_not_mapped_is_made() -> None:
    """A new school of the source's name."""
    plan = product().plan(roster())
    assert [change.after.name for change in plan.of(orr.Create, orr.Org)] == ["High", "Middle"]


def test_edw_08_a_plan_is_made_again_without_a_mapping_that_was_taken_back() -> None:
    """Before anything is applied, a decision that is taken out of the list is as if it had not been made."""
    site = product(orgs=[school("9", "Old High")])
    without = site.plan(roster())
    site.decisions = (same("s1", "9"),)
    assert site.plan(roster()) != without
    site.decisions = ()
    assert site.plan(roster()) == without


def test_edw_09_a_preview_writes_nothing() -> None:
    """Making and reading a plan changes neither the host nor what is remembered."""
    site = product(orgs=[school("9", "High")])
    before = site.host.snapshot()
    assert site.plan(roster(users=[ADA])).summary()
    assert all(site.host.snapshot()[kind].frame.equals(before[kind].frame) for kind in Kind)
    assert site.state.base.crosswalk == orr.Crosswalk()


def test_edw_10_schools_come_before_the_teachers_who_need_them() -> None:
    """The plan's order is that of dependence."""
    plan = product().plan(roster(users=[ADA]))
    kinds = [type(change.after).__name__ for change in plan.of(orr.Create)]
    assert kinds == ["Org", "Org", "User"]


def test_edw_11_a_teacher_with_the_same_e_mail_is_updated_and_any_other_is_added() -> None:
    """E-mail alone decides, whatever the names, and the plan says so."""
    site = product(orgs=[school("9", "High")], users=[person("70", "Adelaide", ("9", "teacher"), email="ada@x.org")])
    plan = site.sync(roster(users=[ADA, BOB]))
    (link,) = [link for link in plan.of(orr.Link) if link.kind is Kind.USER]
    assert (link.source_id, link.host_id, "email alone" in link.reason.policy) == ("t1", "70", True)
    assert [change.after.given_name for change in plan.of(orr.Create, orr.User)] == ["Bob"]
    assert site.user("t1").given_name == "Ada"


@pytest.mark.parametrize("how", ["withdrawn", "made by hand"])
def test_edw_12_a_teacher_whom_the_source_lacks_is_archived_and_not_deleted(how: str) -> None:
    """Whether the source had them or somebody added them by hand."""
    site = product()
    site.sync(roster(users=[ADA, BOB]))
    if how == "made by hand":
        site.put(person("70", "Cy", (site.id(Kind.ORG, "s1"), "teacher")))
    gone = "70" if how == "made by hand" else site.id(Kind.USER, "t2")
    plan = site.sync(roster(users=[ADA, BOB] if how == "made by hand" else [ADA]))
    assert [change.before.id for change in plan.of(orr.Suspend)] == [gone]
    assert site.directory.users[gone].state is State.SUSPENDED


def test_edw_13_an_archived_teacher_who_is_listed_again_is_back_with_their_data() -> None:
    """The same account, restored."""
    site = product()
    site.sync(roster(users=[ADA, BOB]))
    account = site.user("t2")
    site.sync(roster(users=[ADA]))
    plan = site.sync(roster(users=[ADA, BOB]))
    assert [change.before.id for change in plan.of(orr.Restore)] == [account.id]
    assert site.user("t2") == account


def test_edw_14_what_a_person_unarchived_is_not_archived_again_without_a_word() -> None:
    """The account stays, and every run says that the source still lacks it."""
    site = product()
    site.sync(roster(users=[ADA, BOB]))
    bob = site.id(Kind.USER, "t2")
    site.sync(roster(users=[ADA]))
    site.put(evolve(site.directory.users[bob], state=State.ACTIVE))
    plan = site.sync(roster(users=[ADA]))
    assert (plan.is_empty, codes(plan)) == (True, ["restored_at_host"])


def test_edw_17_one_teacher_in_several_schools_has_one_profile() -> None:
    """The set of schools is one person's."""
    site = product()
    both = person("t1", "Ada", ("s1", "teacher"), ("s2", "teacher"), email="ada@x.org")
    site.sync(roster(users=[both]))
    (account,) = site.directory.users
    assert {role.org for role in account.roles} == {site.id(Kind.ORG, "s1"), site.id(Kind.ORG, "s2")}


def test_edw_20_a_forced_run_has_the_rules_of_the_scheduled_one() -> None:
    """A run is a function of its arguments: asked for twice, it is the same plan."""
    site = product()
    assert site.plan(roster(users=[ADA])).digest == site.plan(roster(users=[ADA])).digest


def test_edw_22_students_and_classes_in_the_feed_are_ignored_without_a_finding() -> None:
    """Only teachers and schools are synced."""
    rows = roster(
        users=[ADA, person("u1", "Kim", ("s1", "student"))],
        classes=[orr.Class(id="k1", title="Algebra", school="s1")],
        enrollments=[
            orr.Enrollment(class_="k1", user="u1", role="student"),
            orr.Enrollment(class_="k1", user="t1", role="teacher"),
        ],
    )
    site = product()
    plan = site.sync(rows)
    assert (plan.summary(), codes(plan)) == ("3 changes: create 2 orgs, create 1 user", [])
    assert site.plan(rows).is_empty


def test_edw_23_case_and_blanks_do_not_make_another_person() -> None:
    """E-mails are compared in normal form."""
    site = product(orgs=[school("9", "High")], users=[person("70", "Ada", ("9", "teacher"), email=" Ada@X.org")])
    plan = site.plan(roster(users=[ADA]))
    assert [link.host_id for link in plan.of(orr.Link) if link.kind is Kind.USER] == ["70"]


def test_edw_24_a_renamed_school_is_still_the_same() -> None:
    """A link holds, whatever the name becomes."""
    site = product()
    site.sync(roster())
    plan = site.sync(roster(orgs=[evolve(S1, name="Lincoln High"), S2]))
    assert plan.summary() == "1 change: update 1 org"


def test_edw_25_two_schools_of_the_same_name_are_asked_about() -> None:
    """The product has the name twice: nobody guesses which, and no third school is made."""
    site = product(orgs=[school("8", "High"), school("9", "High")])
    plan = site.plan(roster())
    assert [change.after.name for change in plan.of(orr.Create, orr.Org)] == ["Middle"]
    assert codes(plan) == ["identity_disputed"]


def test_edw_26_a_school_that_the_source_drops_is_flagged() -> None:
    """Nothing is said by the product of a mapped school that goes; we leave it and say so."""
    site = product()
    site.sync(roster())
    plan = site.sync(roster(orgs=[S1]))
    assert (plan.is_empty, codes(plan)) == (True, ["flagged"])


def test_edw_27_a_teacher_whom_one_of_two_schools_drops_loses_that_school_only() -> None:
    """Nobody is archived."""
    both = person("t1", "Ada", ("s1", "teacher"), ("s2", "teacher"), email="ada@x.org")
    site = product()
    site.sync(roster(users=[both]))
    site.sync(roster(users=[ADA]))
    account = site.user("t1")
    assert ([role.org for role in account.roles], account.state) == ([site.id(Kind.ORG, "s1")], State.ACTIVE)


def test_edw_28_the_teachers_of_a_school_that_only_the_product_has_are_flagged() -> None:
    """They are not archived: the source knows nothing of their school."""
    site = product(orgs=[school("9", "Night School")], users=[person("70", "Cy", ("9", "teacher"))])
    plan = site.plan(roster(users=[ADA]))
    assert list(plan.of(orr.Suspend)) == []
    assert "flagged" in codes(plan)
    assert education_walkthrough().row(Kind.USER).foreign is Disposition.FLAG


def test_edw_15_a_monthly_run_without_a_difference_does_nothing() -> None:
    """The same roster a month later is an empty plan."""
    site = product()
    site.sync(roster(users=[ADA]), as_of=date(2026, 10, 1))
    assert site.plan(roster(users=[ADA]), as_of=date(2026, 11, 1)).is_empty


def test_edw_03_all_schools_of_both_sides_are_listed() -> None:
    """Before anything is set up: every school of the source and of the product, with how each is mapped."""
    site = product(orgs=[school("8", "High"), school("9", "Night School")])
    listed = orr.match(roster(), site.directory, policy=site.policy).mapping(Kind.ORG)
    assert {(row["source_id"], row["host_id"], row["how"]) for row in listed.iter_rows(named=True)} == {
        ("s1", "8", "name alone"),
        ("s2", None, "new"),
        (None, "9", "unmapped"),
    }


def test_edw_16_no_run_comes_by_itself_before_a_first_one_succeeded() -> None:
    """Autosync is enabled by a first success; a run that is forced needs none."""
    monthly = orr.Schedule.monthly(zone="America/New_York", starts=date(2026, 9, 1))
    first = datetime(2026, 9, 1, 12, tzinfo=UTC)
    ada = Contracts(admins={"ada"}, paid=True)
    early = monthly.set_up(None, by="ada", authorisation=ada)
    assert str(early) == "ada may not set up: no run has succeeded yet; run once by hand"
    assert (monthly.is_due(first, None), monthly.is_due(first, None, force=True)) == (False, True)
    assert monthly.set_up(first, by="ada", authorisation=ada) == monthly
    assert monthly.is_due(datetime(2026, 10, 2, tzinfo=UTC), first)


@frozen
class Contracts:
    """What the product knows: who administers the district, and whether it has paid for the sync."""

    admins: set[str]
    paid: bool

    def refusal(self, actor: str, act: orr.Act) -> str | None:
        """A support agent may approve what guards hold; everything else is for administrators of a district that has paid."""
        if act is orr.Act.APPROVE and actor == "support":
            return None
        if not self.paid:
            return "the sync is not part of the district's plan"
        return None if actor in self.admins else "only administrators may"


@pytest.mark.parametrize(
    ("actor", "paid", "why"),
    [("ada", True, ""), ("tom", True, "only administrators may"), ("ada", False, "the sync is not part of the district's plan")],
)
def test_edw_02_only_an_administrator_of_a_district_that_has_paid_sets_the_sync_up(actor: str, paid: bool, why: str) -> None:
    """The product knows and is asked; whoever is refused is told why, and has no plan applied either."""
    monthly = orr.Schedule.monthly(zone="America/New_York", starts=date(2026, 9, 1))
    port = Contracts(admins={"ada"}, paid=paid)
    answer = monthly.set_up(datetime(2026, 9, 1, 12, tzinfo=UTC), by=actor, authorisation=port)
    assert answer == (orr.Refused(actor, orr.Act.SET_UP, why) if why else monthly)
    applying = orr.permitted(by=actor, authorisation=port)
    assert applying == (orr.Refused(actor, orr.Act.APPLY, why) if why else ())


def test_edw_02_an_approval_counts_while_whoever_gave_it_may_approve() -> None:
    """What a teacher approved stays held; what support approved is applied, and no more once the right is gone."""
    port = orr.Grants({"ada": {orr.Act.APPLY}, "support": {orr.Act.APPROVE}})
    site = product()
    teachers = [person(f"t{n}", f"Ada {n}", ("s1", "teacher"), email=f"t{n}@x.org") for n in range(4)]
    site.sync(roster(users=teachers))
    site.policy = evolve(site.policy, guards=(orr.FirstRemovals(),))
    plan = site.plan(roster(users=teachers[:3]))
    said = {each: orr.Approval(digest=plan.digest, by=each) for each in ("tom", "support")}
    assert orr.permitted([said["tom"]], by="ada", authorisation=port) == ()
    assert orr.permitted(said.values(), by="ada", authorisation=orr.Grants({"ada": {orr.Act.APPLY}})) == ()
    approvals = orr.permitted(said.values(), by="ada", authorisation=port)
    assert approvals == (said["support"],)
    with pytest.raises(orr.PlanHeld):
        orr.apply(plan, site.host, site.state)
    assert orr.apply(plan, site.host, site.state, approvals).failures.is_empty()


def test_edw_18_a_run_tells_how_far_it_has_come() -> None:
    """After each batch, as done of all."""
    site, told = product(), list[float]()
    plan = site.plan(roster(users=[ADA, BOB]))
    orr.apply(plan, site.host, site.state, pace=orr.Pace(batch=1), on_progress=lambda step: told.append(step.done / step.total))
    assert told == [0.25, 0.5, 0.75, 1.0]


@pytest.mark.parametrize("batches", [1, 2, 3])
def test_edw_19_a_run_whose_client_is_closed_is_completed_by_the_next(batches: int) -> None:
    """Wherever it was broken off, the run after it ends where one undisturbed run does, and makes nobody twice."""

    def close(step: orr.Step) -> None:
        if step.done == batches:
            raise KeyboardInterrupt

    whole, broken = product(), product()
    whole.sync(roster(users=[ADA, BOB]))
    with pytest.raises(KeyboardInterrupt):
        orr.apply(broken.plan(roster(users=[ADA, BOB])), broken.host, broken.state, pace=orr.Pace(batch=1), on_progress=close)
    broken.sync(roster(users=[ADA, BOB]))
    held = [[(org.name, org.state) for org in site.directory.orgs] for site in (whole, broken)]
    people = [[(user.given_name, len(user.roles)) for user in site.directory.users] for site in (whole, broken)]
    assert (held[0], people[0]) == (held[1], people[1])
    assert broken.plan(roster(users=[ADA, BOB])).is_empty


def test_edw_21_a_stuck_run_is_seen_ended_and_gone_on_with() -> None:
    """Another process sees how far it has come; it is ended between batches, and the same plan goes on where it was."""
    site, seen, asked = product(), list[tuple[str, int]](), list[bool]()

    def watch(step: orr.Step) -> None:
        seen.append((site.state.runs[-1].state.value, site.state.runs[-1].done))
        asked.append(True)

    plan = site.plan(roster(users=[ADA, BOB]))
    orr.apply(plan, site.host, site.state, pace=orr.Pace(batch=1, cancelled=lambda: len(asked) == 2), on_progress=watch)
    assert seen[:2] == [("in_progress", 1), ("in_progress", 2)]
    assert site.state.runs[-1].state is orr.RunState.CANCELLED
    assert orr.apply(plan, site.host, site.state).failures.is_empty()
    assert [(run.state, run.done) for run in site.state.runs] == [(orr.RunState.APPLIED, 4)]
