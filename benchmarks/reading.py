"""Reading the roster with the library, and nothing else: `python reading.py DATA`."""

import sys
from pathlib import Path

from oneroster_reconcile import read_csv

if __name__ == "__main__":
    read_csv(Path(sys.argv[1]) / "roster", source="sis")
