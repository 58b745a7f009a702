"""Looking afterwards whether the host holds what it said it had done."""

from collections.abc import Callable

import polars as pl
import pytest
from attrs import evolve, frozen

import oneroster_reconcile as orr
from oneroster_reconcile import Drift, Kind, Verification
from oneroster_reconcile.model.coverage import Coverage, Extent, Read
from oneroster_reconcile.render.verifications import verification_text
from tests.reconcile.scene import AS_OF, S1, links, person, roster, student

ANN, BEN = student("u1", "Ann", phone="555", email="a@x.org"), student("u2", "Ben")
FEED = roster(orgs=[S1], users=[ANN, BEN])
Deed = Callable[[orr.Directory], orr.Directory]


@frozen
class Run:
    """A plan with what its host answered, and what the host holds since."""

    plan: orr.ChangePlan
    receipts: orr.Receipts
    directory: orr.Directory

    def verified(self, since: Deed = lambda directory: directory) -> Verification:
        """What is found when something was done at the host behind our back."""
        return orr.verify(self.plan, self.receipts, since(self.directory))


def run(incoming: orr.Roster, directory: orr.Directory | None = None, *, decisions: tuple[orr.Decision, ...] = ()) -> Run:
    """A plan that was applied."""
    host, state = orr.MemoryHost(directory), orr.MemoryState()
    policy = orr.presets.mirror()
    plan = orr.reconcile(incoming, host.snapshot(), base=state.base, policy=policy, as_of=AS_OF, decisions=decisions)
    return Run(plan, orr.apply(plan, host, state), host.snapshot())


def blank(column: str) -> Deed:
    """A host that drops a column of people, though it says that it stores it."""

    def done(directory: orr.Directory) -> orr.Directory:
        frame = directory.users.frame
        return directory.with_tables(
            {Kind.USER: orr.Table(orr.User, frame.with_columns(pl.lit(None, frame.schema[column]).alias(column)))}
        )

    return done


def test_a_column_that_the_host_drops_is_named() -> None:
    """Of the one who has a value there, and of nobody else; values are not repeated."""
    made = run(FEED)
    ann = next(user.id for user in made.directory.users if user.given_name == "Ann")
    assert made.verified().summary() == "3 rows or links checked: all are as the host said"
    found = made.verified(blank("phone"))
    assert found.frame.rows() == [("user", ann, "create", "differs", ["phone"])]
    assert (found.is_clean, found.counts) == (False, {(Drift.DIFFERS, Kind.USER): 1})
    assert "555" not in f"{found} {found.summary()} {verification_text(found)}"


def test_what_the_host_does_not_store_is_not_compared() -> None:
    """A host without a column for telephones owes nobody one."""
    made = run(FEED)
    stored = {**made.directory.stored, Kind.USER: made.directory.stored[Kind.USER] - {"phone"}}
    assert made.verified(lambda directory: evolve(blank("phone")(directory), stored=stored)).is_clean


def test_of_what_a_snapshot_did_not_see_nothing_is_said() -> None:
    """Where users were read in part a missing one may be there; what should be gone and was seen is there all the same."""
    made = run(FEED)
    partial = Coverage.complete().with_read(Kind.USER, Read(extent=Extent.PARTIAL))
    unseen = made.verified(lambda _: orr.Directory.of(orgs=list(made.directory.orgs), coverage=partial))
    assert (unseen.is_clean, unseen.checked, unseen.unseen) == (True, 1, 2)
    assert verification_text(unseen) == "1 row or link checked, 2 could not be seen: all are as the host said"
    lost = made.verified(lambda directory: directory.with_tables({Kind.USER: directory.users.where(pl.lit(value=False))}))
    assert lost.counts == {(Drift.MISSING, Kind.USER): 2}


def test_links_are_looked_for_where_the_host_keeps_any() -> None:
    """A link that was made is missing, one that was taken away is there; a host that has no link at all keeps none."""
    held = orr.Directory.of(
        orgs=[evolve(S1, id="9")],
        users=[person("17", "Ann", email="a@x.org"), person("18", "Ben")],
        crosswalk=links((Kind.ORG, "s1", "9"), (Kind.USER, "u2", "18")),
    )
    apart = orr.Decision(ruling=orr.Ruling.DISTINCT, kind=Kind.USER, source="sis", source_id="u2", host_id="18", by="support")
    made = run(FEED, held, decisions=(apart,))
    assert made.verified().is_clean
    before = made.verified(lambda directory: evolve(directory, crosswalk=held.crosswalk))
    assert before.frame.select("id", "verb", "drift").rows() == [
        ("17", "link", "link missing"),
        ("18", "unlink", "link still there"),
    ]
    assert made.verified(lambda directory: evolve(directory, crosswalk=orr.Crosswalk())).is_clean


def test_an_account_that_went_into_another_is_gone() -> None:
    """It is found where it is still there."""
    held = orr.Directory.of(users=[person("17", "Ann"), person("18", "Ann")])
    one = orr.Decision(ruling=orr.Ruling.MERGE, kind=Kind.USER, host_id="17", other="18", by="support")
    made = run(roster(users=[]), held, decisions=(one,))
    assert made.verified().is_clean
    found = made.verified(lambda directory: directory.with_tables({Kind.USER: held.users}))
    assert found.frame.filter(pl.col("id") == "18").select("verb", "drift").rows() == [("merge", "still there")]


def test_a_state_is_looked_at_though_the_update_beside_it_failed() -> None:
    """Of a row that was only suspended no other column is compared, for nothing was said of them."""
    held = evolve(ANN, id="17", roles=())
    plan = orr.ChangePlan(
        source="sis",
        policy="own",
        as_of=AS_OF,
        changes=orr.diff(orr.Directory.of(users=[held]), orr.Directory.of(users=[evolve(held, phone="9", state="suspended")])),
    )
    assert [change.verb.value for change in plan] == ["update", "suspend"]
    receipts = orr.Receipts.concat([orr.Receipts.failed(pl.Series(["17"]), "no"), orr.Receipts.done(pl.Series(["17"]))])
    assert orr.verify(plan, receipts, orr.Directory.of(users=[evolve(held, state="suspended")])).is_clean
    assert orr.verify(plan, receipts, orr.Directory.of(users=[held])).frame["columns"].to_list() == [["state"]]
    both = orr.Receipts.done(pl.Series(["17", "17"]))
    assert orr.verify(plan, both, orr.Directory.of(users=[held])).frame["columns"].to_list() == [["phone", "state"]]


def test_the_receipts_of_another_plan_are_refused() -> None:
    """They say nothing of this one."""
    with pytest.raises(ValueError, match="are not those of"):
        orr.verify(run(FEED).plan, orr.Receipts(), orr.Directory())


def test_what_was_found_reads_line_by_line() -> None:
    """The sorts with how many, then rows with the columns, so many as are asked for."""
    made = run(FEED)
    found = made.verified(lambda directory: blank("family_name")(directory.with_tables({Kind.ORG: orr.Table.of(orr.Org)})))
    text = verification_text(found, limit=2)
    assert text.splitlines() == [
        "3 rows or links checked: 3 not as the host said",
        "  missing: 1 org",
        "  differs: 2 users",
        "",
        "org/h1 (create): missing",
        "user/h1 (create): differs in family_name",
        "and 1 more",
    ]
