"""Applying: what was done is remembered, what was not is tried again, and hosts get real ids only."""

from collections.abc import Callable
from typing import Any

import polars as pl
import pytest
from attrs import evolve

import oneroster_reconcile as orr
from oneroster_reconcile import Action, Batch, Disposition, Kind, Receipts
from tests.reconcile.scene import AS_OF, S1, Product, person, roster, student

EVERYTHING = orr.Scope()
ALGEBRA = orr.Class(id="k1", title="Algebra", school="s1")
MEMBER = orr.Enrollment(class_="k1", user="u1", role="student")
DELETING = orr.Policy(
    name="deleting",
    rows=dict.fromkeys(
        Kind,
        orr.RowPolicy(
            withdrawn=Disposition.DELETE, ended=Disposition.DELETE, element=orr.ElementPolicy(withdrawn=Disposition.DELETE)
        ),
    ),
)


class Refusing:
    """A host that refuses the rows of a batch that a test names, and notes what it was asked."""

    def __init__(self, host: orr.MemoryHost, refuses: Callable[[Batch], pl.Expr]) -> None:
        self.host, self.refuses = host, refuses
        self.asked: list[tuple[Action, Kind, int]] = []

    def snapshot(self, scope: orr.Scope = EVERYTHING) -> orr.Directory:
        """What the host holds."""
        return self.host.snapshot(scope)

    def apply(self, batch: Batch) -> Receipts:
        """Answer for each change."""
        self.asked.append((batch.action, batch.kind, len(batch)))
        refused = batch.frame.filter(self.refuses(batch))
        rest = batch.frame.filter(~self.refuses(batch))
        return Receipts.concat(
            [Receipts.failed(refused["id"], "refused"), self.host.apply(Batch(batch.action, batch.kind, rest))]
        )


class Dying:
    """A host that goes away after so many batches."""

    def __init__(self, host: orr.MemoryHost, batches: int) -> None:
        self.host, self.batches = host, batches

    def snapshot(self, scope: orr.Scope = EVERYTHING) -> orr.Directory:
        """What the host holds."""
        return self.host.snapshot(scope)

    def apply(self, batch: Batch) -> Receipts:
        """Answer, or be gone."""
        self.batches -= 1
        if self.batches < 0:
            raise orr.HostFailed("connection reset", retriable=True)
        return self.host.apply(batch)


def refusing(kind: Kind, action: Action | None = None, **values: str) -> Callable[[Batch], pl.Expr]:
    """Refuse rows of a kind, and of an action, where their `after` has these values."""

    def refuses(batch: Batch) -> pl.Expr:
        about = batch.kind is kind and action in (None, batch.action)
        fields = (pl.col("after").struct.field(name) == value for name, value in values.items())
        return pl.all_horizontal(pl.lit(value=about), *fields) if about else pl.lit(value=False)

    return refuses


def night(product: Product, incoming: orr.Roster, host: Any, **options: Any) -> Receipts:
    """A run against a faulty host."""
    return orr.apply(product.plan(incoming), host, product.state, **options)


def test_a_run_is_remembered_and_the_next_has_nothing_to_do() -> None:
    """What was made is linked and remembered under the host's ids."""
    product = Product()
    incoming = roster(classes=[ALGEBRA], users=[student("u1")], enrollments=[MEMBER])
    product.sync(incoming)
    assert product.plan(incoming).is_empty
    assert product.state.base.users == product.directory.users
    assert product.state.base.enrollments == product.directory.enrollments
    assert not product.state.base.users.frame["id"].str.starts_with("new:").any()


def test_what_failed_is_not_remembered_and_is_done_by_the_next_run() -> None:
    """A refused person has no link, no base row and no membership; the others have theirs."""
    product = Product()
    incoming = roster(classes=[ALGEBRA], users=[student("u1"), student("u2", "Bo")], enrollments=[MEMBER])
    answers = night(product, incoming, Refusing(product.host, refusing(Kind.USER, given_name="Ann")))
    assert answers.failures["id"].to_list() == ["new:sis/u1", "new:sis/k1|new:sis/u1|student"]
    assert answers.failures["error"].to_list() == ["refused", "belongs to a row that was not made"]
    assert product.state.base.crosswalk.links("sis", Kind.USER)["source_id"].to_list() == ["u2"]
    assert len(product.state.base.enrollments) == 0
    assert product.sync(incoming).summary() == "2 changes: create 1 user, enroll 1 enrollment"
    assert product.plan(incoming).is_empty


