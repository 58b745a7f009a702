"""validate, plan, show and apply, one after the other."""

import csv
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from attrs import evolve

from oneroster_reconcile.cli.failures import ExitCode
from oneroster_reconcile.model.roster import Roster
from oneroster_reconcile.model.users import Role, User
from oneroster_reconcile.plan.files import read_plan
from oneroster_reconcile.sources.csv_writer import write_csv
from tests.cli.conftest import Night, Run
from tests.validation.scene import roster as school

BRAVO = Path(__file__).parents[3] / "shared" / "data" / "gospelnerd-district-small-bravo-2"


def test_a_plan_is_written_shown_applied_and_then_empty(package: Path, night: Night) -> None:
    """The first plan makes everything and writes nothing but its file; applied, the next one is empty."""
    planned = night.plan(package)
    assert planned.code == 0
    assert planned.out.startswith("Plan for source oneroster, by policy mirror, as of 2026-08-17\n")
    assert planned.out.endswith(f"written to {night.place / 'plan.jsonl'}; `show` shows more of it\n")
    assert sorted(path.name for path in night.place.iterdir()) == ["plan.jsonl"]

    plan = read_plan(night.place / "plan.jsonl")
    shown = night.run("show", night.place / "plan.jsonl", "--limit", "1000")
    assert (shown.code, shown.err) == (0, "")
    assert sum(line[:2] in ("+ ", "= ", "~ ") for line in shown.out.splitlines()) == len(plan)
    assert f"digest {plan.digest[:12]}\n" in shown.out

    applied = night.apply()
    assert (applied.code, applied.out, applied.err) == (0, f"{len(plan):,} changes done.\n", "")
    assert night.rows("SELECT count(*) FROM enrollments")[0][0] == len(
        plan.frame(next(k for k in plan.changes if k == "enrollment"))
    )

    again = night.plan(package)
    assert again.code == 0
    assert "\nNo changes: the host holds what it should.\n" in again.out
    assert night.apply().out == "No changes to make.\n"


def test_enrollments_need_not_be_in_memory(package: Path, night: Night, tmp_path: Path) -> None:
    """With --spill the plan is the same, and nothing stays where the enrollments were kept."""
    night.plan(package)
    assert night.plan(package, "--spill", tmp_path / "files", output="other.jsonl").code == 0
    assert read_plan(night.place / "other.jsonl").digest == read_plan(night.place / "plan.jsonl").digest
    assert list((tmp_path / "files").iterdir()) == []
    answer = night.plan("https://sis.example", "--spill", tmp_path / "files")  # type: ignore[arg-type]
    assert (answer.code, "--spill" in answer.err) == (ExitCode.WRONG_USAGE, True)


def test_a_run_can_be_verified(package: Path, night: Night) -> None:
    """A host that holds what it took passes; of one that takes a name and keeps the old one the row and the column are said, and the exit code is 3."""
    night.plan(package)
    first = night.apply("--verify", "--format", "json")
    assert (first.code, first.document["verification"]["drift"]) == (0, [])
    assert first.document["verification"]["checked"] == first.document["done"]
    with closing(sqlite3.connect(night.place / "host.db")) as host, host:
        host.execute("UPDATE users SET given_name = 'Edited' WHERE id = (SELECT min(id) FROM users)")
        for event in ("INSERT", "UPDATE"):
            host.execute(
                f"CREATE TRIGGER stubborn_{event} AFTER {event} ON users WHEN NEW.given_name <> 'Edited'"
                " BEGIN UPDATE users SET given_name = 'Edited' WHERE id = NEW.id; END"
            )
    night.plan(package)
    second = night.apply("--verify")
    ((edited,),) = night.rows("SELECT id FROM users WHERE given_name = 'Edited'")
    assert (second.code, second.out.splitlines()) == (
        ExitCode.HOST_FAILED,
        [
            "1 change done.",
            "1 row or link checked: 1 not as the host said",
            "  differs: 1 user",
            "",
            f"user/{edited} (update): differs in given_name",
        ],
    )


