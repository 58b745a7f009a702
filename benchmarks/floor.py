"""The floor: polars parses every column of the same files, streaming, and does nothing else.

`python floor.py FOLDER...`; one file after the other: that costs less than all at once.
"""

import sys
from pathlib import Path

import polars as pl

if __name__ == "__main__":
    for folder in sys.argv[1:]:
        for path in sorted(Path(folder).rglob("*.csv")):
            pl.scan_csv(path, infer_schema=False).select(pl.all().null_count()).collect(engine="streaming")
