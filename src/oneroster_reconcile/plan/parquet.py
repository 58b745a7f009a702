"""A plan as a folder of Parquet files: columns for what there may be millions of, and `plan.json` with the rest, which proves the files whole.

`plan.json` is written last: a folder whose writing broke off is no plan.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from hashlib import blake2b
from pathlib import Path
from typing import Any

import polars as pl

from oneroster_reconcile.issues.errors import PlanUnreadable
from oneroster_reconcile.issues.issue import Issue
from oneroster_reconcile.model.base import ABSENCES
from oneroster_reconcile.model.canonical import keys_of
from oneroster_reconcile.model.concurrency import side_by_side
from oneroster_reconcile.model.crosswalk import Crosswalk
from oneroster_reconcile.model.hooks import converter
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.schema import row_class, schema_of
from oneroster_reconcile.plan.acknowledgements import Acknowledgements
from oneroster_reconcile.plan.follow_ups import FollowUp
from oneroster_reconcile.plan.frames import change_schema
from oneroster_reconcile.plan.headers import about, header_of, understood
from oneroster_reconcile.plan.notes import NOTES
from oneroster_reconcile.plan.places import PLACES
from oneroster_reconcile.plan.plan import ChangePlan
from oneroster_reconcile.plan.verbs import LINKING
from oneroster_reconcile.plan.verdicts import MARKS, Verdict

__all__ = ["SUFFIX", "read_folder", "write_folder"]

SUFFIX = ".parquet"
"""How the name of such a folder ends."""
_HEAD = "plan.json"
_LINKS = Crosswalk().frame.schema
_SCHEMAS: Mapping[str, pl.Schema] = {
    **{f"changes.{kind}": change_schema(kind) for kind in Kind},
    **{f"links.{kind}": change_schema(kind, link=True) for kind in Kind},
    **{f"rows.{kind}": schema_of(row_class(kind)) for kind in Kind},
    **{f"forgotten.{kind}": pl.Schema(dict.fromkeys(keys_of(row_class(kind)), pl.String())) for kind in Kind},
    "crosswalk": _LINKS,
    "absences": pl.Schema(ABSENCES),
    "holds": pl.Schema(MARKS),
    "notes": NOTES,
    "places": PLACES,
}
"""The files that there may be, and their columns; what has no rows has no file."""


def write_folder(plan: ChangePlan, folder: Path) -> None:
    """Write a plan into a folder, which is made where it is missing; a plan that is there goes."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in (_HEAD, *map(_file, _SCHEMAS)):
        (folder / name).unlink(missing_ok=True)
    # While the columns are written the digest is worked out: either keeps one core busy.
    work: Mapping[str, Callable[[], Any]] = {"digest": lambda: plan.digest, "files": lambda: _written(plan, folder)}
    made = side_by_side(lambda part: work[part](), work)
    head = {
        **header_of(plan),
        "changes": len(plan),
        "digest": made["digest"],
        "guards": converter().unstructure(plan.guards),
        "follow_ups": converter().unstructure(plan.follow_ups),
        "issues": converter().unstructure(plan.issues),
        "files": made["files"],
    }
    text = json.dumps({**head, "checksum": _proof(head)}, ensure_ascii=False, indent=1)
    (folder / _HEAD).write_text(f"{text}\n", encoding="utf-8")


def read_folder(folder: Path) -> ChangePlan:
    """Read a plan that `write_folder` wrote.

    Raises PlanUnreadable where the folder holds none, or one that was cut short or altered or has a version this library does not know.
    """
    try:
        head = json.loads((folder / _HEAD).read_text(encoding="utf-8"))
    except OSError as error:
        raise PlanUnreadable(f"{folder}: cannot be read ({error}); give the folder that `plan -o` wrote") from error
    except ValueError:
        head = None
    known = understood(head, folder)
    try:
        plan = _plan(dict(known), folder)
        whole = len(plan) == known["changes"] and plan.digest == known["digest"]
    except (OSError, ValueError, KeyError, TypeError, AttributeError, ExceptionGroup, pl.exceptions.PolarsError) as error:
        raise PlanUnreadable(f"{folder}: is damaged ({type(error).__name__}); make the plan again") from error
    if not whole:
        raise PlanUnreadable(f"{folder}: does not match its {_HEAD}, so it was cut short or altered; make the plan again")
    return plan


