"""A plan as JSON Lines: a header, one change a line, what is remembered, the issues, notes on what is left alone, and a trailer that proves the rest is whole."""

import json
from collections.abc import Iterator, Mapping
from functools import partial
from hashlib import blake2b
from pathlib import Path
from typing import Any, TextIO, TypeVar

import polars as pl

from oneroster_reconcile.issues.errors import PlanUnreadable
from oneroster_reconcile.issues.issue import Issue
from oneroster_reconcile.model.base import ABSENCES
from oneroster_reconcile.model.canonical import keys_of
from oneroster_reconcile.model.crosswalk import Crosswalk
from oneroster_reconcile.model.hooks import converter
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.schema import row_class, schema_of
from oneroster_reconcile.plan.acknowledgements import Acknowledgements
from oneroster_reconcile.plan.follow_ups import FollowUp
from oneroster_reconcile.plan.frames import LINK_ROW, change_schema
from oneroster_reconcile.plan.headers import about, header_of, understood
from oneroster_reconcile.plan.notes import note_lines, notes_from
from oneroster_reconcile.plan.places import place_lines, places_from
from oneroster_reconcile.plan.plan import ChangePlan
from oneroster_reconcile.plan.verbs import ACTIONS, LINKING
from oneroster_reconcile.plan.verdicts import MARKS, Verdict

__all__ = ["read_lines", "write_lines"]

T = TypeVar("T")

_SHORTEST = 2
_MEMBERS = ("verb", "acknowledge", "issue", "guard", "follow_up", "hold", "note", "place")
_FIRST = r'^\{\s*"(?<what>\w+)"\s*:\s*(?:"(?<which>\w+)"\s*,\s*"kind"\s*:\s*"(?<kind>\w+)")?'
"""How a line begins: with the member that says what it is. Looking at the beginning alone is a hundredth of the work of looking for a member."""


def write_lines(plan: ChangePlan, path: Path) -> None:
    """Write a plan to a file, in pieces: memory is bounded by one phase of the plan."""
    with path.open("w", encoding="utf-8", newline="\n") as out:
        checksum = blake2b(digest_size=32)
        write = partial(_written, out=out, checksum=checksum)
        write(f"{json.dumps(header_of(plan))}\n")
        digest = plan.digested(map(write, plan.canonical_lines()))
        for issue in plan.issues:
            write(f"{json.dumps({'issue': converter().unstructure(issue)}, ensure_ascii=False)}\n")
        for piece in note_lines(plan.notes):
            write(piece)
        for line in place_lines(plan.places):
            write(line)
        out.write(f"{json.dumps({'changes': len(plan), 'digest': digest, 'checksum': checksum.hexdigest()})}\n")


def _written(piece: str, *, out: TextIO, checksum: blake2b) -> bytes:
    """Lines on their way to the file, which are made once for it, for its checksum and for the plan's digest."""
    out.write(piece)
    content = piece.encode()
    checksum.update(content)
    return content


