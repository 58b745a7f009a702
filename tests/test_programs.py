"""Every program that a page shows is run, in the world that the page speaks of; what cannot be run says why."""

import re
import shlex
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import reduce
from pathlib import Path
from shutil import copyfile
from typing import Any

import httpx
import polars as pl
import pytest
import sqlalchemy as sa
from attrs import evolve, frozen
from typer.testing import CliRunner

import oneroster_reconcile as orr
from oneroster_reconcile import samples
from oneroster_reconcile.cli.app import app
from oneroster_reconcile.testing import Quirk, broken_promises, clever_provider, provider
from tests.hosts.product_service import ProductService
from tests.sources.services import on_loopback
from tests.test_docs import DOCS, district

ROOT = DOCS.parent
BLOCK = re.compile(
    r"^(?:<!-- not run: (?P<why>[^\n]+) -->\n)?```(?P<language>python|console)\n(?P<code>.*?)^```", re.MULTILINE | re.DOTALL
)
COMMAND = re.compile(r"^\$ (oneroster-reconcile [^\n]*)\n((?:(?!\$ )[^\n]*\n)*)", re.MULTILINE)
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
DAY = samples.district(30)

FILES = {
    "plum-falls.toml": re.findall(
        r"^```toml\n(.*?)^```", (DOCS / "policy.md").read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )[0],
    "wrong.toml": 'format = "oneroster-reconcile/policy"\nversion = 1\n[rows.user]\nwithdrawn = "remove"\nvalues.emial = "sticky"\n',
}
"""What commands on the pages are given."""

Names = dict[str, Any]

LIVE_HOST = (
    "what_is_made_has_the_hosts_id",
    "a_row_that_refers_to_nothing_fails_alone",
    "a_batch_that_comes_again_makes_nothing_twice",
    "what_others_refer_to_is_not_deleted",
    "a_plan_that_was_applied_leaves_nothing_to_do",
)
"""What the hosts of the guides are tried on; those of the library are tried on everything."""


def blocks(page: Path, language: str) -> list[str]:
    """The programs of a page that can be run."""
    found = BLOCK.finditer(page.read_text(encoding="utf-8"))
    return [each["code"] for each in found if each["language"] == language and not each["why"]]


@frozen
class World:
    """What is there before the first program of a page, and what its addresses are here."""

    names: Callable[[], AbstractContextManager[Names]] = lambda: nullcontext({})
    here: Mapping[str, str] = {}


def a_first_night() -> Names:
    """A plan for an empty product, and everything that it was made of."""
    host, state, policy = orr.MemoryHost(), orr.MemoryState(), orr.presets.mirror()
    plan = orr.reconcile(DAY.roster, host.snapshot(), base=state.base, policy=policy, as_of=DAY.on)
    given = {"roster": DAY.roster, "host": host, "state": state, "policy": policy, "plan": plan, "decisions": (), "as_of": DAY.on}
    return {**given, "directory": host.snapshot(), "evening": host.snapshot(), "morning": host.snapshot()}


