"""The review page as a document: what it holds, that nothing in it can be taken for markup, and that it stands by itself."""

import base64
import json
import re
from hashlib import sha256
from html.parser import HTMLParser
from importlib.resources import files
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from attrs import evolve

from oneroster_reconcile.issues.catalogue import CATALOGUE
from oneroster_reconcile.model.classes import Class
from oneroster_reconcile.model.directory import Directory
from oneroster_reconcile.model.enrollments import Enrollment
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.orgs import Org
from oneroster_reconcile.model.users import Role, User, UserId, UserProfile
from oneroster_reconcile.plan.changes import Change, Create, Delete, Link, Merge, Reason, Suspend, Update
from oneroster_reconcile.plan.plan import ChangePlan
from oneroster_reconcile.render.review_page import review_document, review_page
from tests.render.plans import plan_of
from tests.render.reviewed import HOSTILE, morning

ADA = User(id="17", given_name="Ada", family_name="Byron", roles=(Role(org="7", role="student"),), email="ada@plum.example")
HIGH = Org(id="7", name="Plum High", type="school")
SCRIPT, STYLE = 1, 0


class Parts(HTMLParser):
    """The texts of scripts and styles, the policy, and every address that an element names."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.scripts: list[str] = []
        self.styles: list[str] = []
        self.policy = ""
        self.addresses: list[str] = []
        self.handlers: list[str] = []
        self._in = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self._in = tag
        {"script": self.scripts, "style": self.styles}.get(tag, []).append("")
        if given.get("http-equiv") == "Content-Security-Policy":
            self.policy = given["content"] or ""
        self.addresses += [value for name, value in attrs if name in ("src", "href") and value]
        self.handlers += [name for name, _ in attrs if name.startswith("on") or name == "style"]

    def handle_endtag(self, tag: str) -> None:
        self._in = ""

    def handle_data(self, data: str) -> None:
        if self._in in ("script", "style"):
            {"script": self.scripts, "style": self.styles}[self._in][-1] += data


def page_of(plan: ChangePlan, folder: Path) -> str:
    path = folder / "review.html"
    review_page(plan, path)
    return path.read_text(encoding="utf-8")


def told(*changes: Change, directory: Directory | None = None) -> list[dict[str, Any]]:
    """The changes of a page with their texts."""
    document = review_document(plan_of(*changes), directory=directory)
    texts = document["texts"]
    names = ("verb", "kind", "id", "label", "situation", "policy", "guard")
    rows = []
    for row in document["changes"]:
        values = [texts[number] for number in row[9]]
        fields = {values[at]: (values[at + 1], values[at + 2]) for at in range(0, len(values), 3)}
        words = {name: texts[number] for name, number in zip(names, row, strict=False)}
        rows.append({**words, "schools": [texts[each] for each in row[7]], "sources": [texts[each] for each in row[8]], **fields})
    return rows


def hashed(text: str) -> str:
    return f"'sha256-{base64.b64encode(sha256(text.encode()).digest()).decode()}'"


def test_the_page_stands_by_itself(tmp_path: Path) -> None:
    """No element names an address, no handler stands in markup, and the policy lets run just the script and style that are there."""
    parts = Parts(page_of(plan_of(Create(ADA)), tmp_path))
    data, program = parts.scripts
    assert json.loads(data)["source"] == "sis"
    assert [each for each in parts.addresses if not each.startswith("#")] == []
    assert parts.handlers == []
    assert parts.policy == (
        f"default-src 'none'; script-src {hashed(program)}; style-src {hashed(parts.styles[0])}; base-uri 'none'; form-action 'none'"
    )


@pytest.mark.parametrize("name", [*HOSTILE, "\u2028\u2029", "<!--<script>", "]]>"])
def test_no_name_is_markup(name: str, tmp_path: Path) -> None:
    """Whatever a name holds, the page has two scripts, and the name is read back from the first as it was."""
    text = page_of(plan_of(Create(User(id="new:sis/1", given_name=name, family_name="Byron")), source=name[:50]), tmp_path)
    parts = Parts(text)
    assert len(parts.scripts) == 2
    document = json.loads(parts.scripts[0])
    assert not {"<", ">", "&", "\u2028", "\u2029"} & {*parts.scripts[0]}
    assert name in document["texts"]
    assert document["source"] == name[:50]


def test_the_program_never_parses_markup() -> None:
    """The scripts put texts on the page as texts: they have no way of making markup of them, nor of running them."""
    folder = files("oneroster_reconcile.render") / "assets"
    scripts = {each.name: each.read_text(encoding="utf-8") for each in folder.iterdir() if each.name.endswith(".js")}
    assert scripts
    forbidden = re.compile(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function|fetch\(|XMLHttp|localStorage"
    )
    assert [name for name, text in scripts.items() if forbidden.search(text)] == []
    assert sum(len(text.splitlines()) for text in scripts.values()) < 1_000
    assert max(len(text.splitlines()) for text in scripts.values()) < 250


def test_a_change_is_told_field_by_field() -> None:
    """Only what differs of an update; all that is given of what is made; ids with what they are called."""
    moved = User(id="17", given_name="Ada", family_name="Lovelace", roles=(Role(org="9", role="student", primary=False),))
    directory = Directory.of(orgs=[HIGH, Org(id="9", name="Plum Middle", type="school")])
    (update,) = told(Update(ADA, moved, Reason("linked", "mirror: user.linked", ("s1",))), directory=directory)
    assert update == {
        "verb": "transfer",
        "kind": "user",
        "id": "17",
        "label": "Ada Lovelace",
        "situation": "linked",
        "policy": "mirror: user.linked",
        "guard": "",
        "schools": ["Plum Middle"],
        "sources": ["s1"],
        "family name": ("Byron", "Lovelace"),
        "email": ("ada@plum.example", ""),
        "roles": ("student at Plum High", "student at Plum Middle (primary no)"),
    }


def test_sets_are_told_element_by_element() -> None:
    """Ids of other systems, logins, metadata and guardians are readable; what goes has its values before."""
    (made,) = told(
        Delete(
            User(
                id="17",
                given_name="Ada",
                family_name="Byron",
                agents=("18",),
                user_ids=(UserId(type="LDAP", identifier="ada"),),
                profiles=(UserProfile(id="p1", profile_type="lms", vendor_id="acme", credential_type="oauth", username="ab"),),
                metadata={"licences": "2"},
            )
        )
    )
    assert made["agents"] == ("18", "")
    assert made["user ids"] == ("LDAP: ada", "")
    assert made["metadata"] == ("licences = 2", "")
    assert made["profiles"] == ("p1 (profile type lms, vendor id acme, credential type oauth, username ab)", "")


def test_a_suspension_says_what_stays() -> None:
    """The state changes; the rest is shown as it was, so that a person sees who it is."""
    (gone,) = told(Suspend(ADA))
    assert gone["state"] == ("active", "suspended")
    assert gone["email"] == ("ada@plum.example", "ada@plum.example")


def test_a_membership_is_told_by_names() -> None:
    """Who in which class, at the school of the class, from whatever knows the names: the plan or the host."""
    held = Directory.of(
        orgs=[HIGH], classes=[Class(id="k1", title="Algebra I", class_type="scheduled", course="c1", school="7", terms=())]
    )
    rows = told(Create(ADA), Create(Enrollment(class_="k1", user="17", role="student")), directory=held)
    assert rows[1]["label"] == "Ada Byron in Algebra I"
    assert rows[1]["schools"] == ["Plum High"]
    assert rows[1]["user"] == ("", "Ada Byron (17)")
    (nameless,) = told(Create(Enrollment(class_="k1", user="17", role="student")))
    assert (nameless["label"], nameless["schools"]) == ("17 in k1", [])


def test_who_is_who_is_told_by_both_ids() -> None:
    """A link and a merge name their rows."""
    merge, link = told(Link(Kind.USER, "sis", "u1", "17"), Merge(Kind.USER, "18", "17"))
    assert link["source row"] == ("", "u1")
    assert link["row of the host"] == ("", "17")
    assert merge["row of the host"] == ("18", "17")


def test_schools_of_one_name_are_told_apart() -> None:
    """Where two orgs share a name, both have their ids beside it."""
    held = Directory.of(orgs=[HIGH, Org(id="9", name="Plum High", type="school")])
    (made,) = told(Create(ADA), directory=held)
    assert made["schools"] == ["Plum High (7)"]


def test_the_page_asks_about_people_and_schools() -> None:
    """Whoever waits is there with the candidates and what is known of both; the school that is new, and the one that nobody claims, too."""
    made = morning(1_000)
    document = review_document(made.plan, directory=made.directory, roster=made.roster, decisions=made.decisions)
    why = [(each["why"], [one["id"] for one in each["candidates"]]) for each in document["questions"]]
    assert why == [("proposed", ["a1"]), ("mergeable", ["a2", "a3"]), ("disputed", ["a4"])]
    first = document["questions"][0]
    assert first["facts"]["email"] == first["candidates"][0]["facts"]["email"]
    assert first["facts"]["birth date"]
    (school,) = document["schools"]["unmapped"]
    assert (school["id"], school["name"], school["made"]) == ("s900", "Thistle Hill Elementery", True)
    assert "o1" in school["near"]
    assert document["schools"]["free"] == [{"id": "o1", "name": "Thistle Hill Elementary School"}]
    assert [each["by"] for each in document["decisions"]["decisions"]] == ["support"]


def test_without_the_sides_only_ids_are_known() -> None:
    """A plan that was read from a file makes a page, too: people are known by their ids, and the page says so."""
    made = morning(1_000)
    document = review_document(made.plan)
    assert document["questions"][0]["facts"] == {}
    assert document["schools"]["free"] == [{"id": "o1", "name": "o1"}]
    assert not document["is_compared"]


def test_guards_and_issues_come_with_what_to_do() -> None:
    """Each verdict and issue has the catalogue's advice; scopes and tasks are named."""
    document = review_document(morning(1_000).plan, directory=morning(1_000).directory)
    (held,) = [each for each in document["guards"] if each["guard"] == "memberships ended"]
    assert held["help"] == CATALOGUE[held["code"]].help
    assert {each["where"] for each in document["guards"] if each["guard"] == "accounts suspended"} > {"Bluebird Lane High School"}
    assert all(each["help"] and each["about"] for each in document["issues"])
    licences = [each for each in document["follow_ups"] if each["task"] == "assign_licence"]
    assert all(re.fullmatch(r".+ \(new:sis/t\d+\)", subject) for each in licences for subject in each["subjects"])


def test_a_redacted_page_holds_nobody(tmp_path: Path) -> None:
    """Nothing that is marked in the plan, the roster or the host's rows is in it, nor why somebody decided; its digest is the plan's."""
    made = morning(1_000)
    why = evolve(made.decisions[0], why="Zebedee married")
    review_page(made.plan, tmp_path / "r.html", directory=made.directory, roster=made.roster, decisions=[why], redact=True)
    text = (tmp_path / "r.html").read_text(encoding="utf-8")
    document = review_document(made.plan, directory=made.directory, roster=made.roster, redact=True)
    assert document["digest"] == made.plan.digest
    assert "Zebedee" not in text
    told = {*document["texts"], *(value for each in document["questions"] for value in each["facts"].values())}
    for tables in (made.roster, made.directory):
        people, births = tables.users.frame, tables.demographics.frame
        secret = [people[name] for name in ("given_name", "family_name", "email", "username", "phone", "identifier")]
        for values in (*secret, births["birth_date"].cast(pl.String)):
            assert not told & {*values.drop_nulls()}
    assert len(document["questions"]) == len(
        review_document(made.plan, directory=made.directory, roster=made.roster)["questions"]
    )
