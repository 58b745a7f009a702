"""Why a row is changed or is not: an example for each cause, answered from the plan as it is read back from its file."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from attrs import evolve
from dateutil.relativedelta import relativedelta

import oneroster_reconcile as orr
from oneroster_reconcile import Disposition, Kind, Ref
from oneroster_reconcile.model.coverage import Coverage, Read
from tests.reconcile.scene import AS_OF, S1, Product, links, person, roster, student

ALGEBRA = orr.Class(id="k1", title="Algebra", school="s1")
MEMBER = orr.Enrollment(class_="k1", user="u1", role="student")
NUMBERED = orr.Requirement(kind=Kind.ORG, needs=("nces_id",), types={"school"})
Ask = Callable[..., orr.Why]


@pytest.fixture
def ask(tmp_path: Path) -> Ask:
    """Asks why of a plan that went through a file."""

    def answer(plan: orr.ChangePlan, row: str, base: orr.Base | None = None) -> orr.Why:
        orr.write_plan(plan, tmp_path / "p.jsonl")
        kind, _, name = row.partition("/")
        return orr.explain(orr.read_plan(tmp_path / "p.jsonl"), Ref(kind, name), base)

    return answer


def told(why: orr.Why) -> list[tuple[str, str, str]]:
    """The subjects, situations and codes of an answer that is no change."""
    assert not why.is_changed
    return [(str(each.subject), each.situation, each.code) for each in why.causes]


def users(**row: Any) -> orr.Policy:
    """Mirror with another row for users."""
    return orr.presets.mirror().with_rows(Kind.USER, **row)


def test_what_nobody_has_is_said_to_be_nowhere(ask: Ask) -> None:
    """An id that no side has is not in the file; where another kind has it, that is said; without the base the answer is careful."""
    site = Product()
    incoming = roster(users=[student("u1")])
    site.sync(incoming)
    (nowhere,) = ask(site.plan(incoming), "user/u9", site.state.base).causes
    assert nowhere.what == "it is neither in the file nor at the host"
    (other,) = ask(site.plan(incoming), "class/u1", site.state.base).causes
    assert other.what.endswith("; there is user/u1")
    (careful,) = ask(site.plan(incoming), "user/u1").causes
    assert careful.what.startswith("the plan says nothing of it")


def test_what_is_in_step_is_said_to_be(ask: Ask) -> None:
    """A linked row that agrees is found in the base by its source id and by its host id, and a membership by both."""
    site = Product()
    incoming = roster(users=[student("u1")], classes=[ALGEBRA], enrollments=[MEMBER])
    site.sync(incoming)
    plan, base = site.plan(incoming), site.state.base
    row = f"user/{site.id(Kind.USER, 'u1')}"
    assert told(ask(plan, "user/u1", base)) == told(ask(plan, row, base)) == [(row, "linked", "")]
    ((_, situation, _),) = told(ask(plan, "enrollment/k1|u1|student", base))
    assert situation == "linked"


def test_a_change_is_told_with_its_reason(ask: Ask) -> None:
    """A new row and its membership are told by source id, with the policy's row; before and after the plan was applied."""
    site = Product()
    plan = site.sync(roster(users=[student("u1")], classes=[ALGEBRA], enrollments=[MEMBER]))
    for base in (None, orr.Base(), site.state.base):
        why = ask(plan, "user/u1", base)
        assert [(each.verb, each.situation, each.policy) for each in why.causes] == [("create", "new", "mirror: user.new")]
        assert ask(plan, "enrollment/k1|u1|student", base).is_changed


def test_a_person_whose_org_is_missing(ask: Ask) -> None:
    """Whoever has a role only in an org that the file lacks is told of it, and so is the membership."""
    policy = evolve(orr.presets.mirror(), requires=(orr.Requirement(kind=Kind.USER, needs=("school",)),))
    incoming = roster(users=[person("u1", "Ann", ("s9", "student"))], classes=[ALGEBRA], enrollments=[MEMBER])
    plan = Product(policy).plan(incoming)
    assert told(ask(plan, "user/u1")) == [("user/u1", "ineligible", "school_unlisted")]
    assert ("user/u1", "ineligible", "school_unlisted") in told(ask(plan, "enrollment/k1|u1|student"))


