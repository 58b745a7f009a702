"""Assignment: one person, one account; and how sure one can be that it is this one."""

import numpy as np
import polars as pl
from numpy.typing import NDArray

from oneroster_reconcile.identity.probabilistic.blocking import Pairs

__all__ = ["assigned", "margins"]


def assigned(pairs: Pairs, weight: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which pairs are taken when the heaviest goes first and takes both its people; equal weights go in the order of ids.

    >>> pairs = Pairs(source=np.array([0, 0, 1]), host=np.array([0, 1, 1]))
    >>> assigned(pairs, np.array([9.0, 5.0, 7.0])).tolist()
    [True, False, True]
    """
    order = np.lexsort((pairs.host, pairs.source, -weight))
    taken = np.zeros(pairs.count, np.bool_)
    ours: set[int] = set()
    theirs: set[int] = set()
    for position, source, host in zip(order.tolist(), pairs.source[order].tolist(), pairs.host[order].tolist(), strict=True):
        if source not in ours and host not in theirs:
            ours.add(source)
            theirs.add(host)
            taken[position] = True
    return taken


def margins(pairs: Pairs, weight: NDArray[np.float64], taken: NDArray[np.bool_]) -> NDArray[np.float64]:
    """For each taken pair, how many bits worse the best alternative is: leaving both alone, or exchanging partners through one other pair.

    Both twins present on both sides is no doubt, though each resembles the other's account: exchanging them would cost twice. Pairs that are not taken have 0.

    >>> pairs = Pairs(source=np.array([0, 0, 1, 1]), host=np.array([0, 1, 0, 1]))
    >>> weight = np.array([20.0, 18.0, 18.0, 20.0])
    >>> margins(pairs, weight, assigned(pairs, weight)).tolist()
    [4.0, 0.0, 0.0, 4.0]
    """
    all_pairs = pl.DataFrame({"source": pairs.source, "host": pairs.host, "weight": weight, "taken": taken}).with_row_index("row")
    links = all_pairs.filter("taken")
    exchanges = (
        all_pairs.filter(~pl.col("taken"))
        .join(links.select("source", host_now="host", row_source="row", weight_source="weight"), on="source", how="left")
        .join(links.select("host", source_now="source", row_host="row", weight_host="weight"), on="host", how="left")
        .join(
            all_pairs.select(source_now="source", host_now="host", weight_back="weight"),
            on=["source_now", "host_now"],
            how="left",
        )
        .with_columns(
            slack=pl.col("weight_source").fill_null(0)
            + pl.col("weight_host").fill_null(0)
            - pl.col("weight")
            - pl.max_horizontal(pl.col("weight_back").fill_null(0), 0)
        )
    )
    found = np.where(taken, weight, 0.0)
    for row in ("row_source", "row_host"):
        worst = exchanges.drop_nulls(row).select(row, "slack")
        np.minimum.at(found, worst[row].to_numpy(), worst["slack"].to_numpy())
    return found
