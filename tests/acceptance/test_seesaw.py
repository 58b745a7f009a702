"""Seesaw: a nightly sync and one that somebody starts, what each finds wrong, and what it leaves to a person."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve

import oneroster_reconcile as orr
from oneroster_reconcile import Disposition, FixAt, Kind, PeoplePolicy, Ruling, State, Verb
from oneroster_reconcile.issues.catalogue import CATALOGUE
from oneroster_reconcile.policy.presets import seesaw_exact, seesaw_nightly
from oneroster_reconcile.render.text import plan_text
from tests.reconcile.scene import AS_OF, S1, S2, Product, codes, links, person, roster

NAMES = ("Ann", "Ben", "Cy", "Dee", "Eve", "Flo", "Gus", "Hal", "Ida", "Jo")
ALGEBRA, BIOLOGY = (orr.Class(id=key, title=title, school="s1") for key, title in (("k1", "Algebra"), ("k2", "Biology")))
CRAFTS = orr.Class(id="k3", title="Crafts", school="s2")


def pupil(number: int, given: str = "", school: str = "s1", **values: object) -> orr.User:
    """A student with an e-mail, whose name is one of a few where none is given."""
    key, name = f"u{number}", given or NAMES[number % 10]
    return person(key, name, (school, "student"), **{"family_name": f"{name}son", "email": f"{key}@x.org", **values})


def teacher(key: str = "t1", given: str = "Tess", school: str = "s1", **values: object) -> orr.User:
    """A teacher with an e-mail."""
    return person(key, given, (school, "teacher"), **{"email": f"{key}@x.org", **values})


PUPILS = [pupil(number) for number in range(10)]
TESS = teacher()


def seats(class_: str, *people: str, role: str = "student") -> list[orr.Enrollment]:
    """Members of a class."""
    return [orr.Enrollment(class_=class_, user=each, role=role) for each in people]


def feed(**rows: object) -> orr.Roster:
    """A roster of the first school, unless others are given."""
    return roster(**{"orgs": [S1], **rows})


def product(policy: orr.Policy | None = None, **rows: object) -> Product:
    """A product that syncs as this one does every night, with what it has already."""
    return Product(policy or seesaw_nightly(), orr.Directory.of(**rows))  # type: ignore[arg-type]


def the_issue(plan: orr.ChangePlan, code: str) -> orr.Issue:
    """The only issue of a code."""
    (issue,) = [each for each in plan.issues if each.code == code]
    return issue


def linked(plan: orr.ChangePlan) -> list[tuple[str, str]]:
    """The pairs of people that a plan links."""
    return [(link.source_id, link.host_id) for link in plan.of(orr.Link) if link.kind is Kind.USER]


def made(plan: orr.ChangePlan) -> list[str]:
    """The people that a plan makes."""
    return [change.after.id for change in plan.of(orr.Create, orr.User)]


def touched(plan: orr.ChangePlan) -> set[str]:
    """The host ids of everybody whose account or links a plan changes."""
    return {str(each) for side in (plan.changes, plan.links) if Kind.USER in side for each in side[Kind.USER]["id"]}


def same(source_id: str, host_id: str) -> orr.Decision:
    """Support's word that a person of the source has an account."""
    return orr.Decision(ruling=Ruling.SAME, kind=Kind.USER, source="sis", source_id=source_id, host_id=host_id, by="support")


def merged(host_id: str, other: str) -> orr.Decision:
    """A word that two accounts are one person's."""
    return orr.Decision(ruling=Ruling.MERGE, kind=Kind.USER, host_id=host_id, other=other, by="seesaw")


def members(site: Product, rows: Iterable[orr.Enrollment] | None = None) -> set[tuple[str, str, str]]:
    """The memberships of the product, or, in its ids, those of the source."""
    if rows is None:
        return {(each.class_, each.user, each.role) for each in site.directory.enrollments}
    return {(site.id(Kind.CLASS, each.class_), site.id(Kind.USER, each.user), each.role) for each in rows}


TWO = (
    person("17", "Ann", ("9", "student"), email="ann@home.example"),
    person("18", "Ann", ("9", "student"), identifier="9", email="ann@x.org"),
)
BOTH = person("u1", "Ann", ("s1", "student"), email="ann@home.example", identifier="9")
SCHOOL = orr.Org(id="9", name="High", type="school", identifier="0601")


# Findings ----------------------------------------------------------------------------------------------------------------


