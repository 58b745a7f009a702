"""Evidence and scope: absence is proof only where everything was read, and only what is inside may be touched."""

from typing import Any

import polars as pl
import pytest
from attrs import evolve

import oneroster_reconcile as orr
from oneroster_reconcile import Extent, Kind, Read, Verb
from tests.reconcile.scene import AS_OF, S1, S2, Product, codes, links, person, roster, student

DISTRICT = orr.Org(id="d", name="District", type="district")
ORGS = [DISTRICT, evolve(S1, parent="d"), evolve(S2, parent="d")]
CLASSES = [
    orr.Class(id="k1", title="Algebra", school="s1", course="c1"),
    orr.Class(id="k2", title="Latin", school="s2", course="c1"),
]
PEOPLE = [student("u1"), person("u2", "Bo", ("s2", "student")), person("u3", "Cy", ("s1", "teacher"), ("s2", "teacher"))]
MEMBERS = [
    orr.Enrollment(class_="k1", user="u1", role="student"),
    orr.Enrollment(class_="k2", user="u2", role="student"),
    orr.Enrollment(class_="k1", user="u3", role="teacher"),
    orr.Enrollment(class_="k2", user="u3", role="teacher"),
]
BIRTHS = [orr.Demographics(user="u1", sex="female"), orr.Demographics(user="u2", sex="male")]
WHOLE: dict[str, Any] = {
    "orgs": ORGS,
    "courses": [orr.Course(id="c1", title="Any", org="d")],
    "classes": CLASSES,
    "users": PEOPLE,
    "demographics": BIRTHS,
    "enrollments": MEMBERS,
}


def district(**rows: Any) -> orr.Roster:
    """The whole district, but for what is given."""
    return roster(**{**WHOLE, **rows})


@pytest.fixture
def site() -> Product:
    """A product that is in step with the district."""
    made = Product()
    made.sync(district())
    return made


def removals(plan: orr.ChangePlan) -> dict[Kind, int]:
    """How many rows of each kind a plan suspends or takes away."""
    return {kind: number for (verb, kind), number in plan.counts.items() if verb in (Verb.SUSPEND, Verb.DELETE, Verb.UNENROLL)}


INCOMPLETE = {
    "partial": Read(),
    "delta": Read(extent=Extent.DELTA),
    "rejected": Read(extent=Extent.COMPLETE, rejected=1),
    "masked": Read(extent=Extent.COMPLETE, masked=1),
    "filtered": Read(extent=Extent.COMPLETE, filtered=1),
    "short": Read(extent=Extent.COMPLETE, rows=1, expected=2),
}


@pytest.mark.parametrize("read", INCOMPLETE.values(), ids=INCOMPLETE)
def test_nothing_is_removed_by_the_silence_of_an_incomplete_read(site: Product, read: Read) -> None:
    """An empty file of users takes nobody away, nor their memberships."""
    nobody = district(users=[], enrollments=[], coverage=orr.Coverage.complete().with_read(Kind.USER, read))
    assert site.plan(nobody).is_empty
    assert removals(site.plan(district(users=[], enrollments=[]))) == {Kind.USER: 3, Kind.ENROLLMENT: 4}


def test_an_explicit_end_counts_in_any_read(site: Product) -> None:
    """A delta ends what it names and nothing else."""
    coverage = orr.Coverage(reads=dict.fromkeys(Kind, Read(extent=Extent.DELTA)))
    delta = orr.Roster.of(source="sis", users=[evolve(PEOPLE[0], state="tobedeleted")], coverage=coverage)
    plan = site.sync(delta)
    assert plan.summary() == "1 change: suspend 1 user"


def test_an_upsert_of_a_delta_is_made_and_changes_what_it_names(site: Product) -> None:
    """A delta overlays the base; references to rows that it does not hold are still translated by their links."""
    coverage = orr.Coverage(reads=dict.fromkeys(Kind, Read(extent=Extent.DELTA)))
    people = [evolve(PEOPLE[0], given_name="Anne"), student("u9", "Di")]
    delta = orr.Roster.of(
        source="sis", users=people, enrollments=[orr.Enrollment(class_="k1", user="u9", role="student")], coverage=coverage
    )
    plan = site.sync(delta)
    assert plan.summary() == "3 changes: create 1 user, update 1 user, enroll 1 enrollment"
    assert site.user("u9").roles[0].org == site.id(Kind.ORG, "s1")


def test_only_the_schools_that_were_read_are_judged(site: Product) -> None:
    """Enrollments of a school whose part is missing stay; those of the other school go."""
    read = Read(extent=Extent.COMPLETE, missing=frozenset({"s2"}))
    plan = site.plan(district(enrollments=[], coverage=orr.Coverage.complete().with_read(Kind.ENROLLMENT, read)))
    assert {change.before.class_ for change in plan} == {site.id(Kind.CLASS, "k1")}


