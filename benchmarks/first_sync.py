"""The first sync with the library: nothing is remembered and the host is empty, so that everything is new. It stops when the plan exists.

`python first_sync.py DATA AS_OF`
"""

import sys
from datetime import date
from pathlib import Path

from oneroster_reconcile import Directory, presets, read_csv, reconcile

if __name__ == "__main__":
    roster = read_csv(Path(sys.argv[1]) / "roster", source="sis")
    reconcile(roster, Directory(), policy=presets.mirror(), as_of=date.fromisoformat(sys.argv[2]))