def troubled() -> tuple[Product, orr.Roster]:
    """A run with problems of the source, of the product and for support."""
    site = product(orgs=[SCHOOL], users=[person("16", "Otto", email="u3@x.org"), *TWO])
    return site, feed(users=[BOTH, evolve(pupil(2), email=None), pupil(3), TESS])


def test_see_01_every_problem_has_a_text_and_a_resolution() -> None:
    """Each finding has a stable code, what is wrong, what was done about it and what to do, and the preview prints both texts."""
    site, incoming = troubled()
    plan = site.plan(incoming)
    assert codes(plan) == ["requirement_unmet", "merge_proposed", "email_taken"]
    text = plan_text(plan)
    for issue in plan.issues:
        assert issue.code in CATALOGUE
        assert issue.message
        assert issue.resolution in orr.Resolution
        assert issue.help
        assert issue.message in text
        assert issue.help in text


def test_see_01_every_code_there_is_says_what_to_do() -> None:
    """No finding can be made without a resolution text."""
    assert [slug for slug, code in CATALOGUE.items() if not (code.help and code.about and code.slug == slug)] == []


def test_see_02_a_finding_says_where_it_is_fixed() -> None:
    """A missing e-mail in the source, two accounts in the product, an address that is taken by support."""
    site, incoming = troubled()
    assert {issue.code: issue.fix_at for issue in site.plan(incoming).issues} == {
        "requirement_unmet": FixAt.SOURCE,
        "merge_proposed": FixAt.HOST,
        "email_taken": FixAt.SUPPORT,
    }


def test_see_03_a_finding_stays_until_the_next_run_of_its_scope(tmp_path: Path) -> None:
    """What was found is a value: mending the data changes nothing of it, a run of that school does."""
    both = {"orgs": [S1, S2]}
    site, broken = product(), feed(**both, users=[pupil(1), pupil(2, school="s2", email=None)])
    orr.write_plan(site.sync(broken), tmp_path / "last.jsonl")
    mended = feed(**both, users=[pupil(1), pupil(2, school="s2")])
    assert "requirement_unmet" in codes(orr.read_plan(tmp_path / "last.jsonl"))
    site.policy = evolve(seesaw_exact(), scope=orr.Scope(schools={"s2"}))  # type: ignore[arg-type]
    rerun = site.sync(mended)
    assert "requirement_unmet" not in codes(rerun)
    assert site.user("u2").email == "u2@x.org"


def test_see_03_some_findings_need_a_run_and_others_do_not() -> None:
    """It is said of each code."""
    assert {code.needs_rerun for code in CATALOGUE.values()} == {True, False}
    assert CATALOGUE["requirement_unmet"].needs_rerun


# Scope and mode ----------------------------------------------------------------------------------------------------------


def two_schools() -> tuple[Product, orr.Roster, orr.Roster]:
    """A product, what it was given last night, and a source in which something has changed in both schools."""
    kim = person("u1", "Kim", ("s1", "student"), ("s2", "student"), email="u1@x.org")
    lee = pupil(2, "Lee", "s2")
    before = roster(
        users=[kim, lee, pupil(3)],
        classes=[ALGEBRA, BIOLOGY, CRAFTS],
        enrollments=[*seats("k1", "u1", "u3"), *seats("k3", "u1", "u2")],
    )
    after = roster(
        users=[kim, evolve(lee, given_name="Leo"), evolve(pupil(3), phone="555")],
        classes=[ALGEBRA, BIOLOGY, evolve(CRAFTS, title="Crafts II")],
        enrollments=seats("k2", "u1", "u3"),
    )
    site = product()
    site.sync(before)
    # The class most of whose students change is another behaviour, SEE-28.
    site.policy = evolve(seesaw_exact(), guards=())
    return site, before, after


def test_see_04_a_sync_of_one_school_leaves_the_other_alone() -> None:
    """Nothing of the other school is in the plan, neither its memberships of somebody who sits in both."""
    site, _, after = two_schools()
    crafts = {each for each in members(site) if each[0] == site.id(Kind.CLASS, "k3")}
    site.policy = evolve(site.policy, scope=orr.Scope(schools={"s1"}))  # type: ignore[arg-type]
    plan = site.sync(after)
    assert plan.summary() == "5 changes: update 1 user, enroll 2 enrollments, unenroll 2 enrollments"
    assert touched(plan) == {site.id(Kind.USER, "u3")}
    assert len(crafts) == 2
    assert crafts <= members(site)
    assert site.directory.classes[site.id(Kind.CLASS, "k3")].title == "Crafts"


