"""Parts of plans: what comes along, what is left out, and what is said of both."""

import json
from datetime import UTC, date, datetime

import jsonschema
import polars as pl
import pytest
from attrs import evolve

import oneroster_reconcile as orr
from oneroster_reconcile import Kind, Verb
from oneroster_reconcile.plan.selection_document import selection_schema
from oneroster_reconcile.policy.guards import Held
from tests.plan.test_plan import busy
from tests.reconcile.scene import Product, codes, person, roster, student

FALL = orr.AcademicSession(id="t1", title="Fall", type="term", start=date(2026, 8, 17), end=date(2026, 12, 19))
CLASSES = [orr.Class(id="k1", title="Algebra", school="s1", terms=("t1",)), orr.Class(id="k2", title="Art", school="s2")]
MEMBERS = [orr.Enrollment(class_="k1", user="u1", role="student"), orr.Enrollment(class_="k2", user="u2", role="student")]
PEOPLE = [student("u1", agents=("g1",)), person("u2", "Bo", ("s2", "student")), person("g1", "Gil", ("s1", "guardian"))]


def district() -> orr.Roster:
    """Two schools with a class and a student each, one of whom has a guardian."""
    return roster(sessions=[FALL], classes=CLASSES, users=PEOPLE, enrollments=MEMBERS)


def said(plan: orr.ChangePlan) -> list[str]:
    """The changes of a plan in its order, in a few words."""
    return [f"{row['verb']} {row['kind']}/{row['id']}" for phase in plan.phases() for row in phase.frame.iter_rows(named=True)]


def test_a_membership_brings_its_class_and_account_and_what_those_refer_to() -> None:
    """The school and term of the class, the account, and the guardian whom it names come along, and nobody else."""
    plan = Product().plan(district())
    part = plan.only(verb=Verb.ENROLL, school="new:sis/s1")
    assert said(part) == [
        "create org/new:sis/s1",
        "create academic_session/new:sis/t1",
        "create user/new:sis/g1",
        "create user/new:sis/u1",
        "create class/new:sis/k1",
        "enroll enrollment/new:sis/k1|new:sis/u1|student",
    ]
    brought, left = part.issues[-2:]
    assert (brought.code, brought.count) == ("brought_along", 5)
    assert (left.code, left.count, left.examples[0]) == ("left_out", 4, "create class/new:sis/k2")


def test_a_school_is_where_its_classes_lie_though_they_are_not_changed() -> None:
    """A membership of a class that is in step is its school's; a file of the plan knows that, too."""
    ours = Product()
    ours.sync(district())
    also = orr.Enrollment(class_="k1", user="u2", role="student")
    plan = ours.plan(roster(sessions=[FALL], classes=CLASSES, users=PEOPLE, enrollments=[*MEMBERS, also]))
    first, second = (ours.id(Kind.ORG, each) for each in ("s1", "s2"))
    assert said(plan.only(school=first)) == said(plan)
    assert plan.only(school=second).is_empty
    assert plan.places.rows() == [("class", ours.id(Kind.CLASS, "k1"), first)]


def test_a_deletion_brings_what_still_refers_to_the_row() -> None:
    """A class goes with its memberships, and a guardian is taken off the child first."""
    policy = orr.presets.mirror().with_rows(withdrawn=orr.Disposition.DELETE)
    ours = Product(policy)
    ours.sync(district())
    plan = ours.plan(roster(sessions=[FALL], classes=CLASSES[1:], users=[student("u1"), PEOPLE[1]], enrollments=MEMBERS[1:]))
    assert plan.only(verb=Verb.DELETE, kind=Kind.CLASS).counts == {
        (Verb.UNENROLL, Kind.ENROLLMENT): 1,
        (Verb.DELETE, Kind.CLASS): 1,
    }


def test_a_row_is_changed_whole() -> None:
    """Who comes back under another name is restored and renamed, or neither."""
    ours = Product()
    ours.sync(roster(users=[student("u1"), student("u2", "Bo")]))
    ours.sync(roster(users=[student("u2", "Bo")]))
    plan = ours.plan(roster(users=[student("u1", "Anne"), student("u2", "Bob")]))
    assert plan.only(verb=Verb.RESTORE).counts == {(Verb.RESTORE, Kind.USER): 1, (Verb.UPDATE, Kind.USER): 1}


