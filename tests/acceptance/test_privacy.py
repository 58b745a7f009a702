"""Privacy: a whole run that goes wrong wherever it can, after which no log and no exception says who anybody is."""

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import attrs
import pytest

import oneroster_reconcile as orr
from oneroster_reconcile.cli.main import main
from oneroster_reconcile.hosts.sql import SqlHost
from oneroster_reconcile.issues.errors import HostFailed, ReconcileError
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.schema import fields_of
from oneroster_reconcile.samples.district import district

DISTRICT = district(120, seed=11)
DAY = DISTRICT.on
SHORTEST = 5
"""Names of fewer letters may be part of other words."""


def personal() -> set[str]:
    """Every text of the district that is marked as telling who a person is."""
    found: set[str] = set()
    for user in DISTRICT.roster.users:
        for part in (user, *user.user_ids, *user.profiles):
            values = (getattr(part, field.name) for field in fields_of(type(part)) if field.column.pii)
            found |= {value for value in values if isinstance(value, str)}
    found |= {str(each.birth_date) for each in DISTRICT.roster.demographics if each.birth_date}
    return {text for text in found if len(text) >= SHORTEST}


PERSONAL = personal()


class Failing(orr.MemoryHost):
    """A host that takes organisations and breaks down at people."""

    def apply(self, batch: orr.Batch) -> orr.Receipts:
        if batch.kind is Kind.USER:
            raise HostFailed("the server answered 503")
        return super().apply(batch)


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """The district's files, in which rows are torn, doubled, misspelled and without what they need."""
    folder = tmp_path / "district"
    orr.write_csv(DISTRICT.roster, folder)
    users = (folder / "users.csv").read_text(encoding="utf-8").splitlines()
    torn = [users[1].replace(",", ";", 5), f"{users[2]},{users[3]}", users[4], users[4], users[5].replace("true", "perhaps")]
    (folder / "users.csv").write_text("\n".join([*users, *torn]) + "\n", encoding="utf-8")
    for name in ("demographics.csv", "roles.csv", "enrollments.csv"):
        rows = (folder / name).read_text(encoding="utf-8").splitlines()
        spoiled = [row.replace("student", users[6].split(",")[7], 1).replace("-", "/", 2) for row in rows[1:6]]
        (folder / name).write_text("\n".join([*rows, *spoiled]) + "\n", encoding="utf-8")
    return folder


def told(text: str) -> list[str]:
    """What of people a text tells."""
    return sorted(each for each in PERSONAL if each in text)


def chained(error: BaseException | None) -> Iterator[str]:
    """What an exception says, and those that it came from."""
    while error is not None:
        yield from (str(error), repr(error))
        error = error.__cause__ or error.__context__


def run_program(arguments: list[Any]) -> None:
    with pytest.raises(SystemExit):
        main([str(each) for each in arguments])


def test_the_district_has_something_to_tell() -> None:
    """The search finds what it looks for."""
    user = next(iter(DISTRICT.roster.users))
    assert len(PERSONAL) > 200
    assert told(repr(user))
    assert not told(repr(orr.redacted(user)))


def test_no_log_of_a_run_says_who_anybody_is(package: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Reading, validating, planning and applying to a host that fails; issues and receipts, which people log, as well."""
    caplog.set_level(logging.DEBUG)
    said: list[str] = []
    roster = orr.read_csv(package, source="sis")
    report = orr.validate(roster, as_of=DAY)
    host, state = Failing(), orr.MemoryState()
    plan = orr.reconcile(report.roster, host.snapshot(), base=state.base, policy=orr.presets.mirror(), as_of=DAY)
    receipts = orr.apply(plan, host, state)
    assert len(report) > 5
    assert not receipts.failures.is_empty()
    said += [str(issue) for issue in (*report, *plan.issues)]
    said += [repr(each) for each in (report, roster.users, plan.guards, plan.follow_ups)]
    said += receipts.frame["error"].drop_nulls().to_list()
    assert told("\n".join([*said, caplog.text])) == []


def test_no_exception_says_who_anybody_is(tmp_path: Path, package: Path) -> None:
    """Values that do not fit, rows that come twice, a file that is none, a database that refuses: none quotes a person."""
    ada = next(user for user in DISTRICT.roster.users if user.email)
    frame = DISTRICT.roster.users.frame
    said: list[str] = []
    host = SqlHost(f"sqlite:///{tmp_path / 'host.db'}")
    tries = [
        lambda: orr.Table.of(orr.User, frame.with_columns(primary_org="given_name", grades="given_name")),
        lambda: orr.Table.of(orr.User, [ada, attrs.evolve(ada, given_name="Other")]),
        lambda: orr.Table.of(orr.Demographics, frame.select(user="id", birth_date="given_name")),
        lambda: DISTRICT.roster.users[f"{ada.id}-"],
        lambda: orr.read_plan(package / "users.csv"),
        lambda: orr.redacted(DISTRICT.roster),
        lambda: orr.read_csv(package / "users.csv", source="sis"),
    ]
    for attempt in tries:
        with pytest.raises((ReconcileError, ValueError, KeyError, TypeError)) as raised:
            attempt()
        said += chained(raised.value)
    host.close()
    assert told("\n".join(said)) == []


def test_the_program_logs_nobody(
    package: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """What the command line says on standard error, and what `validate` and `apply` print; plans, which people asked to see, do name people."""
    caplog.set_level(logging.DEBUG)
    host = ["--host", f"sqlite:///{tmp_path / 'host.db'}", "--state", tmp_path / "state"]
    plan = tmp_path / "plan.parquet"
    run_program(["validate", package])
    validated, _ = capsys.readouterr()
    assert len(validated.splitlines()) > 20
    run_program(["plan", package, *host, "--policy", "mirror", "--as-of", DAY, "-o", plan])
    _, planning = capsys.readouterr()
    run_program(["apply", plan, *host])
    run_program(["apply", plan, *host])
    run_program(["plan", package / "users.csv", *host, "--policy", "mirror", "-o", plan])
    run_program(["show", package / "users.csv"])
    applied, errors = capsys.readouterr()
    assert "error: " in errors
    assert told(validated + planning + applied + errors + caplog.text) == []
