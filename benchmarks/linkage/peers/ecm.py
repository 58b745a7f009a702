"""recordlinkage's ECM classifier on one FEBRL case: `python -m benchmarks.linkage.peers.ecm FOLDER OUT`."""

import sys
from pathlib import Path
from typing import Any

import pandas as pd
import polars as pl
import recordlinkage

from benchmarks.linkage.cases import read_case

_BLOCKS = ("given_name", "surname", "date_of_birth", "suburb", "postcode", "soc_sec_id")
_ALIKE = ("given_name", "surname", "address_1", "address_2", "suburb")


def main(folder: str, out: str) -> None:
    """Compare the pairs that share one of the fields, as agreement or none, and classify them by expectation and maximisation."""
    case = read_case(Path(folder))
    source = case.source.to_pandas().set_index("id")
    host = None if case.host is case.source else case.host.to_pandas().set_index("id")
    index = recordlinkage.Index()
    for field in set(_BLOCKS) & set(case.fields):
        index.block(field)
    sides: list[Any] = [source] if host is None else [source, host]
    pairs = index.index(*sides)
    compare = recordlinkage.Compare()
    for field in case.fields:
        if field in _ALIKE:
            compare.string(field, field, method="jarowinkler", threshold=0.85, label=field)
        else:
            compare.exact(field, field, label=field)
    features = compare.compute(pairs, *sides)
    classifier = recordlinkage.ECMClassifier(binarize=0.5)
    classifier.fit(features)
    scores: pd.Series[float] = classifier.prob(features)
    left, right = (list(scores.index.get_level_values(level)) for level in (0, 1))
    found = pl.DataFrame({"left": left, "right": right, "probability": scores.to_list()})
    if host is None:
        found = found.with_columns(left=pl.min_horizontal("left", "right"), right=pl.max_horizontal("left", "right"))
    found.select(source_id="left", host_id="right", probability="probability").filter(
        pl.col("probability") >= 0.01
    ).write_parquet(out)


if __name__ == "__main__":
    main(*sys.argv[1:])