@pytest.mark.parametrize("schools", [None, {"s1", "s2"}])
def test_see_05_all_schools_are_synced_in_one_request(schools: set[str] | None) -> None:
    """One plan is about both, whether they are named or none is."""
    site, _, after = two_schools()
    site.policy = evolve(site.policy, scope=orr.Scope(schools=schools))  # type: ignore[arg-type]
    site.sync(after)
    assert members(site) == members(site, after.enrollments)
    assert site.user("u2").given_name == "Leo"
    assert site.directory.classes[site.id(Kind.CLASS, "k3")].title == "Crafts II"


def test_see_06_exact_mode_makes_every_class_what_the_source_says() -> None:
    """Classes are looked at though nothing changed in the source since last night: who was taken out is back, who was put in is gone."""
    site, before, _ = two_schools()
    algebra, biology, crafts = (site.id(Kind.CLASS, each) for each in ("k1", "k2", "k3"))
    kim, lee = site.id(Kind.USER, "u1"), site.id(Kind.USER, "u2")
    site.drop(Kind.ENROLLMENT, crafts)
    site.put(
        orr.Enrollment(class_=biology, user=kim, role="student"),
        orr.Enrollment(class_=algebra, user=lee, role="student"),
        orr.Enrollment(class_=algebra, user=lee, role="teacher"),
    )
    assert members(site) != members(site, before.enrollments)
    site.sync(before)
    assert members(site) == members(site, before.enrollments)
    assert site.plan(before).is_empty


# Members added by hand ---------------------------------------------------------------------------------------------------


def with_members_by_hand(number: int = 1) -> tuple[Product, orr.Roster]:
    """A product in whose rostered class somebody put students that the source has elsewhere."""
    rows = feed(users=PUPILS, classes=[ALGEBRA], enrollments=seats("k1", *(f"u{i}" for i in range(4))))
    site = product()
    site.sync(rows)
    algebra = site.id(Kind.CLASS, "k1")
    site.put(*(orr.Enrollment(class_=algebra, user=site.id(Kind.USER, f"u{9 - i}"), role="student") for i in range(number)))
    site.policy = seesaw_exact()
    return site, rows


def test_see_07_a_student_added_by_hand_is_removed_in_exact_mode() -> None:
    """Of a rostered class only, and every night leaves them."""
    site, rows = with_members_by_hand()
    site.put(orr.Class(id="900", title="Club"), orr.Enrollment(class_="900", user=site.id(Kind.USER, "u9"), role="student"))
    (change,) = site.plan(rows)
    assert change == orr.Delete(
        orr.Enrollment(class_=site.id(Kind.CLASS, "k1"), user=site.id(Kind.USER, "u9"), role="student"), change.reason
    )
    assert change.verb is Verb.UNENROLL
    site.policy = seesaw_nightly()
    assert site.plan(rows).is_empty


def test_see_08_the_plan_counts_and_names_first_who_was_added_by_hand() -> None:
    """Before anything is applied, and above all else that the plan says."""
    site, rows = with_members_by_hand(2)
    before = members(site)
    algebra, *people = site.id(Kind.CLASS, "k1"), *sorted(site.id(Kind.USER, each) for each in ("u8", "u9"))
    named = "; ".join(f"user {each} in class {algebra} as student" for each in people)
    assert plan_text(site.plan(rows)).splitlines()[2] == f"memberships added by hand that would end: 2 ({named})"
    assert members(site) == before


@pytest.mark.parametrize(
    ("disposition", "remain", "said"),
    [(Disposition.DELETE, False, []), (Disposition.KEEP, True, []), (Disposition.ASK, True, ["needs_decision"])],
)
def test_see_08_the_operator_can_decline(disposition: Disposition, remain: bool, said: list[str]) -> None:
    """Whether they are removed, kept, or asked about is a word of the policy."""
    site, rows = with_members_by_hand(2)
    before = members(site)
    site.policy = site.policy.with_rows(Kind.ENROLLMENT, local=disposition)
    plan = site.sync(rows)
    assert (members(site) == before, codes(plan)) == (remain, said)
    assert ("by hand" in plan_text(plan)) is not remain


# Who is who --------------------------------------------------------------------------------------------------------------


