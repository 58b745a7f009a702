"""What `oneroster_reconcile.fleet` gives shows itself in use."""

import inspect
import subprocess
import sys

from oneroster_reconcile import fleet

HEAVY = ("dask", "distributed", "pyspark", "sqlalchemy")


def test_every_public_name_has_an_example() -> None:
    """A class or function says by an example what it is for, and the names are in order and each once."""
    made = [getattr(fleet, name) for name in fleet.__all__]
    bare = [
        each.__name__ for each in made if inspect.isclass(each) or inspect.isfunction(each) if ">>>" not in (each.__doc__ or "")
    ]
    assert bare == []
    assert len(set(fleet.__all__)) == len(fleet.__all__)


def test_engines_are_loaded_when_they_are_used() -> None:
    """Whoever has neither Dask nor Spark nor SQLAlchemy works on tenants all the same."""
    seen = f"import sys, oneroster_reconcile.fleet; sys.exit(any(each in sys.modules for each in {HEAVY!r}))"
    assert subprocess.run([sys.executable, "-c", seen], check=False).returncode == 0