def test_what_hangs_on_a_school_without_its_number(ask: Ask) -> None:
    """The school, its class, its student and the membership are all told of the school's NCES id, and who can mend it."""
    site = Product(evolve(orr.presets.mirror(), requires=(NUMBERED,)))
    plan = site.plan(roster(users=[student("u1")], classes=[ALGEBRA], enrollments=[MEMBER]))
    for row in ("org/s1", "class/k1", "user/u1", "enrollment/k1|u1|student"):
        why = ask(plan, row)
        (last,) = [each for each in why.causes if each.code]
        assert (str(last.subject), last.code, last.fix_at) == ("org/s1", "nces_missing", orr.FixAt.SOURCE)
        assert last.help.startswith("Give the school its NCES id")


def test_a_requirement_that_is_not_met(ask: Ask) -> None:
    """A person without the address that the product needs."""
    policy = evolve(orr.presets.mirror(), requires=(orr.Requirement(kind=Kind.USER, needs=("email",)),))
    plan = Product(policy).plan(roster(users=[student("u1")]))
    assert told(ask(plan, "user/u1")) == [("user/u1", "ineligible", "requirement_unmet")]


@pytest.mark.parametrize(
    ("need", "code"), [("course", "course_unmapped"), ("primary_teacher", "no_primary_teacher"), ("location", "need_unmet")]
)
def test_a_class_that_lacks_something(ask: Ask, need: str, code: str) -> None:
    """The class is told what it lacks, and the membership is refused because of it."""
    site = Product(orr.presets.mirror().with_rows(Kind.CLASS, needs=(need,)))
    plan = site.plan(roster(users=[student("u1")], classes=[ALGEBRA], enrollments=[MEMBER]))
    lacking = ("class/new:sis/k1", "new", code)
    assert told(ask(plan, "class/k1")) == [lacking]
    assert lacking in told(ask(plan, "enrollment/k1|u1|student"))


def test_what_the_scope_leaves_out(ask: Ask) -> None:
    """A student of a school out of scope is told so, with the policy's row."""
    site = Product(evolve(orr.presets.mirror(), scope=orr.Scope(schools=frozenset({"s2"}))))
    (cause,) = ask(site.plan(roster(users=[student("u1")])), "user/u1").causes
    assert (cause.situation, cause.policy) == ("out_of_scope", "mirror: user.out_of_scope = keep")


def test_what_validation_set_aside(ask: Ask) -> None:
    """A membership of nobody is told the code for which it was set aside."""
    incoming = roster(users=[student("u1")], classes=[ALGEBRA], enrollments=[MEMBER, evolve(MEMBER, user="u9")])
    plan = Product().plan(orr.validate(incoming).roster)
    assert ("enrollment/k1|u9|student", "quarantined", "membership_dangling") in told(ask(plan, "enrollment/k1|u9|student"))


def test_who_is_disputed_and_the_account_that_may_be_theirs(ask: Ask) -> None:
    """Both are told why, the one by source id, the other by host id."""
    held = orr.Directory.of(users=[person("9", "Bea", email="a@x.org")])
    policy = users(adoption=orr.Adoption.EXACT)
    plan = Product(policy, held).plan(roster(orgs=[], users=[person("u1", "Ann", email="a@x.org")]))
    for row in ("user/u1", "user/9"):
        (first, *_) = told(ask(plan, row))
        assert first == ("user/u1", "email_taken", "email_taken")


def test_links_that_contradict_each_other(ask: Ask) -> None:
    """A source id that the host itself has twice."""
    rows = [orr.CrosswalkRow("sis", Kind.USER, "u1", host) for host in ("8", "9")]
    held = orr.Directory.of(users=[person("8"), person("9")], crosswalk=orr.Crosswalk.of(rows))
    plan = Product(directory=held).plan(roster(orgs=[], users=[person("u1")]))
    assert {each[1:] for each in told(ask(plan, "user/u1")) if each[2]} == {("disputed", "duplicate_source_id")}


