"""`validate`: what a package holds, or why it cannot be read."""

from typing import Any

from oneroster_reconcile.cli.options import Format, FormatOption, ModeOption, SourceArgument, VersionOption
from oneroster_reconcile.cli.output import print_document
from oneroster_reconcile.model.coverage import Read
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.roster import Roster
from oneroster_reconcile.render.descriptions import plural
from oneroster_reconcile.sources.csv import read_csv

__all__ = ["validate"]


def validate(
    source: SourceArgument, mode: ModeOption = None, version: VersionOption = None, output_format: FormatOption = Format.TEXT
) -> None:
    """Read a package and say what it holds, and how completely.

    A row that is missing from what was read completely counts as gone.
    """
    roster = read_csv(source, mode=mode, version=version)
    if output_format is Format.JSON:
        print_document({"kinds": {kind.value: _document(roster, kind) for kind in Kind}})
        return
    print(f"{'':<18}{'rows':>10}  {'read as':<10}a missing row is gone")
    for kind in Kind:
        read = roster.coverage.read(kind)
        proof = "yes" if roster.coverage.proves_absence(kind) else "no"
        print(f"{plural(kind, 2):<18}{len(roster[kind]):>10,}  {_extent(roster, kind):<10}{proof}{_lost(read)}")


def _document(roster: Roster, kind: Kind) -> dict[str, Any]:
    read = roster.coverage.read(kind)
    return {
        "rows": len(roster[kind]),
        "extent": _extent(roster, kind),
        "proves_absence": roster.coverage.proves_absence(kind),
        "rejected": read.rejected,
        "masked": read.masked,
        "filtered": read.filtered,
    }


def _extent(roster: Roster, kind: Kind) -> str:
    """How a kind was read; `absent` where the package has no file of it."""
    return roster.coverage.reads[kind].extent.value if kind in roster.coverage.reads else "absent"


def _lost(read: Read) -> str:
    """The rows that are there but unknown here, where there are any."""
    counted = {"rejected": read.rejected, "masked": read.masked, "filtered": read.filtered}
    told = [f"{number:,} {what}" for what, number in counted.items() if number]
    return f"  ({', '.join(told)})" if told else ""