@pytest.mark.parametrize(
    ("kind", "keys", "gone"),
    [
        (Kind.USER, {"id": ["u1"]}, {"users": PEOPLE[1:], "enrollments": MEMBERS[1:], "demographics": BIRTHS[1:]}),
        (Kind.CLASS, {"id": ["k1"]}, {"classes": CLASSES[1:], "enrollments": [MEMBERS[1], MEMBERS[3]]}),
        (
            Kind.ORG,
            {"id": ["s1"]},
            {"orgs": [DISTRICT, ORGS[2]], "classes": CLASSES[1:], "enrollments": [MEMBERS[1], MEMBERS[3]]},
        ),
        (Kind.ENROLLMENT, {"class_": ["k1"], "user": ["u1"], "role": ["student"]}, {"enrollments": MEMBERS[1:]}),
        (Kind.DEMOGRAPHICS, {"user": ["u1"]}, {"demographics": BIRTHS[1:]}),
    ],
    ids=lambda each: each.value if isinstance(each, Kind) else "",
)
def test_a_row_that_was_set_aside_counts_as_present(
    site: Product, kind: Kind, keys: dict[str, list[str]], gone: dict[str, Any]
) -> None:
    """Neither the quarantined row nor what refers to it is withdrawn by its absence."""
    site.policy = orr.Policy(name="strict", rows=dict.fromkeys(Kind, orr.RowPolicy(withdrawn=orr.Disposition.DELETE)))
    incoming = evolve(district(**gone), quarantine={kind: pl.DataFrame(keys)})
    assert site.plan(incoming).is_empty


def test_members_outlast_a_class_that_is_forgotten_while_its_school_is_unknown(site: Product) -> None:
    """A class that ended, and that the host dropped, is forgotten in one run; its members, of whom nothing may be concluded, not in the next either, but once it is clear which school is which."""
    site.policy = site.policy.with_rows(Kind.CLASS, deleted_at_host=orr.Redress.RESPECT)
    sure = site.state.base.crosswalk
    doubted = sure.including(links((Kind.ORG, "s1", site.id(Kind.ORG, "s2"))))
    site.state = orr.MemoryState(evolve(site.state.base, crosswalk=doubted))
    for kind in (Kind.CLASS, Kind.ENROLLMENT):
        site.drop(kind, site.id(Kind.CLASS, "k1"))
    ended = district(classes=[evolve(CLASSES[0], state="tobedeleted"), CLASSES[1]], enrollments=MEMBERS[1::2])
    before = site.state.base
    assert codes(site.sync(ended)) == ["link_disputed"]
    first = site.state.base
    site.sync(ended)
    assert site.state.base.enrollments == first.enrollments == before.enrollments
    assert (len(before.classes), len(first.classes)) == (2, 1)
    site.state = orr.MemoryState(evolve(site.state.base, crosswalk=sure))
    site.sync(ended)
    assert len(site.state.base.enrollments) == 2


def test_a_row_that_was_set_aside_twice_is_still_one(site: Product) -> None:
    """A quarantine of ids that nobody knows, or knows twice, changes nothing."""
    aside = {
        Kind.USER: pl.DataFrame({"id": ["u1", "u1", "stranger"]}),
        Kind.ENROLLMENT: pl.DataFrame({"class_": ["x"], "user": ["y"], "role": ["z"]}),
    }
    assert site.plan(evolve(district(users=PEOPLE[1:]), quarantine=aside)).is_empty


def test_nothing_is_made_because_a_part_of_the_host_was_not_read() -> None:
    """A school whose users the host could not list may have anybody already, whatever school they come from."""
    site = Product()
    site.sync(roster(orgs=ORGS))
    missing = Read(extent=Extent.COMPLETE, missing=frozenset({site.id(Kind.ORG, "s1")}))
    seen = evolve(site.directory, coverage=orr.Coverage.complete().with_read(Kind.USER, missing))
    plan = orr.reconcile(roster(orgs=ORGS, users=PEOPLE), seen, base=site.state.base, policy=site.policy, as_of=AS_OF)
    assert list(plan.of(orr.Create)) == []
    assert codes(plan) == ["creation_refused"]


def test_a_host_that_was_read_in_part_deletes_nothing_from_memory(site: Product) -> None:
    """A linked row that the snapshot lacks is unknown, not deleted there."""
    part = evolve(orr.Directory(), coverage=orr.Coverage())
    plan = orr.reconcile(district(), part, base=site.state.base, policy=site.policy, as_of=AS_OF)
    assert list(plan) == []
    assert all(frame.is_empty() for frame in plan.acknowledgements.forgotten.values())


