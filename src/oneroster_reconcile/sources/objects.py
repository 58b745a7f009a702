"""OneRoster's JSON objects and the columns of its CSV files: the same things under two names (OneRoster 1.1 and 1.2 REST, CSV §4).

A page of objects becomes the text of columns, so that one reader knows what every cell means, wherever it came from.
"""

import json
import re
from collections.abc import Mapping, Sequence, Set
from decimal import Decimal
from functools import cache
from typing import Any, Final, TypeAlias, cast

import polars as pl
from attrs import field, frozen, mutable

from oneroster_reconcile.sources.layout import METADATA, Version, files_of

__all__ = [
    "COLLECTIONS",
    "LISTS",
    "NEVER",
    "REFERENCES",
    "RENAMED",
    "Collection",
    "Json",
    "Page",
    "Sheets",
    "cleaned",
    "columns_of",
    "is_of_12",
    "list_of",
    "names_of",
    "object_of",
    "page_of",
]

Json: TypeAlias = Mapping[str, Any]
Sheets: TypeAlias = Mapping[str, pl.DataFrame]
"""Rows as text in the columns of CSV, by the name of the file that they would stand in."""


@frozen
class Collection:
    """A collection of the service: its path and file, the key that its objects stand under, and the kind that a reference calls them."""

    name: str
    aliases: tuple[str, ...] = ()


COLLECTIONS: Final = (
    Collection("orgs", ("schools",)),
    Collection("academicSessions", ("terms",)),
    Collection("courses"),
    Collection("classes"),
    Collection("users", ("students", "teachers")),
    Collection("enrollments"),
    Collection("demographics"),
)
"""What a roster is made of, in the order in which it is read: what others refer to comes first."""

REFERENCES: Final[Mapping[str, str]] = {
    "parentSourcedId": "parent",
    "schoolYearSourcedId": "schoolYear",
    "orgSourcedId": "org",
    "courseSourcedId": "course",
    "schoolSourcedId": "school",
    "classSourcedId": "class",
    "userSourcedId": "user",
    "primaryOrgSourcedId": "primaryOrg",
    "agentSourcedIds": "agents",
    "orgSourcedIds": "orgs",
    "termSourcedIds": "terms",
}
"""The columns that hold ids, and the attribute whose references they are."""
LISTS: Final = frozenset({"agentSourcedIds", "orgSourcedIds", "termSourcedIds", "grades", "subjects", "subjectCodes", "periods"})
"""The columns that hold several values."""
RENAMED: Final[Mapping[str, str]] = {
    **REFERENCES,
    "preferredGivenName": "preferredFirstName",
    "preferredFamilyName": "preferredLastName",
    "userProfileSourcedId": "userProfile",
}
"""The columns that the objects call something else."""
_SPELLINGS: Final[Mapping[str, tuple[str, ...]]] = {
    "agentSourcedIds": ("agentSourceIds",),
    "preferredGivenName": ("preferredGivenName",),
    "preferredFamilyName": ("preferredFamilyName",),
}
"""Further names that providers give to attributes."""
NEVER: Final = frozenset({"password"})
"""The columns that are not read."""
_BREAKS = re.compile(r"[\r\n]+")


def object_of(value: object) -> Json | None:
    """A value of JSON, if it is an object."""
    return cast("Json", value) if isinstance(value, dict) else None


def list_of(value: object) -> Sequence[Any] | None:
    """A value of JSON, if it is a list."""
    return cast("Sequence[Any]", value) if isinstance(value, list) else None


@frozen(kw_only=True)
class Page:
    """The objects of a page as rows of files, how many of them, or of their values, have a form that cannot be read, and how many items lost their commas."""

    sheets: Sheets
    odd: int
    commas: int


def page_of(collection: str, objects: Sequence[Any]) -> Page:
    """The objects of a page as rows of files.

    >>> page = page_of("orgs", [{"sourcedId": "s1", "name": "High", "parent": {"sourcedId": "d1"}}])
    >>> page.sheets["orgs"].select("sourcedId", "name", "parentSourcedId").rows(), page.odd
    ([('s1', 'High', 'd1')], 0)
    """
    rows = [row for each in objects if (row := object_of(each)) is not None]
    reading = _Reading(odd=len(objects) - len(rows))
    sheets = {collection: reading.frame(rows, columns_of(collection))}
    if collection == "users":
        sheets["roles"] = reading.frame(reading.parts(rows, "roles"), columns_of("roles"))
        profiles = [_profile(part) for part in reading.parts(rows, "userProfiles")]
        sheets["userProfiles"] = reading.frame(profiles, columns_of("userProfiles"))
    return Page(sheets=sheets, odd=reading.odd, commas=reading.commas)


def is_of_12(objects: Sequence[Any]) -> bool:
    """Whether some of these users have 1.2's roles, under whatever address they came."""
    return any((object_of(each) or {}).get("roles") for each in objects)


def columns_of(name: str) -> tuple[str, ...]:
    """The columns of a file in either version."""
    versions: tuple[Version, ...] = ("1.2", "1.1")
    return tuple(dict.fromkeys(column for each in versions if name in files_of(each) for column in files_of(each)[name].names))


def _profile(part: Json) -> Json:
    """A profile with its id and its first credential under the names of CSV."""
    known: Json = next(
        (found for each in list_of(part.get("credentials")) or () if (found := object_of(each)) is not None), dict[str, Any]()
    )
    return {
        "sourcedId": part.get("profileId"),
        "credentialType": known.get("type"),
        "username": known.get("username"),
        **part,
    }


