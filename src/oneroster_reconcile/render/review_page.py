"""A plan as one HTML page on which people read it, decide about it, and save what they decided.

The page stands by itself: no network, no font, no picture, no state kept in the browser. Whatever comes from outside lies in one block of JSON and is put on the page as text.
"""

import base64
import json
from collections.abc import Iterable, Mapping
from functools import cache
from hashlib import sha256
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Any

from oneroster_reconcile.issues.catalogue import CATALOGUE
from oneroster_reconcile.model.decisions import Decision, decisions_to_json
from oneroster_reconcile.model.directory import Directory
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.roster import Roster
from oneroster_reconcile.plan.approvals import approvals_to_json
from oneroster_reconcile.plan.plan import ChangePlan
from oneroster_reconcile.plan.redaction import redacted
from oneroster_reconcile.plan.selection_document import FORMAT, VERSION
from oneroster_reconcile.render.document import plan_document
from oneroster_reconcile.render.escaping import shown
from oneroster_reconcile.render.review_changes import Texts, change_rows
from oneroster_reconcile.render.review_names import Names, names_in
from oneroster_reconcile.render.review_questions import Facts, questions, schools

__all__ = ["review_document", "review_page"]

_SCRIPTS = ("page", "choices", "overview", "questions", "list", "changes", "saving")
"""The parts of the page's program, in the order in which they are joined."""
_ESCAPES = {"&": "\\u0026", "<": "\\u003c", ">": "\\u003e", "\u2028": "\\u2028", "\u2029": "\\u2029"}
_PRIVACY = "<!-- privacy -->\n"
_NAMED = 100
"""How many rows of a task are named."""


def review_page(
    plan: ChangePlan,
    path: str | Path,
    *,
    directory: Directory | None = None,
    roster: Roster | None = None,
    decisions: Iterable[Decision] = (),
    redact: bool = False,
) -> None:
    """Write a page on which an administrator reads a plan, says who is who, approves what guards hold, and saves `decisions.json`, `approvals.json` and `selection.json`.

    `directory`, `roster` and `decisions` are what the plan was made of. The first two give names to what the plan knows by id alone, and let people compare those whom they are asked about;
    the decisions stand first in those that are saved, for a decision holds only as long as it is in the list. The page holds pupils' data, and says so at its top, unless it is told to `redact`: then
    people are known by their ids, and nobody can decide on it who is who; approvals and selections are those of the plan itself.

    >>> import tempfile
    >>> from datetime import date
    >>> path = Path(tempfile.mkdtemp()) / "review.html"
    >>> review_page(ChangePlan(source="sis", policy="mirror", as_of=date(2026, 9, 1)), path)
    >>> path.read_text(encoding="utf-8").splitlines()[0]
    '<!doctype html>'
    """
    document = review_document(plan, directory=directory, roster=roster, decisions=decisions, redact=redact)
    Path(path).write_text(_page(plan, document), encoding="utf-8", newline="\n")


def review_document(
    plan: ChangePlan,
    *,
    directory: Directory | None = None,
    roster: Roster | None = None,
    decisions: Iterable[Decision] = (),
    redact: bool = False,
) -> dict[str, Any]:
    """What the page holds: the summary of the plan, what it asks people, and its changes as the numbers of texts.

    Decisions say why, in anybody's words: a page that is redacted has none.

    >>> from datetime import date
    >>> review_document(ChangePlan(source="sis", policy="mirror", as_of=date(2026, 9, 1)))["changes"]
    []
    """
    names, texts = names_in(plan, directory), Texts()
    names = names.without_people() if redact else names
    ours, theirs = (Facts.of(each, is_redacted=redact) for each in (roster, directory))
    rows = list(change_rows(redacted(plan) if redact else plan, names, texts))
    summary = plan_document(plan)
    listed = texts.all
    labels: Mapping[str, str] = (
        {listed[int(row[2])]: listed[int(row[3])] for row in rows} if plan.follow_ups else dict[str, str]()
    )
    return {
        **summary,
        "guards": [{**each, "where": _place(each["scope"], names), **_remedy(each["code"])} for each in summary["guards"]],
        "issues": [{**each, **_remedy(each["code"], each["help"])} for each in summary["issues"]],
        "follow_ups": [
            {**each, "where": _place(each["scope"], names), "subjects": _called(each["subjects"], labels, names)}
            for each in summary["follow_ups"]
        ],
        "questions": list(questions(plan, ours, theirs)),
        "schools": schools(plan, ours, theirs),
        "decisions": json.loads(decisions_to_json(() if redact else decisions)),
        "approvals": json.loads(approvals_to_json(())),
        "selection": {"format": FORMAT, "version": VERSION},
        "is_redacted": redact,
        "is_compared": directory is not None and roster is not None,
        "texts": listed,
        "changes": rows,
    }


def _remedy(code: str, advice: str | None = None) -> dict[str, str]:
    """What the catalogue says to do about a code, and why it matters."""
    known = CATALOGUE.get(code)
    return {"help": advice or (known.help if known else ""), "about": known.about if known else ""}


def _place(scope: str, names: Names) -> str:
    """A school or class by its name; a group of people as it is."""
    found = next((kind for kind in (Kind.ORG, Kind.CLASS) if scope in names.names.get(kind, {})), None)
    return names.called(found, scope) if found else scope


def _called(subjects: list[str], labels: Mapping[str, str], names: Names) -> list[str]:
    """The first rows that a task is about, by the labels of their changes or their names."""
    found: list[str] = []
    for each in subjects[:_NAMED]:
        named = next((known[each] for known in names.names.values() if each in known), "")
        label = labels.get(each) or named
        found.append(f"{label} ({each})" if label else each)
    return found


def _page(plan: ChangePlan, document: dict[str, Any]) -> str:
    kind = "redacted" if document["is_redacted"] else "personal"
    title = escape(f"Review: plan for {shown(plan.source)} as of {plan.as_of}")
    style, script = _asset("review.css"), '"use strict";\n' + "\n".join(_asset(f"review_{part}.js") for part in _SCRIPTS)
    policy = f"default-src 'none'; script-src '{_hash(script)}'; style-src '{_hash(style)}'; base-uri 'none'; form-action 'none'"
    return (
        "<!doctype html>\n"
        '<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n<meta name="referrer" content="no-referrer">\n'
        f'<meta name="color-scheme" content="light dark">\n<title>{title}</title>\n<style>{style}</style>\n</head>\n<body>\n'
        f"{_asset('review.html').replace(_PRIVACY, _asset(f'review_{kind}.html'))}"
        f'<script type="application/json" id="plan">{_embedded(document)}</script>\n<script>{script}</script>\n</body>\n</html>\n'
    )


def _embedded(document: dict[str, Any]) -> str:
    """JSON that no markup can be found in."""
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    for character, code in _ESCAPES.items():
        text = text.replace(character, code)
    return text


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(sha256(text.encode()).digest()).decode()}"


@cache
def _asset(name: str) -> str:
    return (files("oneroster_reconcile.render") / "assets" / name).read_text(encoding="utf-8")
