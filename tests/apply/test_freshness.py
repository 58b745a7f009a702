"""Plans that lay for a while: what makes them stale, and what does not."""

import pytest

import oneroster_reconcile as orr
from oneroster_reconcile import Kind
from tests.reconcile.scene import Product, person, roster, student

TAUGHT = orr.Class(id="k1", title="Algebra", school="s1")
MEMBER = orr.Enrollment(class_="k1", user="u1", role="student")


def renaming() -> tuple[Product, orr.ChangePlan]:
    """A plan that gives one of three people another name."""
    product = Product()
    product.sync(roster(users=[student(f"u{number}", f"Ann{number}") for number in (1, 2, 3)]))
    return product, product.plan(roster(users=[student("u1", "Anne"), student("u2", "Ann2"), student("u3", "Ann3")]))


def test_what_somebody_did_to_another_row_does_not_matter() -> None:
    """A teacher who renames herself at noon does not void the plan for others."""
    product, plan = renaming()
    product.edit("u2", given_name="Bo")
    product.drop(Kind.USER, product.id(Kind.USER, "u3"))
    orr.check_fresh(plan, product.directory)


def test_a_row_that_was_edited_or_deleted_is_named() -> None:
    """The rows that the plan changes must be as it found them."""
    product, plan = renaming()
    account = product.id(Kind.USER, "u1")
    product.edit("u1", middle_name="Bo")
    with pytest.raises(orr.StalePlan, match=f"user/{account}.: make a new plan"):
        orr.check_fresh(plan, product.directory)
    product.drop(Kind.USER, account)
    with pytest.raises(orr.StalePlan, match=f"user/{account}"):
        orr.check_fresh(plan, product.directory)


def test_up_to_five_rows_are_named() -> None:
    """Of many that moved the first are named, and the rest counted."""
    product = Product()
    people = [student(f"u{number}", f"Ann{number}") for number in range(9)]
    product.sync(roster(users=people))
    plan = product.plan(roster(users=[student(each.id, f"{each.given_name}e") for each in people]))
    for each in people:
        product.edit(each.id, middle_name="Bo")
    with pytest.raises(orr.StalePlan, match=r"user/h5 and 4 more\): make a new plan"):
        orr.check_fresh(plan, product.directory)


def test_what_is_referred_to_and_what_is_made_are_looked_at() -> None:
    """A class that went, and a membership that somebody made by hand in the meantime, otherwise than the plan would."""
    product = Product()
    product.sync(roster(users=[student("u1")], classes=[TAUGHT]))
    plan = product.plan(roster(users=[student("u1")], classes=[TAUGHT], enrollments=[MEMBER]))
    account, class_ = product.id(Kind.USER, "u1"), product.id(Kind.CLASS, "k1")
    product.put(orr.Enrollment(class_=class_, user=account, role="student"))
    orr.check_fresh(plan, product.directory)
    product.put(orr.Enrollment(class_=class_, user=account, role="student", primary=True))
    with pytest.raises(orr.StalePlan, match="enrollment/"):
        orr.check_fresh(plan, product.directory)
    product.drop(Kind.ENROLLMENT, class_)
    product.drop(Kind.CLASS, class_)
    with pytest.raises(orr.StalePlan, match="enrollment/"):
        orr.check_fresh(plan, product.directory)


def test_an_account_to_be_linked_must_be_there() -> None:
    """A match whose account was deleted since is no match."""
    product = Product()
    product.sync(roster())
    product.put(person("17", "Eve", email="eve@x.org"))
    plan = product.plan(roster(users=[student("u6", "Eve", email="eve@x.org")]))
    orr.check_fresh(plan, product.directory)
    product.drop(Kind.USER, "17")
    with pytest.raises(orr.StalePlan, match="user/17"):
        orr.check_fresh(plan, product.directory)


def test_a_plan_that_changes_no_link_can_be_applied_again_without_harm_until_a_row_moved() -> None:
    """Its crosswalk is the same, so `apply` takes it twice: done twice is done once. What a person did since is found by a look at the host."""
    product, plan = renaming()
    for _ in range(2):
        assert orr.apply(plan, product.host, product.state).failures.is_empty()
        assert product.user("u1").given_name == "Anne"
        orr.check_fresh(plan, product.directory)
    product.edit("u1", given_name="Ana")
    with pytest.raises(orr.StalePlan):
        orr.check_fresh(plan, product.directory)
