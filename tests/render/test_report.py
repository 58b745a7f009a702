"""A report as text, in a terminal, as JSON and as a page."""

import io
import json
import re
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import pytest
from attrs import evolve

import oneroster_reconcile as orr
from oneroster_reconcile import FixAt, Issue, Kind, Ref, Report, Resolution, Role, Severity
from oneroster_reconcile.render.preview import Style
from oneroster_reconcile.render.report_document import report_document, report_schema
from oneroster_reconcile.render.report_lines import report_lines, report_text
from oneroster_reconcile.render.report_page import report_page
from oneroster_reconcile.render.report_terminal import print_report
from tests.validation.scene import roster, with_lines

BAD = roster(
    orr.Enrollment(class_="k1", user="u9", role="student"),
    u1={"roles": (Role(org="s1", role="boss"),), "phone": "***"},
    s1={"identifier": None},
)
REPORT = orr.validate(with_lines(BAD))
HOSTILE = Report(
    roster=evolve(roster(), source="<script>alert(1)</script>"),
    issues=(
        Issue(
            "made_up",
            Severity.WARNING,
            Ref("package"),
            "<b>bold</b> \u202eadA\x1b[2J",
            Resolution.KEPT,
            help="<i>Look.</i>",
            where='"><img src=x>',
            count=7,
            examples=("<u1>", "u2"),
            fix_at=FixAt.SUPPORT,
        ),
    ),
)

TEXT = """\
The data is of no day that is known.

                        rows  read as   a missing row is gone
orgs                       2  complete  yes
academic sessions          2  complete  yes
courses                    1  complete  yes
classes                    1  complete  yes
users                      2  complete  yes  (2 quarantined)
demographics               1  complete  yes
enrollments                2  complete  no  (1 masked, 1 quarantined)

2 errors, 1 warning, 1 note

For the district, which sends the roster

error role_unknown: users.csv:2, roles: roles is not a role of OneRoster
  u1
  Export one of OneRoster's roles, or a private one that begins with ext:. Then run the sync again.

error membership_dangling: enrollments.csv:4, userSourcedId: userSourcedId refers to user rows that the roster does not have
  k1|u9|student
  Export the rows that are referred to, or take the rows that refer to them out. Then run the sync again.

warning masked_value: users.csv:2, phone: phone looks masked
  u1
  Share the column unmasked if the product needs it, or leave it out.

note school_unidentified: orgs.csv:3, identifier: identifier is blank for school s1 (people: 2) (2 rows)
  s1, …
  Give the school its identifier, such as its NCES id."""


def test_a_report_reads_from_top_to_bottom() -> None:
    """What the roster holds, how many issues, and under who can mend them what is wrong, where, and what to do."""
    assert report_text(REPORT) == TEXT


def test_a_clean_report_says_so() -> None:
    """Nothing is wrong, and what the roster holds is told all the same."""
    assert report_text(orr.validate(roster())).endswith("\n\nNothing is wrong.")


def test_an_issue_without_examples_is_told_without() -> None:
    """What concerns a whole file names no row."""
    issue = Issue("gone", Severity.ERROR, Ref(Kind.USER), "it is not there", Resolution.KEPT, help="Look.")
    assert report_text(Report(roster=roster(), issues=(issue,))).endswith("error gone: it is not there\n  Look.")


def test_every_piece_has_a_style_that_terminals_know() -> None:
    """Severities are told apart by their colours."""
    assert {span.style for line in report_lines(REPORT) for span in line} >= {Style.ERROR, Style.WARNING, Style.NOTE, Style.TITLE}


class Terminal(io.StringIO):
    """Something that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def test_a_terminal_gets_colours_and_a_pipe_plain_text(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The words are the same; without rich a terminal gets plain text."""
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "200")
    terminal, plain = Terminal(), Terminal()
    print_report(REPORT, file=terminal)
    assert "\x1b[1;31merror\x1b[0m" in terminal.getvalue()
    assert re.sub("\x1b\\[[0-9;]*m", "", terminal.getvalue()).split() == TEXT.split()
    print_report(REPORT)
    assert capsys.readouterr().out == f"{TEXT}\n"
    monkeypatch.setitem(sys.modules, "rich", None)
    print_report(REPORT, file=plain)
    assert plain.getvalue() == f"{TEXT}\n"


def test_text_shows_what_would_act_on_a_terminal_by_its_code() -> None:
    """A message from elsewhere cannot clear the screen."""
    assert r"\u202eadA\x1b[2J" in report_text(HOSTILE)


@pytest.mark.parametrize("report", [REPORT, HOSTILE, orr.validate(roster())])
def test_a_document_follows_its_schema(report: Report) -> None:
    """Every member is there, of its type, and no other."""
    document = report_document(report)
    assert json.loads(json.dumps(document)) == document
    assert list(_violations(document, report_schema(), "report")) == []


