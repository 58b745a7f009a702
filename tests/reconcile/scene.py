"""A small product and its district, for examples: one school or two, a few people, and the runs between them."""

from datetime import date
from typing import Any

import polars as pl
from attrs import evolve

import oneroster_reconcile as orr
from oneroster_reconcile.model.schema import kind_of

__all__ = ["AS_OF", "S1", "S2", "Product", "codes", "links", "person", "roster", "student"]

AS_OF = date(2026, 10, 1)
S1 = orr.Org(id="s1", name="High", type="school", identifier="0601")
S2 = orr.Org(id="s2", name="Middle", type="school", identifier="0602")


def person(key: str, given: str = "Ann", *roles: tuple[str, str], **values: Any) -> orr.User:
    """A user with roles given as (org, role)."""
    given_roles = tuple(orr.Role(org=org, role=role) for org, role in roles)
    return orr.User(**{"id": key, "given_name": given, "family_name": "Ames", "roles": given_roles, **values})


def student(key: str, given: str = "Ann", **values: Any) -> orr.User:
    """A student of the first school."""
    return person(key, given, ("s1", "student"), **values)


def roster(**rows: Any) -> orr.Roster:
    """A roster of the source `sis`, with both schools unless others are given."""
    return orr.Roster.of(**{"source": "sis", "orgs": [S1, S2], **rows})


def links(*rows: tuple[orr.Kind, str, str]) -> orr.Crosswalk:
    """Links of the source `sis`."""
    return orr.Crosswalk.of([orr.CrosswalkRow("sis", kind, source_id, host_id) for kind, source_id, host_id in rows])


def codes(plan: orr.ChangePlan) -> list[str]:
    """The codes of a plan's issues."""
    return [issue.code for issue in plan.issues]


class Product:
    """A host, its state and its policy; what is done at it by hand is `put` and `drop`."""

    def __init__(self, policy: orr.Policy | None = None, directory: orr.Directory | None = None) -> None:
        self.host, self.state = orr.MemoryHost(directory), orr.MemoryState()
        self.policy = policy or orr.presets.mirror()
        self.edits = 0
        self.decisions: tuple[orr.Decision, ...] = ()

    @property
    def directory(self) -> orr.Directory:
        """What the host holds."""
        return self.host.directory

    def plan(self, incoming: orr.Roster, *, as_of: date = AS_OF) -> orr.ChangePlan:
        """What a run would do."""
        return orr.reconcile(
            incoming, self.host.snapshot(), base=self.state.base, policy=self.policy, as_of=as_of, decisions=self.decisions
        )

    def sync(self, incoming: orr.Roster, *, as_of: date = AS_OF) -> orr.ChangePlan:
        """A run, all of which must succeed."""
        plan = self.plan(incoming, as_of=as_of)
        answers = orr.apply(plan, self.host, self.state)
        assert answers.failures.rows() == []
        return plan

    def id(self, kind: orr.Kind, source_id: str) -> str:
        """The host's id of a source row."""
        found = dict(self.state.base.crosswalk.links("sis", kind).iter_rows())
        return str(found[source_id])

    def user(self, source_id: str) -> orr.User:
        """The account of a source row."""
        return self.directory.users[self.id(orr.Kind.USER, source_id)]

    def put(self, *rows: Any) -> None:
        """Write rows at the host by hand."""
        for row in rows:
            kind = kind_of(type(row))
            table = self.directory[kind]
            patched = table.patched(orr.Table.of(type(row), [row]).frame, table.frame.clear())
            self._edit(self.directory.with_tables({kind: orr.Table(type(row), patched.frame)}))

    def drop(self, kind: orr.Kind, *ids: str) -> None:
        """Take rows away at the host by hand, by the first part of their keys."""
        table = self.directory[kind]
        self._edit(self.directory.with_tables({kind: table.where(~pl.col(table.key[0]).is_in(ids))}))

    def edit(self, source_id: str, **values: Any) -> None:
        """Change an account by hand."""
        self.put(evolve(self.user(source_id), **values))

    def _edit(self, directory: orr.Directory) -> None:
        """The host with another directory; no id is given a second time."""
        self.edits += 1
        self.host = orr.MemoryHost(directory, prefix=f"h{self.edits}.")
