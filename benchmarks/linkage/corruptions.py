"""What happens to people's data on its way into an account: each corruption has a tag and a rate, and is drawn for each account on its own."""

from collections.abc import Callable, Mapping
from datetime import date
from random import Random
from typing import Any

from attrs import frozen

from benchmarks.linkage.people import Person, plain
from oneroster_reconcile.identity.probabilistic.nicknames import NICKNAMES

__all__ = ["CORRUPTIONS", "Account", "Case", "typed"]

Account = dict[str, Any]
"""The values of one account, by column; blank values are None."""


@frozen
class Case:
    """One account that is about to be corrupted, and whose it is."""

    account: Account
    person: Person
    random: Random


Corruption = Callable[[Case], bool]
"""Changes an account in place, and says whether there was anything to change."""

_SHORT: dict[str, list[str]] = {}
for _short, _long in NICKNAMES.items():
    for _name in _long.split():
        if _name != _short:
            _SHORT.setdefault(_name, []).append(_short)

_NEIGHBOURS = {"a": "sqe", "b": "vn", "c": "xvk", "d": "sf", "e": "wri", "f": "dg", "g": "fh", "h": "gj", "i": "uoe", "k": "jl", "l": "k", "m": "n", "n": "mb", "o": "ipu", "p": "o", "r": "et", "s": "adz", "t": "ry", "u": "yi", "v": "cb", "y": "ti", "z": "xs"}  # fmt: skip


def typed(text: str, random: Random) -> str:
    """A text with one typing error: a letter left out, doubled, swapped with the next, or its neighbour's."""
    if len(text) < 3:
        return text
    place = random.randrange(1, len(text) - 1)
    letter = text[place]
    other = str(random.randrange(10)) if letter.isdigit() else random.choice(_NEIGHBOURS.get(letter.lower(), "e"))
    return {
        0: text[:place] + text[place + 1 :],
        1: text[:place] + letter + text[place:],
        2: text[:place] + text[place + 1] + letter + text[place + 2 :],
        3: text[:place] + other + text[place + 1 :],
    }[random.randrange(4) if not text.isdigit() else random.choice((2, 3))]


def _nick(case: Case) -> bool:
    short = _SHORT.get(plain(case.person.given))
    if short:
        case.account["given_name"] = case.random.choice(short).capitalize()
    return bool(short)


def _middle_first(case: Case) -> bool:
    if case.person.middle:
        case.account["given_name"], case.account["middle_name"] = case.person.middle, None
    return bool(case.person.middle)


def _initial(case: Case) -> bool:
    case.account["given_name"] = case.account["given_name"][0] + "."
    return True


def _married(case: Case) -> bool:
    """The account has the name from before she married, and an address made from it."""
    if case.person.role == "student" or not case.person.feminine:
        return False
    before = case.random.choice(
        ("Abbott", "Barnes", "Costa", "Dunn", "Ellison", "Farah", "Goode", "Hobbs", "Ibarra", "Jonas", "Kemp", "Luna")
    )
    case.account["family_name"] = before
    if case.random.random() < 0.7 and case.account["email"]:
        case.account["email"] = f"{plain(case.person.given)}.{plain(before)}@{case.account['email'].partition('@')[2]}"
    return True


def _swap(case: Case) -> bool:
    case.account["given_name"], case.account["family_name"] = case.account["family_name"], case.account["given_name"]
    return True


def _surname_half(case: Case) -> bool:
    halves = case.person.family.replace("-", " ").split()
    if len(halves) == 2:
        case.account["family_name"] = case.random.choice(halves)
    return len(halves) == 2


def _particle(case: Case) -> bool:
    lead, _, last = case.person.family.rpartition(" ")
    if not lead or not lead.islower():
        return False
    case.account["family_name"] = case.random.choice((last, lead.capitalize() + last.lower(), lead.upper() + " " + last.upper()))
    return True


def _diacritics(case: Case) -> bool:
    before = case.account["given_name"], case.account["family_name"]
    case.account["given_name"], case.account["family_name"] = (
        " ".join(plain(word).capitalize() for word in name.split()) for name in before
    )
    return before != (case.account["given_name"], case.account["family_name"])


