"""What decisions to merge accounts come to: those that are honoured, and everything else as they leave it."""

from collections.abc import Iterable, Iterator, Mapping
from typing import TypeVar

import polars as pl
from attrs import evolve, field, frozen

from oneroster_reconcile.issues.codes import Code
from oneroster_reconcile.issues.issue import Issue, Ref, Resolution
from oneroster_reconcile.issues.matching import DECISION_CONTRADICTED, DECISION_VOID, MERGE_PROPOSED, MERGE_REFUSED
from oneroster_reconcile.model.base import Base
from oneroster_reconcile.model.decisions import Decision, Ruling
from oneroster_reconcile.model.directory import Directory
from oneroster_reconcile.model.kinds import Kind, State
from oneroster_reconcile.model.merging import PAIRS, merged, merged_links
from oneroster_reconcile.model.roster import Roster
from oneroster_reconcile.model.tables import Tables
from oneroster_reconcile.plan.frames import key_name, key_parts

__all__ = ["MERGEABLE", "Merges", "merge_proposals", "mergeable", "merges_of"]

S = TypeVar("S", Base, Directory)

MERGEABLE = ("student", "guardian", "parent", "relative")
"""The roles whose accounts may be merged; whoever has any other is staff, and staff never is."""


@frozen(kw_only=True, eq=False)
class Merges:
    """The merges to be made in this run, as `gone, kept`, and the `decisions` about everything else, in the ids that are left after them.

    `trusted` are those of the merges that the policy makes, and nobody decided.
    """

    pairs: pl.DataFrame = field(factory=lambda: pl.DataFrame(schema=PAIRS))
    trusted: pl.DataFrame = field(factory=lambda: pl.DataFrame(schema=PAIRS))
    decisions: tuple[Decision, ...] = ()
    issues: tuple[Issue, ...] = ()

    def after(self, side: S) -> S:
        """A directory, or a base, as the merges leave it, with its links."""
        if self.pairs.is_empty():
            return side
        return evolve(merged(side, self.pairs), crosswalk=merged_links(side.crosswalk, self.pairs))

    def including(self, trusted: pl.DataFrame) -> "Merges":
        """These, and those of students whom the policy does not ask about, given with their accounts as `source_id, host_id`.

        The account stays that somebody merged another into, else the first; where people did so with several, it is left to them.
        """
        chosen = pl.col("host_id").is_in(self.pairs["kept"].implode())
        told = trusted.with_columns(_chosen=chosen).sort("source_id", ~pl.col("_chosen"), "host_id")
        told = told.filter(pl.col("_chosen").sum().over("source_id") < 2)
        pairs = told.select(gone="host_id", kept=pl.col("host_id").first().over("source_id")).filter(
            pl.col("gone") != pl.col("kept")
        )
        pairs = pairs.sort("gone", "kept")
        return evolve(self, pairs=pl.concat([self.pairs, pairs]), trusted=pairs, decisions=_renamed(self.decisions, pairs))


def merges_of(decisions: Iterable[Decision], roster: Roster, directory: Directory, base: Base) -> Merges:
    """Work out which accounts go into which others.

    A merge that was made stays in the list and changes nothing more: whatever is said of the account that went is said of the one that it went into. Not honoured are merges into an account that is not
    there, those that contradict each other or a pin, and those of staff; issues say so. Of rows that were not seen, and may be there, nothing is said: those merges wait.
    """
    decisions = tuple(decisions)
    said = pl.DataFrame(
        [(each.other, each.host_id) for each in decisions if each.ruling is Ruling.MERGE], schema=PAIRS, orient="row"
    )
    rest = tuple(each for each in decisions if each.ruling is not Ruling.MERGE)
    if said.is_empty():
        return Merges(decisions=rest)
    todo, done, void = _sorted_out(said.unique().sort("gone", "kept"), directory, base)
    rest = _renamed(rest, done.filter(pl.len().over("gone") == 1))
    pinned = pl.Series([each.host_id for each in rest if each.ruling is Ruling.PIN and each.kind is Kind.USER], dtype=pl.String())
    gone, kept = pl.col("gone"), pl.col("kept")
    against = todo.filter(
        (pl.len().over("gone") > 1)
        | gone.is_in(todo["kept"].implode())
        | kept.is_in(todo["gone"].implode())
        | gone.is_in(pinned.implode())
    )
    todo = todo.join(against, on=["gone", "kept"], how="anti", maintain_order="left")
    staff = _staff(roster, directory, base).implode()
    refused = todo.filter(gone.is_in(staff) | kept.is_in(staff))
    pairs = todo.join(refused, on=["gone", "kept"], how="anti", maintain_order="left")
    return Merges(
        pairs=pairs,
        decisions=_renamed(rest, pairs),
        issues=(
            *_issues(DECISION_CONTRADICTED, against, "decisions to merge accounts contradict each other, or a pin"),
            *_issues(DECISION_VOID, void, "decisions to merge accounts name accounts that are not there"),
            *_issues(MERGE_REFUSED, refused, "accounts of staff are not merged"),
        ),
    )