def test_see_09_a_teacher_of_two_accounts_is_a_conflict() -> None:
    """Nothing is linked, made or changed of any candidate, and nobody can merge the accounts of a teacher."""
    site = product(orgs=[SCHOOL], users=[evolve(each, roles=(orr.Role(org="9", role="teacher"),)) for each in TWO])
    incoming = feed(users=[evolve(BOTH, roles=(orr.Role(org="s1", role="teacher"),), phone="555")])
    plan = site.sync(incoming)
    assert (codes(plan), touched(plan)) == (["identity_disputed"], set())
    site.decisions = (merged("17", "18"),)
    plan = site.sync(incoming)
    assert "merge_refused" in codes(plan)
    assert touched(plan) == set()
    assert sorted(site.directory.users, key=lambda user: user.id) == sorted(
        (evolve(each, roles=(orr.Role(org="9", role="teacher"),)) for each in TWO), key=lambda user: user.id
    )


def test_see_10_a_taken_address_names_the_account_and_the_attribute() -> None:
    """The account is another person's by its name."""
    site = product(users=[person("17", "Otto", email="t1@x.org")])
    plan = site.plan(feed(users=[TESS]))
    assert the_issue(plan, "email_taken").examples == ("t1: email of 17",)
    assert touched(plan) == set()


def a_new_name() -> tuple[Product, orr.Roster]:
    """A linked teacher who married, and an account that somebody made for the new address."""
    site = product()
    site.sync(feed(users=[TESS]))
    site.put(person("99", "Tess", family_name="Byron", email="byron@x.org"))
    return site, feed(users=[evolve(TESS, family_name="Byron", email="byron@x.org")])


def test_see_11_a_linked_teacher_who_now_matches_a_second_account_is_a_conflict_of_its_own() -> None:
    """The cause is that the identity changed, not that an address was taken; neither account is touched."""
    site, incoming = a_new_name()
    before = list(site.directory.users)
    plan = site.sync(incoming)
    assert codes(plan) == ["identity_changed"]
    assert list(site.directory.users) == before
    found = orr.match(incoming, site.directory, crosswalk=site.state.base.crosswalk, policy=site.policy)
    (one,) = (each for each in found if isinstance(each, orr.Disputed))
    assert (one.source_id, set(one.candidates), one.reason) == ("t1", {"99", site.id(Kind.USER, "t1")}, "identity_changed")


def test_see_12_support_moves_the_link_to_the_account_of_the_new_address() -> None:
    """A relink and no merge: both accounts stay."""
    site, incoming = a_new_name()
    own = site.id(Kind.USER, "t1")
    site.decisions = (same("t1", "99"),)
    plan = site.sync(incoming)
    assert [(change.source_id, change.before, change.host_id) for change in plan.of(orr.Relink)] == [("t1", own, "99")]
    assert list(plan.of(orr.Merge)) == []
    assert (site.id(Kind.USER, "t1"), site.user("t1").family_name) == ("99", "Byron")
    assert site.directory.users[own].state is State.ACTIVE


def test_see_12_after_a_taken_address_support_links_the_account() -> None:
    """Somebody who had no link yet gets that one."""
    site = product(users=[person("17", "Otto", email="t1@x.org")])
    site.decisions = (same("t1", "17"),)
    plan = site.sync(feed(users=[TESS]))
    assert (linked(plan), list(plan.of(orr.Merge)), codes(plan)) == ([("t1", "17")], [], [])
    assert site.user("t1").given_name == "Tess"


def test_see_13_the_accounts_of_a_student_may_be_merged() -> None:
    """A merge is proposed, and whoever accepts it has one account."""
    site = product(orgs=[SCHOOL], users=TWO)
    plan = site.sync(feed(users=[BOTH]))
    assert (codes(plan), the_issue(plan, "merge_proposed").examples) == (["merge_proposed"], ("18 into 17",))
    assert touched(plan) == set()
    site.decisions = (merged("17", "18"),)
    plan = site.sync(feed(users=[BOTH]))
    assert [(change.gone, change.kept) for change in plan.of(orr.Merge)] == [("18", "17")]
    assert (site.id(Kind.USER, "u1"), codes(plan)) == ("17", [])


def trusting(policy: orr.Policy, **domains: set[str]) -> orr.Policy:
    """The policy with the trusted domains of each school, which the product knows."""
    return evolve(policy, people=evolve(policy.people, trusted_domains=domains))


