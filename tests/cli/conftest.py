"""Commands as a person runs them, and the files that they are given."""

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from attrs import frozen

from oneroster_reconcile.cli.main import main
from oneroster_reconcile.samples import district
from oneroster_reconcile.sources.csv_writer import write_csv


@frozen
class Answer:
    """What a command left: its exit code, standard output and standard error."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        """The one JSON document that was printed."""
        return dict(json.loads(self.out))


Run = Callable[..., Answer]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs a command in this process."""

    def command(*arguments: object) -> Answer:
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main([str(argument) for argument in arguments])
        said = capsys.readouterr()
        return Answer(int(ended.value.code or 0), said.out, said.err)

    return command


@pytest.fixture(scope="session")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small district's files."""
    folder = tmp_path_factory.mktemp("package")
    write_csv(district(12, seed=3).roster, folder)
    return folder


@frozen
class Night:
    """The arguments of a nightly job on one host."""

    run: Run
    place: Path

    @property
    def host(self) -> str:
        return f"sqlite:///{self.place / 'host.db'}"

    def plan(self, package: Path, *more: object, output: str = "plan.jsonl") -> Answer:
        """Plan against the host."""
        common = ("--host", self.host, "--policy", "mirror", "--state", self.place / "state", "-o", self.place / output)
        return self.run("plan", package, *common, "--as-of", "2026-08-17", *more)

    def apply(self, *more: object, file: str = "plan.jsonl") -> Answer:
        """Apply a plan to the host."""
        return self.run("apply", self.place / file, "--host", self.host, "--state", self.place / "state", *more)

    def rows(self, query: str) -> list[Any]:
        """What the database holds."""
        connection = sqlite3.connect(self.place / "host.db")
        try:
            return connection.execute(query).fetchall()
        finally:
            connection.close()


@pytest.fixture
def night(run: Run, tmp_path: Path) -> Night:
    """A host and a state that are not there yet."""
    return Night(run, tmp_path)