def test_the_schema_finds_what_does_not_follow_it() -> None:
    """A member too few, one too many, a word that is none."""
    document = report_document(REPORT)
    wrong: list[dict[str, Any]] = [
        {**document, "more": 1},
        {key: value for key, value in document.items() if key != "source"},
        {**document, "issues": [{**document["issues"][0], "severity": "bad"}]},
        {**document, "counts": {**document["counts"], "error": -1}},
        {**document, "issues": [{**document["issues"][0], "count": "1"}]},
        {**document, "version": 2},
    ]
    assert [bool(list(_violations(each, report_schema(), "report"))) for each in wrong] == [True] * len(wrong)


TYPES: dict[str, type] = {"object": dict, "array": list, "string": str, "integer": int, "boolean": bool, "null": type(None)}


def _violations(value: Any, schema: dict[str, Any], where: str) -> Iterator[str]:
    """Where a value breaks a schema, as far as ours uses JSON Schema."""
    wanted = schema.get("type", [])
    names = [wanted] if isinstance(wanted, str) else wanted
    if (names and not any(type(value) is TYPES[name] for name in names)) or not _fits(value, schema):
        yield f"{where}: {value}"
    elif isinstance(value, list):
        for i, item in enumerate(value):
            yield from _violations(item, schema["items"], f"{where}[{i}]")
    elif isinstance(value, dict):
        assert list(schema["required"]) == list(schema["properties"])
        if value.keys() != schema["properties"].keys():
            yield f"{where}: {sorted(value.keys() ^ schema['properties'].keys())}"
        for name in value.keys() & schema["properties"].keys():
            yield from _violations(value[name], schema["properties"][name], f"{where}.{name}")


def _fits(value: Any, schema: dict[str, Any]) -> bool:
    """Whether a value is among those that its schema allows."""
    if value != schema.get("const", value) or value not in schema.get("enum", [value]):
        return False
    if isinstance(value, int):
        return bool(value >= schema.get("minimum", value))
    return not isinstance(value, str) or re.search(schema.get("pattern", ""), value) is not None


class Outline(HTMLParser):
    """The tags of a page and its text; every tag that opens must close."""

    VOID = frozenset({"meta", "br", "img", "link"})

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.text = ""
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        assert not {name for name, _ in attrs} & {"src", "href", "onclick"}
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def test_a_page_stands_by_itself_and_says_it_all() -> None:
    """It is whole, loads nothing, and has each message, place, help and count."""
    outline = Outline(report_page(REPORT))
    assert outline.open == []
    assert not outline.tags & {"script", "img", "link", "iframe"}
    for issue in REPORT:
        assert issue.message in outline.text
        assert issue.help in outline.text
        assert issue.where in outline.text
    assert "For the district, which sends the roster (4)" in outline.text
    assert "Nobody loses access because of it." in outline.text


def test_a_page_shows_values_as_text() -> None:
    """Markup in a message is shown, not obeyed; what cannot be seen is shown by its code."""
    page = report_page(HOSTILE)
    assert not Outline(page).tags & {"script", "b bold", "img", "i"}
    assert "<b>bold" not in page
    assert r"\u202eadA\x1b[2J" in page
    assert "Package: " in page


def test_a_page_without_errors_says_what_can_be_done() -> None:
    """A clean roster can be synced, and so can one with warnings."""
    assert "Nothing is wrong with this roster." in report_page(orr.validate(roster()))
    assert "It can be synced, and some of it deserves a look." in report_page(HOSTILE)
    noted = REPORT.where(severity=Severity.NOTE)
    assert "It can be synced.</p>" in report_page(noted)


def test_a_notebook_shows_a_table() -> None:
    """Escaped, and cut where there are too many."""
    assert "&lt;b&gt;bold" in HOSTILE._repr_html_()
    many = evolve(HOSTILE, issues=HOSTILE.issues * 60)
    assert "and 40 more" in many._repr_html_()
    assert many._repr_html_().count("<tr>") == 21


def test_a_report_is_a_collection() -> None:
    """It is iterated, counted, filtered and made a frame."""
    assert [issue.code for issue in REPORT.errors] == ["role_unknown", "membership_dangling"]
    assert len(REPORT.where(kind=Kind.USER, severity=Severity.WARNING)) == 1
    assert len(REPORT.where(code=orr.CATALOGUE["role_unknown"], fix_at=FixAt.SOURCE)) == 1
    assert len(REPORT.where(fix_at=FixAt.HOST)) == 0
    assert REPORT.to_frame()["code"].to_list() == [issue.code for issue in REPORT]
    assert Report(roster=roster()).to_frame().is_empty()
    assert repr(REPORT) == "Report(2 errors, 1 warning, 1 note)"
    assert (REPORT.is_clean, REPORT.errors.is_clean, orr.validate(roster()).is_clean) == (False, False, True)
