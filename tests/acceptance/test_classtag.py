"""ClassTag: what families and schools have already, before and after their first sync by OneRoster."""

import pytest
from attrs import evolve

import oneroster_reconcile as orr
from oneroster_reconcile import Authority, Decision, Disposition, Group, Kind, Ruling, Scope, State, Where
from oneroster_reconcile.policy.presets import classtag, classtag_first_sync
from oneroster_reconcile.policy.rows import ElementPolicy
from tests.reconcile.scene import S1, Product, codes, person, roster, student

SCHOOL = orr.Org(id="9", name="High", type="school", identifier="0601")
KIM = student("u1", "Kim", agents=("g1",))
MUM = person("g1", "Mia", ("s1", "guardian"), email="mia@home.example", phone="5550101", sms="5550102")
OLD_KIM = person("70", "Kim", ("9", "student"), agents=("71",))
OLD_MUM = person("71", "Mia", ("9", "guardian"), email="mia@home.example", phone="5550101")
CROWD = [student(f"c{n}", f"Child{n}", family_name=f"Family{n}") for n in range(20)]
"""Twenty students: one of them, or two, are no threshold."""


def product(*held: orr.User, policy: orr.Policy | None = None) -> Product:
    """A product that has its school and some accounts, none of which any source speaks of."""
    return Product(policy or classtag_first_sync(), orr.Directory.of(orgs=[SCHOOL], users=held))


def synced(*users: orr.User, **rows: object) -> Product:
    """A product after the first sync of a district of one school, which syncs nightly from now on."""
    site = product()
    site.sync(roster(orgs=[S1], users=users, **rows))
    site.policy = classtag()
    return site


def feed(*users: orr.User, **rows: object) -> orr.Roster:
    """What the source says of the school."""
    return roster(orgs=[S1], users=users, **rows)


def said(plan: orr.ChangePlan, code: str) -> list[orr.Issue]:
    """The issues of a code."""
    return [issue for issue in plan.issues if issue.code == code]


def made(plan: orr.ChangePlan) -> list[str]:
    """The given names of the accounts that a plan makes."""
    return [change.after.given_name for change in plan.of(orr.Create, orr.User)]


def linked(plan: orr.ChangePlan) -> list[tuple[str, str]]:
    """The people whom a plan links to accounts that were there."""
    return [(link.source_id, link.host_id) for link in plan.of(orr.Link) if link.kind is Kind.USER]


def test_ctg_01_what_becomes_of_families_can_be_asked_before_the_first_sync() -> None:
    """A plan that nobody applied says which students get a second account, which guardians do, who keeps theirs, and who has several roles in one."""
    dad = evolve(MUM, id="g2", given_name="Dan", email="dan@home.example", phone="5550103", sms="5550104")
    old_dad = evolve(OLD_MUM, id="72", given_name="Dan", email="dan@work.example", phone="5550103")
    teacher = evolve(MUM, id="t1", roles=(orr.Role(org="s1", role="teacher"),))
    site = product(OLD_KIM, OLD_MUM, old_dad)
    before = site.directory
    plan = site.plan(feed(KIM, MUM, dad, teacher))
    assert said(plan, "account_duplicated")[0].examples == ("u1: 70",)
    assert said(plan, "near_duplicate")[0].examples == ("g2: 72",)
    assert sorted(linked(plan)) == [("g1", "71"), ("t1", "71")]
    assert orr.preflight(feed(KIM, MUM, dad, teacher), before, site.policy).issues == ()
    assert site.directory == before


def test_ctg_02_students_who_are_there_are_not_touched_and_new_ones_are_made() -> None:
    """Whatever they have in common."""
    old = evolve(OLD_KIM, identifier="4711", email="kim@x.org", phone="5550177", agents=())
    site = product(old)
    plan = site.sync(feed(evolve(KIM, identifier="4711", email="kim@x.org", phone="5550177", agents=())))
    assert (made(plan), linked(plan)) == (["Kim"], [])
    assert site.directory.users["70"] == old


