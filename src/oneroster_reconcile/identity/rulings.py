"""What decisions make of the crosswalk: links that a person made, moved or took away; and which host rows are pinned, or kept as they are."""

from collections.abc import Iterable, Iterator

import polars as pl
from attrs import evolve, field, frozen

from oneroster_reconcile.issues.codes import Code
from oneroster_reconcile.issues.issue import Issue, Ref, Resolution
from oneroster_reconcile.issues.matching import ACCOUNT_SHARED, DECISION_CONTRADICTED, DECISION_VOID, SPLIT_REFUSED
from oneroster_reconcile.model.crosswalk import Crosswalk
from oneroster_reconcile.model.decisions import Decision, Ruling
from oneroster_reconcile.model.directory import Directory
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.roster import Roster
from oneroster_reconcile.model.tables import Tables

__all__ = ["Rulings", "rulings_of"]

_PAIR = ["kind", "source_id", "host_id"]


def _no_pairs() -> pl.DataFrame:
    return Crosswalk().frame.select(_PAIR)


def _no_pins() -> pl.DataFrame:
    return _no_pairs().select("kind", "host_id")


def _no_keeps() -> pl.DataFrame:
    return _no_pins().rename({"host_id": "id"}).with_columns(column=pl.lit(None, pl.String()))


@frozen(kw_only=True, eq=False)
class Rulings:
    """The crosswalk as decisions leave it, and how it came about.

    `same` and `distinct` are the decided pairs, `taken` the links that were there and are no more, `contested` the pairs that people both decided and
    contradicted, each as `kind, source_id, host_id`; `pinned` are the host rows that stay, as `kind, host_id`, and `kept` those that stay as they are, as `kind, id, column`, wholly where no column is named; a
    membership's id is what plans call it.
    """

    crosswalk: Crosswalk = Crosswalk()
    same: pl.DataFrame = field(factory=_no_pairs)
    distinct: pl.DataFrame = field(factory=_no_pairs)
    taken: pl.DataFrame = field(factory=_no_pairs)
    contested: pl.DataFrame = field(factory=_no_pairs)
    pinned: pl.DataFrame = field(factory=_no_pins)
    kept: pl.DataFrame = field(factory=_no_keeps)
    issues: tuple[Issue, ...] = ()

    def released(self, kind: Kind) -> pl.Series:
        """The host ids that lost a link and have none left."""
        of = pl.col("kind") == kind.value
        lost = self.taken.filter(of)["host_id"]
        if lost.is_empty():
            return lost
        held = self.crosswalk.frame.filter(of)["host_id"]
        return lost.filter(~lost.is_in(held.implode())).unique().sort()

    def pins(self, kind: Kind) -> pl.Series:
        """The host ids of a kind that are neither suspended nor deleted."""
        pinned = self.pinned if self.pinned.is_empty() else self.pinned.filter(pl.col("kind") == kind.value)
        return pinned["host_id"]

    def keeps(self, kind: Kind) -> pl.DataFrame:
        """The rows of a kind that stay as they are, as `id, columns` (those that do) and `wholly`."""
        kept = self.kept.filter(pl.col("kind") == kind.value)
        columns = pl.col("column").drop_nulls().unique().sort()
        return kept.group_by("id").agg(columns=columns, wholly=pl.col("column").is_null().any())


def rulings_of(decisions: Iterable[Decision], crosswalk: Crosswalk, roster: Roster, directory: Directory) -> Rulings:
    """Apply the decisions about one source to its links, and find the host rows that are pinned or kept, for whatever source.

    Those that contradict each other are not honoured, nor those that link a row that is certainly not there, on either side, nor a split that would leave nobody; an issue says so. A link to
    a host row that has one already is made, and another issue says that, too: two people may share an account by mistake. Merges are none of its business, see `merges_of`.
    """
    decisions = tuple(decisions)
    pinned, lost = _pinned(decisions, crosswalk, directory)
    linked = _linked(decisions, crosswalk, roster, directory)
    said = _issues(DECISION_VOID, lost, "pin rows that are not there")
    return evolve(linked, pinned=pinned, kept=_kept(decisions), issues=(*linked.issues, *said))


def _kept(decisions: tuple[Decision, ...]) -> pl.DataFrame:
    """What stays as it is, each row and column once. A decision may name very many rows."""
    none = _no_keeps()
    said = [
        pl.Series("id", each.rows, pl.String()).to_frame().select(pl.lit(each.kind.value).alias("kind"), "id", column=column)
        for each in decisions
        if each.ruling is Ruling.KEEP
        for column in (map(pl.lit, each.columns) if each.columns else [pl.lit(None, pl.String())])
    ]
    return pl.concat([none, *(rows.cast(none.schema) for rows in said)]).unique().sort("kind", "id", "column")


