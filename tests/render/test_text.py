"""The preview of a plan, as exact text."""

from textwrap import dedent

import polars as pl
import pytest
from attrs import evolve

from oneroster_reconcile.issues.issue import Issue, Ref, Resolution, Severity
from oneroster_reconcile.model.classes import Class
from oneroster_reconcile.model.courses import Course
from oneroster_reconcile.model.demographics import Demographics
from oneroster_reconcile.model.enrollments import Enrollment
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.orgs import Org
from oneroster_reconcile.model.sessions import AcademicSession
from oneroster_reconcile.model.table import Table
from oneroster_reconcile.model.users import Role, User
from oneroster_reconcile.plan.acknowledgements import Acknowledgements
from oneroster_reconcile.plan.changes import Create, Delete, Link, Merge, Reason, Relink, Restore, Split, Suspend, Unlink, Update
from oneroster_reconcile.plan.plan import ChangePlan
from oneroster_reconcile.plan.verbs import Verb
from oneroster_reconcile.render import preview
from oneroster_reconcile.render.descriptions import SIGNS
from oneroster_reconcile.render.preview import Style
from oneroster_reconcile.render.text import plan_text
from tests.render.plans import plan_of

NEW = Reason("new", "mirror: user.new", ("u17",))
LINKED = Reason("linked", "mirror: user.linked", ("u18",))
WITHDRAWN = Reason("withdrawn", "mirror: user.withdrawn = suspend", ("u19",))

ADA = User(id="new:sis/u17", given_name="Ada", family_name="Byron", roles=(Role(org="s1", role="student"),))
MOVED = User(id="18", given_name="Ann", family_name="Lee", email="a@x", roles=(Role(org="s1", role="student"),))
GONE = User(id="4711", given_name="Bo", family_name="Li")


def lines(plan: ChangePlan, *, limit: int = 20) -> str:
    """The preview without its digest, which tests of plans are about."""
    text = plan_text(plan, limit=limit)
    head, digest = text.rsplit("\n\n", 1)
    assert digest == f"digest {plan.digest[:12]}"
    return head


def text_of(block: str) -> str:
    return dedent(block).strip("\n")


def many(number: int) -> ChangePlan:
    """A plan of so many new schools of one name."""
    (frame,) = plan_of(Create(Org(id="any", name="High", type="school"), Reason("new", "mirror: org.new"))).changes.values()
    ids = pl.format("new:sis/s{}", pl.int_range(pl.len()).cast(pl.String).str.zfill(5))
    frame = pl.concat([frame] * number).with_columns(id=ids)
    return evolve(plan_of(), changes={Kind.ORG: frame.with_columns(after=pl.col("after").struct.with_fields(ids.alias("id")))})


def test_a_plan_of_every_sort_of_change() -> None:
    """Each verb has its sign and words, each sort its reason, ids and names stand in columns, and only changed fields are shown."""
    plan = plan_of(
        Link(Kind.USER, "sis", "u20", "20", Reason("matched", "mirror: adoption = exact by email", ("u20",))),
        Restore(evolve(GONE, id="21", state="suspended"), LINKED),
        Create(ADA, NEW),
        Create(evolve(ADA, id="new:sis/u9", given_name="Augusta"), NEW),
        Update(MOVED, evolve(MOVED, email="b@x", phone="5"), LINKED),
        Update(evolve(MOVED, id="118"), evolve(MOVED, id="118", roles=(Role(org="s2", role="student"),)), LINKED),
        Create(Enrollment(class_="k1", user="new:sis/u17", role="student"), Reason("new", "mirror: enrollment.new")),
        Delete(
            Enrollment(class_="k1", user="4711", role="student"), Reason("withdrawn", "mirror: enrollment.withdrawn = delete")
        ),
        Suspend(GONE, WITHDRAWN),
        Delete(Class(id="k9", title="Latin"), Reason("withdrawn", "strict: class.withdrawn = delete")),
    )
    assert lines(plan) == text_of("""
        Plan for source sis, by policy mirror, as of 2026-09-01

          = link       1  user
          ^ restore    1  user
          + create     2  users
          ~ update     1  user
          > transfer   1  user
          + enroll     1  enrollment
          - unenroll   1  enrollment
          ! suspend    1  user
          - delete     1  class
            in all    10  changes

        matched (mirror: adoption = exact by email)
        = link user 20  to sis u20

        linked (mirror: user.linked)
        ^ restore user 21  Bo Li  (u18)

        new (mirror: user.new)
        + create user new:sis/u17  Ada Byron      student
        + create user new:sis/u9   Augusta Byron  student  (u17)

        linked (mirror: user.linked)
        ~ update user 18  Ann Lee  email: a@x -> b@x; phone: (none) -> 5  (u18)

        linked (mirror: user.linked)
        > transfer user 118  Ann Lee  roles: -student at s1, +student at s2  (u18)

        new (mirror: enrollment.new)
        + enroll user new:sis/u17  in class k1  as student

        withdrawn (mirror: enrollment.withdrawn = delete)
        - unenroll user 4711  in class k1  as student

        withdrawn (mirror: user.withdrawn = suspend)
        ! suspend user 4711  Bo Li  (u19)

        withdrawn (strict: class.withdrawn = delete)
        - delete class k9  Latin
    """)