def test_a_plan_is_not_applied_to_rows_that_moved_meanwhile(package: Path, night: Night) -> None:
    """What somebody edited after the plan was made is not overwritten by what the plan knew; a new plan does see it."""

    def edited(name: str) -> None:
        with closing(sqlite3.connect(night.place / "host.db")) as host, host:
            host.execute("UPDATE users SET given_name = ? WHERE id = (SELECT min(id) FROM users)", [name])

    night.plan(package)
    night.apply()
    edited("Edited")
    night.plan(package)
    edited("Edited again")
    refused = night.apply()
    assert (refused.code, refused.out) == (ExitCode.BAD_INPUT, "")
    assert "have moved at the host (user/" in refused.err
    assert night.rows("SELECT count(*) FROM users WHERE given_name = 'Edited again'") == [(1,)]
    night.plan(package)
    assert night.apply().out == "1 change done.\n"


def test_programs_read_one_document(package: Path, night: Night) -> None:
    """With --format json each command prints one JSON document and nothing else."""
    planned = night.plan(package, "--format", "json", "--source", "sis").document
    assert planned["file"] == str(night.place / "plan.jsonl")
    assert (planned["source"], planned["policy"], planned["as_of"], planned["issues"]) == ("sis", "mirror", "2026-08-17", [])
    assert planned["changes"] == sum(each["count"] for each in planned["counts"]) > 0
    assert {(each["verb"], each["kind"]) for each in planned["counts"]} >= {("create", "user"), ("enroll", "enrollment")}

    shown = night.run("show", night.place / "plan.jsonl", "--format", "json").document
    assert shown == {key: value for key, value in planned.items() if key != "file"}

    applied = night.apply("--format", "json").document
    assert applied == {
        "done": planned["changes"],
        "failed": 0,
        "failures": [],
        "held": 0,
        "holds": [],
        "follow_ups": [],
        "digest": planned["digest"],
    }


def test_validate_says_what_a_package_holds(package: Path, run: Run) -> None:
    """Each kind has its rows, how they were read, and whether a missing row is gone."""
    answer = run("validate", package)
    assert answer.code == 0
    table = {line[:18].strip(): line[18:].split() for line in answer.out.splitlines()}
    assert table["users"][1:] == table["enrollments"][1:] == ["complete", "yes"]
    kinds = run("validate", package, "--format", "json").document["kinds"]
    assert {kind: each["rows"] for kind, each in kinds.items()}["user"] == int(table["users"][0])
    assert kinds["user"] == {
        "rows": kinds["user"]["rows"],
        "extent": "complete",
        "proves_absence": True,
        "rejected": 0,
        "masked": 0,
        "filtered": 0,
        "quarantined": 0,
    }


def test_validate_says_what_is_missing(package: Path, run: Run, tmp_path: Path) -> None:
    """A file that is not there is absent, and a role of nobody counts as a row that is lost."""
    manifest = "propertyName,value\noneroster.version,1.2\nfile.orgs,bulk\n"
    (tmp_path / "manifest.csv").write_text(manifest)
    (tmp_path / "orgs.csv").write_text("sourcedId,name,type\ns1,High,school\n")
    answer = run("validate", tmp_path)
    assert "orgs                       1  complete  yes\n" in answer.out
    assert "users                      0  absent    no\n" in answer.out
    assert run("validate", package, "--mode", "delta", "--format", "json").document["kinds"]["user"]["extent"] == "delta"


def test_failed_changes_are_counted_by_reason(package: Path, night: Night) -> None:
    """What a host refuses is said with examples, and the exit code is 3; in JSON too."""
    night.plan(package)
    night.apply()
    shrunk = night.place / "shrunk"
    shutil.copytree(package, shrunk)
    keep = (shrunk / "enrollments.csv").read_text().splitlines(keepends=True)
    (shrunk / "enrollments.csv").write_text("".join(keep[:-1]))
    night.plan(shrunk)
    connection_lost = night.run(
        "apply", night.place / "plan.jsonl", "--host", f"sqlite:///{night.place}/no/host.db", "--state", night.place / "state"
    )
    assert connection_lost.code == 3
    assert connection_lost.out.startswith("0 changes done, 1 failed.\n  1  the host failed: ")
    document = night.run(
        "apply",
        night.place / "plan.jsonl",
        "--host",
        f"sqlite:///{night.place}/no/host.db",
        "--state",
        night.place / "state",
        "--format",
        "json",
    )
    assert document.code == 3
    assert (document.document["failed"], document.document["failures"][0]["count"]) == (1, 1)
    assert night.apply().out == "1 change done.\n"


