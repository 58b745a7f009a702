"""A Sphinx extension that writes what the code says into the pages that ask for it: the catalogue of issues, the schema of a report, the presets, the options of the commands, the published schemas."""

import json
from collections.abc import Callable, Iterator, Mapping

import commands
import presets
import published

from oneroster_reconcile.issues.catalogue import FAMILIES
from oneroster_reconcile.issues.codes import Code
from oneroster_reconcile.render.report_document import report_schema

_FIXED_BY = {
    "source": "the district, which sends the roster",
    "host": "the product, which takes it",
    "support": "those who run the sync",
}


def sections() -> Iterator[str]:
    """The catalogue as Markdown, family by family."""
    for family, module in FAMILIES.items():
        codes = sorted((value for value in vars(module).values() if isinstance(value, Code)), key=lambda code: code.slug)
        if codes:
            yield f"## {family.capitalize()}\n\n{(module.__doc__ or '').strip()}\n"
            yield from map(_section, codes)


def _section(code: Code) -> str:
    rerun = "; run the sync again afterwards" if code.needs_rerun else ""
    return (
        f"({code.slug})=\n\n### {code.slug}\n\n{code.about}\n\n"
        f"**What to do:** {code.help}\n\n{code.severity.capitalize()}. To be mended by {_FIXED_BY[code.fix_at]}{rerun}.\n"
    )


def _schema() -> str:
    return f"```json\n{json.dumps(report_schema(), indent=2)}\n```\n"


PLACES: Mapping[str, Callable[[], str]] = {
    "<!-- catalogue -->": lambda: "\n".join(sections()),
    "<!-- report schema -->": _schema,
    "<!-- options -->": commands.sections,
    "<!-- presets -->": presets.sections,
    "<!-- presets side by side -->": presets.side_by_side,
    "<!-- schemas -->": published.table,
}
"""What each mark in a page gives way to."""


def _fill(_app, _docname, source):
    for place, text in PLACES.items():
        source[0] = source[0].replace(place, text())


def _outdated(_app, env, *_changes):
    """Such a page is read anew in each build: the code may have changed though the page did not."""
    pages = {name: env.doc2path(name).read_text(encoding="utf-8") for name in env.found_docs}
    return [name for name, text in pages.items() if any(place in text for place in PLACES)]


def setup(app):
    """Tell Sphinx."""
    app.connect("source-read", _fill)
    app.connect("env-get-outdated", _outdated)
    return {"parallel_read_safe": True}
