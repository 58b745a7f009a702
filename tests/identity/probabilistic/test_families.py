"""The people whom matching confuses: twins, namesakes, siblings, the newly wed, and those who got a stranger's address."""

import attrs
import polars as pl
import pytest

from oneroster_reconcile.identity.probabilistic.linkage import Linkage
from oneroster_reconcile.identity.probabilistic.matcher import duplicates, link
from oneroster_reconcile.identity.probabilistic.model import Model, Thresholds
from oneroster_reconcile.identity.probabilistic.roster import roster_model
from tests.identity.probabilistic.people import crowd, people

TINA = {
    "id": "s-tina",
    "role": "student",
    "given_name": "Tina",
    "family_name": "Okafor",
    "birth_date": "2012-05-06",
    "email": "tina.okafor@x.edu",
    "phone": "555 321 0000",
    "identifier": "0004711",
    "school": "1",
    "grade": "8",
}
TOBI = TINA | {"id": "s-tobi", "given_name": "Tobi", "email": "tobi.okafor@x.edu", "identifier": "0004712"}
TEACHER = {"role": "teacher", "given_name": "Grace", "school": "1"}


CAUTIOUS = attrs.evolve(roster_model(), thresholds=Thresholds(names_suffice=False))


def linked(ours: list[dict[str, str]], theirs: list[dict[str, str]], model: Model | None = None) -> Linkage:
    return link(people(*ours, *crowd("s")), people(*theirs, *crowd("h")), model)


def at(host_id: str, row: dict[str, str], **other: str | None) -> dict[str, str]:
    return row | {"id": host_id} | other  # type: ignore[return-value]


def links(found: Linkage) -> dict[str, str]:
    return {source: host for source, host in found.links.select("source_id", "host_id").iter_rows() if "-" in source}


def reasons(found: Linkage) -> dict[tuple[str, str], str]:
    shown = found.review.filter(pl.col("source_id").str.contains("-"))
    return {(source, host): reason for source, host, reason in shown.select("source_id", "host_id", "reason").iter_rows()}


def test_the_crowd_is_linked_to_itself() -> None:
    """People whom nobody could confuse are all linked, and nobody else is asked about."""
    found = linked([], [])
    assert found.links.select(pl.col("source_id").str.slice(1) == pl.col("host_id").str.slice(1)).to_series().all()
    assert found.links.height == 60
    assert found.review.is_empty()


def test_twins_are_each_themselves() -> None:
    """Twins share everything but given name and address; both are linked, though each resembles the other."""
    found = linked([TINA, TOBI], [at("h-1", TOBI, identifier=None), at("h-2", TINA, identifier=None)])
    assert links(found) == {"s-tina": "h-2", "s-tobi": "h-1"}


def test_an_absent_twin_is_not_replaced_by_the_other() -> None:
    """One twin came and the other left: all else agrees and the ids follow one another, yet the name forbids the link."""
    found = linked([TINA], [at("h-1", TOBI)])
    assert links(found) == {}
    assert reasons(found) == {("s-tina", "h-1"): "given name contradicts"}


def test_junior_is_not_senior() -> None:
    """Namesakes whose suffixes differ are for a person to decide, whatever else they share."""
    ours = {"id": "s-1", **TEACHER, "family_name": "Hill Jr.", "phone": "5553210001", "email": "hill@x.edu"}
    found = linked([ours], [at("h-1", ours, family_name="Hill Sr.")])
    assert links(found) == {}
    assert reasons(found) == {("s-1", "h-1"): "suffix contradicts"}
    assert links(linked([ours], [at("h-1", ours, family_name="Hill, Junior")])) == {"s-1": "h-1"}


def test_siblings_who_share_phone_and_school_are_not_each_other() -> None:
    """A sister with an account is no match for her brother without one."""
    sister = at(
        "h-1", TINA, given_name="Amara", birth_date="2014-11-30", email="amara.okafor@x.edu", identifier="0004713", grade="5"
    )
    found = linked([TINA], [sister])
    assert links(found) == {}
    assert all("contradict" in reason for reason in reasons(found).values())


