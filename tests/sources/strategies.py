"""Small rosters that a OneRoster 1.2 bulk package can say: what it cannot say (ended rows, line breaks, commas in items) is left out."""

import string
from typing import Any

from hypothesis import strategies as st

from oneroster_reconcile.model.classes import Class
from oneroster_reconcile.model.courses import Course
from oneroster_reconcile.model.demographics import Demographics
from oneroster_reconcile.model.enrollments import Enrollment
from oneroster_reconcile.model.kinds import State
from oneroster_reconcile.model.orgs import Org
from oneroster_reconcile.model.roster import Roster
from oneroster_reconcile.model.sessions import AcademicSession
from oneroster_reconcile.model.users import Role, User, UserId, UserProfile

ids = st.text(string.ascii_letters + string.digits + ".-_/@", min_size=1, max_size=6)
# Blanks around a text are not part of it, and the reader takes them off.
texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=8).map(
    lambda text: text.strip(" ")
)
optional_texts = st.none() | texts.filter(bool)
items = st.text(st.characters(codec="utf-8", categories=["L", "N", "P"], exclude_characters=",{}[]:"), min_size=1, max_size=4)
item_lists = st.lists(items, max_size=3).map(tuple)
optional_dates = st.none() | st.dates()
optional_flags = st.none() | st.booleans()
entries = st.dictionaries(st.text(string.ascii_letters + ".", min_size=1, max_size=4), texts.filter(bool), max_size=2)
role_tokens = st.sampled_from(
    [
        "student",
        "teacher",
        "aide",
        "guardian",
        "principal",
        "siteAdministrator",
        "districtAdministrator",
        "counselor",
        "ext:coach",
    ]
)


def sets(element: st.SearchStrategy[Any], *key: str) -> st.SearchStrategy[tuple[Any, ...]]:
    """Tuples of elements with different keys."""
    by = (lambda value: tuple(getattr(value, name) for name in key)) if key else None
    return st.lists(element, max_size=3, unique_by=by or (lambda value: value)).map(tuple)


id_sets = sets(ids)
roles = st.builds(
    Role, org=ids, role=role_tokens, primary=st.booleans(), begin=optional_dates, end=optional_dates, state=st.just(State.ACTIVE)
)
user_ids = st.builds(UserId, type=items, identifier=items)
profiles = st.builds(
    UserProfile,
    id=ids,
    profile_type=texts.filter(bool),
    vendor_id=texts.filter(bool),
    credential_type=texts.filter(bool),
    username=texts.filter(bool),
    application_id=optional_texts,
    description=optional_texts,
)
active = st.just(State.ACTIVE)
unchanged = st.none()
orgs = st.builds(
    Org,
    id=ids,
    name=texts,
    type=st.sampled_from(["school", "district", "department", "ext:annex"]),
    identifier=optional_texts,
    parent=st.none() | ids,
    state=active,
    metadata=entries,
    date_last_modified=unchanged,
)
sessions = st.builds(
    AcademicSession,
    id=ids,
    title=texts,
    type=texts,
    start=optional_dates,
    end=optional_dates,
    parent=st.none() | ids,
    school_year=st.none() | st.integers(1900, 2100),
    state=active,
    metadata=entries,
    date_last_modified=unchanged,
)
courses = st.builds(
    Course,
    id=ids,
    title=texts,
    course_code=optional_texts,
    org=st.none() | ids,
    school_year=st.none() | ids,
    grades=item_lists,
    subjects=item_lists,
    subject_codes=item_lists,
    state=active,
    metadata=entries,
    date_last_modified=unchanged,
)
classes = st.builds(
    Class,
    id=ids,
    title=texts,
    course=st.none() | ids,
    school=st.none() | ids,
    terms=id_sets,
    class_code=optional_texts,
    class_type=optional_texts,
    location=optional_texts,
    grades=item_lists,
    subjects=item_lists,
    subject_codes=item_lists,
    periods=item_lists,
    state=active,
    metadata=entries,
    date_last_modified=unchanged,
)
names = dict.fromkeys(
    [
        *(
            "middle_name",
            "preferred_given_name",
            "preferred_middle_name",
            "preferred_family_name",
            "pronouns",
            "username",
            "email",
        ),
        *("identifier", "user_master_identifier", "sms", "phone"),
    ],
    optional_texts,
)
users = st.builds(
    User,
    id=ids,
    given_name=texts,
    family_name=texts,
    primary_org=st.none() | ids,
    grades=item_lists,
    roles=sets(roles, "org", "role"),
    agents=id_sets,
    user_ids=sets(user_ids, "type", "identifier"),
    profiles=sets(profiles, "id"),
    state=st.sampled_from([State.ACTIVE, State.SUSPENDED]),
    metadata=entries,
    date_last_modified=unchanged,
    **names,
)
flags = dict.fromkeys(
    [
        "american_indian_or_alaska_native",
        "asian",
        "black_or_african_american",
        "native_hawaiian_or_other_pacific_islander",
        "white",
        "demographic_race_two_or_more_races",
        "hispanic_or_latino_ethnicity",
    ],
    optional_flags,
)
demographics = st.builds(
    Demographics,
    user=ids,
    birth_date=optional_dates,
    sex=optional_texts,
    country_of_birth_code=optional_texts,
    state_of_birth_abbreviation=optional_texts,
    city_of_birth=optional_texts,
    public_school_residence_status=optional_texts,
    state=active,
    metadata=entries,
    date_last_modified=unchanged,
    **flags,
)
enrollments = st.builds(
    Enrollment,
    class_=ids,
    user=ids,
    role=role_tokens,
    primary=optional_flags,
    begin=optional_dates,
    end=optional_dates,
    state=active,
)


def rows(row: st.SearchStrategy[Any], *key: str) -> st.SearchStrategy[list[Any]]:
    """A few rows with different keys."""
    return st.lists(row, max_size=3, unique_by=lambda value: tuple(getattr(value, name) for name in key))


rosters = st.builds(
    Roster.of,
    orgs=rows(orgs, "id"),
    sessions=rows(sessions, "id"),
    courses=rows(courses, "id"),
    classes=rows(classes, "id"),
    users=rows(users, "id"),
    demographics=rows(demographics, "user"),
    enrollments=rows(enrollments, "class_", "user", "role"),
)
