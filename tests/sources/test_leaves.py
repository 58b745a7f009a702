"""Pages that are decoded at once: they say what the same page says value by value, and any other page is left to that."""

import json
from typing import Any

import pytest
from hypothesis import given, settings, strategies as st

from oneroster_reconcile.sources.exchange import Answer
from oneroster_reconcile.sources.leaves import Leaf, leaf_of
from oneroster_reconcile.sources.objects import COLLECTIONS, LISTS, NEVER, REFERENCES, Collection, columns_of, names_of
from oneroster_reconcile.sources.plain_pages import plain_sheets
from oneroster_reconcile.sources.providers import PROVIDERS
from oneroster_reconcile.testing import Quirk, provider
from tests.sources.services import DISTRICT

TEXTS = st.one_of(
    st.text(max_size=5),
    st.sampled_from(["", "\n", "a\r\nb", "é", "😀", ",", "\ud800", "1e5", ":-0", "[1.5", 'x":1.5', "\\u0000"]),
)
PLAIN = st.one_of(st.none(), st.text("abc é\n", max_size=4))
NUMBERS = st.one_of(
    st.booleans(),
    st.integers(-3, 3),
    st.integers(),
    st.floats(allow_nan=False),
    st.sampled_from([-0.0, 1e22, 1.5, 10**25, 10**50]),
)
ANYTHING = st.one_of(PLAIN, TEXTS, NUMBERS, st.just([]), st.just(dict[str, Any]()), st.just(["x"]), st.just({"a": 1}))


