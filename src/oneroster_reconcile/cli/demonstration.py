"""What `demo` shows: a first sync, local edits that are found and undone, and the night after, each followed by a plan that is empty."""

from datetime import date
from pathlib import Path

import typer

from oneroster_reconcile.apply.applying import apply
from oneroster_reconcile.apply.folder import FolderState
from oneroster_reconcile.apply.host import HostAdapter
from oneroster_reconcile.cli.output import print_receipts, progress
from oneroster_reconcile.issues.errors import HostFailed, ReconcileError
from oneroster_reconcile.model.kinds import Kind, plural
from oneroster_reconcile.plan.files import read_plan, write_plan
from oneroster_reconcile.plan.plan import ChangePlan
from oneroster_reconcile.policy.policy import Policy
from oneroster_reconcile.policy.presets import additive, mirror
from oneroster_reconcile.reconcile.reconciler import reconcile
from oneroster_reconcile.render.terminal import print_plan
from oneroster_reconcile.samples.district import District, district
from oneroster_reconcile.samples.drift import local_edits
from oneroster_reconcile.samples.evolve import evolve
from oneroster_reconcile.sources.csv import read_csv
from oneroster_reconcile.sources.csv_writer import write_csv
from oneroster_reconcile.validation.validating import validate

__all__ = ["Demonstration", "NotSettled"]

_SEED = 7
_CHURN = 0.002


class NotSettled(ReconcileError):
    """A plan that should have been empty was not."""


class Demonstration:
    """The story, told step by step; always the same for the same number of students."""

    def __init__(self, place: Path, host: HostAdapter) -> None:
        self._place, self._host = place, host
        self._state = FolderState(place / "state")
        self._steps = 0

    def run(self, students: int) -> None:
        """Tell it.

        Raises NotSettled where applying a plan did not make the next one empty, HostFailed where a change failed.
        """
        monday = district(students, seed=_SEED)
        self._first_sync(monday)
        self._local_edits(monday)
        self._next_night(monday)

    def _first_sync(self, monday: District) -> None:
        self._say(f"A district of {len(monday.students):,} students sends a folder of OneRoster 1.2 files.")
        package = self._sent(monday)
        roster = read_csv(package, source="sis")
        typer.echo("".join(f"  {len(roster[kind]):>10,}  {plural(kind, len(roster[kind]))}\n" for kind in Kind), nl=False)
        self._say("The host, a SQLite database, is empty: the first plan makes everything.", "Planning writes nothing.")
        plan = self._planned(package, monday.on, limit=0)
        self._say("Applying the plan: the host gives ids, the state remembers what was done.")
        self._settled(plan, package, monday.on)

    def _local_edits(self, monday: District) -> None:
        self._say("During the day, people work at the host:")
        for edit in local_edits(self._host.snapshot()):
            if len(self._host.apply(edit.batch).failures):
                raise HostFailed(f"the host refused that {edit.said}")
            typer.echo(f"  - {edit.said}")
        package = self._package(monday)
        self._say("The same files again. The state tells a local edit from an old value;", "policy mirror takes it back:")
        plan = self._planned(package, monday.on)
        local = self._made(package, monday.on, additive())
        typer.echo(f"\nPolicy additive would let people's edits stand: {local.summary()}.")
        self._say("Applying it:")
        self._settled(plan, package, monday.on)

    def _next_night(self, monday: District) -> None:
        night = next(evolve(monday, seed=_SEED, churn=_CHURN))
        self._say(f"The next night's files, {night.district.on}: a few people came, left and changed.")
        package = self._sent(night.district)
        plan = self._planned(package, night.district.on, limit=3)
        self._say("Applying it:")
        self._settled(plan, package, night.district.on)

    def _say(self, *lines: str) -> None:
        """Begin a step."""
        self._steps += 1
        typer.secho("\n   ".join([f"{chr(10) if self._steps > 1 else ''}{self._steps}. {lines[0]}", *lines[1:]]), bold=True)

    def _package(self, day: District) -> Path:
        return self._place / f"roster-{day.on}"

    def _sent(self, day: District) -> Path:
        """The day's files, as the district's export writes them."""
        write_csv(day.roster, self._package(day))
        return self._package(day)

    def _made(self, package: Path, on: date, policy: Policy) -> ChangePlan:
        base = self._state.base
        report = validate(read_csv(package, source="sis"), base=base, as_of=on)
        return reconcile(report.roster, self._host.snapshot(), base=base, policy=policy, as_of=on)

    def _planned(self, package: Path, on: date, *, limit: int = 20) -> ChangePlan:
        """The plan as it is read back from the file that it was written to, shown."""
        file = self._place / f"plan-{self._steps}.jsonl"
        write_plan(self._made(package, on, mirror()), file)
        plan = read_plan(file)
        typer.echo()
        print_plan(plan, limit=limit)
        return plan

    def _settled(self, plan: ChangePlan, package: Path, on: date) -> None:
        """Apply a plan; then the next must be empty."""
        with progress(plan) as follow:
            receipts = apply(plan, self._host, self._state, on_progress=follow)
        print_receipts(receipts)
        if len(receipts.failures):
            raise HostFailed("some changes of the demonstration failed")
        again = self._made(package, on, mirror())
        typer.echo(f"Planned again: {again.summary()}.")
        if not again.is_empty:
            raise NotSettled("the plan should be empty after it was applied")
