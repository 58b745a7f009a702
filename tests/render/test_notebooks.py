"""What values show of themselves in notebooks: little, and nothing that a name could turn into markup."""

from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given, strategies as st

import oneroster_reconcile as orr
from oneroster_reconcile import Issue, Kind, Reason, Ref, Resolution, Severity, Suspend
from tests.reconcile.scene import person
from tests.render.plans import plan_of

OURS = {"p", "table", "tr", "th", "td", "div", "style", "small", "thead", "tbody"}
HOSTILE = st.one_of(
    st.text(min_size=1),
    st.sampled_from(
        (
            "<script>alert(1)</script>",
            "</td></table><img src=x onerror=alert(1)>",
            "&lt;b&gt;",
            "'\"><svg/onload=alert(1)>",
            "<style>*{}</style>",
            "<!--",
            "\u202e",
        )
    ),
)


class Tags(HTMLParser):
    """Gathers the tags and attributes of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.attributes: set[str] = set()
        self.rows = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.rows += tag == "tr"

    def handle_comment(self, data: str) -> None:
        self.found.add("!--")


def tags(page: str) -> Tags:
    """The tags of a page."""
    parser = Tags()
    parser.feed(page)
    parser.close()
    return parser


def values(text: str) -> Iterator[Any]:
    """A value of each class that shows itself, in which a text stands wherever one can."""
    user = person(text, text, family_name=text, metadata={text: text}, user_ids=(orr.UserId(type=text, identifier=text),))
    issue = Issue(text, Severity.ERROR, Ref("user", text), text, Resolution.KEPT, help=text, where=text, examples=(text,))
    plan = plan_of(Suspend(user, Reason(text, text, (text,))), issues=(issue,), source=text, policy=text)
    verdict = orr.Verdict(guard=text, code=text, scope=text, tripped=True, holds=orr.Held.NOTHING, message=text)
    yield evolve(plan, guards=(verdict,))
    yield orr.Report(roster=orr.Roster(), issues=(issue,))
    yield orr.Table.of(orr.User, [user])
    alike = {"family_name": text, "phone": "555 010 7788"}
    roster = orr.Roster.of(users=[orr.User(id=text, given_name="Bob", **alike)])
    yield orr.match(roster, orr.Directory.of(users=[orr.User(id=text, given_name="Robert", **alike)]))


@given(text=HOSTILE)
def test_no_text_becomes_markup(text: str) -> None:
    """Whatever stands in names, ids, sources, policies, guards and issues: the tags are ours."""
    for value in values(text):
        found = tags(value._repr_html_())
        assert found.found <= OURS
        assert found.attributes <= {"class", "border"}


def test_a_plan_shows_what_it_would_do_and_what_holds_it() -> None:
    """The summary, a row for each sort of change, the guards that tripped."""
    plan = plan_of(Suspend(person("1", "Ann")), Suspend(person("2", "Bo")))
    verdicts = (
        orr.Verdict(guard="leavers", code="limit_exceeded", scope="7", counted=2, of=9, tripped=True, message="too many leave"),
        orr.Verdict(guard="asleep", code="limit_exceeded"),
    )
    page = evolve(plan, guards=verdicts)._repr_html_()
    assert "<p>2 changes: suspend 2 users</p>" in page
    assert "<td>suspend</td><td>users</td><td>2</td><td>0</td>" in page
    assert "<td>leavers</td><td>7</td><td>too many leave</td><td>2 of 9</td>" in page
    assert "asleep" not in page
    assert "no changes" in plan_of()._repr_html_()


@pytest.mark.parametrize("number", [3, 50])
def test_no_value_shows_more_than_twenty_rows(number: int) -> None:
    """A table, a report, a matching; the number of all is said."""
    people = [person(f"u{i}", "Ann", family_name=f"Lee{i}", phone=f"{i:08}") for i in range(number)]
    accounts = [evolve(each, id=f"1{each.id}", given_name="Anne") for each in people]
    issue = Issue("x", Severity.NOTE, Ref(Kind.USER.value, "1"), "x", Resolution.KEPT, help="x")
    table = orr.Table.of(orr.User, people)
    matching = orr.match(orr.Roster.of(users=people), orr.Directory.of(users=accounts))
    assert matching.review.height >= number
    assert f"{number} rows of User" in table._repr_html_()
    assert f"{matching.review.height} to review" in matching._repr_html_()
    for value, heads in ((table, 2), (orr.Report(roster=orr.Roster(), issues=(issue,) * number), 1), (matching, 1)):
        assert tags(value._repr_html_()).rows <= 20 + heads
