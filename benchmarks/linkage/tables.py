"""The rows of the tables, from what the programs left behind."""

import argparse
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import polars as pl

from benchmarks.linkage.cases import febrl_cases, read_case, roster_folder
from benchmarks.linkage.scoring import Score, difference, one_to_one, score
from benchmarks.measuring import Runs

__all__ = ["calibration_error", "calibration_rows", "cost_rows", "febrl_rows", "roster_rows"]

Run = Callable[[Path], tuple[dict[str, Runs], dict[str, Path]]]
RIVAL = "Splink, all columns"
_PAIR = ["source_id", "host_id"]


def febrl_rows(data: Path, programs: Sequence[str], run: Run) -> Iterator[str]:
    """F1 at a probability of a half or more, for each program; no pairs are taken away afterwards."""
    for name, folder in febrl_cases(data):
        costs, outs = run(folder)
        truth = read_case(folder).truth
        found = {program: pl.read_parquet(out).filter(pl.col("probability") >= 0.5) for program, out in outs.items()}
        cells = [f"{score(found[program], truth).f1:.4f}, {costs[program].wall:.1f} s" for program in programs]
        if RIVAL in found:
            low, high = difference(found["library"], found[RIVAL], truth)
            cells += [f"{low:+.4f} .. {high:+.4f}", f"{costs[RIVAL].wall / costs['library'].wall:.1f}x"]
        yield f"| {name} | {' | '.join(cells)} |"


def roster_rows(options: argparse.Namespace, programs: Sequence[str], run: Callable[[Path], dict[str, Path]]) -> Iterator[str]:
    """What is linked without asking, over all seeds; peers get one-to-one and a margin of three bits after them, at 0.95."""
    recalls: list[pl.DataFrame] = []
    weighed: list[pl.DataFrame] = []
    for preset in ("default", "hard"):
        totals = {program: Score(right=0, wrong=0, missed=0) for program in programs}
        asked = Score(right=0, wrong=0, missed=0)
        for seed in options.seeds:
            folder = roster_folder(options.data, seed, options.students, preset)
            outs, truth = run(folder), read_case(folder).truth
            for program in programs:
                found = pl.read_parquet(outs[program])
                links = found.filter("linked") if program == "library" else one_to_one(found, 0.95, 3.0)
                totals[program] += score(links, truth)
                if program == "library":
                    asked += score(found.filter("asked"), truth)
                    recalls.append(_by_tag(links, truth, preset))
                    weighed.append(_weighed(found, truth, preset))
        for program, total in totals.items():
            review = f"{asked.right + asked.wrong} | {asked.precision:.3f}" if program == "library" else "|"
            yield f"| {preset} | {program} | {total.right + total.wrong} | {total.wrong} | {total.precision:.5f} | {total.recall:.4f} | {review} |"
    yield from _tags(pl.concat(recalls))
    yield from calibration_rows(pl.concat(weighed))


def cost_rows(options: argparse.Namespace, run: Run) -> Iterator[str]:
    """Whole processes, reading and writing included."""
    for students in options.cost:
        folder = roster_folder(options.data, 31, students, "default")
        case = read_case(folder)
        for program, cost in run(folder)[0].items():
            yield f"| {case.source.height:,} x {case.host.height:,} | {program} | {cost.wall:.1f} | {cost.cpu:.1f} | {cost.peak:.0f} |"


def _by_tag(links: pl.DataFrame, truth: pl.DataFrame, preset: str) -> pl.DataFrame:
    found = truth.join(links.select(*_PAIR, found=pl.lit(value=True)), on=_PAIR, how="left")
    return found.explode("tags").select("tags", pl.col("found").fill_null(value=False), preset=pl.lit(preset))


def _tags(found: pl.DataFrame) -> Iterator[str]:
    """Recall of the library by what was done to the account."""
    yield from ("", "| corruption | default | hard |", "|---|---|---|")
    shares = found.drop_nulls("tags").group_by("tags", "preset").agg(pl.col("found").mean(), pl.len())
    for tag in sorted(set(shares["tags"])):
        cells = [
            f"{share:.1%} of {count}"
            for preset in ("default", "hard")
            for share, count in shares.filter(tags=tag, preset=preset).select("found", "len").iter_rows()
        ]
        yield f"| {tag} | {' | '.join(cells)} |"


def _weighed(found: pl.DataFrame, truth: pl.DataFrame, preset: str) -> pl.DataFrame:
    """The pairs that the library weighed, with whether they are true."""
    true = truth.select(*_PAIR, true=pl.lit(value=True))
    kept = found.join(true, on=_PAIR, how="left").with_columns(pl.col("true").fill_null(value=False))
    return kept.select("probability", "linked", "true", preset=pl.lit(preset))


_BINS = (0.05, 0.2, 0.5, 0.8, 0.95, 0.99, 0.999, 0.9999, 1.0)


def calibration_rows(weighed: pl.DataFrame) -> Iterator[str]:
    """How many of the pairs of about one probability are true."""
    yield from (
        "",
        "| probability | default: pairs | mean probability | true | hard: pairs | mean probability | true |",
        "|---|---|---|---|---|---|---|",
    )
    for low, high in pairwise(_BINS):
        inside = weighed.filter(pl.col("probability") >= low, (pl.col("probability") < high) | (high == 1))
        yield _calibrated(f"{low:g} to {high:g}", inside)
    yield _calibrated("linked", weighed.filter("linked"))
    errors = [f"| | | {calibration_error(weighed.filter(preset=preset)):.4f}" for preset in ("default", "hard")]
    yield f"| expected calibration error {' '.join(errors)} |"


def calibration_error(weighed: pl.DataFrame) -> float:
    """How far the mean probability of a bin and the share of its pairs that is true lie apart, on the average of all pairs."""
    number = pl.sum_horizontal((pl.col("probability") >= edge).cast(pl.Int64) for edge in _BINS[:-1])
    bins = weighed.group_by(bin=number).agg(pl.len(), apart=(pl.col("probability").mean() - pl.col("true").mean()).abs())
    return float(bins.select((pl.col("len") * pl.col("apart")).sum()).item()) / max(weighed.height, 1)


def _calibrated(name: str, pairs: pl.DataFrame) -> str:
    cells = [name]
    for preset in ("default", "hard"):
        some = pairs.filter(preset=preset)
        chance, true = (some[column].mean() or 0.0 for column in ("probability", "true"))
        cells += [str(some.height), f"{chance:.4f}", f"{true:.4f}"]
    return f"| {' | '.join(cells)} |"