def _capitals(case: Case) -> bool:
    case.account["given_name"], case.account["family_name"] = (
        case.account["given_name"].upper(),
        case.account["family_name"].upper(),
    )
    return True


def _typo_given(case: Case) -> bool:
    case.account["given_name"] = typed(case.account["given_name"], case.random)
    return True


def _typo_family(case: Case) -> bool:
    case.account["family_name"] = typed(case.account["family_name"], case.random)
    return True


def _email_domain(case: Case) -> bool:
    if not case.account["email"]:
        return False
    case.account["email"] = (
        case.account["email"].partition("@")[0]
        + "@"
        + case.random.choice(("students.plum.example", "k12.example", "plum.example"))
    )
    return True


def _email_alias(case: Case) -> bool:
    if not case.account["email"]:
        return False
    given, family = plain(case.person.given), plain(case.person.family)
    alias = case.random.choice((f"{given[0]}{family}", f"{family}.{given}", f"{given}{family[:1]}", f"{given}_{family}"))
    case.account["email"] = alias + "@" + case.account["email"].partition("@")[2]
    return True


def _zeros(case: Case) -> bool:
    if case.account["identifier"]:
        case.account["identifier"] = case.account["identifier"].lstrip("0")
    return bool(case.account["identifier"])


def _typo_id(case: Case) -> bool:
    if case.account["identifier"]:
        case.account["identifier"] = typed(case.account["identifier"], case.random)
    return bool(case.account["identifier"])


def _dob_swap(case: Case) -> bool:
    born = case.account["birth_date"]
    if not born or born.day > 12 or born.day == born.month:
        return False
    case.account["birth_date"] = date(born.year, born.day, born.month)
    return True


def _dob_typo(case: Case) -> bool:
    born = case.account["birth_date"]
    if born:
        case.account["birth_date"] = case.random.choice(
            (born.replace(day=case.random.randrange(1, 29)), born.replace(month=case.random.randrange(1, 13), day=min(born.day, 28)), born.replace(year=born.year + case.random.choice((-1, 1)), day=min(born.day, 28)))
        )  # fmt: skip
    return bool(born)


def _dob_jan1(case: Case) -> bool:
    if case.account["birth_date"]:
        case.account["birth_date"] = date(case.account["birth_date"].year, 1, 1)
    return bool(case.account["birth_date"])


def _grade_stale(case: Case) -> bool:
    if case.person.grade is None:
        return False
    case.account["grade"] = _grade(case.person.grade - 1)
    return True


def _phone(case: Case) -> bool:
    case.account["phone"] = f"(555) {case.random.randrange(1_000):03d}-{case.random.randrange(10_000):04d}"
    return True


def _grade(grade: int | None) -> str | None:
    return None if grade is None else {-2: "PK", -1: "PK", 0: "KG"}.get(grade, f"{grade:02d}")


CORRUPTIONS: Mapping[str, tuple[float, Corruption]] = {
    "nick": (0.10, _nick),
    "middle_first": (0.025, _middle_first),
    "initial": (0.005, _initial),
    "married": (0.04, _married),
    "surname_half": (0.35, _surname_half),
    "particle": (0.4, _particle),
    "diacritics": (0.5, _diacritics),
    "typo_given": (0.02, _typo_given),
    "typo_family": (0.02, _typo_family),
    "capitals": (0.06, _capitals),
    "swap": (0.006, _swap),
    "email_domain": (0.05, _email_domain),
    "email_alias": (0.05, _email_alias),
    "zeros": (0.15, _zeros),
    "typo_id": (0.015, _typo_id),
    "dob_swap": (0.01, _dob_swap),
    "dob_typo": (0.012, _dob_typo),
    "dob_jan1": (0.008, _dob_jan1),
    "grade_stale": (0.10, _grade_stale),
    "phone_changed": (0.12, _phone),
}
"""Tag, rate, and what is done, in this order."""