@pytest.mark.parametrize("policy", [classtag_first_sync(), classtag()], ids=lambda policy: policy.name)
def test_ctg_03_students_who_will_be_there_twice_are_counted(policy: orr.Policy) -> None:
    """Two of three are; the third has another birth date. Once the old ones are gone from the product, none is."""
    lee, old_lee = student("u2", "Lee"), person("73", "lee ", ("9", "student"))
    ann, old_ann = student("u3", "Ann"), person("74", "Ann", ("9", "student"))
    born = [orr.Demographics(user=key, birth_date=f"2015-01-0{day}") for day, key in enumerate(("u3", "74"), 1)]
    held = orr.Directory.of(orgs=[SCHOOL], users=[OLD_KIM, old_lee, old_ann], demographics=born[1:])
    site = Product(policy, held)
    rows = feed(evolve(KIM, agents=()), lee, ann, demographics=born[:1])
    (issue,) = said(site.plan(rows), "account_duplicated")
    assert (issue.count, issue.examples) == (2, ("u1: 70", "u2: 73"))
    site.drop(Kind.USER, "70", "73")
    assert said(site.plan(rows), "account_duplicated") == []


def merging(site: Product, other: str = "70") -> Decision:
    """The word of an administrator that an old account goes into the one that the sync made."""
    return Decision(ruling=Ruling.MERGE, kind=Kind.USER, host_id=site.id(Kind.USER, "u1"), other=other, by="school admin")


def with_history(*, state: State = State.ACTIVE) -> Product:
    """A product in which Kim was in a class, after a first sync that made Kim a second time."""
    old = evolve(OLD_KIM, agents=(), state=state)
    club = orr.Class(id="80", title="Chess Club", school="9")
    seat = orr.Enrollment(class_="80", user="70", role="student")
    site = Product(classtag_first_sync(), orr.Directory.of(orgs=[SCHOOL], users=[old], classes=[club], enrollments=[seat]))
    site.sync(feed(evolve(KIM, agents=())))
    site.policy = classtag()
    return site


@pytest.mark.parametrize("state", [State.ACTIVE, State.SUSPENDED])
def test_ctg_04_and_14_the_merge_afterwards_keeps_the_history_of_the_old_account(state: State) -> None:
    """Old and new are one, in use, with the class of the old one; an archived account can be merged as any other."""
    site = with_history(state=state)
    site.decisions = (merging(site),)
    plan = site.sync(feed(evolve(KIM, agents=())))
    (account,) = site.directory.users
    assert [(change.gone, change.kept) for change in plan.of(orr.Merge)] == [("70", account.id)]
    assert [(row.class_, row.user) for row in site.directory.enrollments] == [("80", account.id)]
    assert (account.id, account.state) == (site.id(Kind.USER, "u1"), State.ACTIVE)


def test_ctg_05_no_run_merges_by_itself() -> None:
    """Without somebody's word no plan has a merge, however alike the two are; with it the plan is another."""
    site = with_history()
    rows = feed(evolve(KIM, agents=()))
    assert site.plan(rows).is_empty
    site.decisions = (merging(site),)
    assert len(list(site.plan(rows).of(orr.Merge))) == 1


def test_ctg_14_an_archived_student_is_nobody_s_in_the_automatic_run() -> None:
    """They are neither linked, merged, proposed for a merge, nor brought back."""
    site = with_history(state=State.SUSPENDED)
    assert site.directory.users["70"].state is State.SUSPENDED
    assert len(site.directory.users) == 2
    plan = site.plan(feed(evolve(KIM, agents=())))
    assert (plan.is_empty, codes(plan)) == (True, [])


LEE = student("u2", "Lee", agents=("g1",))


def families() -> Product:
    """Two students of one mother, to each of whom somebody added a guardian by hand, after a first sync."""
    site = synced(KIM, LEE, MUM)
    school = site.id(Kind.ORG, "s1")
    site.put(person("71", "Ida", (school, "guardian")), person("72", "Dan", (school, "guardian")))
    for source_id, added in (("u1", "71"), ("u2", "72")):
        site.edit(source_id, agents=(*site.user(source_id).agents, added))
    return site