def test_who_is_blocked(ask: Ask) -> None:
    """Somebody without any key where the policy requires one."""
    policy = evolve(users(adoption=orr.Adoption.EXACT), people=orr.PeoplePolicy(key_required=True))
    held = orr.Directory.of(users=[person("9", "Bea", email="b@x.org")])
    plan = Product(policy, held).plan(roster(orgs=[], users=[person("u1")]))
    assert told(ask(plan, "user/u1")) == [("user/u1", "blocked", "key_missing")]


def test_what_a_guard_holds(ask: Ask) -> None:
    """A change that waits is a change, with the guard and what it counted."""
    guard = orr.Limit(name="no new people", verbs=(orr.Verb.CREATE,), kinds=(Kind.USER,), count=0)
    (cause,) = ask(Product(evolve(orr.presets.mirror(), guards=(guard,))).plan(roster(users=[student("u1")])), "user/u1").causes
    assert (cause.verb, cause.guard, cause.code) == ("create", "no new people", "limit_exceeded")
    assert "held by no new people: 1 changes" in cause.what


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ({"grace": relativedelta(days=7)}, "grace_running"),
        ({"withdrawn": Disposition.FLAG}, "flagged"),
        ({"withdrawn": Disposition.ASK}, "needs_decision"),
        ({"withdrawn": Disposition.KEEP}, ""),
    ],
)
def test_who_is_no_longer_in_the_file(ask: Ask, row: dict[str, Any], code: str) -> None:
    """An account that is kept is told by its source id, too, with why."""
    site = Product(users(**row))
    site.sync(roster(users=[student("u1")]))
    why = ask(site.plan(roster(users=[])), "user/u1", site.state.base)
    assert told(why) == [(f"user/{site.id(Kind.USER, 'u1')}", "withdrawn", code)]


def test_who_is_pinned(ask: Ask) -> None:
    """A person decided that the account stays."""
    site = Product()
    site.sync(roster(users=[student("u1")]))
    host = site.id(Kind.USER, "u1")
    site.decisions = (orr.Decision(ruling=orr.Ruling.PIN, kind=Kind.USER, host_id=host, by="support"),)
    assert told(ask(site.plan(roster(users=[])), f"user/{host}")) == [(f"user/{host}", "withdrawn", "pinned")]


def test_who_was_restored_at_the_host(ask: Ask) -> None:
    """An account that was suspended and brought back by hand."""
    site = Product()
    site.sync(roster(users=[student("u1")]))
    site.sync(roster(users=[]))
    site.edit("u1", state="active")
    ((_, situation, code),) = told(ask(site.plan(roster(users=[]), as_of=AS_OF + timedelta(days=1)), "user/u1", site.state.base))
    assert (situation, code) == ("withdrawn", "restored_at_host")


def test_a_value_of_the_hosts_own_that_is_kept(ask: Ask) -> None:
    """A linked row that is not changed because its value at the host is sticky."""
    site = Product(users(authority=orr.Authority.STICKY))
    site.sync(roster(users=[student("u1", phone="1")]))
    site.edit("u1", phone="2")
    site.state = orr.MemoryState(orr.Base(crosswalk=site.state.base.crosswalk))
    plan = site.plan(roster(users=[student("u1", phone="1")]))
    ((_, situation, code),) = told(ask(plan, "user/u1", site.state.base))
    assert (situation, code) == ("linked", "local_value_kept")


def test_a_creation_that_is_refused(ask: Ask) -> None:
    """A host that was not read completely may have the row."""
    held = evolve(orr.Directory(), coverage=Coverage.complete().with_read(Kind.USER, Read()))
    plan = orr.reconcile(roster(users=[student("u1")]), held, policy=orr.presets.mirror(), as_of=AS_OF)
    assert told(ask(plan, "user/u1")) == [("user/new:sis/u1", "new", "creation_refused")]


