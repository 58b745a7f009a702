"""What a script does: pairs that agree on given name, family name and birth date, or on an id. `python -m benchmarks.linkage.peers.exact_keys FOLDER OUT`."""

import sys
from pathlib import Path

import polars as pl

from benchmarks.linkage.cases import read_case

_KEYS = (
    ("soc_sec_id",),
    ("given_name", "surname", "date_of_birth"),
    ("identifier",),
    ("email",),
    ("given_name", "family_name", "birth_date"),
)


def main(folder: str, out: str) -> None:
    """Join by each key that the case has."""
    case = read_case(Path(folder))
    found = []
    for key in _KEYS:
        if set(key) <= set(case.source.columns):
            sides = [side.select("id", *key).drop_nulls() for side in (case.source, case.host)]
            joined = sides[0].join(sides[1], on=key, suffix="_host").select(source_id="id", host_id="id_host")
            found.append(joined.filter(pl.col("source_id") < pl.col("host_id")) if case.host is case.source else joined)
    pl.concat(found).unique().with_columns(probability=pl.lit(1.0)).write_parquet(out)


if __name__ == "__main__":
    main(*sys.argv[1:])
