"""The plan file: what is read back is what was written, or is refused."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path

import polars as pl
import pytest
from attrs import asdict, evolve

import oneroster_reconcile as orr
from oneroster_reconcile import Kind
from oneroster_reconcile.issues.errors import PlanUnreadable, ReconcileError
from tests.reconcile.scene import AS_OF, S1, S2, Product, links, person, roster, student

HOSTILE = [
    '"',
    "\\",
    "\n",
    "\r\n",
    "\u2028",
    "\u0085",
    "\x01",
    "}",
    "Ünïcödé",
    "李",
    "👩‍👧",
    "",
    "null",
    '{"verb":"delete"}',
    "a" * 10_000,
]


@cache
def plan_of_everything() -> orr.ChangePlan:
    """A plan with every action, acknowledgements, issues, dates, times, numbers, lists and sets."""
    modified = datetime(2026, 9, 1, 12, 30, 15, 123456, tzinfo=UTC)
    directory = orr.Directory.of(
        orgs=[evolve(S1, id="1", date_last_modified=modified), evolve(S2, id="2")],
        users=[
            person("11", "Ann", ("1", "student"), date_last_modified=modified),
            person("12", "Bo", ("1", "student"), state="suspended"),
            person("13", "Cy", ("1", "student")),
            person("14", "Di", email="di@x.org"),
            person("15", "Em", email="shared@x.org"),
        ],
        classes=[orr.Class(id="31", title="Algebra", school="1", grades=("09", "10"))],
        enrollments=[orr.Enrollment(class_="31", user="11", role="student", begin=date(2026, 8, 17), primary=None)],
        crosswalk=links((Kind.ORG, "s1", "1")),
    )
    people = [(Kind.USER, f"u{number}", f"1{number}") for number in (1, 2, 3)]
    crosswalk = links((Kind.ORG, "s2", "2"), (Kind.CLASS, "k1", "31"), *people)
    known = {Kind.USER: directory.users.where(pl.col("id").is_in(["11", "12", "13"]))}
    base = {**directory.tables, **known}
    incoming = roster(
        sessions=[orr.AcademicSession(id="t1", title="Fall", type="term", start=date(2026, 8, 17), school_year=2027)],
        classes=[orr.Class(id="k1", title="Algebra", school="s1", grades=("09", "10"))],
        users=[
            student("u1", "Anne", metadata={"b": "2", "a": "1"}, agents=("u4",)),
            student("u2", "Bo"),
            student("u4", "Di", email="di@x.org"),
            student("u5", "Other", email="shared@x.org"),
            student("u6", "New", grades=("09",), user_ids=(orr.UserId(type="LDAP", identifier="x"),)),
        ],
        demographics=[orr.Demographics(user="u1", birth_date=date(2012, 3, 9), asian=True, white=False)],
    )
    return orr.reconcile(
        incoming, directory, base=orr.Base(tables=base, crosswalk=crosswalk), policy=orr.presets.mirror(), as_of=AS_OF
    )


def test_a_plan_read_back_is_the_plan_written(tmp_path: Path) -> None:
    """Changes, reasons, acknowledgements, issues and digest survive, and a second writing is the same to the byte."""
    plan = plan_of_everything()
    assert {change.verb.value for change in plan} == {"link", "restore", "create", "update", "unenroll", "suspend"}
    assert plan.issues
    assert not plan.acknowledgements.is_empty
    orr.write_plan(plan, tmp_path / "a.jsonl")
    back = orr.read_plan(tmp_path / "a.jsonl")
    assert back == plan
    assert list(back) == list(plan)
    assert (back.digest, back.summary(), back.issues) == (plan.digest, plan.summary(), plan.issues)
    assert all(one.frame.equals(other.frame) for one, other in zip(back.phases(), plan.phases(), strict=True))
    assert back.acknowledgements.links == plan.acknowledgements.links
    orr.write_plan(back, tmp_path / "b.jsonl")
    assert (tmp_path / "a.jsonl").read_bytes() == (tmp_path / "b.jsonl").read_bytes()


def test_changes_of_who_is_who_survive(tmp_path: Path) -> None:
    """A merge, a split and a link that goes read back as what they were, and say in JSON which row of the host becomes which."""
    crosswalk = links((Kind.USER, "u1", "11"), (Kind.USER, "u2", "11"), (Kind.USER, "u3", "13"))
    people = [person(key, name) for key, name in (("11", "Ann"), ("12", "Ann"), ("13", "Cy"))]
    said = [
        orr.Decision(ruling=orr.Ruling.SPLIT, kind=Kind.USER, source="sis", source_id="u2", host_id="11", by="support"),
        orr.Decision(ruling=orr.Ruling.DISTINCT, kind=Kind.USER, source="sis", source_id="u3", host_id="13", by="support"),
        orr.Decision(ruling=orr.Ruling.MERGE, kind=Kind.USER, other="12", host_id="11", by="support"),
    ]
    plan = orr.reconcile(
        roster(users=[person("u1", "Ann"), person("u2", "Bo"), person("u3", "Cy")]),
        orr.Directory.of(users=people, crosswalk=crosswalk),
        policy=orr.presets.mirror(),
        as_of=AS_OF,
        decisions=said,
    )
    orr.write_plan(plan, tmp_path / "p.jsonl")
    back = orr.read_plan(tmp_path / "p.jsonl")
    assert list(back) == list(plan)
    assert back.digest == plan.digest
    (merge,), (split,), (unlink,) = (list(back.of(change)) for change in (orr.Merge, orr.Split, orr.Unlink))
    assert (merge.kind, merge.gone, merge.kept) == (Kind.USER, "12", "11")
    assert (split.source, split.source_id, split.host_id) == ("sis", "u2", "11")
    assert unlink.source_id == "u3"
    lines = [json.loads(line) for line in (tmp_path / "p.jsonl").read_text(encoding="utf-8").splitlines()]
    (line,) = [line for line in lines if line.get("verb") == "merge"]
    assert (line["id"], line["before"]["host_id"], line["after"]["host_id"]) == ("12", "12", "11")


def test_a_plan_read_back_does_the_same(tmp_path: Path) -> None:
    """What is applied from a file ends where the plan in memory would have ended."""
    incoming = roster(users=[student("a", agents=("b",)), person("b", agents=("a",))])
    first, second = Product(), Product()
    orr.write_plan(first.plan(incoming), tmp_path / "p.jsonl")
    orr.apply(orr.read_plan(tmp_path / "p.jsonl"), first.host, first.state)
    second.sync(incoming)
    assert first.directory == second.directory
    assert first.state.base == second.state.base


def test_a_change_line_has_what_a_program_needs(tmp_path: Path) -> None:
    """Header, changes with their members, trailer; every line is JSON."""
    orr.write_plan(Product().plan(roster(orgs=[S1])), tmp_path / "p.jsonl")
    header, change, trailer = map(json.loads, (tmp_path / "p.jsonl").read_text(encoding="utf-8").splitlines())
    assert header == {
        "format": "oneroster-reconcile/plan",
        "version": 1,
        "age": {"known": False, "there": True, "on": None, "by": None},
        "source": "sis",
        "policy": "mirror",
        "as_of": "2026-10-01",
        "basis": asdict(Product().plan(roster(orgs=[S1])).basis),
    }
    assert list(change) == ["verb", "kind", "id", "before", "after", "reason"]
    assert (change["verb"], change["kind"], change["id"], change["before"]) == ("create", "org", "new:sis/s1", None)
    assert (change["after"]["name"], change["after"]["parent"], change["after"]["metadata"]) == ("High", None, [])
    assert change["reason"] == {"situation": "new", "policy": "mirror: org.new", "source_ids": ["s1"]}
    assert trailer["changes"] == 1


@pytest.mark.parametrize("name", HOSTILE, ids=repr)
def test_any_name_survives(name: str, tmp_path: Path) -> None:
    """Names, ids, sources and policies are text of any kind."""
    product = Product(evolve(orr.presets.mirror(), name=f"p{name}"))
    incoming = orr.Roster.of(
        source=f"s{name}", users=[person(f"u{name}", f"A{name}", family_name=name, metadata={f"k{name}": name})]
    )
    plan = product.plan(incoming)
    orr.write_plan(plan, tmp_path / "p.jsonl")
    back = orr.read_plan(tmp_path / "p.jsonl")
    assert back == plan
    assert list(back) == list(plan)


def test_an_empty_plan_is_two_lines(tmp_path: Path) -> None:
    """Nothing to do is a plan too."""
    plan = orr.ChangePlan(source="sis", policy="mirror", as_of=AS_OF)
    orr.write_plan(plan, tmp_path / "p.jsonl")
    assert orr.read_plan(tmp_path / "p.jsonl") == plan


ALTERATIONS: dict[str, Callable[[list[str]], list[str]]] = {
    "without its trailer": lambda lines: lines[:-1],
    "without its last change": lambda lines: [*lines[:-2], lines[-1]],
    "without its first change": lambda lines: [lines[0], *lines[2:]],
    "cut in a line": lambda lines: [*lines[:3], lines[3][: len(lines[3]) // 2]],
    "with a line twice": lambda lines: [*lines[:2], *lines[1:]],
    "with another value": lambda lines: [line.replace("Anne", "Eve") for line in lines],
    "with another reason": lambda lines: [line.replace("mirror: user.withdrawn", "mirror: user.kept") for line in lines],
    "with another policy": lambda lines: [lines[0].replace("mirror", "additive"), *lines[1:]],
    "with another day": lambda lines: [lines[0].replace("2026-10-01", "2026-10-02"), *lines[1:]],
    "with a day that is none": lambda lines: [lines[0].replace("2026-10-01", "soon"), *lines[1:]],
    "without a source": lambda lines: [lines[0].replace('"source"', '"sauce"'), *lines[1:]],
    "with an issue less": lambda lines: [line for line in lines if "email_taken" not in line],
    "with an issue's words altered": lambda lines: [line.replace("email_taken", "email_fine") for line in lines],
    "with a line of another kind": lambda lines: [*lines[:2], '{"note": "approved"}', *lines[2:]],
    "with a verb that is none": lambda lines: [line.replace('"verb":"suspend"', '"verb":"expel"') for line in lines],
    "with a line that is not JSON": lambda lines: [*lines[:2], "suspend them all", *lines[2:]],
    "with a remembered row forgotten": lambda lines: [
        line.replace('"acknowledge":"row"', '"acknowledge":"forget"') for line in lines
    ],
    "with another digest": lambda lines: [*lines[:-1], lines[-1].replace('"digest": "', '"digest": "0')],
    "with a trailer that is not one": lambda lines: [*lines[:-1], "[]"],
}


@pytest.mark.parametrize("alter", ALTERATIONS.values(), ids=ALTERATIONS)
def test_a_file_that_was_altered_is_refused(alter: Callable[[list[str]], list[str]], tmp_path: Path) -> None:
    """What a person approves is what was written, all of it."""
    path = tmp_path / "p.jsonl"
    orr.write_plan(plan_of_everything(), path)
    lines = path.read_text(encoding="utf-8").split("\n")[:-1]
    altered = alter(lines)
    assert altered != lines, "the alteration must alter"
    path.write_text("\n".join(altered) + "\n", encoding="utf-8")
    with pytest.raises(PlanUnreadable, match=r"make the plan again|give the file"):
        orr.read_plan(path)


@pytest.mark.parametrize(
    "content", ["", "\n\n", "[]", "{}", "3", "null", "sourcedId,status\n", '{"format": "other"}\n{}', "{" * 99]
)
def test_a_file_that_is_no_plan_is_refused(content: str, tmp_path: Path) -> None:
    """Whatever the file is, it is one clear exception."""
    (tmp_path / "p.jsonl").write_text(content, encoding="utf-8")
    with pytest.raises(PlanUnreadable, match="is not a whole plan"):
        orr.read_plan(tmp_path / "p.jsonl")


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    """A missing file, a folder and a file of bytes are named."""
    (tmp_path / "bytes").write_bytes(b"\xff\xfe\x00")
    for name in ("missing", ".", "bytes"):
        with pytest.raises(PlanUnreadable, match="cannot be read"):
            orr.read_plan(tmp_path / name)
    assert issubclass(PlanUnreadable, ReconcileError)


def test_a_plan_of_a_later_version_is_refused(tmp_path: Path) -> None:
    """The message says which version came and which is read."""
    path = tmp_path / "p.jsonl"
    orr.write_plan(plan_of_everything(), path)
    path.write_text(path.read_text(encoding="utf-8").replace('"version": 1', '"version": 2', 1), encoding="utf-8")
    with pytest.raises(PlanUnreadable, match="plan format 2, this library reads 1"):
        orr.read_plan(path)
