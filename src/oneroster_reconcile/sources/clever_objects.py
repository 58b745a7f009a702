"""Clever's objects (API v3) and the columns of OneRoster's CSV files: which object becomes a row of which file."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from oneroster_reconcile.sources.clever_people import demographics_of, user_of
from oneroster_reconcile.sources.clever_values import CleverValues, day, grades, reference, text
from oneroster_reconcile.sources.objects import Json, Sheets, object_of, page_of

__all__ = ["SHEETS", "Rows", "clever_rows", "clever_sheets", "filed"]

SHEETS: Final[Mapping[str, tuple[str, ...]]] = {
    "districts": ("orgs",),
    "schools": ("orgs",),
    "terms": ("academicSessions",),
    "courses": ("courses",),
    "sections": ("classes", "enrollments"),
    "users": ("users", "demographics"),
}
"""Clever's collections in the order in which they are read, and the files that their objects would stand in."""
Rows = Mapping[str, Sequence[Json]]
"""Objects of OneRoster by the file that they would stand in."""


def clever_sheets(collection: str, objects: Sequence[Any]) -> tuple[Sheets, int]:
    """The objects of a page as rows of OneRoster's files, and how many of them, or of their values, have a form that cannot be read.

    >>> sheets, odd = clever_sheets("schools", [{"id": "s1", "name": "High", "district": "d1", "sis_id": "9"}])
    >>> sheets["orgs"].select("sourcedId", "name", "type", "parentSourcedId").rows(), odd
    ([('s1', 'High', 'school', 'd1')], 0)
    """
    values = CleverValues()
    known = [found for each in objects if (found := object_of(each)) is not None]
    rows = [clever_rows(collection, each, values) for each in known]
    sheets, odd = filed({name: [row for each in rows for row in each[name]] for name in SHEETS[collection]})
    return sheets, odd + values.odd + len(objects) - len(known)


def filed(rows: Rows) -> tuple[Sheets, int]:
    """Objects of OneRoster as rows of files, and how many values cannot be read."""
    made = [page_of(name, found) for name, found in rows.items()]
    return {name: sheet for page in made for name, sheet in page.sheets.items()}, sum(page.odd for page in made)


def clever_rows(collection: str, told: Json, values: CleverValues) -> Rows:
    """The objects of OneRoster that one object of Clever makes."""
    return _ROWS[collection](told, values)


def _district(told: Json, _: CleverValues) -> Rows:
    metadata = _kept(told, "mdr_number", "sis_type")
    org = {"sourcedId": text(told.get("id")), "name": text(told.get("name")), "type": "district"}
    return {"orgs": [{**org, "identifier": text(told.get("nces_id")), "metadata": metadata}]}


def _school(told: Json, _: CleverValues) -> Rows:
    org = {
        "sourcedId": text(told.get("id")),
        "dateLastModified": text(told.get("last_modified")),
        "name": text(told.get("name")),
        "type": "school",
        "identifier": text(told.get("nces_id")) or text(told.get("school_number")),
        "parent": reference(told.get("district")),
        "metadata": _kept(told, "sis_id", "school_number", "state_id", "mdr_number", "low_grade", "high_grade"),
    }
    return {"orgs": [org]}


def _term(told: Json, _: CleverValues) -> Rows:
    session = {
        "sourcedId": text(told.get("id")),
        "title": text(told.get("name")) or text(told.get("id")),
        "type": "term",
        "startDate": day(told.get("start_date")),
        "endDate": day(told.get("end_date")),
    }
    return {"academicSessions": [session]}


def _course(told: Json, _: CleverValues) -> Rows:
    number = text(told.get("number"))
    course = {
        "sourcedId": text(told.get("id")),
        "title": text(told.get("name")) or number or text(told.get("id")),
        "courseCode": number,
        "org": reference(told.get("district")),
    }
    return {"courses": [course]}


def _section(told: Json, values: CleverValues) -> Rows:
    made = {
        "sourcedId": text(told.get("id")),
        "dateLastModified": text(told.get("last_modified")),
        "title": text(told.get("name")),
        "classCode": text(told.get("section_number")),
        "course": reference(told.get("course")),
        "school": reference(told.get("school")),
        "terms": [] if (term := reference(told.get("term_id"))) is None else [term],
        "grades": grades(told.get("grade")),
        "subjects": [] if (subject := text(told.get("subject"))) is None else [subject],
        "periods": [] if (period := text(told.get("period"))) is None else [period],
        "metadata": _kept(told, "sis_id"),
    }
    return {"classes": [made], "enrollments": list(_enrollments(told, values))}


def _enrollments(told: Json, values: CleverValues) -> Iterator[Json]:
    """Who is in a section; `teacher` is the primary one of the teachers."""
    # A section that does not say who is in it is not an empty one.
    values.odd += sum(told.get(name) is None for name in ("students", "teachers"))
    primary = text(told.get("teacher"))
    leading = () if primary is None else (primary,)
    seat = {"class": reference(told.get("id")), "school": reference(told.get("school"))}
    for teacher in dict.fromkeys((*leading, *values.ids(told, "teachers"))):
        flag = "true" if teacher == primary else "false"
        yield {
            **seat,
            "sourcedId": f"{text(told.get('id'))}/{teacher}",
            "user": reference(teacher),
            "role": "teacher",
            "primary": flag,
        }
    for student in values.ids(told, "students"):
        yield {**seat, "sourcedId": f"{text(told.get('id'))}/{student}", "user": reference(student), "role": "student"}


def _user(told: Json, values: CleverValues) -> Rows:
    shared = demographics_of(told)
    return {"users": [user_of(told, values)], "demographics": [] if shared is None else [shared]}


def _kept(told: Json, *names: str) -> Json:
    """What OneRoster has no column for."""
    return {name: said for name in names if (said := text(told.get(name))) is not None}


_ROWS: Final[Mapping[str, Callable[[Json, CleverValues], Rows]]] = {
    "districts": _district,
    "schools": _school,
    "terms": _term,
    "courses": _course,
    "sections": _section,
    "users": _user,
}
