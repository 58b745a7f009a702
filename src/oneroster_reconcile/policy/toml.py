"""Plain tables as TOML 1.0. Only what documents of this library hold: text, numbers, flags, dates, and lists and tables of them."""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any, cast

__all__ = ["toml_text"]

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def toml_text(document: Mapping[str, Any]) -> str:
    r"""A table as a TOML document: its own values first, then the tables in it, each under its name.

    >>> print(toml_text({"name": "a \"b\"", "rows": {"user": {"ended": "keep"}}}), end="")
    name = "a \"b\""
    <BLANKLINE>
    [rows.user]
    ended = "keep"
    """
    return "\n".join(_lines(document, ())).lstrip("\n") + "\n"


def _lines(table: Mapping[str, Any], path: tuple[str, ...]) -> Iterator[str]:
    for key, value in table.items():
        if not _is_table(value) and not _are_tables(value):
            yield f"{_key(key)} = {_value(value)}"
    for key, value in table.items():
        where = (*path, key)
        if _is_table(value):
            yield from _header(value, f"[{_dotted(where)}]")
            yield from _lines(value, where)
        elif _are_tables(value):
            for each in value:
                yield from ("", f"[[{_dotted(where)}]]")
                yield from _lines(each, where)


def _header(table: Mapping[str, Any], header: str) -> Iterator[str]:
    """A table with nothing but tables in it needs none."""
    if not table or not all(_is_table(value) or _are_tables(value) for value in table.values()):
        yield from ("", header)


def _value(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            # A JSON string is a basic string of TOML, but for DEL.
            return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
        case date() | datetime():
            return value.isoformat()
        case list():
            return f"[{', '.join(_value(each) for each in cast('list[Any]', value))}]"
        case dict():
            return f"{{{', '.join(f'{_key(key)} = {_value(each)}' for key, each in cast('dict[str, Any]', value).items())}}}"
        case _:
            return repr(value)


def _is_table(value: Any) -> bool:
    return isinstance(value, dict)


def _are_tables(value: Any) -> bool:
    return bool(value) and isinstance(value, list) and all(isinstance(each, dict) for each in cast("list[Any]", value))


def _key(key: str) -> str:
    return key if _BARE.fullmatch(key) else _value(key)


def _dotted(path: tuple[str, ...]) -> str:
    return ".".join(map(_key, path))
