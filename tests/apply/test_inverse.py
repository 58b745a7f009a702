"""Taking a plan back: what is as it was, what is not, and what the next night makes of it."""

from datetime import UTC, datetime

import pytest
from attrs import evolve

import oneroster_reconcile as orr
from oneroster_reconcile import Kind, Verb
from tests.laws.runs import plains
from tests.plan.test_plan import busy
from tests.reconcile.scene import Product, codes, person, roster, student


def undone(product: Product, incoming: orr.Roster) -> orr.Inverse:
    """A night, and the way back from it, taken."""
    before = product.state.base
    plan = product.plan(incoming)
    receipts = orr.apply(plan, product.host, product.state)
    back = taken_back(product, plan, receipts, before)
    assert orr.apply(back.plan, product.host, product.state).failures.is_empty()
    return back


def taken_back(product: Product, plan: orr.ChangePlan, receipts: orr.Receipts, before: orr.Base) -> orr.Inverse:
    """The way back from a plan."""
    now, held = product.state.base, product.host.snapshot()
    return orr.inverse(plan, receipts, before=before, now=now, directory=held, policy=product.policy)


def test_a_night_is_taken_back() -> None:
    """A move, a rename, a return, a departure, an arrival and a match: host, base and links are as before, and the same plan would be made again."""
    product, incoming = busy()
    directory, base, plan = product.directory, product.state.base, product.plan(incoming)
    back = undone(product, incoming)
    assert back.irreversible == ()
    assert plains(product.directory) == plains(directory)
    assert plains(product.state.base) == plains(base)
    assert product.state.base.crosswalk == base.crosswalk
    assert product.plan(incoming).digest == plan.digest
    assert back.plan.summary() == (
        "10 changes: unlink 1 user, restore 1 user, update 2 users, transfer 1 user, enroll 1 enrollment, "
        "unenroll 1 enrollment, suspend 1 user, delete 1 user, delete 1 demographics"
    )


def test_who_was_brought_back_stays() -> None:
    """Everybody was suspended by a broken export; undone, they are pinned, and the same export suspends nobody."""
    product = Product()
    product.sync(roster(users=[student("u1"), student("u2", "Bo")]))
    broken = roster(users=[student("u2", "Bo")])
    back = undone(product, broken)
    (kept,) = back.decisions(by="support")
    assert (kept.ruling, kept.rows, kept.columns) == (orr.Ruling.KEEP, (product.id(Kind.USER, "u1"),), ("state",))
    assert len(product.plan(broken)) == 1
    product.decisions = (kept,)
    assert product.plan(broken).is_empty


def test_an_account_that_was_deleted_does_not_come_back() -> None:
    """Neither does its membership; the class does that named nobody, and each is told with its reason."""
    policy = orr.presets.mirror().with_rows(withdrawn=orr.Disposition.DELETE)
    product = Product(policy.with_rows(Kind.USER, element=orr.ElementPolicy(withdrawn=orr.Disposition.DELETE)))
    taught = orr.Class(id="k1", title="Algebra", school="s1")
    member = orr.Enrollment(class_="k1", user="u1", role="student")
    other = orr.Enrollment(class_="k1", user="u2", role="student")
    people = [student("u1"), student("u2", "Bo", agents=("u1", "u3")), student("u3", "Cy")]
    product.sync(roster(users=people, classes=[taught], enrollments=[member, other]))
    gone, class_, stays = product.id(Kind.USER, "u1"), product.id(Kind.CLASS, "k1"), product.id(Kind.USER, "u2")
    back = undone(product, roster(users=[student("u2", "Bob", agents=("u3",)), people[2]], classes=[taught], enrollments=[other]))
    assert [(each.verb, each.id) for each in back.irreversible] == [
        (Verb.UPDATE, stays),
        (Verb.UNENROLL, f"{class_}|{gone}|student"),
        (Verb.DELETE, gone),
    ]
    assert product.directory.users[stays].given_name == "Bo"
    assert product.directory.users[stays].agents == (product.id(Kind.USER, "u3"),)
    assert [(each.class_, each.user) for each in product.directory.enrollments] == [(class_, stays)]


def test_a_merge_is_not_taken_back() -> None:
    """Two accounts that became one stay one, and what else the plan did is undone."""
    product = Product()
    product.sync(roster(users=[student("u1"), student("u2", "Bo")]))
    kept, gone = (product.id(Kind.USER, each) for each in ("u1", "u2"))
    product.decisions = (orr.Decision(ruling=orr.Ruling.MERGE, kind=Kind.USER, host_id=kept, other=gone, by="support"),)
    back = undone(product, roster(users=[student("u1", "Anne")]))
    assert [(each.verb, each.id) for each in back.irreversible] == [(Verb.MERGE, gone)]
    assert [each.given_name for each in product.directory.users] == ["Ann"]


