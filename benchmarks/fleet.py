"""Measure a night of many districts: one process, several, and a local Dask cluster of as many; print a table in Markdown.

`python -m benchmarks.fleet [DISTRICTS] [STUDENTS]`. Each district is generated and synced, and then a hundredth of its rows changes. A tenant is planned from its OneRoster 1.1 files with validation, against a state in a folder and a host whose rows lie in Parquet, and its plan is written; nothing is
applied. Engines take turns and must make the same plans. `--page` puts the table into a page between its marks.
"""

import argparse
import os
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from datetime import date
from pathlib import Path

from benchmarks.district import SOURCE
from benchmarks.goals import FLOOR
from benchmarks.measuring import WALL, Runs, once
from benchmarks.reporting import Reporter, parser_of
from benchmarks.results import Measurement
from oneroster_reconcile import Directory, FolderState, apply, presets, read_csv, reconcile, write_csv
from oneroster_reconcile.fleet import Files, LocalEngine, Night, Planned, Precautions, Tenant, plan_all
from oneroster_reconcile.fleet.dask import DaskEngine
from oneroster_reconcile.fleet.engine import Engine
from oneroster_reconcile.hosts.memory import MemoryHost
from oneroster_reconcile.samples import district, evolve

HERE = Path(__file__).parent
CHURN = 0.01
DISTINCT = 20
"""So many districts are generated; more tenants are copies of them, with a state of their own."""
FACTORY = "benchmarks.fleet:host_of"
EACH, SPEED_UP, DASK = 25.0, 0.85, 1.4
ONE, SEVERAL, DASKS = "one process", "processes", "Dask"
EACH_DISTRICT = "each"
"""Seconds for each district once all processes are warm; beside those for all, from the first to the last."""
Made = dict[str, str]


def main(arguments: Sequence[str] | None = None) -> None:
    """Make the districts, let the engines take turns, and print what came out."""
    parser = parser_of("benchmarks.fleet", __doc__, runs=3)
    parser.add_argument("districts", nargs="?", type=int, default=200)
    parser.add_argument("students", nargs="?", type=int, default=2_000)
    parser.add_argument("--workers", type=int, default=2, help="processes, of this machine and of Dask (2)")
    options = parser.parse_args(arguments)
    if options.districts <= (cold := _cold(options.workers)):
        parser.error(f"the first {cold} districts of {options.workers} workers do not count; measure more")
    reporter = Reporter(options, "fleet")
    tenants, as_of = _tenants(options.districts, options.students, options.data / f"fleet-{options.students}")
    found = Measurement(
        name=f"{options.districts:,} districts of {options.students:,} students, {options.workers} workers",
        programs=_measured(tenants, as_of, options.workers, options.runs, options.data / "fleet-nights"),
        ours=(ONE, SEVERAL, DASKS),
        floor=FLOOR,
    )
    reporter.keep([found])
    reporter.say(_lines(found.programs, options))
    reporter.fill()


def host_of(tenant: Tenant) -> MemoryHost:
    """A host that holds what last night's sync left, read from Parquet as a product's own export would be."""
    folder = Path(tenant.state).with_name("host")
    return MemoryHost(Directory.read_parquet(folder))


def _tenants(districts: int, students: int, folder: Path) -> tuple[list[Tenant], date]:
    made = [_district(students, number, folder / str(number)) for number in range(min(districts, DISTINCT))]
    tenants: list[Tenant] = []
    for number in range(districts):
        home = folder / str(number)
        if not home.exists():
            _copy(folder / str(number % DISTINCT), home)
        tenants.append(
            Tenant(
                id=f"district-{number:05}",
                source=Files(path=str(home / "roster")),
                host=FACTORY,
                policy="careful",
                state=str(home / "state"),
                name=SOURCE,
            )
        )
    return tenants, max(made)


def _copy(made: Path, home: Path) -> None:
    """A district once more; it is there whole or not at all, for one that lacks its state would be measured as a first sync."""
    part = home.with_suffix(".part")
    shutil.rmtree(part, ignore_errors=True)
    shutil.copytree(made, part)
    part.rename(home)