def guardians(site: Product) -> list[tuple[str, ...]]:
    """The guardians of the two students."""
    return [site.user(source_id).agents for source_id in ("u1", "u2")]


@pytest.mark.parametrize(("selected", "gone"), [((), {"71", "72"}), (("Kim",), {"71"})], ids=["all", "selected"])
def test_ctg_06_guardians_are_removed_from_students_and_keep_their_accounts(selected: tuple[str, ...], gone: set[str]) -> None:
    """Of all students or of selected ones: the links go that the source does not list, and nothing else."""
    site = families()
    rows = feed(KIM, LEE, MUM)
    assert site.plan(rows).is_empty
    removing = ElementPolicy(withdrawn=Disposition.DELETE, ended=Disposition.DELETE, local=Disposition.DELETE)
    site.policy = site.policy.with_rows(Kind.USER, elements={"agents": removing})
    if selected:
        site.policy = evolve(site.policy, scope=Scope(include=(Where(kind=Kind.USER, column="given_name", any_of=selected),)))
    plan = site.sync(rows)
    mum = site.id(Kind.USER, "g1")
    assert [set(agents) for agents in guardians(site)] == [{mum, "71"} - gone, {mum, "72"} - gone]
    assert orr.losses(plan).counts == {"user.agents": len(gone)}
    assert {site.directory.users[each].state for each in ("71", "72", mum)} == {State.ACTIVE}


def test_ctg_06_guardians_whom_a_person_removed_do_not_come_back_unless_the_source_lists_them() -> None:
    """The product removes links in bulk by itself: those of its own stay away, and their accounts stay."""
    site = families()
    for source_id in ("u1", "u2"):
        site.edit(source_id, agents=())
    site.sync(feed(KIM, LEE, MUM))
    assert guardians(site) == [(site.id(Kind.USER, "g1"),)] * 2
    assert len(site.directory.users) == 5


def test_ctg_07_a_guardian_with_the_same_details_keeps_the_account() -> None:
    """And the new student has the old account for a guardian."""
    site = product(OLD_MUM)
    plan = site.sync(feed(KIM, MUM))
    assert (linked(plan), made(plan)) == ([("g1", "71")], ["Kim"])
    assert site.user("u1").agents == ("71",)


@pytest.mark.parametrize(("field", "value"), [("email", "mia@work.example"), ("phone", "5559999"), ("given_name", "Maria")])
def test_ctg_08_a_guardian_with_other_details_gets_a_second_account(field: str, value: str) -> None:
    """The old account is not touched."""
    old = evolve(OLD_MUM, **{field: value})
    site = product(old)
    plan = site.sync(feed(KIM, MUM))
    assert sorted(made(plan)) == ["Kim", "Mia"]
    assert site.directory.users["71"] == old


@pytest.mark.parametrize(("field", "value"), [("email", "mia@work.example"), ("phone", "5559999"), ("given_name", "Maria")])
def test_ctg_09_before_a_second_account_is_made_the_plan_names_the_guardian_and_the_field(field: str, value: str) -> None:
    """Nothing has been applied yet: the finding says who is about to get one, and what differs."""
    (issue,) = said(product(evolve(OLD_MUM, **{field: value})).plan(feed(KIM, MUM)), "near_duplicate")
    assert (issue.examples, f"differs in {field} alone" in issue.message) == (("g1: 71",), True)


def test_ctg_10_one_person_as_staff_and_guardian_has_one_account() -> None:
    """Exactly the same name, e-mail and phone: one account with both roles, in the first sync already."""
    site = product()
    plan = site.sync(feed(MUM, evolve(MUM, id="t1", roles=(orr.Role(org="s1", role="teacher"),))))
    (account,) = site.directory.users
    assert {role.role for role in account.roles} == {"guardian", "teacher"}
    assert codes(plan) == []


def test_ctg_11_one_guardian_of_several_children_has_one_account() -> None:
    """Listed once a child, with one account that all children have."""
    site = product()
    plan = site.sync(feed(KIM, student("u2", "Lee", agents=("g2",)), MUM, evolve(MUM, id="g2", phone="555-0101")))
    assert sorted(made(plan)) == ["Kim", "Lee", "Mia"]
    assert guardians(site) == [(site.id(Kind.USER, "g1"),)] * 2
    assert codes(plan) == []


