"""What a run has to say of the rows that it does not change, so that anybody can be told why."""

from collections.abc import Iterator, Mapping

import polars as pl

from oneroster_reconcile.identity.correlation import IDENTIFIED, Correlation
from oneroster_reconcile.issues import masking, matching, people
from oneroster_reconcile.issues.merging import PINNED
from oneroster_reconcile.model.canonical import keys_of
from oneroster_reconcile.model.crosswalk import Crosswalk
from oneroster_reconcile.model.kinds import Kind, State
from oneroster_reconcile.model.references import references
from oneroster_reconcile.model.roster import ASIDES, Roster
from oneroster_reconcile.model.schema import row_class
from oneroster_reconcile.plan.frames import change_id
from oneroster_reconcile.plan.notes import NOTES, in_form
from oneroster_reconcile.reconcile.ground import Ground
from oneroster_reconcile.reconcile.merge import Merged
from oneroster_reconcile.reconcile.situations import Situation

__all__ = ["notes_of", "with_sources"]

_WAITING: Mapping[str, str] = {
    "disputed": matching.IDENTITY_DISPUTED.slug,
    "identity_changed": matching.IDENTITY_CHANGED.slug,
    "email_shared": people.EMAIL_SHARED.slug,
    "email_taken": matching.EMAIL_TAKEN.slug,
    "untrusted_domain": matching.UNTRUSTED_DOMAIN.slug,
    "mergeable": matching.MERGE_PROPOSED.slug,
    "proposed": matching.ADOPTION_PROPOSED.slug,
    "likely": matching.MATCH_LIKELY.slug,
}
_BLOCKED: Mapping[str, str] = {"masked": masking.MASKED_MATCH_KEY.slug, "missing_key": matching.KEY_MISSING.slug}


def notes_of(
    ground: Ground,
    correlation: Correlation,
    host: Crosswalk,
    decided: Merged,
    changes: Mapping[Kind, pl.DataFrame],
    links: Mapping[Kind, pl.DataFrame],
) -> pl.DataFrame:
    """The notes of a run; `host` is the host's own crosswalk, `links` the changes of links. Rows that are linked, and of which there is nothing to say, have none."""
    roster, parts = ground.roster, [pl.DataFrame(schema=NOTES)]
    for kind in Kind:
        parts += [_decided(kind, decided, correlation, changes[kind]), *_set_aside(kind, roster, correlation)]
        parts += [_unlinked(kind, roster, correlation, host) if kind in IDENTIFIED else _belonging_nowhere(kind, ground)]
    parts += [*_waiting(correlation), _blocked(correlation), *_not_linked(ground, correlation, links)]
    return in_form(pl.concat(parts))


def with_sources(rows: pl.DataFrame, kind: Kind, correlation: Correlation) -> pl.DataFrame:
    """The rows with the source ids of each, by its `id`, as `source_ids`; of kinds without ids of their own there are none."""
    none = pl.lit([], pl.List(pl.String()))
    if kind not in correlation.links:
        return rows.with_columns(source_ids=none)
    links = correlation.links[kind].select("source_id", id="host_id").join(rows.select("id"), on="id", how="semi")
    sources = links.sort("source_id").group_by("id", maintain_order=True).agg(source_ids="source_id")
    said = rows.join(sources, on="id", how="left", maintain_order="left")
    return said.with_columns(pl.col("source_ids").fill_null(none))


def _note(rows: pl.DataFrame, kind: Kind, **said: pl.Expr) -> pl.DataFrame:
    """Notes of these rows, whose columns are null where nothing is said."""
    if rows.is_empty():
        return pl.DataFrame(schema=NOTES)
    nothing = {name: pl.lit(None, dtype) for name, dtype in NOTES.items()}
    given = {**nothing, "source_ids": pl.lit([], pl.List(pl.String())), **said, "kind": pl.lit(kind.value)}
    return rows.select(expr.alias(name) for name, expr in given.items()).cast(NOTES)


def _decided(kind: Kind, decided: Merged, correlation: Correlation, changes: pl.DataFrame) -> pl.DataFrame:
    """What the merge decided about the rows that are not changed, and what else there is to say of those that are."""
    if decided.verdicts[kind].is_empty():
        return pl.DataFrame(schema=NOTES)
    rows = decided.verdicts[kind].select(change_id(kind).alias("id"), "situation", "policy")
    notes = decided.notes[kind].unique()
    # Of a first sync all rows are changed and there are no notes: what is left is looked for before anything is joined to it.
    told = rows.filter(pl.col("situation") != Situation.LINKED.value).select("id").join(changes.select("id"), on="id", how="anti")
    rows = rows.join(pl.concat([told, notes.select("id")]).unique(), on="id", how="semi").join(notes, on="id", how="left")
    columns = {name: pl.col(name) for name in ("id", "situation", "code", "policy", "source_ids")}
    return _note(with_sources(rows, kind, correlation), kind, **columns)


