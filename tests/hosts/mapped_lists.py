"""A product that keeps lists and sets in tables of their own, or in columns of text: the tables, and a mapping for either."""

from collections.abc import Mapping

from oneroster_reconcile import Kind
from oneroster_reconcile.hosts.mapping import Delimited, Mapped, Moment, Side

__all__ = ["DELIMITED", "POSTGRES", "SIDES", "SQLITE"]

POSTGRES = """
CREATE TABLE campuses (campus_no SERIAL PRIMARY KEY, label TEXT, kind TEXT);
CREATE TABLE periods (period_no SERIAL PRIMARY KEY, label TEXT, kind TEXT, starts DATE, ends DATE);
CREATE TABLE accounts (
    account_id UUID PRIMARY KEY DEFAULT gen_random_uuid(), first TEXT, last TEXT,
    locked_at TIMESTAMP,
    levels TEXT NOT NULL DEFAULT '', guardian_list TEXT, known_as VARCHAR(4000)
);
CREATE TABLE account_roles (account UUID REFERENCES accounts, campus INT REFERENCES campuses, what TEXT, main BOOLEAN, starts DATE, ends DATE);
CREATE TABLE account_levels (account UUID REFERENCES accounts, level TEXT, place INT, UNIQUE (account, level));
CREATE TABLE guardians (child UUID REFERENCES accounts, guardian UUID REFERENCES accounts);
CREATE TABLE known_ids (account UUID REFERENCES accounts, system TEXT, number TEXT);
CREATE TABLE rooms (room_no SERIAL PRIMARY KEY, label TEXT, campus INT REFERENCES campuses, levels TEXT, subject_list TEXT, period_list TEXT);
CREATE TABLE room_levels (room INT REFERENCES rooms, level TEXT, place INT NOT NULL);
CREATE TABLE room_periods (room INT REFERENCES rooms, period INT REFERENCES periods);
CREATE TABLE members (room INT REFERENCES rooms, account UUID REFERENCES accounts, part TEXT, PRIMARY KEY (room, account, part))
"""
SQLITE = (
    POSTGRES.replace("SERIAL PRIMARY KEY", "INTEGER PRIMARY KEY")
    .replace("UUID PRIMARY KEY DEFAULT gen_random_uuid()", "INTEGER PRIMARY KEY")
    .replace("UUID", "INTEGER")
)
_ORGS = Mapped("campuses", columns={"id": "campus_no", "name": "label", "type": "kind"})
_SESSIONS = Mapped("periods", columns={"id": "period_no", "title": "label", "type": "kind", "start": "starts", "end": "ends"})
_USERS: Mapping[str, str] = {"id": "account_id", "given_name": "first", "family_name": "last"}
_CLASSES: Mapping[str, str] = {"id": "room_no", "title": "label", "school": "campus"}
_ROLES = Side(
    "account_roles",
    owner="account",
    columns={"org": "campus", "role": "what", "primary": "main", "begin": "starts", "end": "ends"},
)
_LOCKED = Moment("locked_at")
_MEMBERS = Mapped("members", columns={"class_": "room", "user": "account", "role": "part"})

SIDES: Mapping[Kind, Mapped] = {
    Kind.ORG: _ORGS,
    Kind.SESSION: _SESSIONS,
    Kind.CLASS: Mapped(
        "rooms",
        columns=_CLASSES,
        sets={
            "grades": Side("room_levels", owner="room", columns={"grades": "level"}, position="place"),
            "terms": Side("room_periods", owner="room", columns={"terms": "period"}),
        },
    ),
    Kind.USER: Mapped(
        "accounts",
        columns=_USERS,
        state=_LOCKED,
        sets={
            "roles": _ROLES,
            "grades": Side("account_levels", owner="account", columns={"grades": "level"}, position="place"),
            "agents": Side("guardians", owner="child", columns={"agents": "guardian"}),
            "user_ids": Side("known_ids", owner="account", columns={"type": "system", "identifier": "number"}),
        },
    ),
    Kind.ENROLLMENT: _MEMBERS,
}
DELIMITED: Mapping[Kind, Mapped] = {
    Kind.ORG: _ORGS,
    Kind.SESSION: _SESSIONS,
    Kind.CLASS: Mapped(
        "rooms",
        columns={
            **_CLASSES,
            "grades": Delimited("levels"),
            "subjects": Delimited("subject_list", separator="; "),
            "terms": Delimited("period_list"),
        },
    ),
    Kind.USER: Mapped(
        "accounts",
        columns={
            **_USERS,
            "grades": Delimited("levels"),
            "agents": Delimited("guardian_list"),
            "user_ids": Delimited("known_as", separator="|", between="="),
        },
        sets={"roles": _ROLES},
        state=_LOCKED,
    ),
    Kind.ENROLLMENT: _MEMBERS,
}
