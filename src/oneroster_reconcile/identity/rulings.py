"""What decisions make of the crosswalk: links that a person made, moved or took away."""

from collections.abc import Iterable, Iterator

import polars as pl
from attrs import field, frozen

from oneroster_reconcile.issues.codes import Code
from oneroster_reconcile.issues.issue import Issue, Ref, Resolution
from oneroster_reconcile.issues.matching import DECISION_CONTRADICTED, DECISION_VOID
from oneroster_reconcile.model.crosswalk import Crosswalk
from oneroster_reconcile.model.decisions import Decision, Ruling
from oneroster_reconcile.model.directory import Directory
from oneroster_reconcile.model.kinds import Kind

__all__ = ["Rulings", "rulings_of"]

_PAIR = ["kind", "source_id", "host_id"]


def _no_pairs() -> pl.DataFrame:
    return Crosswalk().frame.select(_PAIR)


@frozen(kw_only=True, eq=False)
class Rulings:
    """The crosswalk as decisions leave it, and how it came about.

    `same` and `distinct` are the decided pairs, `taken` the links that were there and are no more, each as `kind, source_id, host_id`.
    """

    crosswalk: Crosswalk = Crosswalk()
    same: pl.DataFrame = field(factory=_no_pairs)
    distinct: pl.DataFrame = field(factory=_no_pairs)
    taken: pl.DataFrame = field(factory=_no_pairs)
    issues: tuple[Issue, ...] = ()

    def released(self, kind: Kind) -> pl.Series:
        """The host ids that lost a link and have none left."""
        of = pl.col("kind") == kind.value
        lost = self.taken.filter(of)["host_id"]
        if lost.is_empty():
            return lost
        held = self.crosswalk.frame.filter(of)["host_id"]
        return lost.filter(~lost.is_in(held.implode())).unique().sort()


def rulings_of(decisions: Iterable[Decision], crosswalk: Crosswalk, source: str, directory: Directory) -> Rulings:
    """Apply the decisions about one source to its links.

    Those that contradict each other are not honoured, nor those for a host row that is certainly not there; an issue says so.
    """
    made = pl.DataFrame(
        [(each.ruling, each.kind, each.source_id, each.host_id) for each in decisions if each.source == source],
        schema={"ruling": pl.String(), **{name: crosswalk.frame.schema[name] for name in _PAIR}},
        orient="row",
    ).sort(_PAIR)
    if made.is_empty():
        return Rulings(crosswalk=crosswalk)
    same, distinct = (
        made.filter(pl.col("ruling") == ruling.value).select(_PAIR).unique(maintain_order=True)
        for ruling in (Ruling.SAME, Ruling.DISTINCT)
    )
    twice = pl.concat([same.filter(pl.len().over("kind", "source_id") > 1), same.join(distinct, on=_PAIR, how="semi")]).unique(
        maintain_order=True
    )
    void = _void(same, directory)
    same = same.join(void, on=_PAIR, how="anti", maintain_order="left")
    same, distinct = (side.join(twice, on=_PAIR, how="anti", maintain_order="left") for side in (same, distinct))
    ours = crosswalk.frame.filter(pl.col("source") == source)
    moved = ours.join(same, on=["kind", "source_id"], how="semi").join(same, on=_PAIR, how="anti")
    taken = pl.concat([moved, ours.join(distinct, on=_PAIR, how="semi")]).unique().sort(_PAIR)
    return Rulings(
        crosswalk=crosswalk.excluding(taken).including(Crosswalk.of(same.with_columns(source=pl.lit(source)))),
        same=same,
        distinct=distinct,
        taken=taken.select(_PAIR),
        issues=(
            *_issues(DECISION_CONTRADICTED, twice, "contradict each other"),
            *_issues(DECISION_VOID, void, "name rows of the host that are not there"),
        ),
    )


def _void(same: pl.DataFrame, directory: Directory) -> pl.DataFrame:
    """The pairs whose host row a whole snapshot lacks."""
    return pl.concat(
        [
            same.clear(),
            *(
                same.filter(pl.col("kind") == kind.value, ~pl.col("host_id").is_in(directory[kind].frame["id"].implode()))
                for kind in (Kind(value) for value in same["kind"].unique().sort())
                if directory.coverage.is_whole(kind)
            ),
        ]
    )


def _issues(code: Code, pairs: pl.DataFrame, text: str) -> Iterator[Issue]:
    for (kind,), rows in sorted(pairs.group_by("kind"), key=lambda group: str(group[0])):
        ids = rows["source_id"].unique().sort().to_list()
        yield code.issue(Ref(str(kind)), f"decisions about {kind} rows {text}", Resolution.KEPT, rows=ids)
