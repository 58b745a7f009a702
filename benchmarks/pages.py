"""Pages that have room for what is measured, between marks: `<!-- part -->` and `<!-- end of part -->`."""

from collections.abc import Sequence
from pathlib import Path

__all__ = ["put"]


def put(page: Path, part: str, lines: Sequence[str]) -> None:
    """Put lines between the marks of a part, in place of what stands there; raises ValueError where the page has no such marks."""
    begin, end = f"<!-- {part} -->\n", f"<!-- end of {part} -->\n"
    text = page.read_text(encoding="utf-8")
    head, opened, rest = text.partition(begin)
    _, closed, tail = rest.partition(end)
    if not opened or not closed:
        raise ValueError(f"{page}: has no room for {part}; put {begin.strip()} and {end.strip()} where it should stand")
    page.write_text("\n".join([head + begin, *lines, "", end + tail]), encoding="utf-8")
