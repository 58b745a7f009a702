"""The nightly job as a pandas merge script. Frozen: written before the library was tuned, and not changed since.

`python pandas_script.py DATA AS_OF OUT`. The pyarrow engine reads four times faster than the default one. Link tables are compared as
relations, so that sets are gathered only for rows that changed.
"""

import json
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TextIO

import pandas as pd

SOURCE = "sis"

ORGS = {"sourcedId": "id", "name": "name", "type": "type", "identifier": "identifier", "parentSourcedId": "parent_id"}
SESSIONS = {
    "sourcedId": "id",
    "title": "title",
    "type": "type",
    "startDate": "start_date",
    "endDate": "end_date",
    "parentSourcedId": "parent_id",
    "schoolYear": "school_year",
}
COURSES = {
    "sourcedId": "id",
    "title": "title",
    "courseCode": "course_code",
    "orgSourcedId": "org_id",
    "schoolYearSourcedId": "school_year_id",
    "grades": "grades",
    "subjects": "subjects",
    "subjectCodes": "subject_codes",
}
CLASSES = {
    "sourcedId": "id",
    "title": "title",
    "courseSourcedId": "course_id",
    "schoolSourcedId": "school_id",
    "classCode": "class_code",
    "classType": "class_type",
    "location": "location",
    "grades": "grades",
    "subjects": "subjects",
    "subjectCodes": "subject_codes",
    "periods": "periods",
}
USERS = {
    "sourcedId": "id",
    "givenName": "given_name",
    "familyName": "family_name",
    "middleName": "middle_name",
    "username": "username",
    "email": "email",
    "identifier": "identifier",
    "sms": "sms",
    "phone": "phone",
    "grades": "grades",
}
DEMOGRAPHICS = {
    "sourcedId": "user_id",
    "birthDate": "birth_date",
    "sex": "sex",
    "americanIndianOrAlaskaNative": "american_indian_or_alaska_native",
    "asian": "asian",
    "blackOrAfricanAmerican": "black_or_african_american",
    "nativeHawaiianOrOtherPacificIslander": "native_hawaiian_or_other_pacific_islander",
    "white": "white",
    "demographicRaceTwoOrMoreRaces": "demographic_race_two_or_more_races",
    "hispanicOrLatinoEthnicity": "hispanic_or_latino_ethnicity",
    "countryOfBirthCode": "country_of_birth_code",
    "stateOfBirthAbbreviation": "state_of_birth_abbreviation",
    "cityOfBirth": "city_of_birth",
    "publicSchoolResidenceStatus": "public_school_residence_status",
}
ENROLLMENTS = {
    "classSourcedId": "class_id",
    "userSourcedId": "user_id",
    "role": "role",
    "primary": "is_primary",
    "beginDate": "begin_date",
    "endDate": "end_date",
}
KEY = ["class_id", "user_id", "role"]


def among(values: pd.Series | pd.Index, known: pd.Series | pd.Index) -> Any:
    """What `isin` says, without making a Python object of every text."""
    return pd.Index(known.unique()).get_indexer(values) >= 0


def read(path: Path, columns: Iterable[str] | None = None) -> pd.DataFrame:
    return pd.read_csv(path, dtype=str, keep_default_na=False, engine="pyarrow", usecols=list(columns) if columns else None)


