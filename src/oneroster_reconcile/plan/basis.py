"""`Basis`: what a plan was made of, so that somebody who has the inputs can tell whether it is these."""

import json
from collections.abc import Iterable, Mapping
from hashlib import blake2b
from typing import Any, Final

import polars as pl
from attrs import field, frozen

from oneroster_reconcile.model.base import Base
from oneroster_reconcile.model.canonical import keys_of
from oneroster_reconcile.model.concurrency import engine_for
from oneroster_reconcile.model.coverage import Coverage, Read
from oneroster_reconcile.model.decisions import Decision, decisions_to_json
from oneroster_reconcile.model.directory import Directory
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.roster import Roster
from oneroster_reconcile.model.schema import row_class, schema_of
from oneroster_reconcile.model.tables import Tables
from oneroster_reconcile.policy.documents import policy_to_json
from oneroster_reconcile.policy.policy import Policy

__all__ = ["FINGERPRINTS", "Basis", "basis_of"]

FINGERPRINTS: Final = ("roster", "directory", "base", "crosswalk", "policy", "decisions")
"""The inputs that a basis has fingerprints of."""
_SIZE: Final = 16
_MODIFIED: Final = "date_last_modified"


def _counted(rows: Mapping[Kind, int]) -> Mapping[Kind, int]:
    return dict(rows)


@frozen(kw_only=True)
class Basis:
    """The fingerprints of what a plan was made of, blank for nothing and for what is not known, and how much the host held. The day stands in the plan itself, as `as_of`.

    Those of the `crosswalk`, the `policy` and the `decisions` are of every value in them. Those of the `roster`, the `directory` and the `base` are of their measures: a kind, how many rows there are and
    how they were read, the first and last key and the length of all, and the latest change that the rows tell of. Two that differ in a name alone may have the same: a digest of every value
    of a million people would take as long as the plan, and whatever makes a difference is in the plan's own digest.

    >>> Basis(policy="5a9d").crosswalk
    ''
    """

    roster: str = ""
    directory: str = ""
    base: str = ""
    crosswalk: str = ""
    policy: str = ""
    decisions: str = ""
    journal: str = ""
    """Where the state's journal stood: the link of the last batch in it. `apply` tells by this whether a plan that is the same as that of an earlier run was made before the run or since."""
    rows: Mapping[Kind, int] = field(factory=dict[Kind, int], converter=_counted, hash=False)
    """How many rows of each kind the host held, against which the changes are counted."""


def basis_of(
    roster: Roster, directory: Directory, base: Base | None, policy: Policy, decisions: Iterable[Decision] = ()
) -> Basis:
    """The fingerprints of these inputs, the same whatever the order of rows and decisions.

    >>> from oneroster_reconcile.model.orgs import Org
    >>> from oneroster_reconcile.policy.presets import mirror
    >>> one, two = (Roster.of(orgs=[Org(id=each, name="High", type="school")]) for each in ("s1", "s2"))
    >>> bases = [basis_of(each, Directory(), None, mirror()) for each in (one, one, two)]
    >>> bases[0] == bases[1], bases[0].roster == bases[2].roster
    (True, False)
    """
    stored = {kind.value: sorted(directory.stored[kind]) for kind in Kind}
    aside = {kind.value: [_height(rows.get(kind)) for rows in (roster.quarantine, roster.ineligible)] for kind in Kind}
    kept = [] if base is None else [base.absences.height, base.history.height]
    measured = _measures(directory)
    given = sorted(decisions_to_json([each]) for each in decisions)
    return Basis(
        roster=_fingerprint([roster.source, _coverage(roster.coverage), aside, _measures(roster)]),
        directory=_fingerprint([_coverage(directory.coverage), stored, directory.crosswalk.fingerprint, measured]),
        base="" if base is None else _fingerprint([kept, _measures(base)]),
        crosswalk="" if base is None else base.crosswalk.fingerprint,
        policy=_policy(policy),
        decisions=_fingerprint(given) if given else "",
        journal="" if base is None else base.journal,
        rows={kind: measured[kind.value][0] for kind in Kind},
    )


def _fingerprint(said: Any) -> str:
    return blake2b(json.dumps(said, ensure_ascii=False).encode(), digest_size=_SIZE).hexdigest()


def _policy(policy: Policy) -> str:
    """Blank where no document can say the policy, so that nothing could be told of it either."""
    try:
        return _fingerprint(policy_to_json(policy))
    except (TypeError, ValueError):
        return ""


def _height(rows: pl.DataFrame | None) -> int:
    return 0 if rows is None else rows.height


def _coverage(coverage: Coverage) -> list[Any]:
    schools = None if coverage.schools is None else sorted(coverage.schools)
    roles = None if coverage.roles is None else _read(coverage.roles)
    return [{kind.value: _read(coverage.read(kind)) for kind in Kind}, roles, schools]


def _read(read: Read) -> list[Any]:
    return [read.extent.value, read.rows, read.expected, read.rejected, read.masked, read.filtered, sorted(read.missing)]


def _measures(tables: Tables) -> Mapping[str, list[Any]]:
    """A few numbers of each table, in one pass over its keys; what lies in a file stays there."""
    return {kind.value: _measure(tables[kind].rows, row_class(kind)) for kind in Kind}


def _measure(rows: pl.DataFrame | pl.LazyFrame, row: type[Any]) -> list[Any]:
    told = [pl.len()]
    for key in keys_of(row):
        value = pl.col(key).cast(pl.String)
        told += [value.min().alias(f"{key}_first"), value.max().alias(f"{key}_last"), value.str.len_bytes().sum().alias(key)]
    if _MODIFIED in schema_of(row):
        told.append(pl.col(_MODIFIED).max().dt.epoch("us"))
    return list(rows.lazy().select(told).collect(engine=engine_for(rows)).row(0))
