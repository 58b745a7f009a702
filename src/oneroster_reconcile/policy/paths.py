"""Where something stands in a policy's document, and what was meant where nothing stands."""

import json
import re
from difflib import get_close_matches

__all__ = ["meant", "path_to"]

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def path_to(path: str, key: str) -> str:
    """The path of a key in a table, as TOML writes dotted keys.

    >>> path_to("rows.user.values", "email"), path_to("values", "metadata.tier")
    ('rows.user.values.email', 'values."metadata.tier"')
    """
    name = key if _BARE.fullmatch(key) else json.dumps(key, ensure_ascii=False)
    return f"{path}.{name}" if path else name


def meant(word: str, words: list[str]) -> str:
    """The nearest right word as a hint, or nothing.

    >>> meant("rowz", ["rows", "rules"])
    '; did you mean rows?'
    """
    near = get_close_matches(word, words, n=1)
    return f"; did you mean {near[0]}?" if near else ""