@pytest.mark.parametrize(("field", "value"), [("email", "mia@work.example"), ("phone", "5559999"), ("given_name", "Maria")])
def test_ctg_12_one_field_that_differs_makes_two_accounts(field: str, value: str) -> None:
    """Each is made, and the finding names the field."""
    two_accounts_for(field, value)


@pytest.mark.parametrize("field", ["phone", "email"])
def test_ctg_15_one_field_that_is_blank_on_one_side_makes_two_accounts(field: str) -> None:
    """What is not known is not exactly the same; the finding names the field."""
    two_accounts_for(field, None)


def two_accounts_for(field: str, value: str | None) -> None:
    """Two records of one guardian that differ in a field are two people, and near duplicates."""
    site = product()
    plan = site.sync(feed(MUM, evolve(MUM, id="g2", sms="5550199", **{field: value})))
    assert len(made(plan)) == 2
    (issue,) = said(plan, "near_duplicate")
    assert (issue.examples, f"differ in {field} alone" in issue.message) == (("g1 + g2",), True)


@pytest.mark.parametrize("decided", [False, True])
def test_ctg_13_two_accounts_stay_two_in_every_later_run(*, decided: bool) -> None:
    """Though the source gives them one address one day; a person's word that they are not the same is remembered as well."""
    own = evolve(MUM, id="g2", email="mia@work.example", sms="5550199")
    site = synced(MUM, own)
    first, second = (site.id(Kind.USER, source_id) for source_id in ("g1", "g2"))
    if decided:
        site.decisions = (
            Decision(ruling=Ruling.DISTINCT, kind=Kind.USER, source="sis", source_id="g2", host_id=first, by="support"),
        )
    for _ in range(2):
        plan = site.sync(feed(MUM, evolve(own, email=MUM.email)))
        assert [list(plan.of(each)) for each in (orr.Merge, orr.Link, orr.Relink, orr.Create)] == [[], [], [], []]
    assert (site.id(Kind.USER, "g1"), site.id(Kind.USER, "g2")) == (first, second)


def test_ctg_13_a_record_that_a_person_keeps_apart_gets_an_account_of_its_own() -> None:
    """The word holds where the two would be one account."""
    site = synced(MUM)
    mum = site.id(Kind.USER, "g1")
    site.decisions = (Decision(ruling=Ruling.DISTINCT, kind=Kind.USER, source="sis", source_id="g2", host_id=mum, by="support"),)
    site.sync(feed(MUM, evolve(MUM, id="g2")))
    assert site.id(Kind.USER, "g2") != mum


def test_ctg_16_above_the_threshold_nothing_is_archived_and_the_rest_goes_on() -> None:
    """Four of twenty are too many: others are made and updated, and the four wait until a person has approved."""
    site = synced(*CROWD)
    rows = feed(*CROWD[5:], evolve(CROWD[4], given_name="Chris"), student("u9", "New"))
    plan = site.plan(rows)
    assert (codes(plan), plan.held) == (["limit_exceeded"], {(orr.Verb.SUSPEND, Kind.USER): 4})
    orr.apply(plan, site.host, site.state)
    assert (site.user("c4").given_name, site.user("u9").given_name) == ("Chris", "New")
    assert all(user.state is State.ACTIVE for user in site.directory.users)
    plan = site.plan(rows)
    assert plan.summary() == "4 changes: suspend 4 users"
    orr.apply(plan, site.host, site.state, [orr.Approval(digest=plan.digest, by="district", why="they left")])
    assert [site.user(f"c{n}").state for n in range(4)] == [State.SUSPENDED] * 4


def test_ctg_16_up_to_the_threshold_students_are_archived() -> None:
    """Three of twenty are not above 15 %."""
    site = synced(*CROWD)
    plan = site.sync(feed(*CROWD[3:]))
    assert (plan.summary(), plan.held) == ("3 changes: suspend 3 users", {})