def test_what_is_still_referred_to_and_what_was_deleted(ask: Ask) -> None:
    """A school that a class of the host's is in stays; an account that was deleted at the host stays deleted."""
    policy = orr.presets.mirror().with_rows(withdrawn=Disposition.DELETE, deleted_at_host=orr.Redress.RESPECT)
    site = Product(policy)
    site.sync(roster(orgs=[S1], users=[student("u1")]))
    site.put(orr.Class(id="club", title="Chess club", school=site.id(Kind.ORG, "s1")))
    site.drop(Kind.USER, site.id(Kind.USER, "u1"))
    plan = site.plan(roster(orgs=[], users=[person("u1")]))
    assert [each[1:] for each in told(ask(plan, "org/s1"))] == [("withdrawn", "still_referenced")]
    assert [each[1:] for each in told(ask(plan, "user/u1"))] == [("deleted_at_host", "deleted_at_host")]


def test_an_answer_is_text_and_plain_values(ask: Ask) -> None:
    """A line for the answer and one a cause; a reference that names no row is refused."""
    why = ask(Product(users(create=False)).plan(roster(users=[student("u1")])), "user/u1")
    first, second = str(why).splitlines()
    assert first == "user/u1 is not changed."
    assert second.startswith(
        "  user/new:sis/u1 (source u1): the source has it and the host does not, and it is not made [creation_off; "
    )
    assert second.endswith("(at: host)")
    document = why.to_dict()
    assert (document["ref"], document["is_changed"], document["causes"][0]["code"]) == ("user/u1", False, "creation_off")
    for ref in (Ref("user"), Ref("pupil", "1")):
        with pytest.raises(ValueError, match="is no row; name its kind"):
            orr.explain(Product().plan(roster()), ref)


def test_what_people_keep_or_leave_out_is_said_to_be_pinned(ask: Ask) -> None:
    """A value that is kept, a membership that is kept away, a person who is left out, and a membership that goes without them: each answer names the decision."""
    site = Product()
    site.sync(roster(users=[student("u1")], classes=[ALGEBRA]))
    account, class_ = site.id(Kind.USER, "u1"), site.id(Kind.CLASS, "k1")
    member = f"{class_}|{account}|student"
    site.decisions = (
        orr.Decision(ruling=orr.Ruling.KEEP, kind=Kind.USER, rows=(account,), columns=("given_name",), by="support"),
        orr.Decision(ruling=orr.Ruling.KEEP, kind=Kind.ENROLLMENT, rows=(member,), by="support"),
        orr.Decision(ruling=orr.Ruling.OMIT, kind=Kind.USER, source="sis", rows=("u2",), by="support"),
    )
    other = orr.Enrollment(class_="k1", user="u2", role="student")
    plan = site.plan(roster(users=[student("u1", "Anne"), student("u2", "Bo")], classes=[ALGEBRA], enrollments=[MEMBER, other]))
    assert told(ask(plan, "user/u1")) == [(f"user/{account}", "linked", "pinned")]
    assert told(ask(plan, "enrollment/k1|u1|student", site.state.base))[0] == (f"enrollment/{member}", "new", "pinned")
    assert told(ask(plan, "user/u2")) == [("user/u2", "omitted", "pinned")]
    assert ("user/u2", "omitted", "pinned") in told(ask(plan, "enrollment/k1|u2|student"))
    assert "Revoke the decision" in str(ask(plan, "user/u2"))


def test_of_a_row_that_a_record_leaves_it_is_also_told_what_becomes_of_it(ask: Ask) -> None:
    """A record that people split off is one thing that is said of the account; that the account is in step is another."""
    site = Product()
    site.sync(roster(users=[student("u1")]))
    account = site.id(Kind.USER, "u1")
    site.state.record(orr.Progress(links=links((Kind.USER, "u2", account))))
    site.decisions = (
        orr.Decision(ruling=orr.Ruling.DISTINCT, kind=Kind.USER, source="sis", source_id="u2", host_id=account, by="support"),
    )
    why = ask(site.plan(roster(users=[student("u1")])), f"user/{account}", site.state.base)
    assert [(each.verb, each.situation) for each in why.causes] == [("split", "decided"), ("", "linked")]