@pytest.mark.parametrize("batches", range(8))
def test_a_host_that_goes_away_leaves_a_state_to_go_on_from(batches: int) -> None:
    """Wherever the host fails, nothing is raised, the rest is answered `not tried`, and the next run completes it without making anything twice."""
    product = Product()
    incoming = roster(classes=[ALGEBRA], users=[student("u1"), student("u2", "Bo", agents=("u1",))], enrollments=[MEMBER])
    plan = product.plan(incoming)
    answers = orr.apply(plan, Dying(product.host, batches), product.state, pace=orr.Pace(batch=1, attempts=1))
    assert len(answers) == len(plan)
    failures = answers.failures["error"].to_list()
    if failures:
        assert failures[0].startswith("the host failed: connection reset")
        assert set(failures[1:]) <= {"not tried: the host failed before", "belongs to a row that was not made"}
    assert sum(len(product.directory[kind]) for kind in Kind) == min(batches, len(plan))
    product.sync(incoming)
    assert product.plan(incoming).is_empty
    assert [len(product.directory[kind]) for kind in (Kind.ORG, Kind.CLASS, Kind.USER, Kind.ENROLLMENT)] == [2, 1, 2, 1]


def test_guardians_are_made_before_the_children_who_name_them() -> None:
    """References within a kind wait for receipts, whatever the order of ids and the size of batches."""
    product = Product()
    family = [student("a", agents=("b",)), person("b", agents=("c",)), person("c")]
    answers = night(product, roster(users=family), product.host, pace=orr.Pace(batch=1))
    assert answers.failures.is_empty()
    assert product.user("a").agents == (product.id(Kind.USER, "b"),)
    assert product.user("b").agents == (product.id(Kind.USER, "c"),)
    assert product.plan(roster(users=family)).is_empty


@pytest.mark.parametrize("batch", [1, 100])
def test_people_who_name_each_other_are_made_and_then_completed(batch: int) -> None:
    """A guardian lists the child and the child the guardian; each change is answered once."""
    product = Product()
    family = [student("a", agents=("b",)), person("b", agents=("a", "c")), person("c"), person("d", agents=("d",))]
    plan = product.plan(roster(users=family))
    answers = orr.apply(plan, product.host, product.state, pace=orr.Pace(batch=batch))
    assert answers.failures.is_empty()
    assert sorted(answers.frame["id"].to_list()) == sorted(change.after.id for change in plan)
    assert product.user("a").agents == (product.id(Kind.USER, "b"),)
    assert product.user("d").agents == (product.id(Kind.USER, "d"),)
    assert product.plan(roster(users=family)).is_empty


def test_a_circle_that_cannot_be_closed_is_closed_by_the_next_run() -> None:
    """One of the two is made bare, and the other whole. What was made is linked, so that it is not made twice, but counts as failed until it is as planned."""
    product = Product()
    family = [student("a", agents=("b",)), person("b", "Bo", agents=("a",))]
    answers = night(product, roster(users=family), Refusing(product.host, refusing(Kind.USER, Action.UPDATE)))
    assert answers.failures.select("id", "error").rows() == [("new:sis/b", "refused")]
    assert (product.user("a").agents, product.user("b").agents) == ((product.id(Kind.USER, "b"),), ())
    assert len(product.state.base.crosswalk.links("sis", Kind.USER)) == 2
    assert len(product.state.base.users) == 1
    assert product.sync(roster(users=family)).summary() == "1 change: update 1 user"
    assert product.plan(roster(users=family)).is_empty


def test_half_a_circle_goes_ahead_without_the_other_half() -> None:
    """A child whose guardian could not be made is made without, and completed when the guardian is there."""
    product = Product()
    family = [student("a", agents=("b",)), person("b", "Bo", agents=("a",))]
    answers = night(product, roster(users=family), Refusing(product.host, refusing(Kind.USER, given_name="Bo")))
    assert answers.failures["id"].to_list() == ["new:sis/b"]
    assert product.user("a").agents == ()
    assert len(product.state.base.users) == 0
    product.sync(roster(users=family))
    assert product.user("a").agents == (product.id(Kind.USER, "b"),)
    assert product.plan(roster(users=family)).is_empty