@mutable
class _Reading:
    """What is read of a page; counts the values whose form is not as it should be."""

    odd: int = field(default=0)
    commas: int = field(default=0)

    def parts(self, users: Sequence[Json], key: str) -> list[Json]:
        """The elements of a list of users, each with the id of its user; one that is no object is odd, for somebody is without it."""
        found: list[Json] = []
        for user in users:
            value = user.get(key)
            several = list_of(value)
            for part in [value] if several is None and value is not None else several or ():
                known = object_of(part)
                self.odd += known is None
                found += [] if known is None else [{**known, "user": {"sourcedId": user.get("sourcedId")}}]
        return found

    def frame(self, rows: Sequence[Json], columns: Sequence[str]) -> pl.DataFrame:
        """The rows with a column of text each, and one for each entry of their metadata."""
        present = set[str]().union(*rows)
        texts = {column: self._column(rows, column, present) for column in columns if column not in NEVER}
        metadata = [object_of(row.get("metadata")) or {} for row in rows] if "metadata" in present else []
        for key in dict.fromkeys(key for each in metadata for key in each):
            texts[METADATA + _clean(key)] = pl.Series([self._entry(each.get(key)) for each in metadata], dtype=pl.String)
        blank = {name: pl.Series([None] * len(rows), dtype=pl.String) for name in columns if name in NEVER}
        clean = [cleaned(name) for name in texts]
        return (
            pl.DataFrame({**texts, **blank})
            .with_columns(clean)
            .select(*columns, *(name for name in texts if name not in columns))
        )

    def _column(self, rows: Sequence[Json], column: str, present: Set[str]) -> pl.Series:
        """A column of text. Where the page says it in one way, as nearly all do, it is read at once; else value by value."""
        names = [name for name in names_of(column) if name in present]
        if not names:
            return pl.Series([None] * len(rows), dtype=pl.String)
        if len(names) == 1 and column not in LISTS and column != "userIds":
            values = [row.get(names[0]) for row in rows]
            if (texts := _plain(_ids(values) if column in REFERENCES else values)) is not None:
                return texts
        return pl.Series([self._cell(row, column) for row in rows], dtype=pl.String)

    def _cell(self, row: Json, column: str) -> str | None:
        value: Any = next((row[name] for name in names_of(column) if row.get(name) is not None), None)
        if value in (None, "", []):
            return None
        if column == "userIds":
            return self._list(value, self._user_id)
        if column in LISTS:
            return self._list(value, self._id if column in REFERENCES else self._text)
        return self._id(value) if column in REFERENCES else self._text(value)

    def _list(self, value: Any, item: Any) -> str | None:
        """The items with commas between them; a list of one may come as the item alone."""
        found = list_of(value)
        items = [value] if found is None else found
        texts = [text for each in items if (text := item(each)) is not None]
        joined = ",".join(texts)
        if joined.count(",") < len(texts):
            return joined or None
        # An item of a list may hold no comma (OneRoster 1.2 CSV §2); a subject's is left out there, too. An id without it is another one.
        self.commas += sum("," in text for text in texts)
        self.odd += 0 if item == self._text else sum("," in text for text in texts)
        return ",".join(text.replace(",", "") for text in texts) or None

    def _user_id(self, value: Any) -> str | None:
        told = object_of(value)
        if told is None:
            return self._text(value)
        kind, identifier = self._text(told.get("type")), self._text(told.get("identifier"))
        if identifier is None or kind is None:
            return identifier
        return f"{{{kind}:{identifier}}}"

    def _id(self, value: Any) -> str | None:
        """The id of a reference; its address and type are not relied on, which providers get wrong."""
        told = object_of(value)
        return self._text(value if told is None else told.get("sourcedId"))

    def _text(self, value: Any) -> str | None:
        match value:
            case None:
                return None
            case str():
                return _clean(value) or None
            case bool():
                return "true" if value else "false"
            case int():
                return str(value)
            case float():
                return _digits(value)
            case _:
                self.odd += 1
                return None

    def _entry(self, value: Any) -> str | None:
        """An entry of the metadata, which may be anything: what is nested is kept as JSON."""
        return _clean(json.dumps(value, sort_keys=True)) if isinstance(value, dict | list) else self._text(value)


@cache
def names_of(column: str) -> Sequence[str]:
    """What the objects may call a column, the standard's name first."""
    return tuple(dict.fromkeys((RENAMED.get(column, column), *_SPELLINGS.get(column, ()), column)))


_TEXTS = frozenset({str, type(None)})
_OBJECTS = frozenset({dict, type(None)})


def _ids(values: Sequence[Any]) -> Sequence[Any]:
    """The ids of references, where all are objects; else the values as they are."""
    return [value and value.get("sourcedId") for value in values] if _OBJECTS.issuperset(map(type, values)) else values


def _plain(values: Sequence[Any]) -> pl.Series | None:
    """Texts as a column; None where they are not all texts that can stand there."""
    if not _TEXTS.issuperset(map(type, values)):
        return None
    try:
        return pl.Series(values, dtype=pl.String)
    except UnicodeError:
        return None


def cleaned(name: str) -> pl.Expr:
    """A column whose texts are on one line each, and blank ones null."""
    text = pl.col(name)
    return pl.when(text != "").then(text.str.replace_all(_BREAKS.pattern, " ")).alias(name)


def _digits(number: float) -> str:
    """A number without exponent, and without a fraction that says nothing."""
    text = format(Decimal(repr(number)), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _clean(text: str) -> str:
    """Text on one line, as CSV has it, without halves of characters, which JSON can say and UTF-8 cannot."""
    whole = text if text.isascii() else text.encode(errors="replace").decode()
    return _BREAKS.sub(" ", whole) if "\n" in whole or "\r" in whole else whole
