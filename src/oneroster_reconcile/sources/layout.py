"""The rostering files of a OneRoster package and their columns in the standard's order (OneRoster 1.2 CSV §4).

What a column means follows from the row classes: its name here is the `header` of one of their fields. Only the order, which the
standard fixes and the classes do not share, is said here, with a star at columns that the classes can do without and a package cannot.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any, Literal

import attrs
from attrs import frozen

from oneroster_reconcile.model.classes import Class
from oneroster_reconcile.model.courses import Course
from oneroster_reconcile.model.demographics import Demographics
from oneroster_reconcile.model.enrollments import Enrollment
from oneroster_reconcile.model.orgs import Org
from oneroster_reconcile.model.schema import fields_of
from oneroster_reconcile.model.sessions import AcademicSession
from oneroster_reconcile.model.users import Role, User, UserProfile

__all__ = ["MANIFEST", "METADATA", "Columns", "Version", "files_of", "manifest_names"]

Version = Literal["1.0", "1.1", "1.2"]
MANIFEST = "manifest.csv"
METADATA = "metadata."
"""How the name of a column begins that the standard leaves to the parties."""

_OPENING = "sourcedId status dateLastModified "
_SESSIONS = _OPENING + "title type startDate* endDate* parentSourcedId schoolYear"
_ORGS = _OPENING + "name type identifier parentSourcedId"
_COURSES = _OPENING + "schoolYearSourcedId title courseCode grades orgSourcedId* subjects subjectCodes"
_CLASSES = (
    _OPENING
    + "title grades courseSourcedId* classCode classType location schoolSourcedId* termSourcedIds* subjects subjectCodes periods"
)
_PERSON = "username userIds givenName familyName middleName identifier email sms phone agentSourcedIds grades password"
_USERS_11 = f"{_OPENING}enabledUser orgSourcedIds* role* {_PERSON}"
_USERS_12 = (
    f"{_OPENING}enabledUser {_PERSON} userMasterIdentifier preferredGivenName preferredMiddleName preferredFamilyName"
    " primaryOrgSourcedId pronouns"
)
_ROLES = _OPENING + "userSourcedId* roleType role beginDate endDate orgSourcedId userProfileSourcedId"
_PROFILES = _OPENING + "userSourcedId* profileType vendorId applicationId description credentialType username password"
_ENROLLMENTS = _OPENING + "classSourcedId schoolSourcedId userSourcedId role primary beginDate endDate"
_DEMOGRAPHICS = (
    _OPENING
    + "birthDate sex americanIndianOrAlaskaNative asian blackOrAfricanAmerican nativeHawaiianOrOtherPacificIslander white"
    " demographicRaceTwoOrMoreRaces hispanicOrLatinoEthnicity countryOfBirthCode stateOfBirthAbbreviation cityOfBirth"
    " publicSchoolResidenceStatus"
)
_ROSTERING: Mapping[str, tuple[type[Any], str, str]] = {
    "academicSessions": (AcademicSession, _SESSIONS, _SESSIONS),
    "orgs": (Org, _ORGS, _ORGS),
    "courses": (Course, _COURSES, _COURSES),
    "classes": (Class, _CLASSES, _CLASSES),
    "users": (User, _USERS_11, _USERS_12),
    "roles": (Role, "", _ROLES),
    "userProfiles": (UserProfile, "", _PROFILES),
    "enrollments": (Enrollment, _ENROLLMENTS, _ENROLLMENTS),
    "demographics": (Demographics, _DEMOGRAPHICS, _DEMOGRAPHICS),
}
_OTHER_11 = "categories classResources courseResources lineItems resources results"
_OTHER_12 = (
    "lineItemLearningObjectiveIds lineItemScoreScales resultLearningObjectiveIds resultScoreScales scoreScales userResources"
)


@frozen
class Columns:
    """The columns of one file, in order; a package cannot be understood without those that are `required`."""

    row: type[Any]
    names: tuple[str, ...]
    required: frozenset[str]


@cache
def files_of(version: Version) -> Mapping[str, Columns]:
    """The rostering files of a version by their name in the manifest; 1.0 is read as 1.1 with other names for some columns.

    >>> files_of("1.2")["orgs"].names
    ('sourcedId', 'status', 'dateLastModified', 'name', 'type', 'identifier', 'parentSourcedId')
    >>> "roles" in files_of("1.1")
    False
    """
    words = {name: (row, of_12 if version == "1.2" else of_11) for name, (row, of_11, of_12) in _ROSTERING.items()}
    return {name: _columns(row, columns) for name, (row, columns) in words.items() if columns}


@cache
def manifest_names(version: Version) -> tuple[str, ...]:
    """Every file that a manifest of this version speaks of, rostering or not, in the printed order.

    >>> manifest_names("1.1")[:3]
    ('academicSessions', 'categories', 'classes')
    """
    others = _OTHER_11.split() + (_OTHER_12.split() if version == "1.2" else [])
    return tuple(sorted([*files_of(version), *others], key=str.casefold))


def _columns(row: type[Any], words: str) -> Columns:
    starred = words.split()
    needed = {attribute.name for attribute in attrs.fields(row) if attribute.default is attrs.NOTHING}
    required = {field.header for field in fields_of(row) if field.name in needed}
    return Columns(
        row,
        tuple(word.rstrip("*") for word in starred),
        frozenset(required | {word[:-1] for word in starred if word.endswith("*")}),
    )
