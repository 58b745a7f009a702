"""What a plan looks like in a terminal."""

import io
import re
import sys
from textwrap import dedent

import pytest

from oneroster_reconcile.model.orgs import Org
from oneroster_reconcile.model.users import User
from oneroster_reconcile.plan.changes import Create, Reason, Update
from oneroster_reconcile.render.preview import Style
from oneroster_reconcile.render.terminal import STYLES, print_plan
from oneroster_reconcile.render.text import plan_text
from tests.render.plans import plan_of

CODES = re.compile("\x1b\\[[0-9;]*m")
BEFORE = User(id="18", given_name="Ann", family_name="Lee", email="ann.lee@students.plumfalls.example")
AFTER = User(id="18", given_name="Anne", family_name="Lee", email="anne.lee@students.plumfalls.example", phone="+1-555-0100")
PLAN = plan_of(
    Create(Org(id="new:sis/s1", name="[red]High[/red] :smile:", type="school"), Reason("new", "mirror: org.new")),
    Update(BEFORE, AFTER, Reason("linked", "mirror: user.linked", ("u18",))),
)


class Terminal(io.StringIO):
    """Something that says it is a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "60")
    return Terminal()


def test_a_terminal_gets_colours_and_nothing_is_cut(terminal: Terminal) -> None:
    """Each line starts in its verb's colour; what is too wide goes on below, indented, and no word is lost."""
    print_plan(PLAN, file=terminal)
    text = terminal.getvalue()
    plain = CODES.sub("", text)
    assert "\x1b[32m+ create org \x1b[0m" in text
    assert "\x1b[33m~ update user \x1b[0m" in text
    assert all(len(line) <= 60 for line in plain.splitlines())
    assert plain.split() == plan_text(PLAN).replace("; ", " ").split()
    assert plain.split("\n\n")[-2] == dedent("""\
        linked (mirror: user.linked)
        ~ update user 18  Ann Lee
            given_name: Ann -> Anne
            email: ann.lee@students.plumfalls.example ->
                anne.lee@students.plumfalls.example
            phone: (none) -> +1-555-0100  (u18)""")


def test_values_are_no_markup(terminal: Terminal) -> None:
    """What looks like rich's markup in a name is shown as it is."""
    print_plan(PLAN, file=terminal)
    assert "[red]High[/red] :smile:" in CODES.sub("", terminal.getvalue())


def test_a_pipe_gets_plain_text() -> None:
    """What is not a terminal gets the text that searches line by line."""
    out = io.StringIO()
    print_plan(PLAN, limit=1, file=out)
    assert out.getvalue() == f"{plan_text(PLAN, limit=1)}\n"


def test_standard_output_is_where_it_goes(capsys: pytest.CaptureFixture[str]) -> None:
    """Without a file it prints."""
    print_plan(PLAN)
    assert capsys.readouterr().out == f"{plan_text(PLAN)}\n"


def test_without_rich_a_terminal_gets_plain_text(terminal: Terminal, monkeypatch: pytest.MonkeyPatch) -> None:
    """rich is a comfort, not a need."""
    monkeypatch.setitem(sys.modules, "rich", None)
    print_plan(PLAN, file=terminal)
    assert terminal.getvalue() == f"{plan_text(PLAN)}\n"


def test_every_style_has_a_look() -> None:
    """No piece of a preview is without a style in the terminal."""
    assert set(STYLES) == set(Style)
