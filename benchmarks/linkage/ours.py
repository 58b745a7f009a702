"""The library on one case: `python -m benchmarks.linkage.ours FOLDER OUT` writes `source_id, host_id, probability, linked`."""

import sys
from pathlib import Path

import polars as pl

from benchmarks.linkage.cases import read_case
from benchmarks.linkage.febrl import febrl_model
from oneroster_reconcile.identity.probabilistic.matcher import duplicates, link
from oneroster_reconcile.identity.probabilistic.roster import roster_model


def main(folder: str, out: str) -> None:
    """Link, and write every pair that is likelier than the review threshold."""
    case = read_case(Path(folder))
    model = febrl_model(case.fields) if case.kind == "febrl" else roster_model()
    found = duplicates(case.source, model) if case.host is case.source else link(case.source, case.host, model)
    linked = found.links.select("source_id", "host_id", linked=pl.lit(value=True))
    asked = found.review.select("source_id", "host_id", asked=pl.lit(value=True))
    pairs = found.pairs.join(linked, on=["source_id", "host_id"], how="left").join(asked, on=["source_id", "host_id"], how="left")
    pairs.with_columns(pl.col("linked", "asked").fill_null(value=False)).write_parquet(out)


if __name__ == "__main__":
    main(*sys.argv[1:])
