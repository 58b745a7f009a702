"""The nightly job over csv.DictReader and dicts. Frozen: written before the library was tuned, and not changed since.

`python dict_script.py DATA AS_OF OUT`
"""

import csv
import gc
import json
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, TextIO

SOURCE = "sis"
Row = dict[str, Any]


def read(path: Path) -> Iterator[Row]:
    with path.open(newline="", encoding="utf-8") as file:
        yield from csv.DictReader(file)


class Night:
    """Both sides, who is who, and where the changes go."""

    def __init__(self, data: Path, as_of: str, out: TextIO) -> None:
        self.roster, self.host, self.as_of, self.out = data / "roster", data / "host", as_of, out
        self.ids: dict[str, dict[str, str]] = defaultdict(dict)
        for row in read(data / "crosswalk.csv"):
            self.ids[row["kind"]][row["source_id"]] = row["host_id"]
        self.linked = {kind: set(ids.values()) for kind, ids in self.ids.items()}

    def incoming(self, kind: str, name: str, is_over: Callable[[Row], bool] | None = None) -> list[Row]:
        """The rows of a file that count tonight; those that nobody knows get a provisional id."""
        rows = [row for row in read(self.roster / f"{name}.csv") if row["status"] != "tobedeleted"]
        if is_over:
            rows = [row for row in rows if not is_over(row)]
        ids = self.ids[kind]
        for row in rows:
            ids.setdefault(row["sourcedId"], f"new:{SOURCE}/{row['sourcedId']}")
        return rows

    def held(self, name: str, key: str = "id") -> dict[str, Row]:
        return {row[key]: row for row in read(self.host / f"{name}.csv")}

    def emit(self, verb: str, kind: str, key: str, before: Row | None, after: Row | None) -> None:
        change = {"verb": verb, "kind": kind, "id": key, "before": before, "after": after}
        self.out.write(json.dumps(change, default=sorted) + "\n")

    def compare(self, kind: str, incoming: Iterable[Row], held: dict[str, Row], key: str = "id") -> None:
        """Say what differs; what the roster leaves blank stays as the host has it."""
        for new in incoming:
            before = held.pop(new[key], None)
            if before is None:
                self.emit("create", kind, new[key], None, new)
            elif before != new:
                self.alter(kind, new[key], before, {**before, **{column: value for column, value in new.items() if value}})

    def alter(self, kind: str, key: str, before: Row, after: Row) -> None:
        if "state" in before and before["state"] != after["state"]:
            self.emit(
                "restore" if after["state"] == "active" else "suspend", kind, key, before, {**before, "state": after["state"]}
            )
            before = {**before, "state": after["state"]}
        if before != after:
            self.emit("transfer" if kind == "user" and moves(before, after) else "update", kind, key, before, after)

    def withdraw(self, kind: str, held: dict[str, Row]) -> None:
        """Suspend what came from the roster once and is no longer in it."""
        for key, before in held.items():
            if key in self.linked[kind] and before["state"] == "active":
                self.emit("suspend", kind, key, before, {**before, "state": "suspended"})


def moves(before: Row, after: Row) -> bool:
    was, becomes = ({org for org, _, _ in side["roles"]} for side in (before, after))
    return bool(was - becomes and becomes - was)


def orgs(night: Night) -> set[str]:
    """Compare the orgs; returns the source ids of the districts."""
    rows, ids = night.incoming("org", "orgs"), night.ids["org"]
    translated = (
        {
            "id": ids[row["sourcedId"]],
            "name": row["name"],
            "type": row["type"],
            "identifier": row["identifier"],
            "parent_id": ids.get(row["parentSourcedId"], ""),
            "state": "active",
        }
        for row in rows
    )
    held = night.held("orgs")
    night.compare("org", translated, held)
    night.withdraw("org", held)
    return {row["sourcedId"] for row in rows if row["type"] == "district"}