def test_see_14_a_domain_that_the_school_does_not_trust_blocks_the_merge() -> None:
    """The finding names the domain and the school, and no account is touched."""
    site = product(trusting(seesaw_nightly(), s1={"x.org"}), orgs=[SCHOOL], users=TWO)
    plan = site.sync(feed(users=[BOTH]))
    issue = the_issue(plan, "untrusted_domain")
    assert ("home.example" in issue.message, "school s1" in issue.message, issue.examples) == (True, True, ("u1",))
    assert (codes(plan), touched(plan)) == (["untrusted_domain"], set())


def test_see_15_once_the_school_trusts_the_domain_the_conflict_resolves_by_itself() -> None:
    """The trust of another school is none; with that of the school itself the run that is repeated merges the accounts and leaves no finding, and the next has nothing to do."""
    site = product(trusting(seesaw_nightly(), s1={"x.org"}, s2={"home.example"}), orgs=[SCHOOL], users=TWO)
    assert codes(site.sync(feed(users=[BOTH]))) == ["untrusted_domain"]
    site.policy = trusting(seesaw_nightly(), s1={"x.org", "home.example"})
    plan = site.sync(feed(users=[BOTH]))
    assert [(each.gone, each.kept, each.reason.policy) for each in plan.of(orr.Merge)] == [
        ("18", "17", "seesaw_nightly: people.merges_trusted")
    ]
    assert (codes(plan), linked(plan)) == ([], [("u1", "17")])
    assert {user.id for user in site.directory.users} == {"17"}
    assert site.plan(feed(users=[BOTH])).is_empty


@pytest.mark.parametrize("domains", [None, {"s2": {"x.org", "home.example"}}])
def test_see_15_only_trust_that_somebody_spoke_resolves_it(domains: dict[str, set[str]] | None) -> None:
    """Where no domains are looked at a merge is proposed, and where the school trusts none of them it is blocked; no account goes without a word."""
    policy = evolve(seesaw_nightly(), people=evolve(seesaw_nightly().people, trusted_domains=domains))
    plan = product(policy, orgs=[SCHOOL], users=TWO).plan(feed(users=[BOTH]))
    assert (list(plan.of(orr.Merge)), set(codes(plan))) == ([], {"untrusted_domain" if domains else "merge_proposed"})


def test_see_16_two_accounts_with_one_source_id_are_left_alone() -> None:
    """Neither is updated, and once one of them is deleted the other is."""
    twice = links((Kind.USER, "u1", "17"), (Kind.USER, "u1", "18"))
    site = product(users=[person("17", "Old", email="o@x.org"), person("18", "Older", email="p@x.org")], crosswalk=twice)
    plan = site.sync(feed(users=[pupil(1)]))
    issue = the_issue(plan, "duplicate_source_id")
    assert ("Delete one" in issue.help, touched(plan)) == (True, set())
    assert {user.given_name for user in site.directory.users} == {"Old", "Older"}
    site = product(users=[person("18", "Older", email="p@x.org")], crosswalk=links((Kind.USER, "u1", "18")))
    site.sync(feed(users=[pupil(1)]))
    assert site.user("u1").given_name == "Ben"


def crowded(ids: int, **people: object) -> orr.ChangePlan:
    """The plan for an account with so many source ids, of a teacher who is listed in two schools."""
    known = links(*((Kind.USER, f"t{n}", "17") for n in range(ids)))
    policy = evolve(seesaw_nightly(), people=evolve(seesaw_nightly().people, **people))  # type: ignore[arg-type]
    site = product(policy, users=[person("17", "Tess", email="t@x.org")], crosswalk=known)
    records = [teacher(f"t{n}", school=f"s{1 + n % 2}", email="t@x.org") for n in range(ids)]
    return site.plan(feed(orgs=[S1, S2], users=records))


def test_see_17_an_account_with_too_many_source_ids_is_named() -> None:
    """More than seven, or than the policy says."""
    issue = the_issue(crowded(9), "too_many_source_ids")
    assert (str(issue.subject), issue.count) == ("user/17", 9)
    assert "too_many_source_ids" in codes(crowded(3, most_source_ids=2))
    assert "too_many_source_ids" not in codes(crowded(9, most_source_ids=9))


@pytest.mark.parametrize(("ids", "found"), [(1, False), (7, False), (8, True)])
def test_see_18_seven_source_ids_are_no_finding_and_eight_are(ids: int, found: bool) -> None:
    """The limit itself is allowed."""
    assert ("too_many_source_ids" in codes(crowded(ids))) is found


