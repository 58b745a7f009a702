"""The SCIM host against a server that misbehaves: busy, silent, half, elsewhere, or telling what nobody may log."""

import logging
from collections.abc import Callable
from datetime import date
from typing import Any

import httpx
import pytest
from attrs import evolve

import oneroster_reconcile as orr
from oneroster_reconcile.hosts.scim import ScimHost
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.plan.verbs import Action
from tests.hosts.batches import does
from tests.hosts.scim_servers import Answer, hostile_server, page

SECRET = "a-secret-token"
BO = orr.User(id="new:sis/u2", given_name="Bo", family_name="Ek", username="bo.ek")
USERS = [{"id": str(number), "userName": f"u{number}"} for number in range(4)]
CLASS = {"id": "k1", "displayName": "Algebra", "externalId": "oneroster:class:sis/k1"}


def always(answer: Answer) -> Callable[[str, str, Any], Answer]:
    """The same answer to everything."""
    return lambda method, path, body: answer


def lists(users: Answer, groups: Answer | None = None) -> Callable[[str, str, Any], Answer]:
    """One answer for users, one for groups."""
    return lambda method, path, body: users if path.startswith("/Users") else groups or Answer(body=page())


def failure(answer: Answer) -> orr.HostFailed:
    """What a snapshot raises where everything is answered so."""
    with hostile_server(always(answer)) as url, pytest.raises(orr.HostFailed) as raised:
        ScimHost(url, token=SECRET).snapshot()
    assert SECRET not in f"{raised.value!r}{raised.value}{raised.value.__cause__}"
    assert "Ada" not in str(raised.value)
    return raised.value


@pytest.mark.parametrize(
    ("status", "headers", "retriable", "after"),
    [
        (429, {"Retry-After": "7"}, True, 7.0),
        (503, {"Retry-After": "Mon, 02 Nov 2026 10:00:30 GMT", "Date": "Mon, 02 Nov 2026 10:00:00 GMT"}, True, 30.0),
        (503, {"Retry-After": "Mon, 02 Nov 2026 09:00:00 GMT", "Date": "Mon, 02 Nov 2026 10:00:00 GMT"}, True, 0.0),
        (503, {"Retry-After": "soon"}, True, None),
        (429, {}, True, None),
        (504, {}, True, None),
        (500, {}, False, None),
        (599, {}, False, None),
    ],
)
def test_a_busy_server_is_asked_again_later(status: int, headers: dict[str, str], retriable: bool, after: float | None) -> None:
    """What passes is told from what does not, with the time that the server asks for."""
    error = failure(Answer(status=status, headers=headers, body={"detail": "Ada Byron"}))
    assert (error.retriable, error.retry_after) == (retriable, after)
    assert str(status) in str(error)


@pytest.mark.parametrize(
    ("answer", "way_out"),
    [
        (Answer(status=401), "Give a token that is valid still"),
        (Answer(status=403), "Give the token the right"),
        (Answer(status=404), "Give the address under which /Users lies"),
        (Answer(status=400, body={"scimType": "Ada"}), "400 Bad Request"),
        (Answer(status=200, body=b"<html>Ada</html>"), "what is not SCIM. Give the address"),
        (Answer(status=200, body=["Ada"]), "what is not SCIM. Give the address"),
        (Answer(status=200, body={"Resources": []}), "no list of SCIM. Give the address"),
        (Answer(status=204), "no list of SCIM. Give the address"),
    ],
)
def test_a_server_that_cannot_be_used_says_the_way_out(answer: Answer, way_out: str) -> None:
    """Nothing of the answer is repeated, and trying again is not advised."""
    error = failure(answer)
    assert way_out in str(error)
    assert not error.retriable


def test_a_redirect_is_not_followed() -> None:
    """The token does not go to where a server points."""
    asked: list[str] = []

    def elsewhere(method: str, path: str, body: Any) -> Answer:
        asked.append(path)
        return Answer(body=page())

    with hostile_server(elsewhere) as other:
        error = failure(Answer(status=307, headers={"Location": f"{other}/Users"}))
    assert "redirect, which is not followed" in str(error)
    assert asked == []


def test_a_silent_server_is_asked_again_later() -> None:
    """A timeout and a refused connection may pass."""
    with hostile_server(always(Answer(hangs=True))) as url, httpx.Client(timeout=0.1) as client:
        with pytest.raises(orr.HostFailed, match=r"GET /Users got no answer \(ReadTimeout\)") as raised:
            ScimHost(url, client=client).snapshot()
        assert raised.value.retriable
    with pytest.raises(orr.HostFailed, match="ConnectError") as raised:
        ScimHost(url).snapshot()
    assert raised.value.retriable