def sessions(night: Night) -> set[str]:
    """Compare the sessions; returns the source ids of those that are over."""
    over: set[str] = set()

    def is_over(row: Row) -> bool:
        if row["endDate"] > night.as_of:
            return False
        over.add(row["sourcedId"])
        return True

    rows, ids = night.incoming("academic_session", "academicSessions", is_over), night.ids["academic_session"]
    translated = (
        {
            "id": ids[row["sourcedId"]],
            "title": row["title"],
            "type": row["type"],
            "start_date": row["startDate"],
            "end_date": row["endDate"],
            "parent_id": ids.get(row["parentSourcedId"], ""),
            "school_year": row["schoolYear"],
            "state": "active",
        }
        for row in rows
    )
    held = night.held("sessions")
    night.compare("academic_session", translated, held)
    night.withdraw("academic_session", held)
    return over


def courses(night: Night) -> None:
    rows, ids = night.incoming("course", "courses"), night.ids
    translated = (
        {
            "id": ids["course"][row["sourcedId"]],
            "title": row["title"],
            "course_code": row["courseCode"],
            "org_id": ids["org"].get(row["orgSourcedId"], ""),
            "school_year_id": ids["academic_session"].get(row["schoolYearSourcedId"], ""),
            "grades": row["grades"],
            "subjects": row["subjects"],
            "subject_codes": row["subjectCodes"],
            "state": "active",
        }
        for row in rows
    )
    held = night.held("courses")
    night.compare("course", translated, held)
    night.withdraw("course", held)


def classes(night: Night, past: set[str]) -> set[str]:
    """Compare the classes; returns the source ids of those that are over."""
    over: set[str] = set()

    def is_over(row: Row) -> bool:
        terms = row["termSourcedIds"]
        if not (past and terms and past.issuperset(terms.split(","))):
            return False
        over.add(row["sourcedId"])
        return True

    rows, ids = night.incoming("class", "classes", is_over), night.ids
    translated = (
        {
            "id": ids["class"][row["sourcedId"]],
            "title": row["title"],
            "course_id": ids["course"].get(row["courseSourcedId"], ""),
            "school_id": ids["org"].get(row["schoolSourcedId"], ""),
            "class_code": row["classCode"],
            "class_type": row["classType"],
            "location": row["location"],
            "grades": row["grades"],
            "subjects": row["subjects"],
            "subject_codes": row["subjectCodes"],
            "periods": row["periods"],
            "state": "active",
            "terms": references(row["termSourcedIds"], ids["academic_session"]),
        }
        for row in rows
    )
    held = night.held("classes")
    terms: dict[str, set[str]] = defaultdict(set)
    for row in read(night.host / "class_terms.csv"):
        terms[row["class_id"]].add(row["session_id"])
    for key, row in held.items():
        row["terms"] = terms.get(key, set())
    night.compare("class", translated, held)
    night.withdraw("class", held)
    return over


def references(text: str, ids: dict[str, str]) -> set[str]:
    return {ids[each] for each in text.split(",") if each in ids} if text else set()


def users(night: Night, districts: set[str]) -> None:
    rows, ids, org_ids = night.incoming("user", "users"), night.ids["user"], night.ids["org"]
    translated = (
        {
            "id": ids[row["sourcedId"]],
            "given_name": row["givenName"],
            "family_name": row["familyName"],
            "middle_name": row["middleName"],
            "username": row["username"],
            "email": row["email"],
            "identifier": row["identifier"],
            "sms": row["sms"],
            "phone": row["phone"],
            "grades": row["grades"],
            "state": "suspended" if row["enabledUser"] == "false" else "active",
            "roles": {
                (org_ids[org], role_at(row["role"], org, districts), "true")
                for org in row["orgSourcedIds"].split(",")
                if org in org_ids
            },
            "agents": references(row["agentSourcedIds"], ids),
            "user_ids": {tuple(each.strip("{}").split(":", 1)) for each in row["userIds"].split(",")}
            if row["userIds"]
            else set(),
        }
        for row in rows
    )
    held = held_users(night)
    night.compare("user", translated, held)
    night.withdraw("user", held)


