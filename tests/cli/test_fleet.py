"""`fleet`: a file of tenants, one night, and the exit codes."""

from collections.abc import Iterator
from pathlib import Path

from oneroster_reconcile.cli.failures import ExitCode
from oneroster_reconcile.cli.fleet import exhausted, exit_code_of_night
from oneroster_reconcile.fleet import Counted, Files, FleetReport, Outcome, Planned, Tenant, fleet_to_toml
from tests.cli.conftest import Run

HELD = Planned(tenant="t0", counted=Counted(digest="5a9d", changes=3, held=1))


def written(folder: Path, *sources: Path) -> Path:
    """A file of tenants with these sources."""
    tenants = [
        Tenant(
            id=f"t{number}",
            source=Files(path=str(source)),
            host=f"sqlite:///{folder}/h{number}.db",
            policy="additive",
            state=f"{folder}/s{number}",
        )
        for number, source in enumerate(sources)
    ]
    (folder / "fleet.toml").write_text(fleet_to_toml(tenants), encoding="utf-8")
    return folder / "fleet.toml"


def test_a_night_is_planned_applied_and_reported(run: Run, package: Path, tmp_path: Path) -> None:
    """The plans lie in the folder, are applied from there, and a page tells of the night; a second start has nothing to do."""
    options = ("--folder", tmp_path / "nights", "--as-of", "2026-09-01", "--workers", 1)
    file = written(tmp_path, package)
    planned = run("fleet", "plan", file, *options)
    assert (planned.code, planned.out.splitlines()[:2]) == (ExitCode.DONE, ["1 tenant", "        1  Planned"])
    applied = run("fleet", "apply", file, *options, "--format", "json", "--report", tmp_path / "page.html")
    assert applied.code == ExitCode.DONE
    assert applied.document["by_outcome"] == {"Applied": 1}
    assert "apply of 2026-09-01" in (tmp_path / "page.html").read_text(encoding="utf-8")
    assert run("fleet", "apply", file, *options, "--format", "json").document == applied.document


def test_a_tenant_that_fails_is_told_by_the_exit_code(run: Run, tmp_path: Path) -> None:
    """The others' outcomes stand, and the command says why one has none."""
    ended = run("fleet", "run", written(tmp_path, tmp_path / "nowhere"), "--folder", tmp_path / "nights", "--workers", 1)
    assert ended.code == ExitCode.HOST_FAILED
    assert "SourceUnreadable (such as t0)" in ended.out


def test_a_file_of_no_fleet_is_one_line(run: Run, tmp_path: Path) -> None:
    """What cannot be is said with the file, before anything begins."""
    (tmp_path / "fleet.toml").write_text("format = 3")
    ended = run("fleet", "plan", tmp_path / "fleet.toml")
    assert (ended.code, ended.out) == (ExitCode.BAD_INPUT, "")
    assert "fleet.toml cannot be understood: it has format 3" in ended.err


def test_the_exit_code_of_a_night_that_was_stopped_or_held_is_its_own() -> None:
    """Ctrl-C while outcomes come ends the command as cancelled, and what guards hold is no failure."""

    def stopped() -> Iterator[Outcome]:
        yield HELD
        raise KeyboardInterrupt

    report = FleetReport(outcomes=[HELD])
    assert exit_code_of_night(report, is_stopped=exhausted(stopped())) is ExitCode.CANCELLED
    assert exit_code_of_night(report, is_stopped=exhausted(iter([HELD]))) is ExitCode.HELD
