"""Matching: who is who, as typed situations; likenesses are asked about, or linked where the policy says so."""

from datetime import date

import pytest
from attrs import evolve

import oneroster_reconcile as orr
from oneroster_reconcile import Kind, Likeness, Ruling
from tests.reconcile.scene import Product, codes, links, person, roster

BOB = person("u1", "Bob", ("s1", "student"), phone="555 010 7788", email="bob.ames@x.org")
ROBERT = evolve(BOB, id="17", given_name="Robert", email="robert.ames@y.org")
CY = person("u2", "Cy", ("s1", "student"), family_name="Quill")
ZOE = person("18", "Zoe", ("s1", "student"), family_name="Varga", phone="555 010 0001")
BIRTHS = [orr.Demographics(user=user, birth_date=date(2012, 3, 4)) for user in ("u1", "17")]


def directory(*users: orr.User) -> orr.Directory:
    """What a host holds."""
    return orr.Directory.of(users=users)


def test_every_person_and_account_is_in_one_situation() -> None:
    """Typed, so that a match over them is exhaustive."""
    ours = roster(users=[BOB, CY, person("u3", "Di", identifier="3"), person("u4", "Di"), person("u5", "Di")])
    theirs = directory(ROBERT, ZOE, person("3", "Di", identifier="3"), person("4", "Di"))
    both = links((Kind.USER, "u4", "4"), (Kind.USER, "u5", "4"))
    assert list(orr.match(ours, theirs, crosswalk=both)) == [
        orr.Collision(("u4", "u5"), "4"),
        orr.Matched("u3", "3", "identifier"),
        orr.Disputed("u1", ("17",), "likely"),
        orr.Unmatched("u2"),
        orr.Orphan("18"),
    ]


def test_a_link_that_is_known_or_decided_is_linked() -> None:
    """A person's word and an old link are the same to whoever reads."""
    ours, theirs = roster(users=[BOB, CY]), directory(ROBERT, ZOE)
    same = orr.Decision(ruling=Ruling.SAME, kind=Kind.USER, source="sis", source_id="u2", host_id="18", by="support")
    found = orr.match(ours, theirs, crosswalk=links((Kind.USER, "u1", "17")), decisions=[same])
    assert list(found) == [orr.Linked("u1", "17"), orr.Linked("u2", "18")]
    assert found.issues == ()


def test_a_likeness_says_how_sure_it_is_and_why() -> None:
    """The scores are in the frame, and the sum of the evidence is the weight."""
    found = orr.match(roster(users=[BOB]), directory(ROBERT, ZOE))
    ((source_id, host_id, reason, probability, weight, _),) = found.review.rows()
    assert (source_id, host_id, reason) == ("u1", "17", "likely")
    assert 0.05 < probability <= 1
    assert weight > 0
    why = found.explain("u1", "17")
    assert why.weight == pytest.approx(why.prior + sum(step.total for step in why.evidence) + sum(why.losses.values()))
    with pytest.raises(KeyError):
        found.explain("u1", "nobody")


def test_nobody_gets_a_second_account_while_somebody_is_asked() -> None:
    """With `likeness = ask` a plan proposes; with `ignore` it makes an account beside the old one."""
    for likeness, created in ((Likeness.ASK, 0), (Likeness.IGNORE, 1)):
        site = Product(evolve(orr.presets.additive(), likeness=likeness), directory(ROBERT, ZOE))
        plan = site.plan(roster(users=[BOB]))
        assert len(list(plan.of(orr.Create, orr.User))) == created
        assert ("match_likely" in codes(plan)) is (likeness is Likeness.ASK)


def test_what_is_sure_is_linked_where_the_policy_says_so() -> None:
    """Two things that seldom agree by chance are enough; the reason names the rule."""
    held = orr.Directory.of(users=[evolve(ROBERT, given_name="Bob"), ZOE], demographics=BIRTHS[1:])
    site = Product(evolve(orr.presets.additive(), likeness=Likeness.LINK), held)
    (made,) = site.plan(roster(users=[evolve(BOB, email=None), CY], demographics=BIRTHS[:1])).of(orr.Link)
    assert (made.source_id, made.host_id) == ("u1", "17")
    assert "probabilistic" in made.reason.policy


def test_people_who_were_kept_apart_are_not_asked_about_again() -> None:
    """However alike they look."""
    apart = orr.Decision(ruling=Ruling.DISTINCT, kind=Kind.USER, source="sis", source_id="u1", host_id="17", by="support")
    found = orr.match(roster(users=[BOB]), directory(ROBERT), decisions=[apart])
    assert list(found) == [orr.Unmatched("u1"), orr.Orphan("17")]


@pytest.mark.parametrize("is_whole", [True, False])
def test_nothing_is_linked_by_likeness_while_people_were_read_in_part(is_whole: bool) -> None:
    """A likelier one may be in the part that is missing: a person is asked."""
    policy, whole = evolve(orr.presets.additive(), likeness=Likeness.LINK), orr.Coverage.complete()
    coverage = whole if is_whole else whole.with_read(Kind.USER, orr.Read())
    incoming = roster(users=[evolve(BOB, email=None), CY], demographics=BIRTHS[:1], coverage=coverage)
    held = orr.Directory.of(users=[evolve(ROBERT, given_name="Bob"), ZOE], demographics=BIRTHS[1:])
    found = orr.match(incoming, held, policy=policy)
    assert (len(found.links), len(found.review)) == ((1, 0) if is_whole else (0, 1))


def test_a_twin_is_never_linked_by_likeness() -> None:
    """Everything agrees but the name: she is asked about, and so is everybody else whom the account may belong to."""
    daniela = evolve(BOB, given_name="Daniela", email="family@x.org")
    held = orr.Directory.of(users=[evolve(ROBERT, given_name="Daniel", email="family@x.org"), ZOE], demographics=BIRTHS[1:])
    policy = evolve(orr.presets.additive(), likeness=Likeness.LINK, rules={})
    made = orr.match(roster(users=[daniela, CY], demographics=BIRTHS[:1]), held, policy=policy)
    assert made.links.is_empty()


def test_an_address_that_many_have_is_nobody_s_own() -> None:
    """An office's address proposes no pair, however few of those who have it are new tonight."""
    office = "office@x.org"
    staff = [person(f"t{n}", f"Name{n}", email=office) for n in range(12)]
    known = links(*((Kind.USER, each.id, f"h{each.id}") for each in staff[:-1]))
    held = [evolve(each, id=f"h{each.id}") for each in staff[:-1]]
    new = evolve(staff[-1], given_name="Ann")
    free = person("free", "Ann", email=office)
    found = orr.match(roster(users=[*staff[:-1], new]), directory(*held, free), crosswalk=known, policy=orr.presets.additive())
    assert found.unmatched.to_list() == [new.id]


def test_an_explanation_sums_to_the_score_that_is_shown() -> None:
    """Of a pair in review the bits make the weight beside it, though others, whom rules linked, are not weighed with it."""
    others = [person(f"t{n}", f"Name{n}", family_name=f"Family{n}", email=f"t{n}@x.org") for n in range(9)]
    accounts = [evolve(each, id=f"h{each.id}") for each in others]
    found = orr.match(roster(users=[BOB, CY, *others]), directory(ROBERT, ZOE, *accounts))
    for source_id, host_id, _, probability, weight, _ in found.review.iter_rows():
        why = found.explain(source_id, host_id)
        assert why.weight == why.frame["weight"][-1] == weight
        assert why.probability == pytest.approx(probability)
    assert found.review.height == 1
    assert found.explain("t1", "ht1").weight > found.explain("t1", "ht2").weight
