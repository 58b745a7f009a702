"""Types: what a product writes against the public API type-checks, and what it forgets is found."""

import os
import subprocess
import sys
from pathlib import Path

import oneroster_reconcile

HERE = Path(__file__).parent
SRC = Path(*oneroster_reconcile.__path__).parent


def test_the_public_api_type_checks_and_matches_are_exhaustive() -> None:
    """A sample passes mypy --strict; a match that lacks `Delete` is the one error."""
    command = [
        sys.executable,
        "-m",
        "mypy",
        "--strict",
        "--no-error-summary",
        "--follow-imports=silent",
        "--config-file=",
        "sample.py",
        "incomplete.py",
    ]
    environment = {
        **os.environ,
        "MYPYPATH": str(SRC) if SRC.name == "src" else "",
        "MYPY_CACHE_DIR": str(HERE.parent.parent / ".mypy_cache" / "sample"),
    }
    said = subprocess.run(command, cwd=HERE, env=environment, capture_output=True, text=True, check=False)
    assert said.stderr == ""
    (line,) = said.stdout.splitlines()
    assert line.startswith("incomplete.py:")
    assert 'Argument 1 to "assert_never" has incompatible type "Delete[Any]"' in line
