"""Reading the roster with the library and validating it, and nothing else: `python validating.py DATA`.

Compared with `reading.py`, it says what validation costs.
"""

import sys
from pathlib import Path

from oneroster_reconcile import read_csv, validate

if __name__ == "__main__":
    validate(read_csv(Path(sys.argv[1]) / "roster", source="sis"))