def test_the_token_is_shown_nowhere(caplog: pytest.LogCaptureFixture) -> None:
    """It is sent, and is in no repr and no log."""
    caplog.set_level(logging.DEBUG)
    with hostile_server(always(Answer(body=page()))) as url:
        host = ScimHost(url, token=SECRET)
        host.snapshot()
        host.close()
        assert SECRET not in f"{host!r}{caplog.text}"


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("https://ada:pw@product.example/scim", "holds a password or a query"),
        ("https://product.example/scim?key=pw", "holds a password or a query"),
        ("product.example/scim", "is no address"),
        ("http://product.example/scim", "in the clear"),
    ],
)
def test_an_address_that_gives_secrets_away_is_refused(url: str, said: str) -> None:
    """A token goes over https, or to this machine."""
    with pytest.raises(ValueError, match=said) as raised:
        ScimHost(url, token=SECRET)
    assert "pw" not in str(raised.value)
    ScimHost("http://localhost:1/scim", token=SECRET).close()


@pytest.mark.parametrize(
    "users",
    [
        page(*USERS[:2], total=4),
        page(*USERS[:2], *USERS[:2]),
        page(*USERS[:3], {"userName": "nobody"}),
        page(*USERS, total=3),
    ],
    ids=["fewer than announced", "the same twice", "one without an id", "more than announced"],
)
def test_a_list_that_does_not_add_up_is_a_part(users: dict[str, Any]) -> None:
    """Rows that are there are shown, and the coverage does not say that they are all: nobody is made who seems to lack."""

    def once(method: str, path: str, body: Any) -> Answer:
        if path.startswith("/Groups") or "startIndex=1&" not in path:
            return Answer(body=page(total=users["totalResults"] if path.startswith("/Users") else 0))
        return Answer(body=users)

    with hostile_server(once) as url:
        held = ScimHost(url).snapshot()
    assert len(held.users) >= 2
    assert not held.coverage.read(Kind.USER).is_complete
    assert not held.coverage.proves_absence(Kind.ENROLLMENT)
    roster = orr.Roster.of(users=[BO])
    assert orr.reconcile(roster, held, policy=orr.presets.mirror(), as_of=date(2026, 9, 1)).frame(Kind.USER).is_empty()


def test_a_total_that_changes_between_pages_makes_a_part() -> None:
    """Whoever came or went meanwhile may have pushed somebody out of the pages."""

    def answer(method: str, path: str, body: Any) -> Answer:
        if path.startswith("/Groups"):
            return Answer(body=page())
        first = "startIndex=1&" in path
        return Answer(body=page(*(USERS[:2] if first else USERS[2:]), total=3 if first else 4))

    with hostile_server(answer) as url:
        held = ScimHost(url).snapshot()
    assert len(held.users) == 4
    assert not held.coverage.read(Kind.USER).is_complete


def test_a_page_may_be_shorter_than_was_asked_for() -> None:
    """A server that gives two at a time is read to its end."""
    starts: list[str] = []

    def answer(method: str, path: str, body: Any) -> Answer:
        if path.startswith("/Groups"):
            return Answer(body=page())
        starts.append(path.partition("startIndex=")[2].partition("&")[0])
        first = int(starts[-1]) - 1
        return Answer(body=page(*USERS[first : first + 2], total=4))

    with hostile_server(answer) as url:
        held = ScimHost(url).snapshot()
    assert (len(held.users), held.coverage.read(Kind.USER).is_complete, starts) == (4, True, ["1", "3"])


def test_members_that_are_concealed_are_not_absent() -> None:
    """Where users say that they are in Groups and no Group names a member, enrollments were not read."""
    users = page({**USERS[0], "groups": [{"value": "k1"}]})
    with hostile_server(lists(Answer(body=users), Answer(body=page(CLASS)))) as url:
        held = ScimHost(url).snapshot()
    assert (len(held.classes), len(held.enrollments)) == (1, 0)
    assert held.coverage.proves_absence(Kind.CLASS)
    assert not held.coverage.proves_absence(Kind.ENROLLMENT)