def read_lines(path: Path) -> ChangePlan:
    """Read a plan that `write_lines` wrote.

    Raises PlanUnreadable where the file is not a plan, was cut short or altered, or has a version this library does not know.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise PlanUnreadable(f"{path}: cannot be read ({error}); give the file that `plan -o` wrote") from error
    lines = [line for line in text.split("\n") if line]
    header = _header(lines, path)
    try:
        plan = _plan(header, pl.Series("line", lines[1:-1], dtype=pl.String()))
        checksum = _checksum(text, lines[-1])
        whole = json.loads(lines[-1]) == {"changes": len(plan), "digest": plan.digest, "checksum": checksum}
    except (ValueError, KeyError, TypeError, ExceptionGroup, pl.exceptions.PolarsError) as error:
        raise PlanUnreadable(f"{path}: is damaged ({type(error).__name__}); make the plan again") from error
    if not whole:
        raise PlanUnreadable(f"{path}: does not match its trailer, so it was cut short or altered; make the plan again")
    return plan


def _checksum(text: str, trailer: str) -> str:
    """The checksum of all that stands before the trailer."""
    return blake2b(text[: text.rindex(trailer)].encode(), digest_size=32).hexdigest()


def _header(lines: list[str], path: Path) -> Mapping[str, Any]:
    try:
        header = json.loads(lines[0]) if len(lines) >= _SHORTEST else None
    except (ValueError, RecursionError):
        header = None
    return understood(header, path)


def _plan(header: Mapping[str, Any], lines: pl.Series) -> ChangePlan:
    marked = pl.DataFrame({"line": lines}).with_columns(pl.col("line").str.extract_groups(_FIRST).struct.unnest())
    if not marked.select(pl.col("what").is_in(_MEMBERS).all()).item():
        raise ValueError("a line is none of a plan's")
    said = {what: marked.filter(pl.col("what") == what) for what in _MEMBERS}
    is_link = pl.col("which").is_in([verb.value for verb, action in ACTIONS.items() if action in LINKING])
    changes, links = said["verb"].filter(~is_link), said["verb"].filter(is_link)
    return ChangePlan(
        **about(header),
        changes={kind: _changes(changes, kind, link=False) for kind in Kind},
        links={kind: _changes(links, kind, link=True) for kind in Kind},
        acknowledgements=_acknowledgements(said["acknowledge"]),
        issues=tuple(_members(said, "issue", Issue)),
        guards=tuple(_members(said, "guard", Verdict)),
        marks=_marks(said["hold"]["line"]),
        follow_ups=tuple(_members(said, "follow_up", FollowUp)),
        notes=notes_from(said["note"]["line"]),
        places=places_from(said["place"]["line"]),
    )


def _changes(rows: pl.DataFrame, kind: Kind, *, link: bool) -> pl.DataFrame:
    return _decoded(rows.filter(pl.col("kind") == kind.value)["line"], change_schema(kind, link=link))


def _decoded(lines: pl.Series, schema: pl.Schema) -> pl.DataFrame:
    if lines.is_empty():
        return pl.DataFrame(schema=schema)
    return lines.str.json_decode(pl.Struct(schema)).struct.unnest()


def _acknowledgements(marked: pl.DataFrame) -> Acknowledgements:
    def rows(what: str, kind: Kind, schema: pl.Schema | dict[str, pl.DataType]) -> pl.DataFrame:
        chosen = marked.filter(pl.col("which") == what, pl.col("kind") == kind)["line"]
        return _decoded(chosen, pl.Schema({"row": pl.Struct(schema)})).select(pl.col("row").struct.unnest())

    link = pl.Schema({"kind": pl.String(), "row": LINK_ROW})
    links = _decoded(marked.filter(pl.col("which") == "link")["line"], link).select("kind", pl.col("row").struct.unnest())
    return Acknowledgements(
        rows={kind: rows("row", kind, schema_of(row_class(kind))) for kind in Kind},
        forgotten={kind: rows("forget", kind, dict.fromkeys(keys_of(row_class(kind)), pl.String())) for kind in Kind},
        links=Crosswalk.of(links),
        absences=_absences(marked.filter(pl.col("which") == "absence")["line"]),
    )


def _absences(lines: pl.Series) -> pl.DataFrame:
    row = pl.Struct({name: dtype for name, dtype in ABSENCES.items() if name != "kind"})
    decoded = _decoded(lines, pl.Schema({"kind": pl.String(), "row": row}))
    return decoded.select("kind", pl.col("row").struct.unnest()).cast(ABSENCES)


def _marks(lines: pl.Series) -> pl.DataFrame:
    return _decoded(lines, pl.Schema({"hold": pl.Struct(MARKS)})).select(pl.col("hold").struct.unnest())


def _members(said: Mapping[str, pl.DataFrame], name: str, value: type[T]) -> Iterator[T]:
    """The values that stand each in a line of their own, under their name."""
    for line in said[name]["line"]:
        yield converter().structure(json.loads(line)[name], value)