@contextmanager
def a_plan() -> Iterator[Names]:
    (text,) = re.findall(r"^```json\n(.*?)^```", (DOCS / "plans.md").read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    yield {**a_first_night(), "orr": orr, "pl": pl, "text": text, "Kind": orr.Kind, "Verb": orr.Verb}


@contextmanager
def a_plan_in_a_file() -> Iterator[Names]:
    night = a_first_night()
    orr.write_plan(night["plan"], "plan.jsonl")
    yield {**night, "orr": orr}


@contextmanager
def two_lists_of_people() -> Iterator[Names]:
    bob = orr.User(id="s2824", given_name="Bob", family_name="Ruiz", phone="555 010 7788", email="bob@x.example")
    account = evolve(bob, id="h0002980", given_name="Robert", email=None)
    yield {"roster": orr.Roster.of(users=[bob]), "directory": orr.Directory.of(users=[account])}


@contextmanager
def a_service() -> Iterator[Names]:
    orr.write_csv(DAY.roster, "export.zip")
    with on_loopback(provider(DAY.roster, quirks=[Quirk.NO_TOTAL])) as url:
        yield {**vars(orr), "url": url, "secret": "s", "last": DAY.roster, "client": None}


@contextmanager
def clever() -> Iterator[Names]:
    (tuesday,) = samples.evolve(DAY)
    with on_loopback(clever_provider(tuesday.district.roster, before=DAY.roster)) as url:
        auth = orr.BearerToken(token="token")
        yield {
            **vars(orr),
            "url": f"{url}/v3.1",
            "token": "token",
            "auth": auth,
            "today": tuesday.district.roster,
            "yesterday": DAY.roster,
        }


@contextmanager
def a_product_with_accounts() -> Iterator[Names]:
    ada, mary = district().users
    accounts = [evolve(ada, id="1", roles=()), evolve(mary, id="2", family_name="Somerville", username=None, roles=())]
    orgs = [evolve(org, id=f"h{org.id}", parent=None) for org in district().orgs]
    product = orr.Directory.of(orgs=orgs, users=accounts)
    yield {"our_product": lambda: orr.MemoryHost(product), "account_of_mary": "2", "our_school": "hs1"}


@contextmanager
def an_api() -> Iterator[Names]:
    with ProductService().client() as client:
        yield {"client": client}


WORLDS: Mapping[str, World] = {
    "docs/clever.md": World(clever, {"read_clever(auth": "read_clever(url=url, auth", "changes(auth": "changes(url=url, auth"}),
    "docs/concepts/columns.md": World(),
    "docs/explain.md": World(a_plan_in_a_file),
    "docs/guides/classlink.md": World(a_service),
    "docs/guides/first-sync.md": World(a_product_with_accounts),
    "docs/guides/http-host.md": World(an_api),
    "docs/guides/rollover.md": World(),
    "docs/guides/sqlalchemy-host.md": World(),
    "docs/guides/undo.md": World(),
    "docs/identity.md": World(two_lists_of_people),
    "docs/plans.md": World(a_plan),
    "docs/presets.md": World(lambda: nullcontext(a_first_night())),
    "docs/reading.md": World(lambda: nullcontext({"read_csv": orr.read_csv})),
    "docs/rest.md": World(a_service, {'"https://sis.example': 'url + "'}),
    "docs/review-page.md": World(lambda: nullcontext(a_first_night())),
    "docs/running.md": World(),
    "docs/sql-host.md": World(),
}
"""The pages whose programs are run here."""

ELSEWHERE: Mapping[str, str] = {
    "README.md": "tests/test_docs.py",
    "docs/concepts/identity.md": "tests/test_docs.py",
    "docs/django-host.md": "tests/hosts/test_django.py",
    "docs/fleet.md": "tests/test_docs.py",
    "docs/guards.md": "tests/test_docs.py",
    "docs/hosts.md": "tests/test_docs.py",
    "docs/mapped-host.md": "tests/hosts/test_mapped.py",
    "docs/notifications.md": "tests/test_docs.py",
    "docs/plan-format.md": "tests/test_docs.py",
    "docs/policy.md": "tests/test_docs.py",
    "docs/privacy.md": "tests/test_docs.py",
    "docs/rules.md": "tests/test_docs.py",
    "docs/shaping.md": "tests/test_docs.py",
    "docs/testing.md": "tests/testing/test_conformance.py",
    "docs/tutorial.md": "tests/test_docs.py",
    "docs/validation.md": "tests/validation/test_codes.py",
}
"""The pages whose programs are run, and looked at more closely, by another test."""


def named(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder to work in, with the district that pages speak of."""
    monkeypatch.chdir(tmp_path)
    orr.write_csv(district(), "district.zip")
    for name in ("export.zip", "tuesday.zip"):
        orr.write_csv(district(), name)
    return tmp_path


@pytest.mark.parametrize("page", WORLDS)
def test_the_programs_of_a_page_run(page: str, place: Path) -> None:
    """Each block of Python runs, one after the other."""
    world = WORLDS[page]
    with world.names() as names:
        names["__name__"] = "a page"
        for code in blocks(ROOT / page, "python"):
            exec(compile(reduce(lambda text, each: text.replace(*each), world.here.items(), code), page, "exec"), names)


def test_no_program_is_forgotten() -> None:
    """A page with programs is run here or by the test that is named, and that test knows the page."""
    with_programs = {named(page) for page in PAGES if blocks(page, "python") and "decisions" not in page.parts}
    assert with_programs == WORLDS.keys() | ELSEWHERE.keys()
    assert [page for page, test in ELSEWHERE.items() if Path(page).name not in (ROOT / test).read_text(encoding="utf-8")] == []
    assert [page for page in WORLDS if page in ELSEWHERE] == []


@pytest.mark.parametrize("page", [named(page) for page in PAGES if blocks(page, "console")])
def test_the_commands_of_a_page_run(page: str, place: Path) -> None:
    """Each command of ours does its work, and prints what the page says that it prints."""
    for name in ("plum-falls.toml", "wrong.toml"):
        (place / name).write_text(FILES[name], encoding="utf-8")
    for block in blocks(ROOT / page, "console"):
        for command, shown in COMMAND.findall(block):
            answer = CliRunner().invoke(app, shlex.split(command)[1:])
            assert answer.exit_code == (1 if "wrong" in command else 0), answer.output
            assert shown in ("", answer.output), command
            for other in ("tonight.jsonl", "last-night.jsonl"):
                if " -o plan.jsonl" in command:
                    copyfile("plan.jsonl", other)


def test_the_host_of_the_guide_to_sqlalchemy_keeps_its_promises(place: Path) -> None:
    """What the page shows is a host."""
    names: Names = {"__name__": "a page"}
    for code in blocks(DOCS / "guides" / "sqlalchemy-host.md", "python"):
        exec(code, names)

    @contextmanager
    def product() -> Iterator[orr.HostAdapter]:
        engine = sa.create_engine("sqlite://", poolclass=sa.pool.StaticPool)
        names["use_sqlite"](engine)
        names["Model"].metadata.create_all(engine)
        yield names["SqlAlchemyHost"](engine)
        engine.dispose()

    assert broken_promises(product, only=LIVE_HOST) == {}
    assert isinstance(names["host"], orr.AnsweringHost)
    names["engine"].dispose()


def test_the_host_of_the_guide_to_apis_keeps_its_promises() -> None:
    """What the page shows is a host."""
    names: Names = {"__name__": "a page"}
    exec(blocks(DOCS / "guides" / "http-host.md", "python")[0], names)
    assert broken_promises(lambda: names["ApiHost"](ProductService().client()), only=LIVE_HOST) == {}


def test_the_host_of_the_guide_to_apis_waits_for_a_busy_product_and_believes_no_short_list() -> None:
    """What the page says of a product that answers badly is so."""
    names: Names = {"__name__": "a page"}
    exec(blocks(DOCS / "guides" / "http-host.md", "python")[0], names)
    busy = ProductService(lambda _: httpx.Response(429, headers={"Retry-After": "7"}))
    with pytest.raises(orr.HostFailed, match="429") as failure:
        names["ApiHost"](busy.client()).snapshot()
    assert failure.value.retriable
    assert failure.value.retry_after == 7
    short = ProductService(lambda _: httpx.Response(200, json={"items": [], "total": 4, "next": None}))
    assert not names["ApiHost"](short.client()).snapshot().coverage.proves_absence(orr.Kind.ORG)