def moved_by_one(folder: Path) -> str:
    """Write another school to one student's row of users.csv; the student."""
    with (folder / "orgs.csv").open(encoding="utf-8", newline="") as file:
        schools = [row["sourcedId"] for row in csv.DictReader(file) if row["type"] == "school"]
    with (folder / "users.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    student = next(row for row in rows if row["role"] == "student")
    student["orgSourcedIds"] = next(school for school in schools if school != student["orgSourcedIds"])
    with (folder / "users.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return student["sourcedId"]


@pytest.mark.skipif(not BRAVO.exists(), reason="the public district is not here")
def test_a_student_who_changes_school_is_one_transfer_and_nothing_else(night: Night) -> None:
    """A public district is planned against an absent host, applied, planned again without a change; then one student moves."""
    assert night.plan(BRAVO, "--format", "json").document["changes"] > 2_000
    assert night.apply("--format", "json").document["failed"] == 0
    assert night.plan(BRAVO, "--format", "json").document["changes"] == 0

    folder = night.place / "moved"
    shutil.copytree(BRAVO, folder)
    for path in folder.iterdir():
        path.chmod(0o644)
    student = moved_by_one(folder)
    document = night.plan(folder, "--format", "json").document
    assert [(each["verb"], each["kind"], each["count"]) for each in document["counts"]] == [("transfer", "user", 1)]
    (change,) = read_plan(night.place / "plan.jsonl")
    assert (change.verb.value, change.reason.source_ids) == ("transfer", (student,))
    assert night.apply().out == "1 change done.\n"
    assert night.plan(folder, "--format", "json").document["changes"] == 0


def test_what_is_expected_is_let_through(night: Night, tmp_path: Path) -> None:
    """A kind that shrank, ids that drifted and somebody of other names hold the night until it is said that they are meant."""
    crowd = [
        User(
            id=f"p{i}", given_name=f"Ada {i}", family_name=f"Byron {i}", username=f"a{i}", roles=(Role(org="s1", role="student"),)
        )
        for i in range(20)
    ]

    def plan(name: str, given: Roster, *more: object) -> set[str]:
        write_csv(given, tmp_path / name)
        return {issue["code"] for issue in night.plan(tmp_path / name, "--format", "json", *more).document["issues"]}

    plan("first", school(*crowd))
    assert night.apply().code == ExitCode.DONE
    assert "kind_shrank" in plan("few", school(*crowd[:5]))
    assert "kind_shrank" not in plan("few", school(*crowd[:5]), "--expect-shrinking", "user", "--expect-shrinking", "class")
    others = school(*(evolve(each, id=f"q{each.id}") for each in crowd))
    assert "identity_drift" in plan("drifted", others)
    assert "identity_drift" not in plan("drifted", others, "--expect-drift", "user")
    renamed = school(evolve(crowd[0], given_name="Zoe", family_name="Zimm"), *crowd[1:])
    assert "id_recycled" in plan("renamed", renamed)
    assert "id_recycled" not in plan("renamed", renamed, "--expect-renamed", "p0")
    hidden = school(*crowd, evolve(crowd[0], id="new", username="***"))
    assert "masked_match_key" in plan("hidden", hidden)
    assert "masked_match_key" not in plan("hidden", hidden, "--withheld", "user.username")
    assert night.plan(tmp_path / "few", "--expect-shrinking", "users").code == ExitCode.WRONG_USAGE


def test_a_page_is_written_beside_the_plan(package: Path, night: Night) -> None:
    """With --html there is a page of the same plan, with the names of both sides; its place is said to people and programs."""
    page = night.place / "review.html"
    planned = night.plan(package, "--html", page)
    plan = read_plan(night.place / "plan.jsonl")
    assert planned.out.endswith(f"open {page} in a browser to review it; it holds pupils' data\n")
    text = page.read_text(encoding="utf-8")
    assert f'"digest":"{plan.digest}"' in text
    assert '"is_compared":true' in text
    assert night.plan(package, "--html", page, "--format", "json").document["page"] == str(page)


def test_a_page_that_cannot_be_written_is_a_wrong_usage(package: Path, night: Night) -> None:
    """A folder that is not there is named, without a traceback."""
    planned = night.plan(package, "--html", night.place / "nowhere" / "review.html")
    assert planned.code == ExitCode.WRONG_USAGE
    assert "nowhere" in planned.err