def test_see_19_the_finding_lists_the_ids_with_their_schools() -> None:
    """So that one sees that a teacher is listed in several."""
    said = the_issue(crowded(8), "too_many_source_ids").message
    assert [pair for pair in (f"t{n} (s{1 + n % 2})" for n in range(8)) if pair not in said] == []


def test_see_20_students_who_share_an_address_are_said_to_and_stay_apart() -> None:
    """Nobody gets the account of the address, and nobody is joined with anybody."""
    children = [evolve(each, email="home@x.org") for each in PUPILS[:8]]
    known = links(*((Kind.USER, f"u{n}", "17") for n in range(8)))
    plan = product(users=[person("17", "Ann", email="home@x.org")], crosswalk=known).plan(feed(users=children))
    assert {"email_shared", "too_many_source_ids"} <= set(codes(plan))
    beside = product(users=[person("17", "Ann", email="home@x.org")]).plan(feed(users=children))
    assert (codes(beside), touched(beside)) == (["email_shared"], set())
    site, report = product(), orr.validate(feed(users=children))
    site.sync(report.roster)
    assert "email_shared" in {issue.code for issue in report}
    assert len({site.id(Kind.USER, f"u{n}") for n in range(8)}) == len(site.directory.users) == 8


# Masked fields -----------------------------------------------------------------------------------------------------------

MASK = "***"


def hidden(site: Product, *people: orr.User) -> tuple[orr.Roster, set[str]]:
    """What validation leaves of a roster of people, and the codes of what it found."""
    report = orr.validate(feed(users=people), base=site.state.base)
    return report.roster, {issue.code for issue in report}


@pytest.mark.parametrize("column", ["given_name", "family_name"])
def test_see_21_a_record_whose_required_field_is_masked_is_rejected(column: str) -> None:
    """The person is not made, and of one who is known everything stays; the mask is written nowhere."""
    site = product()
    site.sync(feed(users=[pupil(1)]))
    before = site.user("u1")
    values: dict[str, Any] = {column: MASK, "phone": "555"}
    masked = [evolve(each, **values) for each in (pupil(1), pupil(2))]
    rest, found = hidden(site, *masked, pupil(3))
    plan = site.sync(rest)
    assert "masked_required_field" in found
    assert the_issue(plan, "requirement_unmet").count == 2
    assert made(plan) == ["new:sis/u3"]
    assert site.user("u1") == before
    assert all(MASK not in (user.given_name, user.family_name) for user in site.directory.users)


def test_see_21_a_mask_matches_nobody() -> None:
    """An account that holds the same mask is not theirs, and nobody is made whose account cannot be told."""
    site = product(users=[person("17", "Ben", family_name="Benson", email=MASK)])
    rest, found = hidden(site, pupil(1, email=MASK), pupil(2))
    plan = site.sync(rest)
    assert "masked_match_key" in found
    assert (linked(plan), made(plan)) == ([], ["new:sis/u2"])
    assert sum(user.email == MASK for user in site.directory.users) == 1


def test_see_22_a_preflight_tells_which_required_fields_are_inaccessible() -> None:
    """Before the sync starts, by the product's own list; one that is masked of some only is missing."""
    site = product()
    rows = feed(users=[pupil(1, email=MASK, phone=MASK), pupil(2, email=MASK, phone="555")])
    required = {Kind.USER: ("email", "phone", "family_name"), Kind.CLASS: ("title",)}
    report = orr.preflight(rows, site.host.snapshot(), site.policy, required=required)
    assert [(issue.code, str(issue.subject.kind), issue.message) for issue in report] == [
        ("required_kind_unread", "class", "the roster has no rows of this kind"),
        ("required_column_inaccessible", "user", "email is blank in every row"),
        ("matching_impossible", "user", "nobody has a key by which an account could be found"),
        ("required_values_missing", "user", "phone is blank"),
    ]


def test_see_23_a_masked_optional_field_leaves_the_products_value() -> None:
    """It is unknown, not blank."""
    site = product()
    site.sync(feed(users=[pupil(1, phone="555"), pupil(2, phone="556")]))
    rest, found = hidden(site, pupil(1, phone=MASK), pupil(2, phone="557"))
    site.sync(rest)
    assert "masked_value" in found
    assert (site.user("u1").phone, site.user("u2").phone) == ("555", "557")


# One record at a time ----------------------------------------------------------------------------------------------------