@pytest.mark.parametrize(
    ("values", "taken"),
    [
        ({"email": "own@x.example"}, True),
        ({"sms": "5550188"}, True),
        ({"phone": "5550188"}, False),
        ({"email": "MIA@home.example "}, False),
        ({"sms": "555-0102"}, False),
    ],
)
def test_ctg_17_a_guardian_needs_an_address_or_mobile_number_of_their_own(values: dict[str, str], taken: bool) -> None:
    """Who has none is not added, and the plan says so; nor is the other one with whom everything is shared."""
    other = person("g2", "Uma", ("s1", "guardian"), **values)
    site = product()
    plan = site.sync(feed(MUM, other))
    assert ("Uma" in made(plan), "requirement_unmet" in codes(plan)) == (taken, not taken)


@pytest.mark.parametrize("role", ["guardian", "teacher", "student"])
@pytest.mark.parametrize(
    ("invited", "overwrite", "expected"),
    [(False, False, "own@x.example"), (False, True, "new@x.example"), (True, False, "new@x.example")],
)
def test_ctg_18_contact_details_of_whom_uses_the_account_are_their_own(
    role: str, *, invited: bool, overwrite: bool, expected: str
) -> None:
    """The source's later address counts where a setting says so, and always for whom was only invited."""
    user = person("x1", "Uma", ("s1", role), email="old@x.example")
    site = synced(user)
    site.edit("x1", email="own@x.example", metadata={"invited": "true"} if invited else {})
    if overwrite:
        site.policy = site.policy.with_rows(Kind.USER, values={"email": Authority.SOURCE})
    site.sync(feed(evolve(user, email="new@x.example")))
    assert site.user("x1").email == expected


@pytest.mark.parametrize(("authority", "state"), [(Authority.ON_CREATE, State.SUSPENDED), (Authority.SOURCE, State.ACTIVE)])
def test_ctg_19_a_setting_decides_whether_a_class_that_is_listed_again_is_unarchived(authority: Authority, state: State) -> None:
    """The authority of its state: the product's, as it is set, or the source's."""
    classes = [orr.Class(id=f"k{n}", title=f"Algebra {n}", school="s1") for n in range(7)]
    site = synced(classes=classes)
    site.policy = site.policy.with_rows(Kind.CLASS, values={"state": authority})
    site.sync(feed(classes=classes[1:]))
    first = site.id(Kind.CLASS, "k0")
    assert site.directory.classes[first].state is State.SUSPENDED
    plan = site.sync(feed(classes=classes))
    assert site.directory.classes[first].state is state
    assert len(list(plan.of(orr.Restore))) == (state is State.ACTIVE)
    assert classtag().row(Kind.CLASS).authority_of("state") is Authority.ON_CREATE


def test_ctg_20_a_product_can_ask_who_manages_an_account_and_the_plan_says_what_it_will_do() -> None:
    """Somebody archives by hand a student whom the source still lists: the crosswalk says whose the account is, and the next plan restores it."""
    site = synced(KIM, MUM)
    own = person("70", "Zoe", (site.id(Kind.ORG, "s1"), "student"))
    site.put(own)
    kim = site.id(Kind.USER, "u1")
    assert site.state.base.crosswalk.claims(Kind.USER, kim) == (orr.CrosswalkRow("sis", Kind.USER, "u1", kim),)
    assert site.state.base.crosswalk.claims(Kind.USER, "70") == ()
    site.edit("u1", state=State.SUSPENDED)
    plan = site.plan(feed(KIM, MUM))
    assert [(change.before.id, change.reason.source_ids) for change in plan.of(orr.Restore)] == [(kim, ("u1",))]
    assert plan.summary() == "1 change: restore 1 user"


def test_the_groups_have_the_rows_that_the_product_speaks_of() -> None:
    """Guardians are kept where students and staff are archived, in the nightly run only."""
    kept = {group: classtag().row(Kind.USER, group).withdrawn for group in Group}
    assert {group.value for group, row in kept.items() if row is Disposition.KEEP} == {"guardian"}
    assert classtag_first_sync().row(Kind.USER, Group.STUDENT).withdrawn is Disposition.KEEP