def test_only_what_succeeded_is_taken_back() -> None:
    """A part that failed was not done; receipts of another plan are refused."""
    product = Product()
    plan = product.plan(roster(users=[student("u1")]))
    first = orr.Receipts.done(plan.frame(Kind.ORG)["id"].sort(), plan.frame(Kind.ORG)["id"].sort().str.replace("new:sis/", "h"))
    failed = orr.Receipts.failed(plan.frame(Kind.USER)["id"], "no")
    back = taken_back(product, plan, orr.Receipts.concat([first, failed]), orr.Base())
    assert back.plan.counts == {(Verb.DELETE, Kind.ORG): 2}
    with pytest.raises(ValueError, match="2 receipts are not those of a plan of 3 changes"):
        taken_back(product, plan, first, orr.Base())
    with pytest.raises(ValueError, match="not those of the plan"):
        taken_back(product, plan, orr.Receipts.concat([failed, first]), orr.Base())


def test_an_undo_is_stale_once_links_moved() -> None:
    """It is applied once: applied again it would take back what came after."""
    product = Product()
    before, plan = product.state.base, product.plan(roster(users=[student("u1")]))
    receipts = orr.apply(plan, product.host, product.state)
    back = taken_back(product, plan, receipts, before)
    orr.apply(back.plan, product.host, product.state)
    with pytest.raises(orr.StalePlan):
        orr.apply(back.plan, product.host, product.state)


def test_what_was_undone_stays_undone_until_the_decisions_are_revoked() -> None:
    """A night of everything, taken back: with the decisions the same roster asks for nothing, and without them for all of it again; only what came since is planned."""
    product, incoming = busy()
    plan = product.plan(incoming)
    back = undone(product, incoming)
    product.decisions = back.decisions(by="support", at=datetime(2026, 10, 1, tzinfo=UTC))
    assert product.plan(incoming).is_empty
    assert {(each.by, each.at.isoformat(), each.why) for each in product.decisions if each.at} == {
        ("support", "2026-10-01T00:00:00+00:00", "undone")
    }
    later = evolve(incoming, tables={**incoming.tables, Kind.USER: with_one_more(incoming)})
    assert product.plan(later).counts == {(Verb.CREATE, Kind.USER): 1}
    product.decisions = ()
    assert product.plan(incoming).digest == plan.digest


def with_one_more(incoming: orr.Roster) -> orr.Table[orr.User]:
    """The people of a roster, and a new one."""
    return orr.Table.of(orr.User, [*incoming.users, student("new", "Zoe")])


def test_values_that_came_back_are_kept_and_others_are_synced() -> None:
    """A name that was undone stays, although the source goes on to change it; an address that it changes is taken."""
    product = Product()
    product.sync(roster(users=[student("u1", email="a@x.org"), student("u2", "Bo")]))
    back = undone(product, roster(users=[student("u1", "Anne", email="a@x.org"), student("u2", "Bob")]))
    (kept,) = back.decisions(by="support")
    assert (kept.ruling, kept.columns) == (orr.Ruling.KEEP, ("given_name",))
    assert kept.rows == tuple(sorted(product.id(Kind.USER, each) for each in ("u1", "u2")))
    product.decisions = (kept,)
    plan = product.sync(roster(users=[student("u1", "Annie", email="new@x.org"), student("u2", "Bo")]))
    assert (product.user("u1").given_name, product.user("u1").email) == ("Ann", "new@x.org")
    assert [(each.code, each.examples) for each in plan.issues] == [("pinned", (product.id(Kind.USER, "u1"),))]
    product.decisions = ()
    product.sync(roster(users=[student("u1", "Annie", email="new@x.org"), student("u2", "Bo")]))
    assert product.user("u1").given_name == "Annie"