def test_see_24_a_conflict_on_one_person_stops_nobody_else() -> None:
    """The rest of the school is made and enrolled, and whoever has a conflict joins them once it is resolved."""
    site, incoming = troubled()
    lessons = feed(
        users=[*incoming.users, pupil(5)],
        classes=[ALGEBRA],
        enrollments=[*seats("k1", "u1", "u2", "u3", "u5"), *seats("k1", "t1", role="teacher")],
    )
    plan = site.sync(lessons)
    assert {"requirement_unmet", "merge_proposed", "email_taken"} <= set(codes(plan))
    assert made(plan) == ["new:sis/t1", "new:sis/u5"]
    assert members(site) == members(site, [*seats("k1", "u5"), *seats("k1", "t1", role="teacher")])
    site.decisions = (merged("17", "18"),)
    site.sync(lessons)
    assert members(site) == members(site, [*seats("k1", "u1", "u5"), *seats("k1", "t1", role="teacher")])


def test_see_25_the_mode_is_a_parameter_of_the_run_and_recorded_with_it(tmp_path: Path) -> None:
    """The plan and each reason name it, and keep it where the plan is stored."""
    site, rows = with_members_by_hand()
    manual = site.plan(rows)
    site.policy = seesaw_nightly()
    assert (manual.policy, site.plan(rows).policy) == ("seesaw_exact", "seesaw_nightly")
    orr.write_plan(manual, tmp_path / "manual.jsonl")
    (change,) = orr.read_plan(tmp_path / "manual.jsonl")
    assert orr.read_plan(tmp_path / "manual.jsonl").policy == "seesaw_exact"
    assert change.reason.policy == "seesaw_exact: enrollment.local = delete"


# Guards ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("seats_sold", "held"), [(11, False), (10, True)])
@pytest.mark.parametrize("how", ["created", "activated"])
def test_see_26_more_accounts_than_licences_hold_the_plan(how: str, seats_sold: int, held: bool) -> None:
    """Whether the eleventh account is made or comes back; the number is the product's."""
    site = product(evolve(seesaw_nightly(), guards=(*seesaw_nightly().guards, orr.Licences(seats=seats_sold))))
    site.sync(feed(users=PUPILS))
    eleventh = pupil(10, "Kit")
    if how == "activated":
        site.policy = seesaw_nightly()
        site.sync(feed(users=[*PUPILS, eleventh]))
        site.edit("u10", state=State.SUSPENDED)
        site.policy = evolve(seesaw_nightly(), guards=(*seesaw_nightly().guards, orr.Licences(seats=seats_sold)))
    plan = site.plan(feed(users=[*PUPILS, eleventh]))
    assert [change.verb.value for change in plan] == ["restore" if how == "activated" else "create"]
    assert (codes(plan), plan.held == plan.counts) == ((["licence_count_exceeded"], True) if held else ([], False))
    if held:
        with pytest.raises(orr.PlanHeld):
            orr.apply(plan, site.host, site.state)


@pytest.mark.parametrize(("number", "held"), [(2, False), (3, True)])
def test_see_27_ids_that_belong_to_other_students_hold_the_plan(number: int, held: bool) -> None:
    """More than a quarter of the students would get another given and another family name."""
    site = product()
    site.sync(feed(users=PUPILS))
    others = [evolve(each, given_name=f"Zoe {each.id}", family_name="Quill") for each in PUPILS[:number]]
    plan = site.plan(feed(users=[*others, *PUPILS[number:], pupil(10, "Kit")]))
    assert ("accounts_renamed" in codes(plan), plan.held == plan.counts) == (held, held)
    assert [each.guard for each in plan.guards if each.tripped] == ["identity drift"] * held


@pytest.mark.parametrize(("number", "held"), [(5, False), (6, True)])
def test_see_27_links_to_people_of_another_name_hold_the_plan(number: int, held: bool) -> None:
    """More than a quarter of the accounts that would be linked have another name."""
    people = [pupil(n) for n in range(20)]
    accounts = [
        evolve(each, id=f"9{i}", roles=(), family_name="Quill" if i < number else each.family_name)
        for i, each in enumerate(people)
    ]
    plan = product(users=accounts).plan(feed(users=people))
    assert len(linked(plan)) == 20
    assert ("merge_drift" in codes(plan), plan.held == plan.counts) == (held, held)