def one_of(usual: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """The usual form of a value, and now and then another one."""
    return st.integers(0, 60).flatmap(lambda number: usual if number else ANYTHING)


def forms(column: str) -> st.SearchStrategy[Any]:
    """The values that a column may have."""
    if column == "userIds":
        one = st.fixed_dictionaries(dict[str, Any](), optional={"type": PLAIN, "identifier": PLAIN, "more": NUMBERS})
        return one_of(st.lists(st.none() | one, max_size=2))
    one = (
        st.fixed_dictionaries({"sourcedId": one_of(PLAIN)}, optional={"href": PLAIN, "type": PLAIN})
        if column in REFERENCES
        else one_of(st.one_of(PLAIN, PLAIN, NUMBERS))
    )
    return one_of(st.none() | (st.lists(one, max_size=2) if column in LISTS else one))


def objects(name: str) -> st.SearchStrategy[Any]:
    """The objects of a collection, in the standard's form but for what happens now and then."""
    columns = [column for column in columns_of(name) if column not in NEVER]
    known = {names_of(column)[0]: forms(column) for column in columns if column != "sourcedId"}
    if name == "users":
        roles = st.lists(objects("roles"), min_size=1, max_size=2)
        known |= {"roles": one_of(roles), "userProfiles": one_of(st.none() | st.just([]))}
    other = st.sampled_from([other for column in columns for other in names_of(column)])
    usual = st.fixed_dictionaries({"sourcedId": st.integers(0, 99).map(str)}, optional=known)
    odd = st.builds(lambda row, key, value: {**row, key: value}, usual, other | st.just("metadata"), ANYTHING)
    return st.integers(0, 40).flatmap(lambda number: usual if number else odd | ANYTHING)


PAGES = st.sampled_from(COLLECTIONS).flatmap(lambda each: st.tuples(st.just(each), st.lists(objects(each.name), max_size=4)))


def said(
    collection: Collection, told: Any, *, ascii_only: bool = True, separators: tuple[str, str] = (", ", ": ")
) -> Leaf | None:
    """The page that an answer holds."""
    body = json.dumps(told, ensure_ascii=ascii_only, separators=separators).encode(errors="surrogatepass")
    return leaf_of(Answer(status=200, headers={}, body=body, at=0.0), collection, PROVIDERS["standard"])


def same(one: Leaf | None, other: Leaf | None) -> bool:
    """Whether two pages say the same."""
    if one is None or other is None:
        return one is other
    sheets = all(sheet.equals(other.page.sheets[name]) for name, sheet in one.page.sheets.items())
    names = [*one.page.sheets] == [*other.page.sheets]
    columns = all(sheet.schema == other.page.sheets[name].schema for name, sheet in one.page.sheets.items())
    counts = [(each.page.odd, each.page.commas, each.rows, each.ends, each.of_11, each.is_of_12) for each in (one, other)]
    return sheets and names and columns and counts[0] == counts[1]


@settings(max_examples=300)
@given(page=PAGES, ascii_only=st.booleans())
def test_a_page_says_the_same_at_once_and_value_by_value(page: tuple[Collection, list[Any]], ascii_only: bool) -> None:
    """What stands beside the list has the page read value by value: whatever is in it, both ways come to the same."""
    collection, rows = page
    by_value = said(collection, {collection.name: rows, "metadata": 1}, ascii_only=ascii_only)
    assert same(said(collection, {collection.name: rows}, ascii_only=ascii_only), by_value)


@pytest.mark.parametrize("version", ["1.1", "1.2"])
@pytest.mark.parametrize("quirks", [[], [Quirk.NUMBERS, Quirk.BROKEN_HREFS]])
def test_pages_of_the_standard_are_decoded_at_once(version: Any, quirks: list[Quirk]) -> None:
    """Flags as 0 and 1 and years as numbers among them; nothing has to be read value by value."""
    app = provider(DISTRICT, version=version, quirks=quirks)
    for name, rows in app.objects.items():
        body = json.dumps({name: [app._quirky(row) for row in rows]}).encode()
        assert (plain_sheets(name, body) is not None) == (b'"metadata"' not in body), name


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"null",
        b"[]",
        b'{"orgs": null}',
        b'{"orgs": []}',
        b'{"orgs": {}}',
        b'{"orgs": [null]}',
        b'{"orgs": ["s1"]}',
        b'{"orgs": [{"sourcedId": "s1"}',
        b'{"orgs": [{"sourcedId": "s1"}]} {}',
        b'{"orgs": [{"sourcedId": "\xff"}]}',
        b'{"orgs": [{"sourcedId": "\\ud800"}]}',
        b'{"orgs": [{"sourcedId": 1e400}]}',
        b'{"orgs": [{"sourcedId": NaN}]}',
        b'{"orgs": [{"sourcedId": ' + b"9" * 60 + b"}]}",
        b'{"orgs": [{"sourcedId": "s\n1"}]}',
        b'{"orgs": [{"sourcedId": "s1", "parent": "d1"}]}',
        b'{"orgs": [{"sourcedId": "s1", "parentSourcedId": "d1"}]}',
        b'{"orgs": [{"sourcedId": "s1", "name": ["High"]}]}',
        b'{"orgs": [{"sourcedId": "s1", "metadata": {}}]}',
        b'{"orgs": ' + b"[" * 200_000,
    ],
)
def test_what_is_odd_is_no_plain_page(body: bytes) -> None:
    """It is left to the reader of values, which counts what it cannot read."""
    assert plain_sheets("orgs", body) is None


@pytest.mark.parametrize(
    "user",
    [
        {},
        {"roles": []},
        {"role": ""},
        {"roles": [None]},
        {"roles": [{"role": "student", "orgSourcedId": "s1"}]},
        {"roles": [{"role": "student"}], "userProfiles": [{"profileId": "p1"}]},
        {"roles": [{"role": "student"}], "grades": ["0,5"]},
        {"roles": [{"role": "student"}], "agents": [{"sourcedId": "g,1"}]},
        {"roles": [{"role": "student"}], "userIds": [{"type": "x", "identifier": "1,2"}]},
        {"roles": [{"role": "student"}], "preferredGivenName": "Ada"},
    ],
)
def test_people_who_are_odd_make_no_plain_page(user: dict[str, Any]) -> None:
    """Without a role, with one that is none, with profiles, commas in items or names of another standard: the page says so value by value."""
    plain = {"sourcedId": "u1", "roles": [{"role": "student", "org": {"sourcedId": "s1"}}]}
    assert plain_sheets("users", json.dumps({"users": [plain]}).encode()) is not None
    assert plain_sheets("users", json.dumps({"users": [plain, {"sourcedId": "u2", **user}]}).encode()) is None
