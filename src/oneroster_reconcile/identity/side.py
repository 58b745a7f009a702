"""`Side`: what is looked at to find out who is who in one kind."""

from functools import cached_property

import polars as pl
from attrs import define

from oneroster_reconcile.identity.matchers import Matcher
from oneroster_reconcile.identity.rulings import Rulings
from oneroster_reconcile.model.crosswalk import Crosswalk
from oneroster_reconcile.model.directory import Directory
from oneroster_reconcile.model.kinds import Kind, State
from oneroster_reconcile.model.roles import group_of_roles
from oneroster_reconcile.model.roster import Roster
from oneroster_reconcile.model.schema import state
from oneroster_reconcile.policy.choices import Adoption
from oneroster_reconcile.policy.policy import Policy

__all__ = ["Side", "standing"]


def standing(part: str) -> pl.Expr:
    """A part (`role`, `org`) of the roles of people that have not ended, as a list.

    >>> from oneroster_reconcile.model.users import Role, User
    >>> roles = (Role(org="s1", role="student", state=State.TOBEDELETED), Role(org="s2", role="aide"))
    >>> users = Roster.of(users=[User(id="u1", given_name="A", family_name="B", roles=roles)]).users
    >>> users.frame.select(standing("org"))["org"].to_list()
    [['s2']]
    """
    role = pl.element()
    stands = role.struct.field("state") != state(State.TOBEDELETED)
    return pl.col("roles").list.eval(pl.when(stands).then(role.struct.field(part))).list.drop_nulls().alias(part)


@define(slots=False, frozen=True, eq=False)
class Side:
    """One kind on both sides, with the links, what people decided and the policy."""

    kind: Kind
    roster: Roster
    directory: Directory
    rulings: Rulings
    before: Crosswalk
    """The links as they were before anybody decided."""
    policy: Policy
    matcher: Matcher | None

    @cached_property
    def hosts(self) -> pl.Series:
        """The host ids there are."""
        return self.directory[self.kind].lazy().select("id").collect()["id"]

    @property
    def apart(self) -> pl.DataFrame:
        """The pairs that people keep apart."""
        distinct = self.rulings.distinct
        return distinct if distinct.is_empty() else distinct.filter(pl.col("kind") == self.kind.value)

    @property
    def compares(self) -> bool:
        """Whether some unlinked rows are compared with the host's."""
        return self.kind in self.policy.compared

    @cached_property
    def free(self) -> pl.Series:
        """The host ids in no link of any source; one that was just released is not given away in the same run."""
        walks = (self.before,) if self.rulings.crosswalk is self.before else (self.before, self.rulings.crosswalk)
        claimed = pl.concat([walk.frame.filter(pl.col("kind") == self.kind.value).select(id="host_id") for walk in walks])
        return self.hosts.to_frame().join(claimed, on="id", how="anti")["id"]

    @cached_property
    def ineligible(self) -> pl.DataFrame:
        """The rows that are compared, so that nobody else takes what may be theirs, and that are neither linked nor made, as `source_id`."""
        keys = self.roster.ineligible.get(self.kind)
        return pl.DataFrame(schema={"source_id": pl.String()}) if keys is None else keys.select(source_id="id")

    @property
    def present(self) -> pl.LazyFrame:
        """The source rows that have not ended."""
        return self.roster[self.kind].lazy().filter(pl.col("state") != State.TOBEDELETED.value)

    @cached_property
    def comparing(self) -> pl.Series | None:
        """The source ids of those who are compared; None where all are."""
        row = self.policy.row(self.kind)
        if self.kind is not Kind.USER or not row.groups:
            return None
        people = self.present.select(source_id="id").collect()
        return self.with_adoption(people).filter(pl.col("adoption") != Adoption.NEVER.value)["source_id"]

    def with_adoption(self, people: pl.DataFrame) -> pl.DataFrame:
        """Rows with a `source_id`, with the `adoption` of the group of each."""
        row = self.policy.row(self.kind)
        own = row.adoption.value
        if self.kind is not Kind.USER or not row.groups:
            return people.with_columns(adoption=pl.lit(own))
        said = {group.value: row.of(group).adoption.value for group in row.groups}
        adoption = pl.col("group").replace_strict(said, default=own, return_dtype=pl.String()).fill_null(own)
        joined = people.join(self.groups, on="source_id", how="left", maintain_order="left")
        return joined.with_columns(adoption=adoption).drop("group")

    @cached_property
    def groups(self) -> pl.DataFrame:
        """The people who are present, as `source_id, group`: that of their roles that have not ended, null where there are none."""
        return self.present.select(source_id="id", group=group_of_roles(standing("role"))).collect()

    def unread(self, links: pl.DataFrame) -> pl.DataFrame:
        """Of links: those of rows that the source may have though they are not here, as they were not read or were set aside."""
        absent = links.join(self.roster[self.kind].lazy().select("id").collect(), left_on="source_id", right_on="id", how="anti")
        if not self.roster.coverage.is_whole(self.kind):
            return absent
        aside = self.roster.quarantine.get(self.kind)
        return absent.clear() if aside is None else absent.join(aside, left_on="source_id", right_on="id", how="semi")

    def was_read_in_full(self) -> bool:
        """Whether a second claimant cannot hide in what was not read, or was set aside."""
        reads = [self.roster.coverage.read(self.kind), self.directory.coverage.read(self.kind)]
        return all(read.is_complete and not read.missing for read in reads) and self.kind not in self.roster.quarantine
