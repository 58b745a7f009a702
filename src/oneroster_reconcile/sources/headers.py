"""Which column of a file is which: the names in its header, as they are written and as the standard means them."""

import re
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Final

from attrs import frozen

from oneroster_reconcile.issues import reading
from oneroster_reconcile.issues.issue import Issue, Resolution
from oneroster_reconcile.model.schema import fields_of
from oneroster_reconcile.sources.findings import Subject
from oneroster_reconcile.sources.layout import METADATA, Columns, Version
from oneroster_reconcile.sources.versions import RENAMED_SINCE_10

__all__ = ["Header", "header_of"]

_UNREAD: Final = "\0"
"""How the name begins that a column gets which is not read: polars wants each name once."""
_MOST: Final = 1_000
"""How many columns a file may have; one with more is no table of OneRoster's."""
_NEVER_KEPT: Final = ("password",)
_SPELLINGS: Final[Mapping[str, str]] = {
    "sourceid": "sourcedId",
    "agentsourceids": "agentSourcedIds",
    "orgsourceids": "orgSourcedIds",
    "termsourcedid": "termSourcedIds",
    "termsourceids": "termSourcedIds",
    "preferredfirstname": "preferredGivenName",
    "preferredlastname": "preferredFamilyName",
    "firstname": "givenName",
    "lastname": "familyName",
}
"""Names that vendors' documents and older versions have for columns, folded."""


@frozen(kw_only=True)
class Header:
    """The columns of a file by position: the standard's name, `metadata.<key>`, or a name that nobody asks for.

    `repeats` are the positions of further columns of the same name, by that name.
    """

    names: tuple[str, ...]
    metadata: Mapping[str, str]
    """The columns that are kept as metadata, by the key of their entry."""
    repeats: Mapping[str, tuple[str, ...]]
    issues: tuple[Issue, ...]


@frozen
class _Match:
    written: str
    name: str
    is_known: bool


def header_of(written: Sequence[str], subject: Subject, columns: Columns, version: Version) -> Header:
    """The header with each name understood as far as it can be, and what is to be said about it.

    Raises Unread where a column is missing that the file cannot do without.
    """
    if len(written) > _MOST:
        raise subject.unread(reading.FILE_UNREADABLE, f"the header has {len(written):,} columns", line=1)
    renamed = RENAMED_SINCE_10.get(subject.file.removesuffix(".csv"), {})
    known = _known(columns, renamed)
    matches = [_match(name, columns, known) for name in written]
    if missing := [name for name in columns.names if name in columns.required and name not in {match.name for match in matches}]:
        hint = "; the separator seems to be a semicolon" if len(written) == 1 and ";" in written[0] else ""
        raise subject.unread(reading.COLUMN_MISSING, f"the required column(s) {', '.join(missing)} are missing{hint}", line=1)
    names, repeats = _apart([match.name for match in matches])
    own = {match.name for match in matches if not match.is_known}
    return Header(
        names=names,
        metadata={name.removeprefix(METADATA): name for name in names if name in own and _is_kept(name)},
        repeats=repeats,
        issues=tuple(_issues(matches, subject, columns, {} if version != "1.0" else renamed)),
    )


def _known(columns: Columns, renamed: Mapping[str, str]) -> dict[str, str]:
    """The columns by every folded spelling that is theirs."""
    known = {_folded(name): name for name in (*_fields(columns), *columns.names)}
    known |= {alias: name for alias, name in _SPELLINGS.items() if name in columns.names and alias not in known}
    return known | {_folded(alias): name for alias, name in renamed.items() if _folded(alias) not in known}


def _match(written: str, columns: Columns, known: Mapping[str, str]) -> _Match:
    if not written or written in columns.names:
        return _Match(written, written, is_known=bool(written))
    if name := known.get(_folded(written)):
        return _Match(written, name, is_known=True)
    if written.casefold().startswith(METADATA):
        return _Match(written, METADATA + written[len(METADATA) :].strip(), is_known=False)
    return _Match(written, written, is_known=False)


def _fields(columns: Columns) -> Iterator[str]:
    """The columns that the model has a place for, of whatever version."""
    elsewhere = {"metadata", "roles", "profiles"}
    return (field.header for field in fields_of(columns.row) if field.name not in elsewhere)


def _folded(name: str) -> str:
    return re.sub(r"[\s_-]", "", name).casefold()


def _is_kept(name: str) -> bool:
    return (
        name not in ("", METADATA) and not any(word in name.casefold() for word in _NEVER_KEPT) and not name.startswith(_UNREAD)
    )


def _apart(names: Sequence[str]) -> tuple[tuple[str, ...], dict[str, tuple[str, ...]]]:
    """The names, each once: one that was there before, or is none, stands for its position; and which positions repeat which name."""
    seen = dict[str, list[str]]()
    apart = list[str]()
    for position, name in enumerate(names):
        if name and name not in seen:
            seen[name] = []
            apart.append(name)
            continue
        apart.append(f"{_UNREAD}{position}")
        if name:
            seen[name].append(apart[-1])
    return tuple(apart), {name: tuple(again) for name, again in seen.items() if again}


def _issues(matches: Sequence[_Match], subject: Subject, columns: Columns, of_version: Mapping[str, str]) -> Iterator[Issue]:
    for match in matches:
        if not match.written:
            continue
        if match.is_known and match.name != match.written and of_version.get(match.written) != match.name:
            message = f"the column {match.written!r} is read as {match.name}"
            yield subject.issue(reading.COLUMN_SPELLING, message, Resolution.MENDED, line=1, column=match.written)
        elif not match.is_known and not match.name.startswith(METADATA):
            yield _unknown(match.written, subject, columns)
    if unnamed := sum(not match.written for match in matches):
        message = f"{unnamed} column(s) have no name"
        yield subject.issue(reading.COLUMN_UNNAMED, message, Resolution.KEPT, line=1)
    yield from _of_all(matches, subject, columns, of_version)


def _of_all(matches: Sequence[_Match], subject: Subject, columns: Columns, of_version: Mapping[str, str]) -> Iterator[Issue]:
    """What is to be said about the columns together."""
    present = [match.name for match in matches if match.name in columns.names]
    if of_version:
        # 1.0 has fewer columns, and no order that is worth a word.
        return
    if absent := [name for name in columns.names if name not in present]:
        message = f"the column(s) {', '.join(absent)} are not in the file"
        yield subject.issue(reading.COLUMN_LEFT_OUT, message, Resolution.KEPT, line=1)
    behind = [match.name in columns.names for match in matches if match.written]
    if present != sorted(present, key=columns.names.index) or behind != sorted(behind, reverse=True):
        yield subject.issue(reading.COLUMN_ORDER, "the columns are not in the standard's order", Resolution.MENDED, line=1)


def _unknown(written: str, subject: Subject, columns: Columns) -> Issue:
    near = get_close_matches(written[:80], columns.names, n=2, cutoff=0.75)
    hint = f"; did they mean {' or '.join(near)}?" if near else ""
    message = f"the column {written[:80]!r} is none of OneRoster's{hint}"
    return subject.issue(reading.COLUMN_UNKNOWN, message, Resolution.KEPT, line=1, column=written[:80])
