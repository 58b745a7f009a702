"""What our hosts say of a row that they refuse: the column, and what is wrong with it. That rows fail alone, the kit says of every host."""

from typing import Any

import polars as pl
import pytest
from attrs import evolve

from oneroster_reconcile.apply.host import HostAdapter
from oneroster_reconcile.hosts.memory import MemoryHost
from oneroster_reconcile.model.classes import Class
from oneroster_reconcile.model.courses import Course
from oneroster_reconcile.model.demographics import Demographics
from oneroster_reconcile.model.enrollments import Enrollment
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.orgs import Org
from oneroster_reconcile.model.sessions import AcademicSession
from oneroster_reconcile.model.users import Role, User, UserId
from oneroster_reconcile.plan.receipts import Receipts
from oneroster_reconcile.plan.verbs import Action
from tests.hosts.batches import batch_of, does, frame_of, link, made

SCHOOL = Org(id="new:sis/s1", name="High", type="school")
ADA = User(id="new:sis/u1", given_name="Ada", family_name="Byron")
CLASS = Class(id="new:sis/k1", title="Algebra")


def errors(receipts: Receipts) -> list[str | None]:
    return receipts.frame["error"].to_list()


def member(class_: str, user: str, **values: Any) -> Enrollment:
    return Enrollment(class_=class_, user=user, role="student", **values)


@pytest.fixture
def host() -> MemoryHost:
    """The hosts ask the same objections; how a database answers them, the kit tries."""
    return MemoryHost()


@pytest.mark.parametrize(
    ("row", "column"),
    [
        (evolve(SCHOOL, parent="404"), "parent: the host holds no such org"),
        (AcademicSession(id="new:1", title="Fall", type="term", parent="404"), "parent: the host holds no such academic_session"),
        (Course(id="new:1", title="Algebra", school_year="404"), "school_year: the host holds no such academic_session"),
        (evolve(CLASS, course="404"), "course: the host holds no such course"),
        (evolve(CLASS, terms=("404", "405")), "terms: the host holds no such academic_session"),
        (evolve(ADA, roles=(Role(org="404", role="student"),)), "roles.org: the host holds no such org"),
        (evolve(ADA, agents=("404",)), "agents: the host holds no such user"),
        (evolve(ADA, agents=("new:sis/u2",)), "agents: is provisional; hosts take real ids only"),
        (evolve(ADA, primary_org="01"), "primary_org: the host holds no such org"),
        (Demographics(user="404"), "user: the host holds no such user"),
        (Demographics(user="new:sis/u1"), "user: is provisional; hosts take real ids only"),
        (member("404", "404"), "class_: the host holds no such class"),
    ],
)
def test_a_row_that_refers_to_nothing_fails_alone(host: HostAdapter, row: Any, column: str) -> None:
    """The receipt names the column, and the other rows of the batch are done."""
    school, fall, ada = (
        made(host, SCHOOL)[0],
        made(host, AcademicSession(id="new:2", title="Fall", type="term"))[0],
        made(host, ADA)[0],
    )
    class_ = made(host, CLASS)[0]
    good: dict[type[Any], Any] = {
        Org: evolve(SCHOOL, id="new:2", parent=school),
        AcademicSession: AcademicSession(id="new:3", title="Q1", type="term", parent=fall),
        Course: Course(id="new:2", title="Algebra", school_year=fall),
        Class: evolve(CLASS, id="new:2", terms=(fall,)),
        User: evolve(ADA, id="new:2", agents=(ada,), roles=(Role(org=school, role="student"),)),
        Demographics: Demographics(user=ada),
        Enrollment: member(class_, ada),
    }
    receipts = does(host, Action.CREATE, row, good[type(row)])
    assert errors(receipts) == [column, None]
    assert receipts.frame["ok"].to_list() == [False, True]
    assert receipts.frame["host_id"].null_count() == 1


@pytest.mark.parametrize("action", [Action.UPDATE, Action.SUSPEND, Action.RESTORE])
def test_what_is_not_there_cannot_be_changed(host: HostAdapter, action: Action) -> None:
    """An unknown id fails, whether it is a stranger or provisional."""
    unknown = ["id: the host holds no such user", "id: is provisional; hosts take real ids only"]
    assert errors(does(host, action, evolve(ADA, id="404"), ADA)) == unknown
    assert errors(does(host, action, member("1", "2"))) == ["class_, user, role: the host holds no such enrollment"]


def test_what_others_refer_to_is_not_deleted(host: HostAdapter) -> None:
    """A school with a student, a student with a class: each fails with the column that still refers to it, until that is gone."""
    (school,) = made(host, SCHOOL)
    (class_,), (ada,) = made(host, CLASS), made(host, evolve(ADA, roles=(Role(org=school, role="student"),)))
    made(host, member(class_, ada))
    made(host, Demographics(user=ada))
    assert errors(does(host, Action.DELETE, evolve(SCHOOL, id=school))) == ["id: user.roles.org still refers to it"]
    assert errors(does(host, Action.DELETE, evolve(ADA, id=ada))) == ["id: demographics.user still refers to it"]
    assert errors(does(host, Action.DELETE, Demographics(user=ada))) == [None]
    assert errors(does(host, Action.DELETE, evolve(ADA, id=ada))) == ["id: enrollment.user still refers to it"]
    assert errors(does(host, Action.DELETE, member(class_, ada))) == [None]
    assert errors(does(host, Action.DELETE, evolve(ADA, id=ada))) == [None]
    assert errors(does(host, Action.DELETE, evolve(SCHOOL, id=school))) == [None]
    assert [len(host.snapshot()[kind]) for kind in (Kind.ORG, Kind.USER, Kind.CLASS)] == [0, 0, 1]