def test_values_of_the_wrong_type_are_no_values() -> None:
    """What is not as the standard has it is left out, not passed on."""
    odd = {"id": "7", "userName": 7, "name": "Ada", "emails": "a@b.example", "phoneNumbers": [5], "roles": [{"value": "student"}]}
    odd |= {"externalId": "oneroster:user"}
    strange = {"value": "student", "type": "s1;begin=soon"}
    group = {**CLASS, "members": [{"value": "7", "type": "User"}, {"value": "8"}, {"value": "g", "type": "Group"}, {}]}
    with hostile_server(lists(Answer(body=page({**odd, "roles": [strange, 1]})), Answer(body=page(group)))) as url:
        held = ScimHost(url).snapshot()
    (user,) = held.users
    assert (user.username, user.email, user.phone, user.roles) == (None, None, None, ())
    assert [(each.class_, each.user) for each in held.enrollments] == [("k1", "7")]


class Forgetful:
    """A server that makes users and gives no answer to the first creation."""

    def __init__(self, *, filters: bool) -> None:
        self.users: list[dict[str, Any]] = []
        self.filters = filters
        self.answers = False
        self.asked: list[str] = []

    def __call__(self, method: str, path: str, body: Any) -> Answer:
        self.asked.append(f"{method} {path}")
        match method, path.partition("?")[0]:
            case "GET", "/ServiceProviderConfig":
                return Answer(body={"filter": {"supported": self.filters}, "patch": {"supported": True}})
            case "GET", "/Users":
                return Answer(body=page(*self.users))
            case "GET", "/Groups":
                return Answer(body=page())
            case "GET", _:
                return Answer(body=self.users[0])
            case "POST", _:
                self.users.append({**body, "id": str(len(self.users) + 1)})
                return Answer(body=self.users[-1]) if self.answers else Answer(hangs=True)
            case _:
                return Answer(status=204)


@pytest.mark.parametrize("filters", [True, False])
def test_what_was_made_without_an_answer_is_not_made_twice(filters: bool) -> None:
    """After a timeout the server is asked whether the row is there before it is sent again."""
    server = Forgetful(filters=filters)
    with hostile_server(server) as url, httpx.Client(timeout=0.2) as client:
        host = ScimHost(url, client=client)
        host.snapshot()
        with pytest.raises(orr.HostFailed):
            does(host, Action.CREATE, BO)
        server.answers = True
        assert does(host, Action.CREATE, BO).frame["host_id"].to_list() == ["1"]
        assert len(server.users) == 1
        assert any("filter=" in each for each in server.asked) is filters
        assert does(host, Action.CREATE, evolve(BO, id="new:sis/u3", username="other")).frame["host_id"].to_list() == ["2"]


def test_a_batch_that_stopped_in_the_middle_goes_on() -> None:
    """What was made before the server was too busy is made once, though the whole batch comes again."""
    users: list[dict[str, Any]] = []
    busy = [True]

    def answer(method: str, path: str, body: Any) -> Answer:
        if method == "POST" and users and busy:
            busy.clear()
            return Answer(status=429, headers={"Retry-After": "1"})
        if method == "POST":
            users.append({**body, "id": str(len(users) + 1)})
            return Answer(status=201, body=users[-1])
        if path.startswith("/Users/"):
            return Answer(body=users[int(path.rpartition("/")[2]) - 1])
        return Answer(body=page(*users) if path.startswith("/Users") else page())

    rows = [evolve(BO, id=f"new:sis/{number}", username=f"u{number}") for number in range(3)]
    with hostile_server(answer) as url:
        host = ScimHost(url)
        with pytest.raises(orr.HostFailed) as raised:
            does(host, Action.CREATE, *rows)
        assert (raised.value.retriable, raised.value.retry_after) == (True, 1.0)
        assert does(host, Action.CREATE, *rows).frame["host_id"].to_list() == ["1", "2", "3"]
    assert len(users) == 3


def test_an_answer_without_an_id_is_a_failure() -> None:
    """A row whose id nobody told cannot be linked."""

    def answer(method: str, path: str, body: Any) -> Answer:
        return Answer(body={"userName": "bo.ek"}) if method == "POST" else Answer(body=page())

    with hostile_server(answer) as url, pytest.raises(orr.HostFailed, match="without the id of what it made"):
        does(ScimHost(url), Action.CREATE, BO)


def test_one_member_who_is_refused_fails_alone() -> None:
    """Where the server refuses members that are sent together, each is sent by itself."""
    group = {**CLASS, "members": []}

    def answer(method: str, path: str, body: Any) -> Answer:
        if method == "PATCH":
            bad = {"value": "2"} in body["Operations"][0]["value"]
            return Answer(status=400, body={"scimType": "invalidValue", "detail": "Ada"}) if bad else Answer(status=204)
        if path.startswith("/ServiceProviderConfig"):
            return Answer(body={"patch": {"supported": True}})
        return Answer(body=page(*USERS) if path.startswith("/Users") else page(group))

    with hostile_server(answer) as url:
        rows = [orr.Enrollment(class_="k1", user=str(number), role="student") for number in range(4)]
        receipts = does(ScimHost(url), Action.CREATE, *rows)
    assert receipts.frame["ok"].to_list() == [True, True, False, True]
    assert receipts.failures["error"].to_list() == ["the host refuses it: 400 Bad Request, invalidValue"]


