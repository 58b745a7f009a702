"""A roster as Clever would share it: its objects (API v3) by their collections, in the order of their ids."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from oneroster_reconcile.model.classes import Class
from oneroster_reconcile.model.demographics import Demographics
from oneroster_reconcile.model.enrollments import Enrollment
from oneroster_reconcile.model.kinds import State
from oneroster_reconcile.model.orgs import Org
from oneroster_reconcile.model.roster import Roster
from oneroster_reconcile.model.users import Role, User

__all__ = ["CleverObject", "clever_district"]

CleverObject = dict[str, Any]
_TITLES: Final = {
    "principal": "Principal",
    "counselor": "Counselor",
    "aide": "Aide",
    "proctor": "Proctor",
    "siteAdministrator": "Site administrator",
}
_CONTACTS: Final = {"parent": "Parent", "guardian": "Other", "relative": "Aunt/Uncle"}
_GRADES: Final = {
    "IT": "InfantToddler",
    "PR": "Preschool",
    "PK": "PreKindergarten",
    "TK": "TransitionalKindergarten",
    "KG": "Kindergarten",
    "PS": "PostGraduate",
    "UG": "Ungraded",
}
_RACES: Final = {
    "american_indian_or_alaska_native": "American Indian",
    "asian": "Asian",
    "black_or_african_american": "Black or African American",
    "native_hawaiian_or_other_pacific_islander": "Hawaiian or Other Pacific Islander",
    "white": "Caucasian",
}


def clever_district(roster: Roster) -> Mapping[str, Sequence[CleverObject]]:
    """The objects of a district with one org of the type district; who teaches and has children there is two users, as Clever has it."""
    district = next((org.id for org in roster.orgs if org.type == "district"), "")
    born = {each.user: each for each in roster.demographics if _is_there(each)}
    people = [user for user in roster.users if _is_there(user)]
    children = {user.id for user in people if "student" in _roles(user)}
    found: dict[str, Iterable[CleverObject]] = {
        "districts": (_district(org) for org in roster.orgs if org.type == "district"),
        "schools": (_school(org, district) for org in roster.orgs if org.type != "district" and _is_there(org)),
        "terms": (
            {
                "id": each.id,
                "district": district,
                "name": each.title,
                "start_date": _said(each.start),
                "end_date": _said(each.end),
            }
            for each in roster.sessions
            if _is_there(each)
        ),
        "courses": (
            {"id": each.id, "district": district, "name": each.title, "number": each.course_code}
            for each in roster.courses
            if _is_there(each)
        ),
        "sections": _sections(roster, district),
        "users": (each for user in people for each in _users(user, district, born.get(user.id), children)),
    }
    return {name: sorted(objects, key=lambda each: each["id"]) for name, objects in found.items()}


def _is_there(row: Any) -> bool:
    return bool(row.state is not State.TOBEDELETED)


def _said(value: object) -> str | None:
    return None if value is None else str(value)


def _district(org: Org) -> CleverObject:
    return {"id": org.id, "name": org.name, "nces_id": org.identifier}


def _school(org: Org, district: str) -> CleverObject:
    return {"id": org.id, "district": district, "name": org.name, "sis_id": org.id, "nces_id": org.identifier}


def _sections(roster: Roster, district: str) -> Iterator[CleverObject]:
    members = dict[str, list[Enrollment]]()
    for each in roster.enrollments:
        if _is_there(each):
            members.setdefault(each.class_, []).append(each)
    return (_section(each, district, members.get(each.id, [])) for each in roster.classes if _is_there(each))


def _section(class_: Class, district: str, members: Sequence[Enrollment]) -> CleverObject:
    teachers = [each for each in members if each.role == "teacher"]
    return {
        "id": class_.id,
        "district": district,
        "school": class_.school,
        "course": class_.course,
        "term_id": next(iter(class_.terms), None),
        "name": class_.title,
        "sis_id": class_.id,
        "section_number": class_.class_code,
        "period": next(iter(class_.periods), None),
        "grade": _grade(class_.grades),
        "subject": next(iter(class_.subjects), None),
        "teacher": next((each.user for each in teachers if each.primary), None),
        "teachers": [each.user for each in teachers],
        "students": [each.user for each in members if each.role == "student"],
    }


def _grade(grades: Sequence[str]) -> str | None:
    return next((_GRADES.get(each, each.lstrip("0")) for each in grades), None)


def _roles(user: User) -> Mapping[str, list[Role]]:
    """The roles of somebody by Clever's words for them."""
    found = dict[str, list[Role]]()
    for role in user.roles:
        if _is_there(role):
            found.setdefault(_word(role.role), []).append(role)
    return found