def test_rows_that_only_refer_to_each_other_go_together(host: HostAdapter) -> None:
    """A family of accounts leaves in one batch; one that somebody outside still names keeps those it names, and they theirs."""
    ada, bo, cy = made(host, ADA, evolve(ADA, id="new:2"), evolve(ADA, id="new:3"))
    does(
        host,
        Action.UPDATE,
        evolve(ADA, id=ada, agents=(bo,)),
        evolve(ADA, id=bo, agents=(ada, cy)),
        evolve(ADA, id=cy, agents=(cy,)),
    )
    (child,) = made(host, evolve(ADA, agents=(ada,)))
    family = [evolve(ADA, id=own) for own in (cy, bo, ada)]
    assert errors(does(host, Action.DELETE, *family)) == ["id: user.agents still refers to it"] * 3
    does(host, Action.UPDATE, evolve(ADA, id=child))
    assert errors(does(host, Action.DELETE, *family)) == [None] * 3
    assert [user.id for user in host.snapshot().users] == [child]


def test_provisional_ids_cannot_be_deleted(host: HostAdapter) -> None:
    """What the host has never seen is not gone."""
    assert errors(does(host, Action.DELETE, ADA)) == ["id: is provisional; hosts take real ids only"]
    assert errors(does(host, Action.DELETE, member("1", "new:sis/u1"))) == ["user: is provisional; hosts take real ids only"]


def test_an_id_that_occurs_twice_in_a_batch_fails(host: HostAdapter) -> None:
    """Which of the two was meant cannot be told; and what such a row refers to stays."""
    parent, child = made(host, SCHOOL)[0], None
    (child,) = made(host, evolve(SCHOOL, parent=parent))
    twice = "id: occurs twice in the batch"
    assert errors(does(host, Action.CREATE, SCHOOL, SCHOOL)) == [twice, twice]
    rows = [evolve(SCHOOL, id=own) for own in (parent, child, child)]
    assert errors(does(host, Action.DELETE, *rows)) == ["id: org.parent still refers to it", twice, twice]


@pytest.mark.parametrize(
    ("row", "error"),
    [
        (evolve(ADA, given_name="A\0"), "given_name: holds a NUL character"),
        (evolve(ADA, grades=("08", "\0")), "grades: holds a NUL character"),
        (evolve(ADA, metadata={"a": "b\0"}), "metadata: holds a NUL character"),
        (evolve(ADA, user_ids=(UserId(type="LDAP", identifier="\0"),)), "user_ids: holds a NUL character"),
    ],
)
def test_what_no_database_takes_fails_alone(host: HostAdapter, row: Any, error: str) -> None:
    """Text with a NUL character is refused row by row."""
    assert errors(does(host, Action.CREATE, evolve(ADA, id="new:2"), row)) == [None, error]


def test_an_enrollment_without_a_role_fails_alone(host: HostAdapter) -> None:
    """A row without a part of its key is refused."""
    (class_,), (ada,) = made(host, CLASS), made(host, ADA)
    rows = frame_of([member(class_, ada)])
    whole = pl.concat([rows, rows.with_columns(role=pl.lit(None, pl.String()))])
    batch = batch_of(Action.CREATE, Kind.ENROLLMENT, whole)
    assert errors(host.apply(batch)) == [None, "role: is missing"]


def test_a_link_names_what_it_lacks(host: HostAdapter) -> None:
    """A link to nothing and one without a source id fail, beside one that is kept."""
    (ada,) = made(host, ADA)
    batch = link(Kind.USER, ("sis", "u1", ada), ("sis", "u4", "404"), ("sis", None, ada))
    assert errors(host.apply(batch)) == [None, "host_id: the host holds no such user", "source_id: is missing"]


def test_the_rows_of_a_batch_are_canonical_whoever_made_it() -> None:
    """Blank text is null, and sets are sorted and have no blanks, under the ids that receipts answer to."""
    rows = frame_of([evolve(ADA, agents=("9", "8", "9"), email="")])
    made_up = rows.with_columns(agents=pl.lit(["9", "8", None, "9"]), email=pl.lit(""))
    batch = batch_of(Action.CREATE, Kind.USER, made_up)
    assert batch.rows.select("id", "email", "agents").rows() == [(ADA.id, None, ["8", "9"])]


def test_a_link_has_no_rows() -> None:
    """Whoever asks for the rows of links is told by an error, not with something that looks like a row."""
    with pytest.raises(ValueError, match="has no column"):
        _ = link(Kind.USER, ("sis", "u1", "7")).rows