def test_one_who_is_no_member_has_left() -> None:
    """Some servers refuse to take out whom they do not have: the others still leave, and nobody fails."""
    members = {"1", "2"}

    def answer(method: str, path: str, body: Any) -> Answer:
        if method == "PATCH":
            leaving = {each["path"].split('"')[1] for each in body["Operations"]}
            if not leaving <= members:
                return Answer(status=400, body={"scimType": "noTarget"})
            members.difference_update(leaving)
            return Answer(status=204)
        if path.startswith("/ServiceProviderConfig"):
            return Answer(body={"patch": {"supported": True}})
        return Answer(body=page(*USERS) if path.startswith("/Users") else page(CLASS))

    with hostile_server(answer) as url:
        rows = [orr.Enrollment(class_="k1", user=user, role="student") for user in ("1", "3", "2")]
        assert does(ScimHost(url), Action.DELETE, *rows).failures.is_empty()
    assert members == set()


def test_a_group_that_went_meanwhile_has_no_members() -> None:
    """Nobody can join it, and whoever shall leave it has left."""

    def answer(method: str, path: str, body: Any) -> Answer:
        if method == "PATCH" or path.startswith("/Groups/"):
            return Answer(status=404)
        if path.startswith("/ServiceProviderConfig"):
            return Answer(body={"patch": {"supported": True}})
        return Answer(body=page(*USERS) if path.startswith("/Users") else page(CLASS))

    with hostile_server(answer) as url:
        host = ScimHost(url)
        rows = [orr.Enrollment(class_="k1", user="1", role=role) for role in ("student", "teacher")]
        assert does(host, Action.DELETE, *rows).failures.is_empty()
        assert does(host, Action.CREATE, *rows).frame["error"].to_list() == ["class_: the host holds no such class"] * 2


def test_a_deletion_that_is_refused_fails() -> None:
    """Only one that is gone already counts as done."""
    refuses = Answer(status=400, body={"scimType": "mutability"})
    answers = lists(Answer(body=page(*USERS)))
    with hostile_server(lambda method, path, body: refuses if method == "DELETE" else answers(method, path, body)) as url:
        receipts = does(ScimHost(url), Action.DELETE, evolve(BO, id="1"))
    assert receipts.failures["error"].to_list() == ["the host refuses it: 400 Bad Request, mutability"]


def test_what_changed_since_it_was_read_is_not_overwritten() -> None:
    """Where the server has versions, an edit goes with the one that was read, and a refusal for it fails the row."""
    sent: list[Any] = []

    def answer(method: str, path: str, body: Any) -> Answer:
        if method == "PATCH":
            sent.append(body)
            return Answer(status=412)
        if path.startswith("/ServiceProviderConfig"):
            return Answer(body={"patch": {"supported": True}, "etag": {"supported": True}})
        if path == "/Users/1":
            return Answer(body={**USERS[1], "meta": {"version": 'W/"3"'}})
        return Answer(body=page(*USERS) if path.startswith("/Users") else page())

    with hostile_server(answer) as url:
        receipts = does(ScimHost(url), Action.UPDATE, evolve(BO, id="1"))
    assert receipts.failures["error"].to_list() == ["the host refuses it: 412 Precondition Failed"]
    assert {each["path"] for each in sent[0]["Operations"]} == {"userName", "name", "active"}


@pytest.mark.parametrize("config", [Answer(status=404), Answer(status=400)])
def test_a_server_that_says_nothing_of_itself_is_not_sent_patches(config: Answer) -> None:
    """Without a configuration only what every server must take is sent."""
    methods: list[str] = []

    def answer(method: str, path: str, body: Any) -> Answer:
        methods.append(method)
        if path.startswith("/ServiceProviderConfig"):
            return config
        if path == "/Users/1":
            return Answer(body=USERS[1])
        return Answer(body=page(*USERS) if path.startswith("/Users") else page())

    with hostile_server(answer) as url:
        receipts = does(ScimHost(url), Action.UPDATE, evolve(BO, id="1"))
    assert receipts.failures.is_empty()
    assert "PUT" in methods
    assert "PATCH" not in methods
