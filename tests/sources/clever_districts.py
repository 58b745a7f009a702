"""What Clever can say of a roster, and a district that it shares, read in the process."""

import asyncio
from collections.abc import Iterator, Sequence
from typing import Any

import httpx
from attrs import evolve

import oneroster_reconcile as orr
from oneroster_reconcile.model.demographics import Demographics
from oneroster_reconcile.model.enrollments import Enrollment
from oneroster_reconcile.model.users import Role, User, UserId
from tests.sources.services import QUICK, TOKEN

CLEVER = "http://localhost/v3.1"
CONTACTS = ("parent", "guardian", "relative")
RACES = (
    "american_indian_or_alaska_native",
    "asian",
    "black_or_african_american",
    "native_hawaiian_or_other_pacific_islander",
    "white",
)
STAFF = ("principal", "counselor", "aide", "proctor", "siteAdministrator")


def read(app: Any, **given: Any) -> orr.Roster:
    """The district of an app in the process, read by the client that is awaited."""

    async def reading() -> orr.Roster:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app)) as client:
            told = {"auth": TOKEN, "url": CLEVER, "client": client, "pace": QUICK, **given}
            return await orr.read_clever_async(**told)

    return asyncio.run(reading())


def expressible(roster: orr.Roster) -> orr.Roster:
    """What is left of a roster when Clever has said it.

    Lost are: departments and what lies between a school and its district; that a session is a year or in one; all of a course but its name and number; of a class its type, its
    place, its codes of subjects, and all terms, grades, subjects and periods but the first; of an enrollment its dates, and everybody who neither learns nor teaches; of
    people the dates of their roles but for students', all titles of staff but one and all that Clever's titles do not mean, the login and ids of
    administrators, pronouns and user ids; which races somebody is not, and where somebody was born. A guardian is one for the district and not at a school, has
    one name, and is never somebody who works there. Added are ids of the SIS.
    """
    district = next(org.id for org in roster.orgs if org.type == "district")
    students = {user.id for user in roster.users if any(role.role == "student" for role in user.roles)}
    people = [part for user in roster.users for part in _people(user, district, students)]
    taught = [each for each in roster.enrollments if each.role in ("student", "teacher")]
    return orr.Roster.of(
        source="clever",
        orgs=[
            evolve(org, metadata={}, parent=None)
            if org.type == "district"
            else evolve(org, type="school", parent=district, metadata={"sis_id": org.id})
            for org in roster.orgs
        ],
        sessions=[evolve(each, type="term", parent=None, school_year=None) for each in roster.sessions],
        courses=[orr.Course(id=each.id, title=each.title, course_code=each.course_code, org=district) for each in roster.courses],
        classes=[_class(each) for each in roster.classes],
        users=[_with_families(user, people, students) for user in people],
        demographics=[_born(each) for each in roster.demographics if each.user in students],
        enrollments=[_seat(each) for each in taught],
    )


def _class(class_: orr.Class) -> orr.Class:
    firsts = {name: getattr(class_, name)[:1] for name in ("terms", "grades", "subjects", "periods")}
    return evolve(class_, class_type=None, location=None, subject_codes=(), metadata={"sis_id": class_.id}, **firsts)


def _seat(each: Enrollment) -> Enrollment:
    return evolve(each, begin=None, end=None, primary=bool(each.primary) if each.role == "teacher" else None)


def _people(user: User, district: str, students: set[str]) -> Iterator[User]:
    roles = [role for role in user.roles if role.role not in CONTACTS]
    if roles:
        yield _at_work(user, roles, district)
    if len(roles) < len(user.roles):
        contact = next(role for role in user.roles if role.role in CONTACTS)
        id_ = f"{user.id}-contact" if roles else user.id
        yield User(
            id=id_,
            given_name="",
            family_name=f"{user.given_name} {user.family_name}",
            email=user.email,
            phone=user.phone,
            identifier=id_,
            user_ids=(UserId(type="sis_id", identifier=id_),),
            roles=(Role(org=district, role=contact.role),) if students.intersection(user.agents) else (),
            agents=tuple(sorted(students.intersection(user.agents))),
        )


def _at_work(user: User, roles: Sequence[Role], district: str) -> User:
    known = {role.role for role in roles}
    is_pupil, is_teacher = "student" in known, "teacher" in known
    is_chief = bool(known & {"districtAdministrator", "systemAdministrator"})
    title = next((each.role for each in roles if each.role in STAFF), "")
    taught = {role.org for role in roles if role.role == "teacher"}
    is_staff = bool(known & {*STAFF})
    number = "student_number" if is_pupil else "teacher_number"
    ids = {"sis_id": user.id, number: user.identifier} if is_pupil or is_teacher else {}
    ids |= {"staff_id": user.id} if is_staff else {}
    titles = {"siteAdministrator": "Site administrator"} if is_staff else {"": "Administrator"}
    return evolve(
        user,
        username=user.username if ids else None,
        identifier=user.id if ids else None,
        phone=None,
        sms=None,
        pronouns=None,
        agents=(),
        primary_org=district if is_chief else user.primary_org,
        user_ids=tuple(UserId(type=kind, identifier=said) for kind, said in ids.items() if said),
        roles=tuple(
            Role(org=district, role="districtAdministrator")
            if is_chief
            else evolve(role, primary=True)
            if is_pupil
            else evolve(role, primary=role.role == "teacher" or role.org not in taught, begin=None, end=None)
            for role in roles
        ),
        metadata={"title": titles.get(title, title.capitalize())} if is_staff or is_chief else {},
    )


def _with_families(user: User, people: Sequence[User], students: set[str]) -> User:
    if user.id not in students:
        return user
    return evolve(user, agents=tuple(sorted(each.id for each in people if user.id in each.agents)))


def _born(told: Demographics) -> Demographics:
    races = [race for race in RACES if getattr(told, race)]
    several = len(races) > 1 or bool(told.demographic_race_two_or_more_races)
    said = {"demographic_race_two_or_more_races": True} if several else dict.fromkeys(races, True)
    return Demographics(
        user=told.user,
        birth_date=told.birth_date,
        sex=told.sex if told.sex in ("male", "female", "other") else None,
        hispanic_or_latino_ethnicity=told.hispanic_or_latino_ethnicity,
        **said,
    )
