"""`check-connection` says whether a sync could run; the secret is no argument."""

import io
import json
from base64 import b64decode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from oneroster_reconcile.cli.failures import ExitCode
from oneroster_reconcile.sources.exchange import Answer
from oneroster_reconcile.sources.pages import PageFolder
from oneroster_reconcile.testing import Fault, ProviderApp, Quirk, Trouble, provider
from tests.cli.conftest import Night, Run
from tests.sources.services import DISTRICT, on_loopback

SECRET = "s3cr3t-of-the-tests"


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment holds the secret."""
    monkeypatch.setenv("ORR_CLIENT_SECRET", SECRET)


def asked(url: str) -> tuple[str, ...]:
    """The arguments for a service at this address."""
    return (url, "--client-id", "product", "--token-url", f"{url}/token")


@pytest.fixture
def served() -> Iterator[tuple[ProviderApp, str]]:
    """The small district's service and its address."""
    app = provider(DISTRICT)
    with on_loopback(app) as url:
        yield app, url


def test_a_service_that_can_be_read_is_connected(run: Run, served: tuple[ProviderApp, str]) -> None:
    """The exit code is 0, and the rows of each collection are said."""
    answer = run("check-connection", *asked(served[1]))
    assert (answer.code, answer.err) == (ExitCode.DONE, "")
    assert answer.out.startswith("Connected\n  orgs: 4 rows\n")
    assert "  scope: roster-core.readonly\n" in answer.out


def test_programs_get_a_document(run: Run, served: tuple[ProviderApp, str]) -> None:
    """The same as JSON; a collection whose total nobody says is readable all the same."""
    served[0].quirks = frozenset({Quirk.NO_TOTAL})
    answer = run("check-connection", *asked(served[1]), "--format", "json")
    assert answer.document["result"] == "connected"
    assert answer.document["rows"]["users"] is None


def test_what_a_sync_would_lack_is_named(run: Run, served: tuple[ProviderApp, str]) -> None:
    """The exit code is 1 where a sync could not run."""
    served[0].faults = {Fault("users", Trouble.FORBIDDEN): None}
    answer = run("check-connection", *asked(served[1]), "--profile", "classlink")
    assert answer.code == ExitCode.BAD_INPUT
    assert "Incomplete\n  users: it was answered with 403, forbidden\n" in answer.out


def test_other_credentials_are_asked_for(run: Run, served: tuple[ProviderApp, str]) -> None:
    """A service that refuses us is there, and the secret is not shown."""
    served[0].faults = {Fault(name, Trouble.FORBIDDEN): None for name in served[0].objects}
    answer = run("check-connection", *asked(served[1]))
    assert (answer.code, answer.out) == (ExitCode.BAD_INPUT, "Credentials needed: it was answered with 403, forbidden\n")
    assert SECRET not in answer.out + answer.err


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (asked("http://sis.example"), "in the clear"),
        ((*asked("https://sis.example")[:-1], "http://sis.example/token"), "in the clear"),
        (asked("https://sis.example")[:-2], "give --token-url"),
        ((*asked("https://sis.example"), "--profile", "other"), "choose one of standard"),
        ((*asked("https://sis.example"), "--client-secret", "hush"), "No such option"),
    ],
)
def test_what_cannot_be_right_is_refused(run: Run, arguments: tuple[str, ...], says: str) -> None:
    """Before anything is sent; a secret among the arguments above all."""
    answer = run("check-connection", *arguments)
    assert answer.code == ExitCode.WRONG_USAGE
    assert says in answer.err


def test_a_secret_that_nobody_gives_is_not_waited_for(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """A nightly job has nobody to ask."""
    monkeypatch.delenv("ORR_CLIENT_SECRET")
    monkeypatch.setattr("sys.stdin", io.StringIO())
    answer = run("check-connection", *asked("https://sis.example"))
    assert answer.code == ExitCode.WRONG_USAGE
    assert "set ORR_CLIENT_SECRET" in answer.err


def test_the_secret_comes_from_the_environment_or_from_a_prompt(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is never an argument, which whoever lists processes sees; what is typed is not shown, and reaches the token's server as what the environment holds does."""
    app, seen, typed = provider(DISTRICT), list[str](), list[dict[str, object]]()

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    def prompt(text: str, **how: object) -> str:
        typed.append(how)
        return SECRET

    async def noting(scope: Any, receive: Any, send: Any) -> None:
        seen.append(dict(scope["headers"]).get(b"authorization", b"").decode())
        await app(scope, receive, send)

    with on_loopback(noting) as url:
        assert run("check-connection", *asked(url)).code == ExitCode.DONE
        from_environment = seen[0]
        seen.clear()
        monkeypatch.delenv("ORR_CLIENT_SECRET")
        monkeypatch.setattr("sys.stdin", Terminal())
        monkeypatch.setattr("typer.prompt", prompt)
        answer = run("check-connection", *asked(url))
    assert (answer.code, seen[0]) == (ExitCode.DONE, from_environment)
    assert typed == [{"hide_input": True, "err": True}]
    assert b64decode(from_environment.removeprefix("Basic ")).decode() == f"product:{SECRET}"
    assert SECRET not in answer.out + answer.err


def test_a_night_can_begin_at_a_service(night: Night, served: tuple[ProviderApp, str]) -> None:
    """A plan from a service is applied, and the next one has nothing to do."""
    options = asked(served[1])[1:]
    assert night.plan(served[1], *options).code == ExitCode.DONE  # type: ignore[arg-type]
    assert night.apply().code == ExitCode.DONE
    again = night.plan(served[1], *options)  # type: ignore[arg-type]
    assert again.code == ExitCode.DONE
    assert "No changes" in again.out
    assert night.rows("select count(*) from enrollments") == [(len(DISTRICT.enrollments),)]


@pytest.mark.parametrize(("more", "says"), [((), "give --client-id"), ((*asked("")[1:], "--mode", "bulk"), "about files")])
def test_what_a_service_needs_is_said(night: Night, more: tuple[str, ...], says: str) -> None:
    """A service wants to know who asks, and has no manifest to replace."""
    answer = night.plan("https://sis.example", *more)  # type: ignore[arg-type]
    assert answer.code == ExitCode.WRONG_USAGE
    assert says in answer.err


def test_pages_are_kept_while_a_service_is_read(night: Night, served: tuple[ProviderApp, str], tmp_path: Path) -> None:
    """What an earlier read has kept is not asked for again, and nothing is kept once all is read."""
    folder, options = tmp_path / "pages", asked(served[1])[1:]
    kept = PageFolder(folder, 60.0)
    base = f"{served[1]}/ims/oneroster/rostering/v1p2"
    url = f"{base}/users?limit=1000&offset=0&sort=sourcedId&orderBy=asc"
    body = json.dumps({"users": served[0].objects["users"]}).encode()
    kept.put(f"{base}/users?", url, Answer(status=200, headers={"x-total-count": str(len(DISTRICT.users))}, body=body, at=0.0))
    assert night.plan(served[1], *options, "--pages", str(folder)).code == ExitCode.DONE  # type: ignore[arg-type]
    users = [request for request in served[0].requests if request.startswith("/users?limit=1000")]
    assert len(users) == 2
    assert not folder.exists()


def test_pages_are_kept_of_services_alone(night: Night) -> None:
    """Files are read at once, and that is not said in silence."""
    answer = night.plan("files", "--pages", "here")  # type: ignore[arg-type]
    assert answer.code == ExitCode.WRONG_USAGE
    assert "--pages" in answer.err