def _district(students: int, seed: int, folder: Path) -> date:
    """A district after last night's sync, and tonight's files; the day that they are of."""
    done = folder / "complete"
    if not done.exists():
        shutil.rmtree(folder, ignore_errors=True)
        evening = district(students, seed=seed)
        (night,) = evolve(evening, seed=seed, churn=CHURN)
        write_csv(evening.roster, folder / "last", version="1.1")
        last, host, state = read_csv(folder / "last", source=SOURCE), MemoryHost(), FolderState(folder / "state")
        plan = reconcile(last, host.snapshot(), base=state.base, policy=presets.mirror(), as_of=evening.on)
        apply(plan, host, state)
        host.snapshot().write_parquet(folder / "host")
        write_csv(night.district.roster, folder / "roster", version="1.1")
        shutil.rmtree(folder / "last")
        done.write_text(str(night.district.on), encoding="utf-8")
    return date.fromisoformat(done.read_text(encoding="utf-8"))


def _measured(tenants: Sequence[Tenant], as_of: date, workers: int, runs: int, nights: Path) -> Mapping[str, Runs]:
    """What each engine took, all of which must make the same plans; the floor parses the rosters of all districts."""
    took: dict[str, list[Mapping[str, float]]] = {}
    expected: Made = {}
    rosters = [str(Path(tenant.state).with_name("roster")) for tenant in tenants]
    for turn in range(runs + 1):
        parsed = once([str(HERE / "floor.py"), *rosters])[WALL]
        if turn:
            took.setdefault(FLOOR, []).append({EACH_DISTRICT: parsed / len(tenants), WALL: parsed})
        for name, engine in _engines(workers).items():
            shutil.rmtree(nights, ignore_errors=True)
            with engine() as made:
                cost, digests = _run(tenants, Night(as_of=as_of, folder=nights), made)
            expected = expected or digests
            if digests != expected:
                raise SystemExit(f"{name} made other plans")
            if turn:
                took.setdefault(name, []).append(cost)
    return {name: Runs(tuple(each)) for name, each in took.items()}


def _engines(workers: int) -> Mapping[str, Callable[[], AbstractContextManager[Engine]]]:
    return {
        ONE: lambda: nullcontext(LocalEngine(1)),
        SEVERAL: lambda: nullcontext(LocalEngine(workers)),
        DASKS: lambda: _dask(workers),
    }


@contextmanager
def _dask(workers: int) -> Iterator[Engine]:
    """A cluster of its own for each run, as the processes of the others are their own."""
    from distributed import Client, LocalCluster

    with (
        LocalCluster(n_workers=workers, threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):
        yield DaskEngine(client)


def _run(tenants: Sequence[Tenant], night: Night, engine: Engine) -> tuple[Mapping[str, float], Made]:
    """The cost of all tenants, and their plans' digests; what the first tenants of each process take is not counted as a district's."""
    cold = _cold(engine.slots)
    start, moments, found = time.perf_counter(), [], Made()
    for each in plan_all(tenants, night, engine=engine, precautions=Precautions(guards=())):
        if not isinstance(each, Planned):
            raise SystemExit(f"{each.tenant}: {each.about}")
        moments.append(time.perf_counter())
        found[each.tenant] = each.counted.digest
    return {EACH_DISTRICT: (moments[-1] - moments[cold - 1]) / (len(moments) - cold), WALL: moments[-1] - start}, found


def _cold(processes: int) -> int:
    """How many districts end before all processes are warm."""
    return 2 * processes


def _lines(took: Mapping[str, Runs], options: argparse.Namespace) -> Iterator[str]:
    workers: int = options.workers
    each = {name: runs.median(EACH_DISTRICT) * 1_000 for name, runs in took.items()}
    share = each[ONE] / each[SEVERAL] / workers
    times = each[DASKS] / each[SEVERAL]
    yield from ("", f"{options.districts:,} districts of {options.students:,} students, on {os.cpu_count()} processors:")
    yield from ("", "| engine | ms a district | wall s, with the start of the processes that plan |", "|---|---|---|")
    for name, called in ((FLOOR, FLOOR), (ONE, ONE), (SEVERAL, f"{workers} {SEVERAL}"), (DASKS, f"{DASKS}, {workers} workers")):
        yield f"| {called} | {each[name]:.1f} | {took[name].wall:.2f} |"
    yield from ("", "| goal | measured | |", "|---|---|---|")
    yield f"| at most {EACH:g} ms a district on {workers} processes | {each[SEVERAL]:.1f} ms | {_verdict(each[SEVERAL] <= EACH)} |"
    yield f"| at least {SPEED_UP:.0%} of the ideal speed-up | {share:.0%} | {_verdict(share >= SPEED_UP)} |"
    yield f"| Dask at most {DASK:g}x local processes | {times:.2f}x | {_verdict(times <= DASK)} |"


def _verdict(is_met: bool) -> str:
    return "met" if is_met else "missed"


if __name__ == "__main__":
    # The children import the factory by this module's name.
    from benchmarks.fleet import main as measure

    measure()