def _file(name: str) -> str:
    return f"{name}.parquet"


def _written(plan: ChangePlan, folder: Path) -> dict[str, str]:
    """Write the files that have rows; their names and what proves each of them whole."""
    sums: dict[str, str] = {}
    for name, frame in _frames(plan):
        if not frame.is_empty():
            _own(frame).write_parquet(folder / _file(name))
            sums[_file(name)] = _checksum(folder / _file(name))
    return sums


def _own(frame: pl.DataFrame) -> pl.DataFrame:
    """The rows without what lists still hold of rows that were filtered out: a file would have it, though nobody sees it."""
    listing = [name for name, dtype in frame.schema.items() if _has_list(dtype)]
    return frame.with_columns(pl.col(listing).gather(pl.int_range(pl.len()))) if listing else frame


def _has_list(dtype: object) -> bool:
    return isinstance(dtype, pl.List) or (isinstance(dtype, pl.Struct) and any(_has_list(each.dtype) for each in dtype.fields))


def _frames(plan: ChangePlan) -> Iterator[tuple[str, pl.DataFrame]]:
    """What goes into files, in an order that the order of the inputs' rows has no part in."""
    for kind in Kind:
        phases = [phase for phase in plan.phases() if phase.kind is kind]
        for name, linking in (("changes", False), ("links", True)):
            frames = [phase.frame for phase in phases if (phase.action in LINKING) is linking]
            yield f"{name}.{kind}", pl.concat([pl.DataFrame(schema=_SCHEMAS[f"{name}.{kind}"]), *frames])
        yield f"rows.{kind}", plan.acknowledgements.rows[kind]
        yield f"forgotten.{kind}", plan.acknowledgements.forgotten[kind]
    yield "crosswalk", plan.acknowledgements.links.frame
    yield "absences", plan.acknowledgements.absences.sort("kind", "id")
    yield "holds", plan.marks.sort(*MARKS)
    yield "notes", plan.notes
    yield "places", plan.places


def _plan(head: dict[str, Any], folder: Path) -> ChangePlan:
    if head.pop("checksum") != _proof(head):
        raise ValueError("the head is not the one that was written")
    for name, checksum in head["files"].items():
        if name.removesuffix(SUFFIX) not in _SCHEMAS or _checksum(folder / name) != checksum:
            raise ValueError("a file is not the one that was written")
    frames = {name: _frame(folder, name, head["files"]) for name in _SCHEMAS}

    def of(part: str) -> dict[Kind, pl.DataFrame]:
        return {kind: frames[f"{part}.{kind}"] for kind in Kind}

    structure = converter().structure
    return ChangePlan(
        **about(head),
        changes=of("changes"),
        links=of("links"),
        acknowledgements=Acknowledgements(
            rows=of("rows"), forgotten=of("forgotten"), links=Crosswalk.of(frames["crosswalk"]), absences=frames["absences"]
        ),
        issues=structure(head["issues"], tuple[Issue, ...]),
        guards=structure(head["guards"], tuple[Verdict, ...]),
        marks=frames["holds"],
        follow_ups=structure(head["follow_ups"], tuple[FollowUp, ...]),
        notes=frames["notes"],
        places=frames["places"],
    )


def _frame(folder: Path, name: str, files: Mapping[str, str]) -> pl.DataFrame:
    if _file(name) not in files:
        return pl.DataFrame(schema=_SCHEMAS[name])
    frame = pl.read_parquet(folder / _file(name))
    return frame.select(pl.col(column).cast(dtype) for column, dtype in _SCHEMAS[name].items())


def _checksum(file: Path) -> str:
    made = blake2b(digest_size=32)
    with file.open("rb") as content:
        while piece := content.read(1 << 20):
            made.update(piece)
    return made.hexdigest()


def _proof(head: Mapping[str, Any]) -> str:
    """What tells that nothing was altered, of the files that the head names neither."""
    return blake2b(json.dumps(head, ensure_ascii=False, sort_keys=True).encode(), digest_size=32).hexdigest()