def churning(number: int) -> tuple[Product, orr.Roster]:
    """A class of ten students of whom so many are others now, beside a class that gets one more."""
    site = product()
    before = [*seats("k1", *(f"u{n}" for n in range(10))), *seats("k2", "u0")]
    people = [*PUPILS, *(pupil(n, f"New {n}") for n in range(10, 20))]
    site.sync(feed(users=people, classes=[ALGEBRA, BIOLOGY], enrollments=before))
    after = [*seats("k1", *(f"u{n}" for n in range(number, 10 + number))), *seats("k2", "u0", "u1")]
    return site, feed(users=people, classes=[ALGEBRA, BIOLOGY], enrollments=after)


@pytest.mark.parametrize(("number", "held"), [(6, False), (7, True)])
def test_see_28_a_class_most_of_whose_students_change_is_not_updated(number: int, held: bool) -> None:
    """More than six in ten: its students stay as they are, and the other class gets its new one."""
    site, incoming = churning(number)
    algebra, before = site.id(Kind.CLASS, "k1"), members(site)
    plan = site.plan(incoming)
    orr.apply(plan, site.host, site.state)
    assert ("class_churn" in codes(plan)) is held
    assert ({each for each in before if each[0] == algebra} <= members(site)) is held
    assert (members(site) == members(site, incoming.enrollments)) is not held
    assert (site.id(Kind.CLASS, "k2"), site.id(Kind.USER, "u1"), "student") in members(site)


def test_see_28_an_approval_lets_it_through() -> None:
    """The plan that was held is approved and applied."""
    site, incoming = churning(10)
    plan = site.plan(incoming)
    assert orr.apply(plan, site.host, site.state, [orr.Approval(digest=plan.digest, by="operator")]).failures.is_empty()
    assert members(site) == members(site, incoming.enrollments)


def test_see_28_a_second_run_lets_it_through() -> None:
    """A product that takes the second run for a word says so: what the first run held in that class may pass in the next, and no more."""
    site, incoming = churning(10)
    first = site.plan(incoming)
    orr.apply(first, site.host, site.state)
    (held,) = (each for each in first.guards if each.is_holding)
    again = orr.StandingApproval(guard=held.guard, scope=held.scope, ceiling=held.counted, until=AS_OF, by="seesaw")
    second = site.plan(incoming)
    assert orr.apply(second, site.host, site.state, [again]).failures.is_empty()
    assert members(site) == members(site, incoming.enrollments)
    assert held.scope == site.id(Kind.CLASS, "k1")


@pytest.mark.parametrize("values", [{"email": None}, {"roles": ()}, {"roles": (orr.Role(org="s9", role="student"),)}])
def test_see_29_a_user_without_e_mail_or_school_is_not_updated(values: dict[str, Any]) -> None:
    """Neither made nor changed, with a finding; everybody else is."""
    site = product()
    site.sync(feed(users=[pupil(1), pupil(3)]))
    before = site.user("u1")
    lacking = [evolve(each, phone="555", **values) for each in (pupil(1), pupil(2))]
    plan = site.sync(feed(users=[*lacking, evolve(pupil(3), phone="557")]))
    (issue,) = plan.issues
    assert issue.code == ("school_unlisted" if values.get("roles") else "requirement_unmet")
    assert (issue.count, issue.examples) == (2, ("u1", "u2"))
    assert (site.user("u1"), made(plan), site.user("u3").phone) == (before, [], "557")


@pytest.mark.parametrize(("number", "found"), [(50, False), (51, True)])
def test_see_30_more_than_fifty_administrators_of_a_school_are_said(number: int, found: bool) -> None:
    """They are made all the same, and those of another school do not count."""
    site = product()
    admins = [person(f"a{n}", f"Al {n}", ("s1", "principal"), email=f"a{n}@x.org") for n in range(number)]
    other = person("b1", "Bo", ("s2", "principal"), email="b1@x.org")
    plan = site.sync(feed(orgs=[S1, S2], users=[*admins, other]))
    assert codes(plan) == ["cap_exceeded"] * found
    assert len(site.directory.users) == number + 1


@pytest.mark.parametrize("domain", ["gmail.com", "outlook.com", "Hotmail.com"])
def test_see_30_a_generic_mail_domain_is_never_trusted(domain: str) -> None:
    """Anybody gets an address there."""
    with pytest.raises(ValueError, match="anybody gets an address"):
        PeoplePolicy(trusted_domains={"s1": {"x.org", domain}})