def mergeable(pairs: pl.DataFrame, roster: Roster, directory: Directory, kind: Kind) -> pl.DataFrame:
    """Of the pairs that share a key (`source_id, host_id, agrees`), those of a student with several accounts that agree, as `source_id, host_id`.

    Only accounts that are in no other pair, are not suspended and are nobody's of staff.
    """
    none = pairs.select("source_id", "host_id").clear()
    if kind is not Kind.USER or pairs.is_empty():
        return none
    alone = pairs.filter(pl.col("agrees") & (pl.len().over("host_id") == 1))
    is_student = pl.col("roles").list.eval(pl.element().struct.field("role") == "student").list.any()
    ours = roster.users.lazy().filter(is_student & ~_is_staff(pl.col("roles"))).select(source_id="id").collect()
    active = pl.col("state") == State.ACTIVE.value
    theirs = directory.users.lazy().filter(active & ~_is_staff(pl.col("roles"))).select(host_id="id").collect()
    fit = alone.join(ours, on="source_id", how="semi").join(theirs, on="host_id", how="semi")
    return fit.filter(pl.len().over("source_id") > 1).select("source_id", "host_id").sort("source_id", "host_id")


def merge_proposals(pairs: pl.DataFrame) -> Iterator[Issue]:
    """What to ask about accounts that may be merged, as `source_id, host_id`; the first account of each person stands for those that others may go into."""
    if not pairs.is_empty():
        several = pairs.sort("host_id").group_by("source_id").agg("host_id").sort("source_id")
        rows = [f"{', '.join(rest)} into {first}" for _, (first, *rest) in several.iter_rows()]
        yield MERGE_PROPOSED.issue(
            Ref(Kind.USER), "students match several accounts that nobody claims", Resolution.KEPT, rows=rows
        )


def _sorted_out(said: pl.DataFrame, directory: Directory, base: Base) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """The merges that are to be made, those that were made before, and those into an account that is certainly not there."""
    held, whole = _ids(directory), directory.coverage.is_whole(Kind.USER)
    linked = [_hosts(side)["host_id"] for side in (base, directory)]
    known = pl.concat([held, _ids(base), *linked])
    there = said.filter(pl.col("kept").is_in(held.implode()), pl.col("gone").is_in(held.implode()) | pl.lit(whole))
    todo = there.filter(pl.col("gone").is_in(known.implode()))
    done = there.join(todo, on=["gone", "kept"], how="anti", maintain_order="left")
    return todo, done, said.filter(~pl.col("kept").is_in(held.implode())) if whole else said.clear()


def _ids(side: Tables) -> pl.Series:
    return side.users.lazy().select("id").collect()["id"]


def _hosts(side: Base | Directory) -> pl.DataFrame:
    return side.crosswalk.frame.filter(pl.col("kind") == Kind.USER.value)


def _is_staff(roles: pl.Expr) -> pl.Expr:
    """Whether some of a person's roles is one of staff."""
    return roles.list.eval(~pl.element().struct.field("role").is_in(MERGEABLE)).list.any()


def _staff(roster: Roster, directory: Directory, base: Base) -> pl.Series:
    """The host ids of staff: by the account's roles, or by those of a person of the source that is linked to it."""
    theirs, ours = (
        side.users.lazy().filter(_is_staff(pl.col("roles"))).select("id").collect()["id"] for side in (directory, roster)
    )
    links = pl.concat([_hosts(base), _hosts(directory)]).filter(pl.col("source") == roster.source)
    return pl.concat([theirs, links.filter(pl.col("source_id").is_in(ours.implode()))["host_id"]])


def _renamed(decisions: tuple[Decision, ...], pairs: pl.DataFrame) -> tuple[Decision, ...]:
    """The decisions about accounts, and about what belongs to them, under the ids of those that they went into."""
    names = dict(pairs.iter_rows())
    return tuple(_in_other_names(each, names) for each in decisions) if names else decisions


def _in_other_names(decision: Decision, names: Mapping[str, str]) -> Decision:
    if decision.kind is Kind.ENROLLMENT:
        return evolve(decision, rows=[_membership(row, names) for row in decision.rows])
    if decision.kind is Kind.DEMOGRAPHICS or decision.ruling is Ruling.KEEP:
        ours = decision.kind in (Kind.USER, Kind.DEMOGRAPHICS)
        return evolve(decision, rows=[names.get(row, row) for row in decision.rows]) if ours else decision
    if decision.kind is not Kind.USER or decision.host_id is None:
        return decision
    return evolve(decision, host_id=names.get(decision.host_id, decision.host_id))


def _membership(row: str, names: Mapping[str, str]) -> str:
    """What plans call a membership when its account has another id."""
    class_, *rest = key_parts(row)
    return key_name([class_, *(names.get(part, part) for part in rest[:1]), *rest[1:]])


def _issues(code: Code, pairs: pl.DataFrame, message: str) -> Iterator[Issue]:
    if not pairs.is_empty():
        yield code.issue(
            Ref(Kind.USER), message, Resolution.KEPT, rows=[f"{gone} into {kept}" for gone, kept in pairs.iter_rows()]
        )
