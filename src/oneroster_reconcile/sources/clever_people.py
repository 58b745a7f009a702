"""Clever's users as OneRoster's: one person with the roles of student, teacher, staff, district administrator and contact.

The mapping of staff by their titles is ours, since Clever has none: a title that is not known makes nobody an administrator.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from attrs import frozen

from oneroster_reconcile.sources.clever_values import CleverValues, day, grades, reference, text
from oneroster_reconcile.sources.objects import Json

__all__ = ["ROLES", "demographics_of", "user_of"]

ROLES: Final = ("teacher", "district_admin", "staff", "student", "contact")
"""What a user can be to Clever; the first of those that somebody has at an org leads there."""
_TITLES: Final[Mapping[str, str]] = {
    "principal": "principal",
    "school principal": "principal",
    "assistant principal": "siteAdministrator",
    "vice principal": "siteAdministrator",
    "administrator": "siteAdministrator",
    "school administrator": "siteAdministrator",
    "site administrator": "siteAdministrator",
    "counselor": "counselor",
    "guidance counselor": "counselor",
    "school counselor": "counselor",
    "aide": "aide",
    "teacher aide": "aide",
    "paraprofessional": "aide",
    "proctor": "proctor",
}
_OTHER_STAFF: Final = "ext:staff"
_RELATIONSHIPS: Final[Mapping[str, str]] = {
    "parent": "parent",
    "grandparent": "relative",
    "aunt/uncle": "relative",
    "sibling": "relative",
    "self": "relative",
}
_GUARDIANS: Final = frozenset({"parent/guardian", "primary"})
_RACES: Final[Mapping[str, str]] = {
    "caucasian": "white",
    "asian": "asian",
    "black or african american": "blackOrAfricanAmerican",
    "american indian": "americanIndianOrAlaskaNative",
    "hawaiian or other pacific islander": "nativeHawaiianOrOtherPacificIslander",
    "two or more races": "demographicRaceTwoOrMoreRaces",
}
_SEXES: Final[Mapping[str, str]] = {"m": "male", "f": "female", "x": "other"}
_FLAGS: Final[Mapping[str, str]] = {"y": "true", "n": "false"}
_IDS: Final = ("sis_id", "state_id", "student_number", "teacher_number", "staff_id", "legacy_id")
"""The ids that the parts of a user hold; each becomes a user id of this type."""


def user_of(user: Json, values: CleverValues) -> Json:
    """A user as OneRoster 1.2 has one, with all roles.

    The identifier is the SIS's own id, by which a district's people are found in what a OneRoster service once said; the state's and all others are user ids.
    """
    parts = _parts(user, values)
    name, preferred = values.part(user, "name"), values.part(parts.get("student", {}), "preferred_name")
    ids = [(kind, said) for part in parts.values() for kind in _IDS if (said := text(part.get(kind))) is not None]
    contact = parts.get("contact", {})
    agents = [text(each.get("student")) for each in values.parts(contact, "student_relationships")]
    return {
        "sourcedId": text(user.get("id")),
        "dateLastModified": text(user.get("last_modified")),
        "givenName": text(name.get("first")),
        "middleName": text(name.get("middle")),
        "familyName": text(name.get("last")),
        "preferredFirstName": text(preferred.get("first")),
        "preferredMiddleName": text(preferred.get("middle")),
        "preferredLastName": text(preferred.get("last")),
        "username": _first(text(values.part(part, "credentials").get("district_username")) for part in parts.values()),
        "email": text(user.get("email")),
        "phone": text(contact.get("phone")),
        "identifier": _first(said for kind, said in ids if kind in ("sis_id", "staff_id")),
        "userIds": [{"type": kind, "identifier": said} for kind, said in dict.fromkeys(ids)],
        "grades": grades(parts.get("student", {}).get("grade")),
        "roles": _marked(_placed(user, parts, values)),
        "agents": [{"sourcedId": agent} for agent in dict.fromkeys(agents) if agent is not None],
        "primaryOrg": reference(_home(user, parts, values)),
        "metadata": _metadata(parts),
    }


def demographics_of(user: Json) -> Json | None:
    """What Clever shares of a student's demographics, None where it is nothing."""
    student = _parts(user, CleverValues()).get("student", {})
    race = _RACES.get((text(student.get("race")) or "").lower())
    told = {
        "birthDate": day(student.get("dob")),
        "sex": _SEXES.get((text(student.get("gender")) or "").lower()),
        "hispanicOrLatinoEthnicity": _FLAGS.get((text(student.get("hispanic_ethnicity")) or "").lower()),
        **({} if race is None else {race: "true"}),
    }
    if not any(told.values()):
        return None
    return {"sourcedId": text(user.get("id")), "dateLastModified": text(user.get("last_modified")), **told}


