"""The first sync, its plan in Parquet, and going through its changes."""

from pathlib import Path

from benchmarks.goals import FIRST_WRITTEN, ITERATED, ROSTER_FLOOR
from benchmarks.measuring import CHANGES
from benchmarks.nights import first_plan, iterated, iteration, prepared
from oneroster_reconcile import Kind, Verb, read_csv, read_plan


def test_the_plan_of_a_first_sync_is_written_whole_and_every_change_of_it_counted(tmp_path: Path) -> None:
    """What is measured makes everybody of the roster, and what is iterated is that plan, change by change."""
    folder = prepared(300, tmp_path)
    written = first_plan(300, 1, folder)
    assert set(written.programs) == {ROSTER_FLOOR, FIRST_WRITTEN}
    plan = read_plan(folder / "first_sync.parquet")
    assert plan.counts[Verb.CREATE, Kind.USER] == len(read_csv(folder / "roster", source="sis").users)
    runs = iteration(300, 2, folder)
    assert [run[CHANGES] for run in runs.programs[ITERATED].figures] == [len(plan)] * 2
    assert f"| {len(plan):,} |" in "\n".join(iterated(runs))
