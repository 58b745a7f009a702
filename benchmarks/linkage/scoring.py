"""How good a set of pairs is, and how sure one can be that it is better than another."""

import numpy as np
import polars as pl
from attrs import frozen
from numpy.typing import NDArray

__all__ = ["Score", "difference", "one_to_one", "score"]

_PAIR = ["source_id", "host_id"]


@frozen(kw_only=True)
class Score:
    """Right, wrong and missed pairs."""

    right: int
    wrong: int
    missed: int

    @property
    def precision(self) -> float:
        """The share of the pairs that are right."""
        return self.right / max(self.right + self.wrong, 1)

    @property
    def recall(self) -> float:
        """The share of the true pairs that were found."""
        return self.right / max(self.right + self.missed, 1)

    @property
    def f1(self) -> float:
        """The harmonic mean of both."""
        return 2 * self.right / max(2 * self.right + self.wrong + self.missed, 1)

    def __add__(self, other: "Score") -> "Score":
        return Score(right=self.right + other.right, wrong=self.wrong + other.wrong, missed=self.missed + other.missed)


def score(found: pl.DataFrame, truth: pl.DataFrame) -> Score:
    """Compare pairs with the truth."""
    right = found.select(_PAIR).join(truth, on=_PAIR, how="semi").height
    return Score(right=right, wrong=found.height - right, missed=truth.height - right)


def difference(one: pl.DataFrame, other: pl.DataFrame, truth: pl.DataFrame, rounds: int = 2_000) -> tuple[float, float]:
    """The 95 % bootstrap interval of F1(one) - F1(other), both measured on the same resampled source records."""
    ids = pl.concat([each.select("source_id") for each in (one, other, truth)]).unique().sort("source_id")
    counts = [_counts(ids, found, truth) for found in (one, other)]
    draws = np.random.default_rng(0).multinomial(ids.height, np.full(ids.height, 1 / ids.height), rounds)
    ones, others = (_f1(draws @ each) for each in counts)
    low, high = np.quantile(ones - others, (0.025, 0.975))
    return float(low), float(high)


def one_to_one(found: pl.DataFrame, least: float, margin: float) -> pl.DataFrame:
    """The pairs that are the likeliest for both their people, likely enough, and by `margin` bits ahead of the next: for peers, which leave that to their user."""
    bits = found.with_columns(weight=(pl.col("probability") / (1 - pl.col("probability") + 1e-15)).log(2)).filter(
        pl.col("probability") >= 0.01
    )
    for side in ("source_id", "host_id"):
        second = pl.col("weight").top_k(2).sort(descending=True).get(1, null_on_oob=True).over(side)
        first = pl.col("weight").max().over(side)
        bits = bits.with_columns(
            ((pl.col("weight") == first) & (pl.col("weight") - second.fill_null(-99) >= margin)).alias(f"best_{side}")
        )
    return bits.filter("best_source_id", "best_host_id", pl.col("probability") >= least).select(_PAIR)


def _counts(ids: pl.DataFrame, found: pl.DataFrame, truth: pl.DataFrame) -> NDArray[np.float64]:
    """For each source record: right, found and true pairs."""
    right = found.join(truth, on=_PAIR, how="semi")
    columns = [
        ids.join(each.group_by("source_id").len(), on="source_id", how="left", maintain_order="left")["len"].fill_null(0)
        for each in (right, found, truth)
    ]
    return np.column_stack([column.to_numpy() for column in columns]).astype(np.float64)


def _f1(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    result: NDArray[np.float64] = 2 * sums[:, 0] / (sums[:, 1] + sums[:, 2])
    return result