def _word(role: str) -> str:
    match role:
        case "student" | "teacher":
            return role
        case "districtAdministrator" | "systemAdministrator":
            return "district_admin"
        case _:
            return "contact" if role in _CONTACTS else "staff"


def _users(user: User, district: str, born: Demographics | None, children: set[str]) -> Iterator[CleverObject]:
    """The user or the users of a person: a contact is never anything else."""
    roles = _roles(user)
    own = {word: _PARTS[word](user, found) for word, found in roles.items() if word != "contact"}
    if "student" in own:
        own["student"] |= _born(born)
    if own:
        name = {"first": user.given_name, "middle": user.middle_name, "last": user.family_name}
        yield {"id": user.id, "district": district, "email": user.email, "name": name, "roles": own}
    if "contact" in roles:
        relationship = _CONTACTS[roles["contact"][0].role]
        kind = "Parent/Guardian" if relationship == "Other" else "Family"
        relationships = [
            {"student": child, "relationship": relationship, "type": kind} for child in user.agents if child in children
        ]
        name = {"first": "", "middle": "", "last": f"{user.given_name} {user.family_name}".strip()}
        there = f"{user.id}-contact" if own else user.id
        contact = {"sis_id": there, "phone": user.phone, "phone_type": "Cell", "student_relationships": relationships}
        yield {"id": there, "district": district, "email": user.email, "name": name, "roles": {"contact": contact}}


def _student(user: User, roles: Sequence[Role]) -> CleverObject:
    dates = [
        {"school": role.org, "start_date": _said(role.begin), "end_date": _said(role.end)}
        for role in roles
        if role.begin or role.end
    ]
    return {
        **_schooled(user, roles),
        "student_number": user.identifier,
        "grade": _grade(user.grades),
        "enrollments": dates,
        "preferred_name": {
            "first": user.preferred_given_name,
            "middle": user.preferred_middle_name,
            "last": user.preferred_family_name,
        },
    }


def _born(told: Demographics | None) -> CleverObject:
    if told is None:
        return {}
    races = [race for column, race in _RACES.items() if getattr(told, column)]
    several = len(races) > 1 or told.demographic_race_two_or_more_races
    return {
        "dob": told.birth_date and f"{told.birth_date:%m/%d/%Y}",
        "gender": {"male": "M", "female": "F", "other": "X"}.get(told.sex or "", ""),
        "race": "Two or More Races" if several else next(iter(races), ""),
        "hispanic_ethnicity": {None: "", True: "Y", False: "N"}[told.hispanic_or_latino_ethnicity],
    }


def _teacher(user: User, roles: Sequence[Role]) -> CleverObject:
    return {**_schooled(user, roles), "teacher_number": user.identifier}


def _schooled(user: User, roles: Sequence[Role]) -> CleverObject:
    schools = [role.org for role in roles]
    home = user.primary_org if user.primary_org in schools else schools[0]
    return {"sis_id": user.id, "school": home, "schools": schools, "credentials": {"district_username": user.username}}


def _staff(user: User, roles: Sequence[Role]) -> CleverObject:
    """One title for all: Clever has no more."""
    role = roles[0].role
    schools = list(dict.fromkeys(each.org for each in roles))
    title = _TITLES.get(role, role.removeprefix("ext:"))
    return {"staff_id": user.id, "title": title, "schools": schools, "credentials": {"district_username": user.username}}


def _district_admin(_: User, __: Sequence[Role]) -> CleverObject:
    return {"title": "Administrator"}


_PARTS: Final = {"student": _student, "teacher": _teacher, "staff": _staff, "district_admin": _district_admin}
