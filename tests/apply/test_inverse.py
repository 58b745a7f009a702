"""Taking a plan back: what is as it was, what is not, and what the next night makes of it."""

import pytest

import oneroster_reconcile as orr
from oneroster_reconcile import Kind, Verb
from tests.laws.runs import plains
from tests.plan.test_plan import busy
from tests.reconcile.scene import Product, roster, student


def undone(product: Product, incoming: orr.Roster) -> orr.Inverse:
    """A night, and the way back from it, taken."""
    before = product.state.base
    plan = product.plan(incoming)
    receipts = orr.apply(plan, product.host, product.state)
    back = orr.inverse(plan, receipts, before=before, now=product.state.base, by="support")
    assert orr.apply(back.plan, product.host, product.state).failures.is_empty()
    return back


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
    account = product.id(Kind.USER, "u1")
    assert [(each.ruling, each.host_id, each.by) for each in back.decisions] == [(orr.Ruling.PIN, account, "support")]
    assert len(product.plan(broken)) == 1
    product.decisions = back.decisions
    assert product.plan(broken).is_empty


def test_what_is_not_pinned_is_said_to_come_again() -> None:
    """A new name is taken back, and comes again with the next run: the plan says so."""
    product = Product()
    product.sync(roster(users=[student("u1")]))
    (issue,) = undone(product, roster(users=[student("u1", "Anne")])).plan.issues
    assert (issue.code, issue.count, issue.examples) == ("comes_again", 1, ("update user",))


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
    back = orr.inverse(plan, orr.Receipts.concat([first, failed]), before=orr.Base(), now=orr.Base(), by="us")
    assert back.plan.counts == {(Verb.DELETE, Kind.ORG): 2}
    with pytest.raises(ValueError, match="2 receipts are not those of a plan of 3 changes"):
        orr.inverse(plan, first, before=orr.Base(), now=orr.Base(), by="us")
    with pytest.raises(ValueError, match="not those of the plan"):
        orr.inverse(plan, orr.Receipts.concat([failed, first]), before=orr.Base(), now=orr.Base(), by="us")


def test_an_undo_is_stale_once_links_moved() -> None:
    """It is applied once: applied again it would take back what came after."""
    product = Product()
    before, plan = product.state.base, product.plan(roster(users=[student("u1")]))
    receipts = orr.apply(plan, product.host, product.state)
    back = orr.inverse(plan, receipts, before=before, now=product.state.base, by="support")
    orr.apply(back.plan, product.host, product.state)
    with pytest.raises(orr.StalePlan):
        orr.apply(back.plan, product.host, product.state)