# Scope


def scoped(site: Product, *schools: str) -> None:
    """Limit the product's policy to some schools."""
    site.policy = evolve(site.policy, scope=orr.Scope(schools=frozenset(schools)))


def changed_school(**rows: Any) -> orr.Roster:
    """A night on which everything of both schools is gone or renamed."""
    orgs = [evolve(org, name=f"{org.name}!") for org in ORGS]
    return district(orgs=orgs, classes=[], users=[evolve(each, given_name="X") for each in PEOPLE], enrollments=[], **rows)


def test_a_run_for_one_school_touches_that_school_and_those_above(site: Product) -> None:
    """The other school, its class, its members and its people stay as they are, also of people who are in both."""
    scoped(site, "s1")
    before = site.directory
    site.sync(changed_school())
    s2, k2 = site.id(Kind.ORG, "s2"), site.id(Kind.CLASS, "k2")
    assert site.directory.orgs[s2] == before.orgs[s2]
    assert site.directory.classes[k2] == before.classes[k2]
    assert site.user("u2").given_name == "Bo"
    assert {member.class_ for member in site.directory.enrollments} == {k2}
    assert {org.name for org in site.directory.orgs} == {"District!", "High!", "Middle"}
    assert (site.user("u1").given_name, site.user("u3").given_name) == ("X", "X")
    assert site.plan(changed_school()).is_empty


def test_a_role_in_another_school_survives(site: Product) -> None:
    """A teacher who leaves both schools keeps the role that is out of scope, and a new one there is not given either."""
    scoped(site, "s1")
    site.sync(district(users=[*PEOPLE[:2], person("u3", "Cy", ("s1", "aide"))]))
    assert [(site.directory.orgs[role.org].name, role.role) for role in site.user("u3").roles] == [
        ("High", "aide"),
        ("Middle", "teacher"),
    ]
    site.sync(district(users=[person("u1", "Ann", ("s1", "student"), ("s2", "student")), *PEOPLE[1:]]))
    assert [site.directory.orgs[role.org].name for role in site.user("u1").roles] == ["High"]


def test_a_new_person_of_two_schools_is_made_with_the_roles_in_scope(site: Product) -> None:
    """A person is in scope by one role; the others are the other run's business."""
    scoped(site, "s1")
    new = [person("u9", "Di", ("s1", "student"), ("s2", "student")), person("u8", "Ed", ("s2", "student"))]
    plan = site.sync(district(users=[*PEOPLE, *new]))
    (made,) = plan.of(orr.Create)
    assert [role.org for role in made.after.roles] == [site.id(Kind.ORG, "s1")]


def test_a_class_that_moves_out_of_scope_stays(site: Product) -> None:
    """A row is touched only when every side that has it lies inside."""
    scoped(site, "s1")
    assert site.plan(district(classes=[evolve(CLASSES[0], school="s2"), CLASSES[1]])).is_empty


def test_a_scope_that_nobody_knows_touches_nothing(site: Product) -> None:
    """A mistyped school is not the whole district."""
    scoped(site, "typo")
    assert site.plan(changed_school()).is_empty


@pytest.mark.parametrize("side", ["roster", "directory"])
def test_a_read_of_one_school_is_a_scope_too(site: Product, side: str) -> None:
    """What neither side was asked for is not judged."""
    schools = {"roster": frozenset({"s1"}), "directory": frozenset({site.id(Kind.ORG, "s1")})}[side]
    coverage = evolve(orr.Coverage.complete(), schools=schools)
    incoming = changed_school(**({"coverage": coverage} if side == "roster" else {}))
    directory = site.directory if side == "roster" else site.host.snapshot(orr.Scope(schools=schools))
    plan = orr.reconcile(incoming, directory, base=site.state.base, policy=site.policy, as_of=AS_OF)
    assert removals(plan) == {Kind.CLASS: 1, Kind.ENROLLMENT: 2}
    assert {change.before.given_name for change in plan.of(orr.Update, orr.User)} == {"Ann", "Cy"}


def test_a_scope_of_what_is_new_can_be_made() -> None:
    """A first run for one school makes it, its people and its classes, and not the other."""
    site = Product()
    scoped(site, "s1")
    site.sync(district())
    assert [len(site.directory[kind]) for kind in Kind] == [2, 0, 1, 1, 2, 1, 2]
    assert {org.name for org in site.directory.orgs} == {"District", "High"}
    assert site.plan(district()).is_empty