def test_conditions_are_all_meant_and_several_values_any() -> None:
    """Two conditions narrow; two values of one condition widen; an expression sees verb, kind, id and reason."""
    product, incoming = busy()
    plan = product.plan(incoming)
    assert plan.only(kind=Kind.USER, verb=[Verb.SUSPEND, Verb.LINK]).counts == {
        (Verb.LINK, Kind.USER): 1,
        (Verb.SUSPEND, Kind.USER): 1,
    }
    withdrawn = plan.only(where=pl.col("reason").struct.field("situation") == "withdrawn")
    assert [each.value for each, _ in withdrawn.counts] == ["unenroll", "suspend"]
    assert plan.only(person=product.id(Kind.USER, "u1")).counts == {
        (Verb.CREATE, Kind.DEMOGRAPHICS): 1,
        (Verb.TRANSFER, Kind.USER): 1,
        (Verb.UNENROLL, Kind.ENROLLMENT): 1,
    }
    with pytest.raises(ValueError, match="enrol"):
        plan.only(verb="enrol")  # type: ignore[arg-type]


def test_who_is_not_in_the_plan_is_named() -> None:
    """A part for a school and a person that the plan does not know is empty, and says so."""
    part = Product().plan(district()).only(school=["new:sis/s1", "99"], person="nobody")
    assert part.is_empty
    assert codes(part)[-2:] == ["not_in_plan", "left_out"]
    assert part.issues[-2].message == "the plan has no change of 99, nobody"


def test_a_row_that_is_left_out_is_explained() -> None:
    """Asked about, it is not in step: its change was left out."""
    part = Product().plan(district()).only(kind=Kind.ORG)
    assert [each.code for each in orr.explain(part, orr.Ref("user", "u1")).causes] == ["left_out"]


def test_a_slice_of_a_held_plan_is_held() -> None:
    """A limit that two suspensions tripped holds one of them, and an approval of the whole is none of the slice."""
    limit = orr.Limit(name="leavers", verbs=(Verb.SUSPEND,), kinds=(Kind.USER,), count=1, holds=Held.SCOPE)
    ours = Product(evolve(orr.presets.mirror(), guards=(limit,)))
    ours.sync(roster(users=[student("u1"), student("u2", "Bo"), student("u3", "Cy")]))
    plan = ours.plan(roster(users=[student("u3", "Cy")]))
    part = plan.only(person=ours.id(Kind.USER, "u1"))
    assert part.counts == part.held == {(Verb.SUSPEND, Kind.USER): 1}
    with pytest.raises(orr.PlanHeld):
        orr.apply(part, ours.host, ours.state, [orr.Approval(digest=plan.digest, by="support")])
    assert orr.apply(part, ours.host, ours.state, [orr.Approval(digest=part.digest, by="support")]).failures.is_empty()


def test_the_next_plan_has_what_was_left_out() -> None:
    """A school at a time leads where the whole plan does, and a part is not applied twice."""
    ours, whole = Product(), Product()
    whole.sync(district())
    plan = ours.plan(district())
    first = plan.only(school="new:sis/s1")
    assert orr.apply(first, ours.host, ours.state).failures.is_empty()
    with pytest.raises(orr.StalePlan):
        orr.apply(plan, ours.host, ours.state)
    rest = ours.sync(district())
    assert len(rest) == len(plan) - len(first)
    assert {kind: len(ours.directory[kind]) for kind in Kind} == {kind: len(whole.directory[kind]) for kind in Kind}
    assert ours.plan(district()).is_empty


def test_tasks_are_those_of_the_part() -> None:
    """What people have to do about rows that are left out is left out, too."""
    policy = evolve(orr.presets.mirror(), follow_ups=frozenset({orr.Task.ASSIGN_LICENCE}))
    teachers = [person("t1", "Tom", ("s1", "teacher")), person("t2", "Tim", ("s2", "teacher"))]
    plan = Product(policy).plan(roster(users=teachers))
    assert {subject for each in plan.follow_ups for subject in each.subjects} == {"new:sis/t1", "new:sis/t2"}
    part = plan.only(person="new:sis/t1")
    assert {subject for each in part.follow_ups for subject in each.subjects} == {"new:sis/t1"}


def test_where_sees_the_rows_before_and_after() -> None:
    """What a row becomes, or was, is asked as a struct; of a kind that has no such field nothing is chosen, and a name that no kind has is refused."""
    ours = Product()
    plan = ours.plan(district())
    named = plan.only(where=pl.col("after").struct.field("given_name") == "Gil")
    assert said(named) == ["create org/new:sis/s1", "create user/new:sis/g1"]
    assert said(plan.only(where=pl.col("after").struct.field("class_") == "new:sis/k2"))[-1] == (
        "enroll enrollment/new:sis/k2|new:sis/u2|student"
    )
    ours.sync(district())
    fewer = ours.plan(roster(sessions=[FALL], classes=CLASSES, users=PEOPLE[:1], enrollments=MEMBERS[:1]))
    gone = fewer.only(where=pl.col("before").struct.field("family_name").is_not_null() & pl.col("after").is_null())
    assert {*gone.counts} <= {*fewer.counts}
    assert (Verb.SUSPEND, Kind.USER) in fewer.only(where=pl.col("before").struct.field("given_name") == "Bo").counts
    for wrong in (pl.col("after").struct.field("famly_name") == "Ames", pl.col("aftr").is_null()):
        with pytest.raises(pl.exceptions.PolarsError):
            plan.only(where=wrong)