def _waiting(correlation: Correlation) -> Iterator[pl.DataFrame]:
    """The pairs that wait for a person."""
    for kind, held in correlation.held.items():
        code = pl.col("why").replace_strict(_WAITING, default=None, return_dtype=pl.String())
        candidate = pl.format(f"{kind}/{{}}", "host_id")
        yield _note(held, kind, source_ids=pl.concat_list("source_id"), situation=pl.col("why"), code=code, because=candidate)


def _not_linked(ground: Ground, correlation: Correlation, links: Mapping[Kind, pl.DataFrame]) -> Iterator[pl.DataFrame]:
    """The matches that are not made links, because they are out of scope; of what was deleted at the host the merge tells."""
    for kind, found in correlation.links.items():
        matched = found.filter(~pl.col("how").is_in(["linked", "decided", "new", "recreated"]))
        if matched.is_empty():
            continue
        made = links[kind].select(source_id=pl.col("after").struct.field("source_id"))
        rest = ground.standing(matched, kind).join(made, on="source_id", how="anti", maintain_order="left")
        told = {"id": pl.col("host_id"), "source_ids": pl.concat_list("source_id")}
        yield _note(rest, kind, **told, situation=pl.lit(Situation.OUT_OF_SCOPE.value))


def _blocked(correlation: Correlation) -> pl.DataFrame:
    code = pl.col("why").replace_strict(_BLOCKED, default=None, return_dtype=pl.String())
    return _note(correlation.blocked, Kind.USER, source_ids=pl.concat_list("source_id"), situation=pl.lit("blocked"), code=code)


def _set_aside(kind: Kind, roster: Roster, correlation: Correlation) -> Iterator[pl.DataFrame]:
    """The rows in quarantine, those that are not eligible, and those that people leave out, with the cause of each where it was told."""
    for situation, frames in (("quarantined", roster.quarantine), ("ineligible", roster.ineligible)):
        if kind not in frames:
            continue
        asides = roster.asides.get(kind, pl.DataFrame(schema=ASIDES)).rename({"id": "_source"})
        rows = frames[kind].with_columns(_source=change_id(kind))
        for column, of in _owners(kind).items():
            links = correlation.links[of].select(pl.col("source_id").alias(column), pl.col("host_id").alias("_host"))
            rows = (
                rows.join(links.unique(column), on=column, how="left").with_columns(pl.col("_host").alias(column)).drop("_host")
            )
        rows = rows.join(asides, on="_source", how="left")
        names = {"id": change_id(kind), "code": pl.col("code"), "because": pl.col("because")}
        omitted = pl.col("code").eq_missing(PINNED.slug)
        said = pl.when(omitted).then(pl.lit("omitted")).otherwise(pl.lit(situation))
        yield _note(rows, kind, **names, source_ids=pl.concat_list("_source"), situation=said)


def _owners(kind: Kind) -> Mapping[str, Kind]:
    """The columns of a kind's key that hold ids, and of what."""
    if kind in IDENTIFIED:
        return {keys_of(row_class(kind))[0]: kind}
    return {one.name: one.of for one in references(kind) if one.field.column.key}


def _unlinked(kind: Kind, roster: Roster, correlation: Correlation, host: Crosswalk) -> pl.DataFrame:
    """The rows of the source that have no link and wait for nothing else: those with several, and those that ended before they had any."""
    told = [correlation.links[kind], correlation.held.get(kind, correlation.blocked), correlation.blocked]
    rows = roster.eligible(kind).select(source_id="id", _ended=pl.col("state") == State.TOBEDELETED.value).collect()
    for each in told:
        rows = rows if each.is_empty() else rows.join(each.select("source_id"), on="source_id", how="anti")
    if rows.is_empty():
        return pl.DataFrame(schema=NOTES)
    rows = rows.join(correlation.rulings.crosswalk.links(roster.source, kind), on="source_id", how="left")
    own = host.links(roster.source, kind).filter(pl.col("host_id").n_unique().over("source_id") > 1)
    twice = pl.when(pl.col("source_id").is_in(own["source_id"].implode())).then(pl.lit(matching.DUPLICATE_SOURCE_ID.slug))
    code = twice.otherwise(pl.lit(matching.LINK_DISPUTED.slug))
    return _note(
        rows,
        kind,
        id=pl.col("host_id"),
        source_ids=pl.concat_list("source_id"),
        situation=pl.when("_ended").then(pl.lit("never_made")).otherwise(pl.lit("disputed")),
        code=pl.when(~pl.col("_ended")).then(code),
    )


def _belonging_nowhere(kind: Kind, ground: Ground) -> pl.DataFrame:
    """The memberships and demographics of rows that have no host id."""
    return _note(ground.nowhere[kind], kind, source_ids=pl.concat_list(change_id(kind)), situation=pl.lit("unlinked"))