def by_hand(number: int, situation: str = "local") -> list[Delete[Enrollment]]:
    """Memberships that end, of so many people."""
    why = Reason(situation, "mirror: enrollment.local = delete")
    return [Delete(Enrollment(class_="k1", user=str(100 + i), role="student"), why) for i in range(number)]


def test_members_added_by_hand_are_counted_and_named_first() -> None:
    """Above the guards and the counts, however many changes are shown; those that the source ended are none of them."""
    plan = plan_of(*by_hand(2), *by_hand(1, "withdrawn"), Suspend(GONE, Reason("local", "mirror: user.local = suspend")))
    for limit in (0, 20):
        assert lines(plan, limit=limit).splitlines()[2:4] == [
            "memberships added by hand that would end: 2 (user 100 in class k1 as student; user 101 in class k1 as student)",
            "",
        ]


def test_of_many_members_added_by_hand_the_first_are_named() -> None:
    """The number is of all."""
    (line,) = [
        each for each in lines(plan_of(*by_hand(1_200)), limit=0).splitlines() if each.startswith("memberships added by hand")
    ]
    assert line.startswith("memberships added by hand that would end: 1,200 (user 1000 in class k1 as student; user 1001 ")
    assert (line.endswith("; …)"), line.count("user ")) == (True, 5)


def test_a_plan_that_ends_no_membership_made_by_hand_says_nothing_of_them() -> None:
    """Nor of one that the product got by hand and keeps."""
    assert "by hand" not in lines(plan_of(*by_hand(3, "withdrawn")))


def test_every_kind_has_a_name_that_people_know() -> None:
    """Orgs, sessions, courses and classes are shown with their title, demographics without a word of what they hold."""
    plan = plan_of(
        Create(Org(id="o", name="Plum High", type="school")),
        Create(AcademicSession(id="t", title="Fall", type="term")),
        Create(Course(id="c", title="Algebra")),
        Create(Class(id="k", title="Algebra 1")),
        Create(Demographics(user="u", sex="female")),
        Create(User(id="n", given_name="", family_name="")),
    )
    assert lines(plan).split("\n\n", 2)[2] == text_of("""
        + create org o  Plum High

        + create academic session t  Fall

        + create course c  Algebra

        + create user n  (none)

        + create demographics of user u

        + create class k  Algebra 1
    """)


def test_the_first_of_many_are_shown() -> None:
    """A sort of more changes than the limit shows the first and says how many more there are."""
    assert lines(many(1_206), limit=2) == text_of("""
        Plan for source sis, by policy mirror, as of 2026-09-01

          + create    1,206  orgs

        new (mirror: org.new)
        + create org new:sis/s00000  High
        + create org new:sis/s00001  High
        … and 1,204 more
    """)


def test_a_limit_of_none_leaves_the_counts() -> None:
    """Whoever wants no changes sees how many there are."""
    assert lines(many(3), limit=0) == text_of("""
        Plan for source sis, by policy mirror, as of 2026-09-01

          + create    3  orgs
    """)


def test_changes_of_one_verb_are_told_apart_by_their_reason() -> None:
    """Updates for two reasons are two sorts, each with its own limit."""
    other = Reason("matched", "mirror: user.matched")
    plan = plan_of(
        *(
            Update(evolve(MOVED, id=each), evolve(MOVED, id=each, phone="5"), why)
            for each, why in (("1", LINKED), ("2", other), ("3", LINKED))
        )
    )
    assert lines(plan, limit=1).split("\n\n", 2)[2] == text_of("""
        linked (mirror: user.linked)
        ~ update user 1  Ann Lee  phone: (none) -> 5  (u18)
        … and 1 more

        matched (mirror: user.matched)
        ~ update user 2  Ann Lee  phone: (none) -> 5
    """)


