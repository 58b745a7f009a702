"""Compare two results: `python -m benchmarks.compare BEFORE.json AFTER.json` ends with 1 where something became slower or bigger.

A figure is the median of the runs. Seconds are compared in units of what the floor took in the same turn, since machines and minutes differ; megabytes, and what has no floor, as they are, and only between results
of one machine. A figure is flagged where all of the interval of the ratio of medians (bootstrap, 99 %) lies above 1, and the ratio is 1.05 or more; with fewer than three runs on a side nothing is flagged, nor what takes less than 0.05 s. What other
programs than the library's take is shown, and fails nothing: where one of those became slower, something else than the library changed.
"""

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.comparing import FEWEST, Compared, Verdict, compared
from benchmarks.results import Results, read_results

__all__ = ["main"]

_SPOKEN_OF = ("machine", "versions", "settings")


def main(arguments: Sequence[str] | None = None) -> int:
    """Print what differs, and say whether the later results are as good as the earlier ones: 0, or 1 for a regression."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.compare", description=__doc__)
    parser.add_argument("before", type=Path)
    parser.add_argument("after", type=Path)
    options = parser.parse_args(arguments)
    before, after = read_results(options.before), read_results(options.after)
    figures = list(compared(before, after))
    for line in (*_circumstances(before, after), *_table(figures), "", _conclusion(figures)):
        print(line)
    return int(any(each.verdict is Verdict.REGRESSION for each in figures))


def _circumstances(before: Results, after: Results) -> Iterator[str]:
    """What else is different, which may be why."""
    yield f"{before.started} ({before.versions.get('commit') or 'no commit'}) -> {after.started} ({after.versions.get('commit') or 'no commit'})"
    for name in _SPOKEN_OF:
        one: Mapping[str, Any] = getattr(before, name)
        other: Mapping[str, Any] = getattr(after, name)
        for key in sorted(one.keys() | other.keys()):
            if key != "commit" and one.get(key) != other.get(key):
                yield f"- {key}: {one.get(key, 'not set')} -> {other.get(key, 'not set')}"
    yield ""


def _table(figures: Sequence[Compared]) -> Iterator[str]:
    yield "| measurement | program | figure | before | after | ratio | 99 % | |"
    yield "|---|---|---|---|---|---|---|---|"
    for each in figures:
        medians = f"{each.before:,.3g} | {each.after:,.3g} | {each.ratio:.2f} | {each.low:.2f} to {each.high:.2f}"
        yield f"| {each.measurement} | {each.program} | {each.figure} | {medians} | {each.verdict} |"


def _conclusion(figures: Sequence[Compared]) -> str:
    if not figures:
        return "Nothing was measured in both: nothing can be said."
    told = {verdict: sum(each.verdict is verdict for each in figures) for verdict in Verdict}
    counts = ", ".join(f"{count} {verdict}" for verdict, count in told.items() if count)
    few = f" Where there are fewer than {FEWEST} runs on a side, nothing is flagged." if told[Verdict.UNKNOWN] else ""
    return f"Of {len(figures)} figures: {counts}.{few}"


if __name__ == "__main__":
    sys.exit(main())