class Night:
    """Both sides, who is who, and where the changes go."""

    def __init__(self, data: Path, as_of: str, out: TextIO) -> None:
        self.roster, self.host, self.as_of, self.out = data / "roster", data / "host", as_of, out
        links = read(data / "crosswalk.csv")
        self.ids = {str(kind): rows.set_index("source_id")["host_id"] for kind, rows in links.groupby("kind")}
        self.linked = {kind: pd.Index(ids.array) for kind, ids in self.ids.items()}

    def incoming(self, name: str, columns: Iterable[str]) -> pd.DataFrame:
        rows = read(self.roster / f"{name}.csv", ["status", *columns])
        counts = rows.pop("status") != "tobedeleted"
        return rows if counts.all() else rows[counts]

    def register(self, kind: str, rows: pd.DataFrame) -> None:
        """Give the rows that nobody knows a provisional id."""
        unknown = rows["sourcedId"][~among(rows["sourcedId"], self.ids[kind].index)]
        self.ids[kind] = pd.concat([self.ids[kind], pd.Series((f"new:{SOURCE}/" + unknown).array, index=unknown.array)])

    def host_ids(self, kind: str, source_ids: pd.Series) -> pd.Series:
        return source_ids.map(self.ids[kind]).fillna("")

    def relation(self, kind: str, owners: pd.Series, texts: pd.Series, columns: list[str]) -> pd.DataFrame:
        """One row an item of a comma-separated text: the owner's host id in the first of two columns, the item in the second."""
        rows = pd.DataFrame({columns[0]: self.host_ids(kind, owners), columns[1]: texts})[texts != ""]
        many = rows[columns[1]].str.contains(",", regex=False)
        several = rows[many]
        several = several.assign(**{columns[1]: several[columns[1]].str.split(",")}).explode(columns[1]).astype(str)
        return pd.concat([rows[~many], several], ignore_index=True)

    def emit(self, verb: str, kind: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> None:
        """Write changes; `before` and `after` hold rows by key, either of them may be empty."""
        for key in before or after:
            change = {"verb": verb, "kind": kind, "id": key, "before": before.get(key), "after": after.get(key)}
            self.out.write(json.dumps(change) + "\n")

    def compare(self, kind: str, new: pd.DataFrame, old: pd.DataFrame, links: "list[Link]", *, ends: bool = True) -> None:
        """Say what differs between two frames of the same columns, indexed by key, and their link tables."""
        places = old.index.get_indexer(new.index)
        created, common, held = new.index[places < 0], new[places >= 0], old.take(places[places >= 0])
        differs = ((common != held) & (common != "")).any(axis=1)
        touched = pd.concat([common.index[differs].to_series(), *(link.touched() for link in links)])
        suspects = common.index[among(common.index, touched)]
        before = records(held.loc[suspects], [(link.name, link.held) for link in links])
        after = records(
            common.loc[suspects].where(common.loc[suspects] != "", held.loc[suspects]),
            [(link.name, link.incoming) for link in links],
        )
        self.emit("create", kind, {}, records(new.loc[created], [(link.name, link.incoming) for link in links]))
        self.alter(kind, before, after, [link.name for link in links])
        if ends:
            gone = old[~among(old.index, new.index) & among(old.index, self.linked[kind]) & (old["state"] == "active")]
            rows = records(gone, [(link.name, link.held) for link in links])
            self.emit("suspend", kind, rows, {key: {**row, "state": "suspended"} for key, row in rows.items()})

    def alter(self, kind: str, before: dict[str, Any], after: dict[str, Any], sets: list[str]) -> None:
        for key, held in before.items():
            was = held
            becomes = {name: after[key][name] or held[name] if name in sets else value for name, value in after[key].items()}
            if was.get("state") != becomes.get("state"):
                verb = "restore" if becomes["state"] == "active" else "suspend"
                self.emit(verb, kind, {key: was}, {key: {**was, "state": becomes["state"]}})
                was = {**was, "state": becomes["state"]}
            if was != becomes:
                verb = "transfer" if kind == "user" and moves(was, becomes) else "update"
                self.emit(verb, kind, {key: was}, {key: becomes})


class Link:
    """A link table on both sides; the first column names the owner."""

    def __init__(self, name: str, incoming: pd.DataFrame, held: pd.DataFrame) -> None:
        self.name, self.incoming, self.held = name, incoming[incoming.ne("").all(axis=1)], held

    def touched(self) -> pd.Series:
        """The owners whose elements differ; an owner without any incoming element says nothing."""
        columns = list(self.held.columns)
        both = self.incoming.merge(self.held, on=columns, how="outer", indicator=True)
        owners = both.loc[both["_merge"] != "both", columns[0]]
        return owners[among(owners, self.incoming[columns[0]])]


def moves(before: Mapping[str, Any], after: Mapping[str, Any]) -> bool:
    was, becomes = ({org for org, _, _ in side["roles"]} for side in (before, after))
    return bool(was - becomes and becomes - was)


def records(rows: pd.DataFrame, links: list[tuple[str, pd.DataFrame]]) -> dict[str, dict[str, Any]]:
    """Rows as dicts by key, with their sets."""
    found = dict(zip(rows.index, rows.reset_index().to_dict("records"), strict=True))
    for name, link in links:
        owner, *rest = link.columns
        sets: dict[str, list[Any]] = defaultdict(list)
        for key, *element in link[among(link[owner], rows.index)].itertuples(index=False, name=None):
            sets[key].append(element if len(rest) > 1 else element[0])
        for key, row in found.items():
            row[name] = sorted(sets[key])
    return found


def orgs(night: Night) -> pd.Series:
    """Compare the orgs; returns the source ids of the districts."""
    rows = night.incoming("orgs", ORGS)
    night.register("org", rows)
    new = rows.rename(columns=ORGS).assign(state="active")
    new["id"], new["parent_id"] = night.host_ids("org", new["id"]), night.host_ids("org", new["parent_id"])
    night.compare("org", new.set_index("id"), read(night.host / "orgs.csv").set_index("id"), [])
    return rows["sourcedId"][rows["type"] == "district"]


def sessions(night: Night) -> pd.Series:
    """Compare the sessions; returns the source ids of those that are over."""
    rows = night.incoming("academicSessions", SESSIONS)
    over = rows["endDate"] <= night.as_of
    night.register("academic_session", rows[~over])
    new = rows[~over].rename(columns=SESSIONS).assign(state="active")
    new["id"], new["parent_id"] = (night.host_ids("academic_session", new[name]) for name in ("id", "parent_id"))
    night.compare("academic_session", new.set_index("id"), read(night.host / "sessions.csv").set_index("id"), [])
    return rows["sourcedId"][over]


def courses(night: Night) -> None:
    rows = night.incoming("courses", COURSES)
    night.register("course", rows)
    new = rows.rename(columns=COURSES).assign(state="active")
    for kind, column in (("course", "id"), ("org", "org_id"), ("academic_session", "school_year_id")):
        new[column] = night.host_ids(kind, new[column])
    night.compare("course", new.set_index("id"), read(night.host / "courses.csv").set_index("id"), [])


def classes(night: Night, past: pd.Series) -> pd.Series:
    """Compare the classes; returns the source ids of those that are over."""
    rows = night.incoming("classes", [*CLASSES, "termSourcedIds"])
    over = pd.Series(data=False, index=rows.index)
    if len(past):
        terms = rows["termSourcedIds"].str.split(",")
        over = (rows["termSourcedIds"] != "") & terms.map(set(past).issuperset)
    past_classes, rows = rows["sourcedId"][over], rows[~over]
    night.register("class", rows)
    terms = night.relation("class", rows["sourcedId"], rows["termSourcedIds"], ["class_id", "session_id"])
    terms["session_id"] = night.host_ids("academic_session", terms["session_id"])
    new = rows.drop(columns="termSourcedIds").rename(columns=CLASSES).assign(state="active")
    for kind, column in (("class", "id"), ("course", "course_id"), ("org", "school_id")):
        new[column] = night.host_ids(kind, new[column])
    link = Link("terms", terms, read(night.host / "class_terms.csv"))
    night.compare("class", new.set_index("id"), read(night.host / "classes.csv").set_index("id"), [link])
    return past_classes


def users(night: Night, districts: pd.Series) -> None:
    rows = night.incoming("users", [*USERS, "enabledUser", "role", "orgSourcedIds", "agentSourcedIds", "userIds"])
    night.register("user", rows)
    agents = night.relation("user", rows["sourcedId"], rows["agentSourcedIds"], ["user_id", "agent_id"])
    agents["agent_id"] = night.host_ids("user", agents["agent_id"])
    new = rows[list(USERS)].rename(columns=USERS)
    new["state"] = rows["enabledUser"].eq("false").map({True: "suspended", False: "active"})
    new["id"] = night.host_ids("user", new["id"])
    links = [
        Link(
            "roles",
            roles(night, rows, districts),
            read(night.host / "user_roles.csv")[["user_id", "org_id", "role", "is_primary"]],
        ),
        Link("agents", agents, read(night.host / "user_agents.csv")),
        Link("user_ids", user_ids(night, rows), read(night.host / "user_ids.csv")),
    ]
    night.compare("user", new.set_index("id"), read(night.host / "users.csv").set_index("id"), links)


def roles(night: Night, rows: pd.DataFrame, districts: pd.Series) -> pd.DataFrame:
    """One row a person and org; an administrator is one of what the org is."""
    tokens = pd.Series(rows["role"].array, index=night.host_ids("user", rows["sourcedId"]).array)
    found = night.relation("user", rows["sourcedId"], rows["orgSourcedIds"], ["user_id", "org_id"])
    found["role"] = found["user_id"].map(tokens)
    administers = found["role"] == "administrator"
    at_district = found["org_id"].isin(districts)
    found.loc[administers & at_district, "role"] = "districtAdministrator"
    found.loc[administers & ~at_district, "role"] = "siteAdministrator"
    return found.assign(org_id=night.host_ids("org", found["org_id"]), is_primary="true")


def user_ids(night: Night, rows: pd.DataFrame) -> pd.DataFrame:
    found = night.relation("user", rows["sourcedId"], rows["userIds"], ["user_id", "text"])
    parts = found["text"].str.strip("{}").str.split(":", n=1, expand=True).reindex(columns=[0, 1])
    return found[["user_id"]].assign(type=parts[0], identifier=parts[1])


def demographics(night: Night) -> None:
    new = night.incoming("demographics", DEMOGRAPHICS).rename(columns=DEMOGRAPHICS)
    new["user_id"] = night.host_ids("user", new["user_id"])
    new = new[new["user_id"] != ""].set_index("user_id")
    night.compare("demographics", new, read(night.host / "demographics.csv").set_index("user_id"), [], ends=False)


def enrollments(night: Night, past: pd.Series) -> None:
    new = night.incoming("enrollments", ENROLLMENTS).rename(columns=ENROLLMENTS)
    counts = (new["end_date"] == "") | (new["end_date"] > night.as_of)
    if len(past):
        counts &= (new["end_date"] != "") | ~among(new["class_id"], past)
    new["class_id"], new["user_id"] = night.host_ids("class", new["class_id"]), night.host_ids("user", new["user_id"])
    counts &= (new["class_id"] != "") & (new["user_id"] != "")
    new = new if counts.all() else new[counts]
    both = read(night.host / "enrollments.csv").merge(new, on=KEY, how="outer", suffixes=("", "_new"), indicator=True)
    values = ["is_primary", "begin_date", "end_date"]
    theirs = {f"{name}_new": name for name in values}
    created = both.loc[both["_merge"] == "right_only", [*KEY, *theirs]].rename(columns=theirs)
    gone = both.loc[both["_merge"] == "left_only", [*KEY, *values]]
    gone = gone[among(gone["class_id"], night.ids["class"])]
    differs = pd.concat([(both[ours] != both[name]) & (both[ours] != "") for ours, name in theirs.items()], axis=1).any(axis=1)
    kept = both[differs & (both["_merge"] == "both")]
    before = kept[[*KEY, *values]]
    after = kept[[*KEY, *theirs]].rename(columns=theirs)
    night.emit("enroll", "enrollment", {}, keyed(created))
    night.alter("enrollment", keyed(before), keyed(after.where(after != "", before)), [])
    night.emit("unenroll", "enrollment", keyed(gone), {})


def keyed(rows: pd.DataFrame) -> dict[str, Any]:
    return {"|".join(row[name] for name in KEY): row for row in rows.to_dict("records")}


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
    main(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]))