def test_memberships_that_came_back_stay_and_those_that_went_stay_away() -> None:
    """Whatever the source says of them, until somebody revokes it."""
    product = Product(orr.presets.mirror().with_rows(Kind.ENROLLMENT, withdrawn=orr.Disposition.DELETE))
    taught, people = orr.Class(id="k1", title="Algebra", school="s1"), [student("u1"), student("u2", "Bo")]
    first, second = (orr.Enrollment(class_="k1", user=each, role="student") for each in ("u1", "u2"))
    product.sync(roster(users=people, classes=[taught], enrollments=[first]))
    swapped = roster(users=people, classes=[taught], enrollments=[second])
    (stay,) = undone(product, swapped).decisions(by="support")
    assert (stay.ruling, stay.kind, len(stay.rows), stay.columns) == (orr.Ruling.KEEP, Kind.ENROLLMENT, 2, ())
    product.decisions = (stay,)
    assert product.sync(swapped).is_empty
    assert [each.user for each in product.directory.enrollments] == [product.id(Kind.USER, "u1")]


def test_a_row_that_an_undo_deleted_is_neither_made_nor_adopted() -> None:
    """Somebody makes her an account by hand: no rule gives it to her either, and what refers to her goes without, until that is revoked."""
    product = Product()
    product.sync(roster())
    there = roster(users=[student("u1", email="a@x.org")])
    back = undone(product, there)
    product.decisions = back.decisions(by="support")
    assert [(each.ruling, each.source, each.rows) for each in product.decisions] == [(orr.Ruling.OMIT, "sis", ("u1",))]
    product.put(evolve(person("9", "Ann"), email="a@x.org"))
    child = student("u2", "Bo", agents=("u1",))
    taught = orr.Class(id="k1", title="Algebra", school="s1")
    member = orr.Enrollment(class_="k1", user="u1", role="student")
    plan = product.sync(roster(users=[*there.users, child], classes=[taught], enrollments=[member]))
    assert plan.counts == {(Verb.CREATE, Kind.CLASS): 1, (Verb.CREATE, Kind.USER): 1}
    assert product.user("u2").agents == ()
    product.decisions = ()
    plan = product.plan(roster(users=[*there.users, child], classes=[taught], enrollments=[member]))
    assert [each.host_id for each in plan.of(orr.Link)] == ["9"]


def test_links_that_an_undo_took_away_or_brought_back_stay_so() -> None:
    """An adoption that was undone leaves the person without an account, not with a new one; a link that a decision took away and an undo restored holds against that decision."""
    product = Product(directory=orr.Directory.of(users=[evolve(person("9", "Ann"), email="a@x.org")]))
    product.sync(roster())
    incoming = roster(users=[evolve(student("u1"), email="a@x.org")])
    product.decisions = undone(product, incoming).decisions(by="support")
    assert product.plan(incoming).is_empty
    product.decisions = ()
    product.sync(incoming)
    parted = orr.Decision(ruling=orr.Ruling.DISTINCT, kind=Kind.USER, source="sis", source_id="u1", host_id="9", by="us")
    product.decisions = (parted,)
    back = undone(product, incoming)
    product.decisions = (parted, *back.decisions(by="support"))
    plan = product.plan(incoming)
    assert (plan.is_empty, codes(plan)) == (True, ["decision_contradicted"])
    assert product.id(Kind.USER, "u1") == "9"


def test_an_undo_is_held_like_any_plan() -> None:
    """An undo that deletes thirty accounts of thirty is held by the guards on removals; approved, it goes through, and what a guard asks of a roster is not asked of it."""
    removals = orr.Limit(name="students removed", verbs=(Verb.DELETE,), kinds=(Kind.USER,), share=0.2, floor=20)
    product = Product(evolve(orr.presets.mirror(), guards=(orr.EmptySource(), orr.MergeDrift(), removals)))
    product.sync(roster())
    before = product.state.base
    plan = product.plan(roster(users=[student(f"u{number:02}", f"A{number}") for number in range(30)]))
    back = taken_back(product, plan, orr.apply(plan, product.host, product.state), before)
    assert {(str(verb), str(kind)): number for (verb, kind), number in back.plan.held.items()} == {("delete", "user"): 30}
    assert codes(back.plan) == ["limit_exceeded"]
    with pytest.raises(orr.PlanHeld):
        orr.apply(back.plan, product.host, product.state)
    approval = orr.Approval(digest=back.plan.digest, by="support")
    assert orr.apply(back.plan, product.host, product.state, [approval]).failures.is_empty()
    assert len(product.directory.users) == 0


def test_an_undo_of_very_many_rows_is_a_handful_of_decisions() -> None:
    """They name their rows in lists, and are shown without them."""
    product = Product()
    product.sync(roster(users=[student(f"u{number:03}", f"A{number}") for number in range(200)]))
    back = undone(product, roster(users=[student(f"u{number:03}", f"B{number}") for number in range(200)]))
    (kept,) = back.decisions(by="support")
    assert len(kept.rows) == 200
    assert len(repr(kept)) < 400
