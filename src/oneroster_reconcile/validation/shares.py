"""Shares: a kind that lost a third of its rows, and ids that no longer belong to those whom the base knows by them."""

from collections.abc import Iterator, Mapping, Sequence

import polars as pl

from oneroster_reconcile.issues.issue import Resolution
from oneroster_reconcile.issues.shares import IDENTITY_DRIFT, KIND_SHRANK
from oneroster_reconcile.model.kinds import Kind, State, words
from oneroster_reconcile.model.schema import row_class, schema_of
from oneroster_reconcile.model.tables import Tables
from oneroster_reconcile.model.texts import normal
from oneroster_reconcile.model.time import over
from oneroster_reconcile.validation.findings import Finding
from oneroster_reconcile.validation.inspection import ACTIVE, Inspection
from oneroster_reconcile.validation.recycling import belongings, recycled

__all__ = ["drift", "shrunk"]

_LEFT = 2 / 3
"""Less than this share of what the base remembers is too little to be believed."""
_FEWEST = 10
_DRIFTED = 3
"""So many ids, and one in a hundred, have to have drifted before it is no accident."""
_SHARED = 3
"""What more rows than so many have in common does not tell which is which."""
_ALIKE: Mapping[Kind, Sequence[Sequence[str]]] = {
    Kind.ORG: (("identifier",), ("name", "type")),
    Kind.SESSION: (("title", "type", "start", "end"),),
    Kind.COURSE: (("course_code", "title"),),
    Kind.CLASS: (("title", "class_code", "school", "terms"),),
    Kind.USER: (
        ("identifier",),
        ("email", "family_name"),
        ("username", "family_name"),
        ("email", "given_name"),
        ("username", "given_name"),
    ),
}
"""The sets of columns by any of which two rows look the same."""


def shrunk(seen: Inspection) -> Iterator[Finding]:
    """The kinds that lost a third of their rows since the base, read completely or so it is said; what time ends counts on neither side."""
    then, tonight = _over(seen, seen.base), _over(seen, seen.roster)
    for kind in Kind:
        if kind in seen.expecting.shrinking or not seen.is_complete(kind):
            continue
        stood = pl.col("state").fill_null(State.ACTIVE.value) == State.ACTIVE.value
        before = _count(seen.base[kind].lazy().filter(stood), then.get(kind))
        aside = seen.roster.quarantine.get(kind)
        now = _count(seen.lazy(kind).filter(ACTIVE), tonight.get(kind)) + (0 if aside is None else aside.height)
        if before >= _FEWEST and now < before * _LEFT:
            said = f"{now:,} rows where the base remembers {before:,}"
            nothing = pl.DataFrame(schema=schema_of(row_class(kind)))
            yield Finding(code=KIND_SHRANK, kind=kind, message=said, rows=nothing, unproven=True, count=before - now)


def _over(seen: Inspection, tables: Tables) -> Mapping[Kind, pl.Expr]:
    return over(tables, seen.as_of) if seen.as_of else {}


def _count(rows: pl.LazyFrame, is_over: pl.Expr | None) -> int:
    """How many rows there are whose time is not over."""
    lasting = rows if is_over is None else rows.filter(~is_over.fill_null(value=False))
    return int(lasting.select(pl.len()).collect().item())


def drift(seen: Inspection) -> Iterator[Finding]:
    """Ids that are gone while new ones belong to rows that look the same, and known ids that belong to others now.

    Nothing is gone of what was not read completely.
    """
    for kind in _ALIKE:
        links = seen.base.crosswalk.links(seen.roster.source, kind)
        if links.is_empty() or kind in seen.expecting.drifted or not seen.is_complete(kind):
            continue
        enough = max(_DRIFTED, links.height / 100)
        rows = seen.frame(kind).filter(ACTIVE)
        gone = links.join(seen.known(kind), left_on="source_id", right_on="id", how="anti")
        fresh = rows.join(links, left_on="id", right_on="source_id", how="anti")
        if min(gone.height, fresh.height) >= enough:
            yield from _replaced(seen, kind, gone, fresh, enough)
    yield from _others(seen)