def test_a_child_without_its_guardian_is_completed_by_the_next_run() -> None:
    """The guardian was refused; the child was made, is linked, and is not remembered."""
    product = Product()
    family = [student("a", agents=("b",)), person("b", "Bo")]
    night(product, roster(users=family), Refusing(product.host, refusing(Kind.USER, given_name="Bo")))
    assert product.user("a").agents == ()
    product.sync(roster(users=family))
    assert product.user("a").agents == (product.id(Kind.USER, "b"),)


def test_a_reference_that_could_not_be_resolved_blanks_nothing() -> None:
    """A class that moves to a school that could not be made stays in its old school until it can move."""
    product = Product()
    product.sync(roster(orgs=[S1], classes=[ALGEBRA]))
    moved = roster(classes=[evolve(ALGEBRA, school="s2")])
    night(product, moved, Refusing(product.host, refusing(Kind.ORG)))
    (algebra,) = product.directory.classes
    assert algebra.school == product.id(Kind.ORG, "s1")
    product.sync(moved)
    assert [each.school for each in product.directory.classes] == [product.id(Kind.ORG, "s2")]


def test_a_transfer_to_a_school_that_was_not_made_leaves_nobody_in_no_school() -> None:
    """What adds comes before what removes: without the new school the old role stays."""
    product = Product()
    product.sync(roster(orgs=[S1], users=[student("u1")]))
    moved = roster(users=[person("u1", "Ann", ("s2", "student"))])
    night(product, moved, Refusing(product.host, refusing(Kind.ORG)))
    assert [role.org for role in product.user("u1").roles] == [product.id(Kind.ORG, "s1")]
    product.sync(moved)
    assert [role.org for role in product.user("u1").roles] == [product.id(Kind.ORG, "s2")]


@pytest.mark.parametrize("batch", [1, 100])
def test_children_go_before_their_parents(batch: int) -> None:
    """Deletions are ordered within a kind too, whatever the ids and the size of batches."""
    product = Product(DELETING)
    orgs = [orr.Org(id="a", name="District", type="district"), orr.Org(id="b", name="High", type="school", parent="a")]
    people = [person("u1", agents=("u2",)), person("u2", "Bo")]
    product.sync(orr.Roster.of(source="sis", orgs=orgs, users=people))
    plan = product.plan(orr.Roster.of(source="sis"))
    assert plan.summary() == "4 changes: delete 2 orgs, delete 2 users"
    assert orr.apply(plan, product.host, product.state, pace=orr.Pace(batch=batch)).failures.rows() == []
    assert product.plan(orr.Roster.of(source="sis")).is_empty


class Breaking:
    """A host whose adapter has a fault: it breaks at batches of a kind."""

    def __init__(self, host: orr.MemoryHost, kind: Kind) -> None:
        self.snapshot, self.host, self.kind = host.snapshot, host, kind

    def apply(self, batch: Batch) -> Receipts:
        """Answer, or break."""
        if batch.kind is self.kind:
            raise KeyError("a fault of the adapter")
        return self.host.apply(batch)


def test_what_was_done_before_an_adapter_broke_is_not_taken_for_an_edit() -> None:
    """What each phase did is remembered before the next begins: else the next night would keep our own writing as the host's."""
    product = Product(orr.presets.additive())
    product.sync(roster(classes=[ALGEBRA], users=[student("u1", "Cy")]))
    renamed = roster(classes=[ALGEBRA], users=[student("u1", "Cyd")], enrollments=[MEMBER])
    with pytest.raises(KeyError):
        night(product, renamed, Breaking(product.host, Kind.ENROLLMENT))
    assert product.user("u1").given_name == "Cyd"
    product.sync(roster(classes=[ALGEBRA], users=[student("u1", "Cy")], enrollments=[MEMBER]))
    assert product.user("u1").given_name == "Cy"


class Forgetful:
    """A host that keeps links of its own and no answers; the first batch that makes classes it does not answer at all."""

    def __init__(self, product: Product) -> None:
        self.host, self.links, self.has_failed = product.host, product.state.base.crosswalk, False

    def snapshot(self, scope: orr.Scope = EVERYTHING) -> orr.Directory:
        """What the host holds."""
        return evolve(self.host.snapshot(scope), crosswalk=self.links)

    def apply(self, batch: Batch) -> Receipts:
        """Answer, but for the first time."""
        if batch.kind is Kind.CLASS and not self.has_failed:
            self.has_failed = True
            raise orr.HostFailed("timed out", retriable=True)
        return self.host.apply(batch)