def test_what_is_refused_takes_along_what_needs_it() -> None:
    """Without an account there is no membership of it; what cannot come is named, and nothing that was refused comes along."""
    plan = Product().plan(district())
    part = plan.without(person="new:sis/u1", kind=Kind.USER)
    assert said(part) == [
        "create org/new:sis/s1",
        "create org/new:sis/s2",
        "create academic_session/new:sis/t1",
        "create user/new:sis/g1",
        "create user/new:sis/u2",
        "create class/new:sis/k1",
        "create class/new:sis/k2",
        "enroll enrollment/new:sis/k2|new:sis/u2|student",
    ]
    stuck, left = part.issues[-2:]
    assert (stuck.code, stuck.examples) == ("cannot_come", ("enroll enrollment/new:sis/k1|new:sis/u1|student",))
    assert (left.code, left.count) == ("left_out", 2)
    assert plan.without() is plan


def test_a_deletion_waits_where_what_refers_to_the_row_is_refused() -> None:
    """Whoever keeps the memberships of a class keeps the class."""
    ours = Product(orr.presets.mirror().with_rows(withdrawn=orr.Disposition.DELETE))
    ours.sync(district())
    plan = ours.plan(roster(sessions=[FALL], classes=CLASSES[1:], users=PEOPLE, enrollments=MEMBERS[1:]))
    assert plan.counts[Verb.DELETE, Kind.CLASS] == 1
    part = plan.without(verb=Verb.UNENROLL)
    assert part.is_empty
    assert codes(part)[-2:] == ["cannot_come", "left_out"]


def test_a_selection_is_what_its_parts_say() -> None:
    """Any of `only`, none of `without`, in a document as in memory; one of another plan is refused, and so is a part that names nothing."""
    plan = Product().plan(district())
    one = orr.Selection(
        digest=plan.digest,
        only=[orr.Part(schools="new:sis/s1", verbs="enroll"), orr.Part(rows=["new:sis/u2"])],
        without=[orr.Part(people="new:sis/u1", kinds=Kind.ENROLLMENT)],
        by="support",
    )
    part = orr.selection_from_json(orr.selection_to_json(one)).of(plan)
    assert said(part) == ["create org/new:sis/s2", "create user/new:sis/u2"]
    assert part.digest == one.of(plan).digest
    assert codes(part)[-2:] == ["brought_along", "left_out"]
    assert orr.Selection(by="support").of(plan) is plan
    unknown = orr.Selection(only=[orr.Part(rows=["new:sis/u2", "99"])], by="support").of(plan)
    assert next(each for each in unknown.issues if each.code == "not_in_plan").message == "the plan has no change of 99"
    with pytest.raises(ValueError, match="was made of the plan"):
        one.of(part)
    with pytest.raises(ValueError, match="names nothing"):
        orr.Selection(without=[orr.Part()], by="support")


HEAD = '{"format": "oneroster-reconcile/selection", "version": 1'
UNREADABLE = {
    "no JSON": ("Ada", "not a document of a selection"),
    "a list": ("[]", "not a document of a selection"),
    "no format": ("{}", "not a document of a selection"),
    "a later version": (f'{HEAD}1, "by": "us"}}', "this library reads"),
    "nobody": (f"{HEAD}}}", "by"),
    "a part of nothing": (f'{HEAD}, "by": "us", "without": [{{}}]}}', "names nothing"),
    "a verb that is none": (f'{HEAD}, "by": "us", "only": [{{"verbs": ["expel"]}}]}}', "Verb"),
    "a condition that is none": (f'{HEAD}, "by": "us", "only": [{{"names": ["Ada"]}}]}}', "names"),
    "an id without a list": (f'{HEAD}, "by": "us", "only": [{{"schools": "12"}}]}}', r"give a list, \['12'\]"),
}


@pytest.mark.parametrize(("text", "objection"), UNREADABLE.values(), ids=UNREADABLE)
def test_a_document_that_is_no_selection_is_refused(text: str, objection: str) -> None:
    """Whatever is wrong, it is one exception that says so."""
    with pytest.raises(orr.SelectionUnreadable, match=objection):
        orr.selection_from_json(text)


def test_the_schema_of_selections_takes_what_is_written() -> None:
    """What the library writes is valid, and a part that names nothing is not."""
    check = jsonschema.Draft202012Validator(selection_schema())
    one = orr.Selection(digest="5a9d", only=[orr.Part(rows=["1"])], by="us", at=datetime(2026, 9, 1, tzinfo=UTC))
    document = json.loads(orr.selection_to_json(one))
    check.validate(document)
    for wrong in ({}, {"verbs": ["expel"]}, {"schools": "12"}):
        assert not check.is_valid({**document, "only": [wrong]})