@pytest.mark.parametrize("address", ["tina.okafor@x.edu", "other@x.edu"])
def test_a_recycled_address_does_not_make_a_link(address: str) -> None:
    """A newcomer who got a leaver's address is not given the leaver's account."""
    leaver = at(
        "h-1",
        TINA,
        given_name="Zhen",
        family_name="Wu",
        email=address,
        phone="5550001111",
        identifier="0000099",
        birth_date="2009-02-03",
    )
    assert links(linked([TINA], [leaver])) == {}


def test_the_address_of_a_parent_does_not_make_a_child_a_sibling() -> None:
    """Both children's accounts have the mother's address: each is still the child whose name it has."""
    shared = {"email": "mother@mail.example", "identifier": None}
    found = linked([TINA, TOBI], [at("h-1", TOBI, **shared), at("h-2", TINA, **shared)])
    assert links(found) == {"s-tina": "h-2", "s-tobi": "h-1"}


def test_a_married_teacher_is_asked_about() -> None:
    """Given name and school agree, family name and address do not: a person decides, and she is neither linked nor lost."""
    ours = {"id": "s-grace", **TEACHER, "family_name": "Lindqvist", "email": "grace.lindqvist@x.edu", "phone": "5557770000"}
    found = linked([ours], [at("h-1", ours, family_name="Moreau", email="grace.moreau@x.edu")])
    assert links(found) == {}
    assert list(reasons(found)) == [("s-grace", "h-1")]


@pytest.mark.parametrize("column", ["former_family_name", "preferred_family_name"])
@pytest.mark.parametrize("turned", [False, True], ids=["the source knows", "the host knows"])
def test_a_former_or_chosen_name_finds_the_married_teacher(column: str, *, turned: bool) -> None:
    """Where either side says what her family name was, or which she goes by, she is found though nothing else but school and e-mail agrees."""
    ours = {"id": "s-grace", **TEACHER, "family_name": "Lindqvist", "email": "glindqvist@x.edu", "phone": "5557770000"}
    theirs = at("h-1", ours, family_name="Moreau", phone=None)
    (theirs if turned else ours)[column] = "LINDQVIST" if turned else "Moreau"
    found = linked([ours], [theirs])
    assert links(found) == {"s-grace": "h-1"}
    levels = {each.comparison: each.level for each in found.explain("s-grace", "h-1").evidence}
    assert levels["family name"] == "former or chosen"


def test_a_shared_guardian_speaks_for_a_pair() -> None:
    """A child of whom the host knows little but the guardian is linked where it would be a question otherwise."""
    ours = TINA | {"agents": "Okafor, Ngozi\nOkafor, Sam", "agent_contacts": "ngozi@mail.example\n555 222 3344"}
    bare = at("h-1", TINA, email=None, phone=None, identifier=None, birth_date=None, school=None, grade=None)
    assert links(linked([ours], [bare], CAUTIOUS)) == {}
    assert links(linked([ours], [bare | {"agents": "OKAFOR, Ngozi Ada"}], CAUTIOUS)) == {"s-tina": "h-1"}
    assert links(linked([ours], [bare | {"agent_contacts": "(555) 222-3344"}], CAUTIOUS)) == {"s-tina": "h-1"}
    stranger = linked([ours], [bare | {"agents": "Dube, Rosa"}], CAUTIOUS)
    assert links(stranger) == {}
    levels = {each.comparison: each.level for each in stranger.explain("s-tina", "h-1").evidence}
    assert levels["agents"] == "different"


def test_siblings_who_share_their_guardians_are_not_each_other() -> None:
    """Guardians are a household's, not a child's: a brother is not given his sister's account for them."""
    kin = {"agents": "Okafor, Ngozi", "agent_contacts": "ngozi@mail.example"}
    found = linked([TINA | kin], [at("h-1", TOBI | kin)])
    assert links(found) == {}
    assert reasons(found) == {("s-tina", "h-1"): "given name contradicts"}