def test_a_class_that_the_host_linked_itself_is_nobody_elses() -> None:
    """A link that only the host knew is remembered first: a class just like it, of which nobody knows whether it was made, does not take its place."""
    product = Product()
    product.sync(roster(classes=[ALGEBRA]))
    host, product.state = Forgetful(product), orr.MemoryState()
    twin = roster(classes=[ALGEBRA, evolve(ALGEBRA, id="k2")])
    plan = orr.reconcile(twin, host.snapshot(), base=product.state.base, policy=product.policy, as_of=AS_OF)
    orr.apply(plan, host, product.state, pace=orr.Pace(first_wait=0))
    assert len(product.directory.classes) == 2
    assert product.id(Kind.CLASS, "k1") != product.id(Kind.CLASS, "k2")


def test_a_row_with_two_changes_is_remembered_when_both_are_done() -> None:
    """A restored and renamed account counts when the renaming is done too."""
    product = Product()
    product.sync(roster(users=[student("u1")]))
    product.sync(roster(users=[student("x", "Xi")]))
    assert product.user("u1").state is orr.State.SUSPENDED
    back = roster(users=[student("u1", "Anne"), student("x", "Xi")])
    assert product.plan(back).summary() == "2 changes: restore 1 user, update 1 user"
    night(product, back, Refusing(product.host, refusing(Kind.USER, Action.UPDATE)))
    remembered = product.state.base.users[product.id(Kind.USER, "u1")]
    assert (remembered.given_name, remembered.state) == ("Ann", orr.State.SUSPENDED)
    assert product.sync(back).summary() == "1 change: update 1 user"
    assert product.state.base.users[product.id(Kind.USER, "u1")].given_name == "Anne"


def test_a_membership_that_was_refused_is_not_forgotten() -> None:
    """An enrollment that the host would not end is still ours, and is ended by the next run."""
    product = Product()
    incoming = roster(classes=[ALGEBRA], users=[student("u1")], enrollments=[MEMBER])
    product.sync(incoming)
    left = roster(classes=[ALGEBRA], users=[student("u1")])
    night(product, left, Refusing(product.host, refusing(Kind.ENROLLMENT)))
    assert len(product.state.base.enrollments) == 1
    assert product.sync(left).summary() == "1 change: unenroll 1 enrollment"
    assert len(product.state.base.enrollments) == 0


def test_what_was_found_equal_is_remembered_even_when_all_else_fails() -> None:
    """A first run over a host with ids of its own acknowledges what agrees before it tries anything."""
    directory = orr.Directory.of(
        orgs=[evolve(S1, id="7")], crosswalk=orr.Crosswalk.of([orr.CrosswalkRow("sis", Kind.ORG, "s1", "7")])
    )
    product = Product(directory=directory)
    night(product, roster(), Dying(product.host, 0))
    assert [org.id for org in product.state.base.orgs] == ["7"]
    assert product.state.base.crosswalk.links("sis", Kind.ORG).rows() == [("s1", "7")]


def test_a_link_that_the_host_refused_is_not_remembered() -> None:
    """A match is a link only when the host has it."""
    directory = orr.Directory.of(users=[person("17", email="ann@x.org")])
    product = Product(directory=directory)
    incoming = roster(users=[student("u1", email="ann@x.org")])
    refuse = Refusing(product.host, lambda batch: pl.lit(value=batch.action is Action.LINK))
    night(product, incoming, refuse)
    assert len(product.state.base.crosswalk.links("sis", Kind.USER)) == 0
    product.sync(incoming)
    assert product.id(Kind.USER, "u1") == "17"
    assert product.plan(incoming).is_empty


def test_progress_is_told_batch_by_batch() -> None:
    """The last step has all changes done, and failures are counted."""
    product = Product()
    steps: list[orr.Step] = []
    incoming = roster(users=[student("u1"), student("u2", "Bo"), student("u3", "Cy")])
    host = Refusing(product.host, refusing(Kind.USER, given_name="Bo"))
    night(product, incoming, host, pace=orr.Pace(batch=2), on_progress=steps.append)
    assert [(step.kind, step.done, step.failed, step.total) for step in steps] == [
        (Kind.ORG, 2, 0, 5),
        (Kind.USER, 4, 1, 5),
        (Kind.USER, 5, 1, 5),
    ]
    assert host.asked == [(Action.CREATE, Kind.ORG, 2), (Action.CREATE, Kind.USER, 2), (Action.CREATE, Kind.USER, 1)]