def _parts(user: Json, values: CleverValues) -> Mapping[str, Json]:
    """What the user is, by Clever's name for it, the leading one first."""
    roles = values.part(user, "roles")
    # Somebody who is nothing at all would keep roles that are gone: that is no form for a user.
    values.odd += not roles
    return {name: values.part(roles, name) for name in ROLES if roles.get(name) is not None}


@frozen
class _Place:
    """A role at an org."""

    org: str | None
    role: str
    begin: str | None = None
    end: str | None = None


def _placed(user: Json, parts: Mapping[str, Json], values: CleverValues) -> Iterator[_Place]:
    """The roles of somebody, the leading ones first."""
    district = text(user.get("district"))
    for name, part in parts.items():
        match name:
            case "district_admin":
                yield _Place(district, "districtAdministrator")
            case "contact":
                relationships = values.parts(part, "student_relationships")
                yield from (_Place(district, _relation(each)) for each in relationships)
            case "staff":
                role = _TITLES.get((text(part.get("title")) or "").lower(), _OTHER_STAFF)
                # Whoever works at no school in particular works for the district.
                yield from (_Place(school, role) for school in values.ids(part, "schools") or (district,))
            case "student":
                yield from _attended(part, values)
            case _:
                yield from (_Place(school, name) for school in _schools(part, values))


def _schools(part: Json, values: CleverValues) -> tuple[str, ...]:
    """The schools of somebody, the primary one first."""
    school = text(part.get("school"))
    first = () if school is None else (school,)
    return tuple(dict.fromkeys((*first, *values.ids(part, "schools"))))


def _attended(student: Json, values: CleverValues) -> Iterator[_Place]:
    """The schools of a student with the dates of the last time there, and those where it is over."""
    times = {
        school: (day(each.get("start_date") or each.get("start")), day(each.get("end_date") or each.get("end")))
        for each in values.parts(student, "enrollments")
        if (school := text(each.get("school"))) is not None
    }
    for school in dict.fromkeys((*_schools(student, values), *times)):
        yield _Place(school, "student", *times.get(school, (None, None)))


def _relation(relationship: Json) -> str:
    """What a contact is to a student: who is neither a parent nor of the family is a guardian only where Clever says so."""
    told = _RELATIONSHIPS.get((text(relationship.get("relationship")) or "").lower())
    is_guardian = (text(relationship.get("type")) or "").lower() in _GUARDIANS
    return told or ("guardian" if is_guardian else "relative")


def _marked(places: Iterator[_Place]) -> list[dict[str, Any]]:
    """Each role once; the first at an org is the primary one there."""
    found = dict[tuple[str, str], dict[str, Any]]()
    led = set[str]()
    for place in places:
        if place.org is not None and (place.org, place.role) not in found:
            found[place.org, place.role] = {
                "org": {"sourcedId": place.org},
                "role": place.role,
                "roleType": "secondary" if place.org in led else "primary",
                "beginDate": place.begin,
                "endDate": place.end,
            }
            led.add(place.org)
    return list(found.values())


def _home(user: Json, parts: Mapping[str, Json], values: CleverValues) -> str | None:
    """The org that leads: the primary school, the only one of staff, the district of its administrators."""
    for name, part in parts.items():
        schools = values.ids(part, "schools")
        lone = schools[0] if len(schools) == 1 else None
        if home := text(part.get("school")) or lone or (text(user.get("district")) if name == "district_admin" else None):
            return home
    return None


def _metadata(parts: Mapping[str, Json]) -> Json:
    names = ("title", "department", "graduation_year")
    return {name: said for name in names if (said := _first(text(part.get(name)) for part in parts.values())) is not None}


def _first(texts: "Iterator[str | None]") -> str | None:
    return next((each for each in texts if each is not None), None)
