"""The strategies make what they say: canonical, consistent and varied."""

from collections import Counter
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings, strategies as st

from oneroster_reconcile.model.directory import Directory
from oneroster_reconcile.model.kinds import Kind, State
from oneroster_reconcile.model.references import references
from oneroster_reconcile.model.roster import Roster
from oneroster_reconcile.model.table import Table
from oneroster_reconcile.model.tables import Tables
from oneroster_reconcile.testing.strategies import directories, rosters, tables

SOON = settings(
    max_examples=150, phases=[Phase.generate], database=None, derandomize=True, suppress_health_check=list(HealthCheck)
)


@settings(max_examples=50)
@given(st.one_of(rosters(), directories()))
def test_tables_are_in_canonical_form(drawn: Tables) -> None:
    """A drawn table is what `Table.of` would have made of it: keys are unique, sets sorted, blanks null."""
    for kind in Kind:
        assert Table.of(drawn[kind].row, drawn[kind].frame).frame.equals(drawn[kind].frame)


@settings(max_examples=50)
@given(rosters())
def test_every_reference_holds(roster: Roster) -> None:
    """Whatever a row refers to is there, nobody is their own guardian, and one role an org is primary at the most."""
    for kind in Kind:
        for reference in references(kind):
            ids = roster[reference.of].frame["id"].implode()
            assert not roster[kind].frame.select(reference.any(lambda each, ids=ids: ~each.is_in(ids)).any()).item()
    for user in roster.users:
        assert user.id not in user.agents
        primary = [role.org for role in user.roles if role.primary]
        assert len(primary) == len(set(primary))


@settings(max_examples=50)
@given(rosters())
def test_parents_make_no_circles(roster: Roster) -> None:
    """Whoever climbs from an org or session arrives at the top."""
    for kind in (Kind.ORG, Kind.SESSION):
        parents = dict(roster[kind].frame.select("id", "parent").iter_rows())
        for own in parents:
            climbed = [own]
            while (above := parents[climbed[-1]]) is not None:
                assert above not in climbed
                climbed.append(above)


@settings(max_examples=25)
@given(directories())
def test_a_host_holds_no_ends(directory: Directory) -> None:
    """`tobedeleted` is a source's word."""
    assert all(not (directory[kind].frame["state"] == State.TOBEDELETED.value).any() for kind in Kind)


def test_the_interesting_cases_occur() -> None:
    """Shared e-mails, several roles, guardians, members, parents and birth dates come up soon."""
    seen: Counter[str] = Counter()

    @SOON
    @given(tables())
    def look(made: dict[Kind, Table[Any]]) -> None:
        users = made[Kind.USER].frame
        seen["shared e-mails"] += users["email"].drop_nulls().is_duplicated().any()
        seen["several roles"] += (users["roles"].list.len() > 1).any()
        seen["guardians"] += (users["agents"].list.len() > 1).any()
        seen["members"] += len(made[Kind.ENROLLMENT]) > 2
        seen["parents"] += made[Kind.ORG].frame["parent"].is_not_null().any()
        seen["birth dates"] += made[Kind.DEMOGRAPHICS].frame["birth_date"].is_not_null().any()

    look()
    assert min(seen.values()) > 0, seen