def test_a_batch_shows_rows_and_typed_changes() -> None:
    """A host reads columns or objects, whichever it likes; provisional ids are gone from both."""
    product, seen = Product(), []

    def look(batch: Batch) -> pl.Expr:
        seen.append(batch)
        return pl.lit(value=False)

    night(product, roster(orgs=[S1], users=[student("u1")]), Refusing(product.host, look))
    users = next(batch for batch in seen if batch.kind is Kind.USER)
    (change,) = users
    assert users.row is orr.User
    assert change.after.roles[0].org == "h1"
    assert users.after["given_name"].to_list() == ["Ann"]
    assert users.before["given_name"].to_list() == [None]


def test_a_plan_that_was_applied_changes_nothing_again() -> None:
    """A plan of updates that is applied twice is the same as once."""
    product = Product()
    product.sync(roster(users=[student("u1")]))
    plan = product.plan(roster(users=[student("u1", "Anne")]))
    for _ in range(2):
        assert orr.apply(plan, product.host, product.state).failures.is_empty()
    assert product.user("u1").given_name == "Anne"


def test_an_empty_plan_asks_nothing_of_the_host() -> None:
    """No changes, no batches, no answers."""
    plan = orr.ChangePlan(source="sis", policy="mirror", as_of=AS_OF)
    answers = orr.apply(plan, Dying(orr.MemoryHost(), 0), orr.MemoryState())
    assert len(answers) == 0


def test_what_is_about_an_account_whose_merge_failed_is_not_tried() -> None:
    """Nothing of it is done or remembered, every change is answered, and the rest goes on; the next run makes up for it."""
    site = Product()
    people = [student("u1"), student("u2", "Bo"), student("u3", "Cy", agents=("u1",))]
    first = roster(users=people, classes=[ALGEBRA], enrollments=[MEMBER])
    site.sync(first)
    gone = site.id(Kind.USER, "u1")
    site.put(person("22", "Ann", (site.id(Kind.ORG, "s1"), "student"), phone="555"))
    site.decisions = (orr.Decision(ruling=orr.Ruling.MERGE, kind=Kind.USER, other=gone, host_id="22", by="support"),)
    incoming = roster(users=[student("u1", "Anna"), student("u2", "Bob"), people[2]], classes=[ALGEBRA], enrollments=[])
    plan = site.plan(incoming)
    assert [str(verb) for verb, _ in plan.counts] == ["merge", "update", "unenroll"]
    answers = orr.apply(plan, Refusing(site.host, lambda batch: pl.lit(batch.action is Action.MERGE)), site.state)
    assert len(answers) == len(plan)
    assert dict(answers.failures.select("error", "id").rows())["refused"] == gone
    assert set(answers.failures["error"]) == {"refused", "not tried: it is about an account whose merge failed"}
    assert (site.id(Kind.USER, "u1"), site.user("u1").given_name, site.user("u2").given_name) == (gone, "Ann", "Bob")
    assert [row.user for row in site.directory.enrollments] == [row.user for row in site.state.base.enrollments] == [gone]
    assert site.user("u3").agents == site.state.base.users[site.id(Kind.USER, "u3")].agents == (gone,)
    site.sync(incoming)
    assert (site.id(Kind.USER, "u1"), site.user("u1").given_name, site.user("u1").phone) == ("22", "Anna", "555")
    assert (len(site.directory.enrollments), site.user("u3").agents) == (0, ("22",))
    assert site.plan(incoming).is_empty


def test_a_merge_that_the_host_made_and_nobody_remembered_is_made_up_for() -> None:
    """The host answered to nobody: the next plan asks once more, the host says that it is so, and the link is learnt."""
    site = Product()
    incoming = roster(users=[student("u1")])
    site.sync(incoming)
    gone = site.id(Kind.USER, "u1")
    site.put(person("22", "Ann", (site.id(Kind.ORG, "s1"), "student")))
    site.decisions = (orr.Decision(ruling=orr.Ruling.MERGE, kind=Kind.USER, other=gone, host_id="22", by="support"),)
    orr.apply(site.plan(incoming), site.host, orr.MemoryState(site.state.base))
    plan = site.sync(incoming)
    assert [(each.gone, each.kept) for each in plan.of(orr.Merge)] == [(gone, "22")]
    assert site.id(Kind.USER, "u1") == "22"
    assert site.plan(incoming).is_empty
