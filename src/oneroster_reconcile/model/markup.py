"""A few rows as markup, for values that show themselves in notebooks."""

from collections.abc import Iterable, Sequence
from html import escape
from itertools import islice

__all__ = ["FEW", "html_table"]

FEW = 20
"""How many rows a value shows of itself."""


def html_table(heads: Sequence[str], rows: Iterable[Sequence[object]], total: int) -> str:
    """The first rows of `total` as an HTML table, every text escaped; nothing where there are none.

    >>> html_table(["name"], [["<b>Ada"]], 1)
    '<table><tr><th>name</th></tr><tr><td>&lt;b&gt;Ada</td></tr></table>'
    """
    if not total:
        return ""
    cells = (f"<tr>{''.join(f'<td>{escape(str(cell))}</td>' for cell in row)}</tr>" for row in islice(rows, FEW))
    head = "".join(f"<th>{escape(each)}</th>" for each in heads)
    more = f"<p>and {total - FEW:,} more</p>" if total > FEW else ""
    return f"<table><tr>{head}</tr>{''.join(cells)}</table>{more}"