def _pinned(decisions: tuple[Decision, ...], crosswalk: Crosswalk, directory: Directory) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The host rows that are pinned, and those of the pins that are certainly not there, under the names of pairs."""
    said = [(each.kind, each.host_id) for each in decisions if each.ruling is Ruling.PIN]
    schema = {name: crosswalk.frame.schema[name] for name in ("kind", "host_id")}
    pinned = pl.DataFrame(said, schema=schema, orient="row").unique().sort("kind", "host_id")
    kinds = [Kind(value) for value in pinned["kind"].unique().sort()]
    lost = [
        pinned.filter(pl.col("kind") == kind.value).join(_ids(directory, kind, "host_id"), on="host_id", how="anti")
        for kind in kinds
        if directory.coverage.is_whole(kind)
    ]
    return pinned, pl.concat([pinned.clear(), *lost]).rename({"host_id": "source_id"})


def _linked(decisions: tuple[Decision, ...], crosswalk: Crosswalk, roster: Roster, directory: Directory) -> Rulings:
    """What decisions about pairs make of the links."""
    source = roster.source
    made = pl.DataFrame(
        [
            (each.ruling, each.kind, each.source_id, each.host_id)
            for each in decisions
            if each.source == source and each.ruling is not Ruling.OMIT
        ],
        schema={"ruling": pl.String(), **{name: crosswalk.frame.schema[name] for name in _PAIR}},
        orient="row",
    ).sort(_PAIR)
    if made.is_empty():
        return Rulings(crosswalk=crosswalk)
    said = {ruling: made.filter(pl.col("ruling") == ruling.value).select(_PAIR).unique(maintain_order=True) for ruling in Ruling}
    same, distinct = said[Ruling.SAME], pl.concat([said[Ruling.DISTINCT], said[Ruling.SPLIT]]).unique().sort(_PAIR)
    against = [
        same.filter(pl.len().over("kind", "source_id") > 1),
        same.join(distinct, on=_PAIR, how="semi"),
        same.join(_omitted(decisions, source), on=["kind", "source_id"], how="semi"),
    ]
    twice = pl.concat(against).unique(maintain_order=True)
    contested = same.join(twice, on=_PAIR, how="semi", maintain_order="left")
    waiting, void = _void(same, roster, directory)
    same = same.join(waiting, on=_PAIR, how="anti", maintain_order="left")
    same, distinct = (side.join(twice, on=_PAIR, how="anti", maintain_order="left") for side in (same, distinct))
    ours = crosswalk.frame.filter(pl.col("source") == source)
    moved = ours.join(same, on=["kind", "source_id"], how="semi").join(same, on=_PAIR, how="anti")
    links = Crosswalk.of(same.with_columns(source=pl.lit(source)))
    leaving = ours.join(distinct, on=_PAIR, how="semi").join(moved, on=_PAIR, how="anti")
    splits = said[Ruling.SPLIT].join(said[Ruling.DISTINCT], on=_PAIR, how="anti")
    lonely = _lonely(
        leaving.join(splits, on=_PAIR, how="semi"), crosswalk.excluding(pl.concat([moved, leaving])).including(links)
    )
    distinct = distinct.join(lonely, on=_PAIR, how="anti", maintain_order="left")
    taken = pl.concat([moved, leaving]).join(lonely, on=_PAIR, how="anti").unique().sort(_PAIR)
    kept = crosswalk.excluding(taken)
    return Rulings(
        crosswalk=kept.including(links),
        same=same,
        distinct=distinct,
        taken=taken.select(_PAIR),
        contested=contested,
        issues=(
            *_issues(DECISION_CONTRADICTED, twice, "contradict each other"),
            *_issues(DECISION_VOID, void, "name rows that are not there"),
            *_issues(ACCOUNT_SHARED, _shared(same, kept), "give them an account that somebody else has, too"),
            *_issues(SPLIT_REFUSED, lonely, "take them out of an account that nobody else has"),
        ),
    )


def _omitted(decisions: tuple[Decision, ...], source: str) -> pl.DataFrame:
    """The rows of a source that are linked to nothing, as `kind, source_id`."""
    none = _no_pairs().select("kind", "source_id")
    said = [
        pl.DataFrame({"source_id": each.rows}, schema={"source_id": pl.String()}).select(
            pl.lit(each.kind.value).alias("kind"), "source_id"
        )
        for each in decisions
        if each.ruling is Ruling.OMIT and each.source == source
    ]
    return pl.concat([none, *(rows.cast(none.schema) for rows in said)])


def _lonely(leaving: pl.DataFrame, left: Crosswalk) -> pl.DataFrame:
    """The links to be split off with which nobody would have the host row any more."""
    return leaving.join(left.frame, on=["kind", "host_id"], how="anti").select(_PAIR)


def _void(same: pl.DataFrame, roster: Roster, directory: Directory) -> tuple[pl.DataFrame, pl.DataFrame]:
    """The pairs of which a row is not there, and those of them about which that is certain.

    A decision about somebody who is not in the roster waits until they are: it must not take an account away from those who are.
    """
    waiting, void = [same.clear()], [same.clear()]
    for kind in (Kind(value) for value in same["kind"].unique().sort()):
        pairs = same.filter(pl.col("kind") == kind.value)
        lost = pairs.join(_ids(roster, kind, "source_id"), on="source_id", how="anti")
        gone = (
            pairs.join(_ids(directory, kind, "host_id"), on="host_id", how="anti")
            if directory.coverage.is_whole(kind)
            else pairs.clear()
        )
        waiting += [lost, gone]
        void += [gone, lost if roster.coverage.is_whole(kind) and kind not in roster.quarantine else lost.clear()]
    return pl.concat(waiting).unique(maintain_order=True), pl.concat(void).unique(maintain_order=True)


def _ids(side: Tables, kind: Kind, name: str) -> pl.DataFrame:
    return side[kind].lazy().select(pl.col("id").alias(name)).collect()


def _shared(same: pl.DataFrame, links: Crosswalk) -> pl.DataFrame:
    """The decided pairs whose host row is linked to another source row, or was decided to be one."""
    held = pl.concat([links.frame.select(_PAIR), same]).unique()
    others = same.join(held, on=["kind", "host_id"], suffix="_other").filter(pl.col("source_id") != pl.col("source_id_other"))
    return others.select(_PAIR).unique().sort(_PAIR)


def _issues(code: Code, pairs: pl.DataFrame, text: str) -> Iterator[Issue]:
    for (kind,), rows in sorted(pairs.group_by("kind"), key=lambda group: str(group[0])):
        ids = rows["source_id"].unique().sort().to_list()
        yield code.issue(Ref(str(kind)), f"decisions about {kind} rows {text}", Resolution.KEPT, rows=ids)