def test_an_empty_plan_says_so() -> None:
    """No changes are a result, and a plan that has something to remember says that too."""
    empty = plan_of()
    assert lines(empty).splitlines()[2:] == ["No changes: the host holds what it should."]
    found = Table.of(Org, [Org(id="1", name="High", type="school")]).frame
    remembering = evolve(empty, acknowledgements=Acknowledgements(rows={Kind.ORG: found}))
    assert lines(remembering).splitlines()[3:] == ["Applying the plan remembers what was found equal."]


def issue(code: str, severity: Severity, *, count: int = 1, examples: tuple[str, ...] = (), where: str = "") -> Issue:
    return Issue(
        code,
        severity,
        Ref(Kind.CLASS),
        f"{code} of classes",
        Resolution.KEPT,
        help="Look.",
        count=count,
        examples=examples,
        where=where,
    )


def test_issues_come_before_changes_and_the_worst_first() -> None:
    """An issue shows its severity, code, message, how many rows with examples, its place and what to do."""
    issues = (
        issue("late", Severity.NOTE),
        issue("lost", Severity.WARNING, count=1_300, examples=("k1", "k2")),
        issue("few", Severity.WARNING, count=2, examples=("k1", "k2")),
        issue("some", Severity.WARNING, count=3),
        issue("bad", Severity.ERROR, examples=("k7",), where="classes.csv:7"),
    )
    assert lines(plan_of(issues=issues)) == text_of("""
        Plan for source sis, by policy mirror, as of 2026-09-01

        No changes: the host holds what it should.

        error bad: classes.csv:7: bad of classes (k7)
          Look.

        warning lost: lost of classes (1,300 rows: k1, k2, …)
          Look.

        warning few: few of classes (2 rows: k1, k2)
          Look.

        warning some: some of classes (3 rows)
          Look.

        note late: late of classes
          Look.
    """)


def test_issues_without_end_are_cut() -> None:
    """More issues than anybody reads are counted."""
    text = lines(plan_of(issues=tuple(issue(f"i{i}", Severity.NOTE) for i in range(25))))
    assert text.count("Look.") == preview.LIMIT
    assert text.endswith("\n\n… and 5 more issues")


def test_hostile_values_forge_nothing() -> None:
    """Names, ids, sources and reasons that hold line breaks, escapes or overrides stay on their line as codes."""
    hostile = "x\n- delete org 1\x1b[2J\u202e"
    plan = plan_of(
        Create(Org(id=hostile, name=hostile, type="school"), Reason(hostile, hostile, (hostile,))),
        Create(Enrollment(class_=hostile, user=hostile, role=hostile), Reason("new")),
        Link(Kind.USER, hostile, hostile, hostile),
        issues=(
            Issue(
                hostile, Severity.NOTE, Ref(Kind.ORG), hostile, Resolution.KEPT, help=hostile, examples=(hostile,), where=hostile
            ),
        ),
        source=hostile,
        policy=hostile,
    )
    text = plan_text(plan)
    assert not [line for line in text.splitlines() if line.startswith("- delete")]
    assert not {"\x1b", "\u202e"} & set(text)
    assert r"x\n- delete org 1\x1b[2J\u202e" in text


@pytest.mark.parametrize("limit", [0, 3])
def test_only_what_is_shown_becomes_an_object(limit: int) -> None:
    """A plan of many thousand changes is shown in the time of a few."""
    plan = many(20_000)
    shown = [line for line in plan_text(plan, limit=limit).splitlines() if line.startswith("+ create")]
    assert len(shown) == limit


def test_changes_of_who_is_who_read_as_sentences() -> None:
    """Which account goes into which, who leaves a shared one, and where links come from and go to; each in the order in which it is done."""
    why = Reason("decided", "a person's decision")
    plan = plan_of(
        Unlink(Kind.USER, "sis", "u5", "15", why),
        Split(Kind.USER, "sis", "u4", "14", why),
        Relink(Kind.USER, "sis", "t7", "17", "23", why),
        Merge(Kind.USER, "18", "16", why),
    )
    lines = [line for line in plan_text(plan).splitlines() if line[:2] in ("& ", "/ ", "= ")]
    assert lines == [
        "& merge user 18  into 16",
        "/ unlink user 15  from sis u5",
        "/ split user 14  from sis u4",
        "= relink user 23  to sis t7  from 17",
    ]
    assert plan.summary() == "4 changes: merge 1 user, relink 1 user, unlink 1 user, split 1 user"


def test_every_verb_has_its_sign_and_its_style() -> None:
    """No change that a plan can hold is one that cannot be shown."""
    assert set(SIGNS) == set(Verb)
    assert {verb.value for verb in Verb} <= {style.value for style in Style}