def _replaced(seen: Inspection, kind: Kind, gone: pl.DataFrame, fresh: pl.DataFrame, enough: float) -> Iterator[Finding]:
    """The new rows, where many look like what was known by an id that is gone: then none of the new ids can be trusted."""
    remembered = seen.base[kind].frame.join(gone, left_on="id", right_on="host_id").with_columns(_old="source_id")
    found = [_alike(seen, columns, remembered, fresh) for columns in _ALIKE[kind]]
    number = min(pl.concat(ids).n_unique() for ids in zip(*found, strict=True))
    if number >= enough:
        said = f"new {words(kind)} rows, of which {number:,} look like rows whose ids are gone"
        yield Finding(
            code=IDENTITY_DRIFT,
            kind=kind,
            message=said,
            rows=fresh,
            resolution=Resolution.QUARANTINED,
            present={kind: gone.select(id="source_id").unique()},
        )


def _alike(
    seen: Inspection, columns: Sequence[str], remembered: pl.DataFrame, fresh: pl.DataFrame
) -> tuple[pl.Series, pl.Series]:
    """The old ids of what was remembered, and the ids of what is new, that agree in all of some columns with one of the others.

    What many have in common, such as an identifier that stands for none, tells nobody from another.
    """
    names, few = list(columns), pl.len().over(columns) <= _SHARED
    own = fresh.select("id", *(_compared(seen, fresh, name) for name in columns)).drop_nulls().filter(few)
    theirs = remembered.select("_old", *(_text(name, remembered) for name in columns)).drop_nulls().filter(few)
    return theirs.join(own, on=names, how="semi")["_old"], own.join(theirs, on=names, how="semi")["id"]


def _compared(seen: Inspection, rows: pl.DataFrame, column: str) -> pl.Expr:
    """A column of the roster as it is compared; where it refers to others, in the host's ids."""
    refers = {"school": Kind.ORG, "terms": Kind.SESSION}.get(column)
    if refers is None:
        return _text(column, rows)
    links = seen.base.crosswalk.links(seen.roster.source, refers).unique("source_id", keep="first", maintain_order=True)

    def in_host_ids(ids: pl.Expr) -> pl.Expr:
        return ids.replace_strict(links["source_id"], links["host_id"], default=None, return_dtype=pl.String())

    if column == "terms":
        return _joined(pl.col("terms").list.eval(in_host_ids(pl.element()))).alias("terms")
    return in_host_ids(pl.col(column)).alias(column)


def _text(column: str, rows: pl.DataFrame) -> pl.Expr:
    dtype = rows.schema[column]
    if isinstance(dtype, pl.List):
        return _joined(pl.col(column)).alias(column)
    return normal(pl.col(column)) if dtype == pl.String() else pl.col(column)


def _joined(ids: pl.Expr) -> pl.Expr:
    """A list as one text; null where it is empty or not all of it is known, which is like nothing else."""
    known = (ids.list.len() > 0) & ids.list.eval(pl.element().is_not_null()).list.all()
    return pl.when(known).then(ids.list.sort().list.join(" "))


def _others(seen: Inspection) -> Iterator[Finding]:
    """The people who have another given name and another family name than the base remembers of their ids: many at once, or one by one."""
    links = seen.base.crosswalk.links(seen.roster.source, Kind.USER)
    if links.is_empty() or Kind.USER in seen.expecting.drifted:
        return
    names = ("given_name", "family_name")
    remembered = seen.base.users.lazy().select("id", *(pl.col(name).alias(f"_{name}") for name in names))
    known = links.lazy().join(remembered, left_on="host_id", right_on="id").drop("host_id")
    rows = seen.frame(Kind.USER).lazy().filter(ACTIVE).select("id", *names)
    # What is written alike is alike: only the few whose names are written otherwise are looked at closely.
    pairs = [(pl.col(name), pl.col(f"_{name}")) for name in names]
    others = rows.join(known, left_on="id", right_on="source_id").filter(new != old for new, old in pairs).collect()
    found = others.filter(normal(new) != normal(old) for new, old in pairs).select("id").unique()
    found = found.filter(~pl.col("id").is_in(sorted(seen.expecting.renamed)))
    if found.height >= max(_DRIFTED, links.height / 100):
        said = "user rows with the ids of people of other names"
        yield Finding(
            code=IDENTITY_DRIFT,
            kind=Kind.USER,
            message=said,
            rows=found,
            resolution=Resolution.QUARANTINED,
            along=belongings(seen, found),
        )
    else:
        yield from recycled(seen, found, links)