def role_at(role: str, org: str, districts: set[str]) -> str:
    if role != "administrator":
        return role
    return "districtAdministrator" if org in districts else "siteAdministrator"


def held_users(night: Night) -> dict[str, Row]:
    held = night.held("users")
    for row in held.values():
        row["roles"], row["agents"], row["user_ids"] = set(), set(), set()
    for row in read(night.host / "user_roles.csv"):
        held[row["user_id"]]["roles"].add((row["org_id"], row["role"], row["is_primary"]))
    for row in read(night.host / "user_agents.csv"):
        held[row["user_id"]]["agents"].add(row["agent_id"])
    for row in read(night.host / "user_ids.csv"):
        held[row["user_id"]]["user_ids"].add((row["type"], row["identifier"]))
    return held


def demographics(night: Night) -> None:
    columns = {
        "birth_date": "birthDate",
        "sex": "sex",
        "american_indian_or_alaska_native": "americanIndianOrAlaskaNative",
        "asian": "asian",
        "black_or_african_american": "blackOrAfricanAmerican",
        "native_hawaiian_or_other_pacific_islander": "nativeHawaiianOrOtherPacificIslander",
        "white": "white",
        "demographic_race_two_or_more_races": "demographicRaceTwoOrMoreRaces",
        "hispanic_or_latino_ethnicity": "hispanicOrLatinoEthnicity",
        "country_of_birth_code": "countryOfBirthCode",
        "state_of_birth_abbreviation": "stateOfBirthAbbreviation",
        "city_of_birth": "cityOfBirth",
        "public_school_residence_status": "publicSchoolResidenceStatus",
    }
    ids = night.ids["user"]
    translated = (
        {"user_id": ids[row["sourcedId"]], **{ours: row[theirs] for ours, theirs in columns.items()}}
        for row in read(night.roster / "demographics.csv")
        if row["sourcedId"] in ids
    )
    night.compare("demographics", translated, night.held("demographics", "user_id"), "user_id")


def enrollments(night: Night, past: set[str]) -> None:
    class_ids, user_ids = night.ids["class"], night.ids["user"]
    held = {(row["class_id"], row["user_id"], row["role"]): row for row in read(night.host / "enrollments.csv")}
    for row in read(night.roster / "enrollments.csv"):
        end, class_id = row["endDate"], row["classSourcedId"]
        if row["status"] == "tobedeleted" or (end <= night.as_of if end else class_id in past):
            continue
        key = (class_ids.get(class_id), user_ids.get(row["userSourcedId"]), row["role"])
        if not (key[0] and key[1]):
            continue
        new = {
            "class_id": key[0],
            "user_id": key[1],
            "role": key[2],
            "is_primary": row["primary"],
            "begin_date": row["beginDate"],
            "end_date": end,
        }
        before = held.pop(key, None)
        if before is None:
            night.emit("enroll", "enrollment", "|".join(key), None, new)
        elif before != new:
            night.alter("enrollment", "|".join(key), before, {**before, **{name: value for name, value in new.items() if value}})
    linked = set(class_ids.values())
    for key, before in held.items():
        if key[0] in linked:
            night.emit("unenroll", "enrollment", "|".join(key), before, None)


def main(data: Path, as_of: str, out: Path) -> None:
    with out.open("w", encoding="utf-8") as file:
        night = Night(data, as_of, file)
        districts, past_sessions = orgs(night), sessions(night)
        courses(night)
        past_classes = classes(night, past_sessions)
        users(night, districts)
        demographics(night)
        enrollments(night, past_classes)


if __name__ == "__main__":
    # There are no cycles to find among millions of rows, and looking for them takes a third of the time.
    gc.disable()
    main(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]))