def test_nicknames_accents_and_halves_of_names_are_no_obstacle() -> None:
    """What people's names go through between two systems is recognised as such."""
    ours = TINA | {"id": "s-1", "given_name": "Guillermo", "family_name": "Núñez-de la Cruz", "email": "gnunez@x.edu"}
    found = linked([ours], [at("h-1", ours, given_name="MEMO", family_name="NUNEZ", email=None, identifier="4711")])
    assert links(found) == {"s-1": "h-1"}
    levels = {each.comparison: each.level for each in found.explain("s-1", "h-1").evidence}
    assert (levels["given name"], levels["family name"], levels["identifier"]) == ("nickname or part", "part", "exact")


def test_crossed_names_count_once() -> None:
    """Given name in the family name's field, and the other way round: one step of the waterfall, in place of two contradictions."""
    found = linked([TINA], [at("h-1", TINA, given_name="Okafor", family_name="Tina", identifier=None, email=None)])
    assert links(found) == {"s-tina": "h-1"}
    steps = [each.comparison for each in found.explain("s-tina", "h-1").evidence]
    assert steps[0] == "crossed names"
    assert not {"given name", "family name"} & set(steps)


def test_the_first_of_january_says_nothing_about_the_day() -> None:
    """An account that knows the year only neither agrees nor contradicts."""
    found = linked([TINA], [at("h-1", TINA, birth_date="2012-01-01", identifier=None)])
    assert links(found) == {"s-tina": "h-1"}
    assert "birth date" not in [each.comparison for each in found.explain("s-tina", "h-1").evidence]


def test_a_wrong_birth_date_is_forgiven_where_an_id_agrees() -> None:
    """Name and district id outweigh a birth date; without the id it is for a person to decide."""
    born = "2009-11-23"
    assert links(linked([TINA], [at("h-1", TINA, birth_date=born)])) == {"s-tina": "h-1"}
    asked = linked([TINA], [at("h-1", TINA, birth_date=born, identifier=None)])
    assert reasons(asked) == {("s-tina", "h-1"): "birth date contradicts"}


def test_two_accounts_of_one_person_are_not_chosen_between() -> None:
    """Where two accounts fit equally well, neither is linked, and both are shown."""
    found = linked([TINA], [at("h-1", TINA), at("h-2", TINA)])
    assert links(found) == {}
    assert reasons(found) == {
        ("s-tina", "h-1"): "another pair is nearly as likely",
        ("s-tina", "h-2"): "another pair is likelier",
    }


def test_a_link_needs_a_given_name_or_a_birth_date() -> None:
    """Address, phone and family name could be a sister's: without a first name and a date it is not known whose."""
    found = linked([TINA | {"given_name": None}], [at("h-1", TINA, given_name=None)])  # type: ignore[dict-item, list-item]
    assert links(found) == {"s-tina": "h-1"}
    bare = {"given_name": None, "birth_date": None}
    found = linked([TINA | bare], [at("h-1", TINA, **bare)])  # type: ignore[list-item]
    assert reasons(found) == {("s-tina", "h-1"): "no given name or birth date agrees"}


def test_whether_rare_names_suffice_is_said_by_the_model() -> None:
    """Two people of whom nothing but rare names can be compared are linked, or asked about, as the thresholds say."""
    ours = people({"id": "s-1", "role": "guardian", "given_name": "Ottoline", "family_name": "Quackenbush"}, *crowd("s", 400))
    theirs = people({"id": "h-1", "role": "guardian", "given_name": "Ottoline", "family_name": "Quackenbush"}, *crowd("h", 400))
    assert links(link(ours, theirs)) == {"s-1": "h-1"}
    assert reasons(link(ours, theirs, CAUTIOUS)) == {("s-1", "h-1"): "nothing but names agrees"}


def test_the_same_person_twice_in_one_file_is_found() -> None:
    """A row that repeats another with a nickname is shown as a duplicate."""
    found = duplicates(people(TINA, TINA | {"id": "s-again", "given_name": "Tina Maria", "email": None}, *crowd("s")))  # type: ignore[arg-type]
    assert found.review.select("source_id", "host_id").rows() == [("s-again", "s-tina")]
