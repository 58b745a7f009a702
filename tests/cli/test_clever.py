"""`--profile clever`: a district that Clever shares, with its token from the environment and nowhere else."""

import io
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from oneroster_reconcile.cli.failures import ExitCode
from oneroster_reconcile.sources.exchange import Answer
from oneroster_reconcile.sources.pages import PageFolder
from oneroster_reconcile.testing import CleverApp, Fault, Trouble, clever_provider
from tests.cli.conftest import Night, Run
from tests.sources.services import DISTRICT, on_loopback

TOKEN = "s3cr3t-of-the-tests"
CLEVER = ("--profile", "clever")


@pytest.fixture(autouse=True)
def token(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment holds the token."""
    monkeypatch.setenv("ORR_CLEVER_TOKEN", TOKEN)


@pytest.fixture
def served() -> Iterator[tuple[CleverApp, str]]:
    """The small district as Clever shares it, and its address."""
    app = clever_provider(DISTRICT, token=TOKEN)
    with on_loopback(app) as url:
        yield app, f"{url}/v3.1"


def test_a_district_that_is_shared_is_connected(run: Run, served: tuple[CleverApp, str]) -> None:
    """The exit code is 0, and each collection is said to be readable."""
    answer = run("check-connection", served[1], *CLEVER)
    assert (answer.code, answer.err) == (ExitCode.DONE, "")
    assert answer.out.startswith("Connected\n  districts: readable\n")


def test_what_a_sync_would_lack_is_named(run: Run, served: tuple[CleverApp, str]) -> None:
    """The exit code is 1 where a sync could not run, and the token is not shown."""
    served[0].faults = {Fault("users", Trouble.FORBIDDEN): None}
    answer = run("check-connection", served[1], *CLEVER)
    assert answer.code == ExitCode.BAD_INPUT
    assert "Incomplete\n  users: it was answered with 403, forbidden\n" in answer.out
    assert TOKEN not in answer.out + answer.err


def test_a_night_can_begin_at_clever(night: Night, served: tuple[CleverApp, str]) -> None:
    """A plan from Clever is applied, and the next one has nothing to do."""
    assert night.plan(served[1], *CLEVER).code == ExitCode.DONE  # type: ignore[arg-type]
    assert night.apply().code == ExitCode.DONE
    assert "No changes" in night.plan(served[1], *CLEVER).out  # type: ignore[arg-type]
    assert night.rows("select count(*) from enrollments") == [(len(DISTRICT.enrollments),)]


def test_pages_are_kept_while_clever_is_read(night: Night, served: tuple[CleverApp, str], tmp_path: Path) -> None:
    """What an earlier read has kept is not asked for again but once, to see that it is the same; nothing is kept once all is read."""
    folder, users = tmp_path / "pages", f"{served[1]}/users"
    body = json.dumps({"data": [{"data": each} for each in served[0].objects["users"]]}).encode()
    url, behind = f"{users}?limit=10000", f"{users}?limit=10000&starting_after={served[0].objects['users'][-1]['id']}"
    kept = PageFolder(folder, 60.0)
    kept.put(users, url, Answer(status=200, headers={}, body=body, at=0.0))
    kept.put(users, behind, Answer(status=200, headers={}, body=b'{"data": []}', at=0.0))
    assert night.plan(served[1], *CLEVER, "--pages", str(folder)).code == ExitCode.DONE  # type: ignore[arg-type]
    asked = [request for request in served[0].requests if request.startswith("/users")]
    assert asked == [behind.removeprefix(served[1])]
    assert not folder.exists()


def test_a_token_that_nobody_gives_is_not_waited_for(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A nightly job has nobody to ask."""
    monkeypatch.delenv("ORR_CLEVER_TOKEN")
    monkeypatch.setattr("sys.stdin", io.StringIO())
    answer = run("check-connection", "https://api.clever.com/v3.1", *CLEVER)
    assert answer.code == ExitCode.WRONG_USAGE
    assert "set ORR_CLEVER_TOKEN" in answer.err


@pytest.mark.parametrize("more", [("--client-id", "product"), ("--token-url", "https://clever.example/token")])
def test_what_is_for_other_services_is_refused(run: Run, more: tuple[str, ...]) -> None:
    """Clever gives a token for each district; an id would go nowhere."""
    answer = run("check-connection", "https://api.clever.com/v3.1", *CLEVER, *more)
    assert answer.code == ExitCode.WRONG_USAGE
    assert "ORR_CLEVER_TOKEN" in answer.err


def test_another_service_wants_to_know_who_asks(run: Run) -> None:
    """An id may be left out for Clever alone."""
    answer = run("check-connection", "https://sis.example")
    assert answer.code == ExitCode.WRONG_USAGE
    assert "give --client-id" in answer.err
