"""`demo`: the whole line, on a district that does not exist."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from oneroster_reconcile.cli.failures import WrongUsage, writing
from oneroster_reconcile.cli.opening import open_host

__all__ = ["demo"]


def demo(
    students: Annotated[int, typer.Option("--students", min=10, metavar="N", help="How big the district is.")] = 2_000,
    folder: Annotated[
        Path | None, typer.Option("--dir", metavar="DIR", help="Where to leave the files; by default nothing is left.")
    ] = None,
) -> None:
    """Show the whole line on a generated district.

    Its files are read, planned and applied to a SQLite database; edits made there are found; the night after changes little. Every plan, once applied, is
    followed by one that is empty, or the command fails.
    """
    from oneroster_reconcile.cli.demonstration import Demonstration

    with _place(folder) as place, open_host(f"sqlite:///{place / 'host.db'}") as host:
        Demonstration(place, host).run(students)
    if folder is not None:
        typer.echo(f"\nThe files are in {folder}: the roster of each day, the plans, host.db and the state.")


@contextmanager
def _place(folder: Path | None) -> Generator[Path]:
    """A folder of the demonstration's own."""
    if folder is None:
        with TemporaryDirectory(prefix="oneroster-") as made:
            yield Path(made)
        return
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            raise WrongUsage(f"{folder}: is not empty; give the demonstration a folder of its own")
    yield folder
