"""The SCIM host against a real server: whole nights, and what a single change does to a resource."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import httpx
import polars as pl
import pytest
from attrs import evolve

import oneroster_reconcile as orr
from oneroster_reconcile.hosts.scim import ScimHost
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.table import Table
from oneroster_reconcile.plan.verbs import Action
from oneroster_reconcile.policy.scope import Scope
from oneroster_reconcile.samples.district import District, district
from tests.hosts.batches import batch_of, does, frame_of, link, made, merge, relink
from tests.hosts.scim_servers import TOKEN, Real, real_server

POLICY = evolve(orr.presets.mirror(), scope=Scope(kinds=ScimHost.kinds))
ADA = orr.User(id="new:sis/u1", given_name="Ada", family_name="Byron", username="ada", email="ada@plum.example")
BO = evolve(ADA, id="new:sis/u2", given_name="Bo", username="bo", email=None)
HIGH = orr.Org(id="new:sis/s1", name="Plum Falls High", type="school")
ALGEBRA = orr.Class(id="new:sis/k1", title="Algebra I")


@pytest.fixture(scope="module")
def small() -> District:
    """A district that is synced in a second."""
    whole = district(8, seed=3)
    classes = whole.roster.classes.frame.head(5)
    enrollments = whole.roster.enrollments.frame.join(classes, left_on="class_", right_on="id", how="semi")
    enrolled = pl.col("id").is_in(enrollments["user"].implode())
    children = whole.roster.users.frame.filter(enrolled)
    guardians = pl.col("id").is_in(children["agents"].explode().drop_nulls().implode())
    tables = {
        Kind.CLASS: Table.of(orr.Class, classes),
        Kind.ENROLLMENT: Table.of(orr.Enrollment, enrollments),
        Kind.USER: whole.roster.users.where(enrolled | guardians),
    }
    return evolve(whole, roster=whole.roster.with_tables(tables))


@pytest.fixture(params=[True, False], ids=["patch", "put"])
def server(request: pytest.FixtureRequest) -> Iterator[Real]:
    """A server that takes PATCH, and one that does not."""
    with real_server(patch=request.param) as real:
        yield real


@pytest.fixture
def patching() -> Iterator[ScimHost]:
    """A host at a server that takes PATCH, for what takes long."""
    with real_server() as real:
        scim = ScimHost(real.url, token=TOKEN)
        yield scim
        scim.close()


@pytest.fixture
def host(server: Real) -> Iterator[ScimHost]:
    """A host at the server."""
    scim = ScimHost(server.url, token=TOKEN)
    yield scim
    scim.close()


def resource(server: Real, path: str) -> dict[str, Any]:
    """A resource as the server has it."""
    return httpx.get(f"{server.url}{path}", headers={"Authorization": f"Bearer {TOKEN}"}).json()


def post(server: Real, path: str, **values: Any) -> str:
    """Make a resource behind the host's back; its id."""
    name = {"/Users": "User", "/Groups": "Group"}[path]
    body = {"schemas": [f"urn:ietf:params:scim:schemas:core:2.0:{name}"], **values}
    answer = httpx.post(f"{server.url}{path}", json=body, headers={"Authorization": f"Bearer {TOKEN}"})
    answer.raise_for_status()
    return str(answer.json()["id"])


def night(host: ScimHost, roster: orr.Roster, state: orr.MemoryState, on: Any) -> orr.ChangePlan:
    """Plan, apply, and see that everything was done."""
    plan = orr.reconcile(roster, host.snapshot(), base=state.base, policy=POLICY, as_of=on)
    if not plan.is_empty:
        assert orr.apply(plan, host, state).failures.is_empty()
    return plan


def with_users(roster: orr.Roster, *users: orr.User) -> orr.Roster:
    """The roster with some people said otherwise."""
    rest = roster.users.frame.filter(~pl.col("id").is_in([user.id for user in users]))
    return roster.with_tables({Kind.USER: Table.of(orr.User, pl.concat([rest, frame_of(users)]))})


def test_a_district_is_synced_and_the_second_plan_is_empty(host: ScimHost, small: District) -> None:
    """What was made is read back as it was meant, whether by PATCH or PUT, and the links are at the host, too."""
    state = orr.MemoryState()
    first = night(host, small.roster, state, small.on)
    assert len(first.frame(Kind.USER)) == len(small.roster.users)
    held = host.snapshot()
    assert len(held.enrollments) == len(small.roster.enrollments) > 0
    assert set(held.enrollments.frame["role"]) == {"student", "teacher"}
    assert {kind: held.coverage.proves_absence(kind) for kind in ScimHost.kinds} == dict.fromkeys(ScimHost.kinds, True)
    assert held.crosswalk == state.base.crosswalk
    assert night(host, small.roster, state, small.on).is_empty


def test_a_lost_state_makes_nobody_twice(small: District) -> None:
    """The links that the host keeps are enough to know everybody again."""
    with real_server() as real:
        host = ScimHost(real.url, token=TOKEN)
        night(host, small.roster, orr.MemoryState(), small.on)
        again = night(ScimHost(real.url, token=TOKEN), small.roster, orr.MemoryState(), small.on)
        assert again.is_empty


def test_a_busy_server_is_synced_all_the_same(small: District) -> None:
    """A run in small batches gets through limits of rate, and makes nothing twice."""
    state = orr.MemoryState()
    with real_server(busy=15) as real:
        host = ScimHost(real.url, token=TOKEN)
        plan = orr.reconcile(small.roster, host.snapshot(), policy=POLICY, as_of=small.on)
        assert orr.apply(plan, host, state, pace=orr.Pace(batch=20)).failures.is_empty()
        held = host.snapshot()
        assert len(held.users) == len(small.roster.users)
        assert orr.reconcile(small.roster, held, base=state.base, policy=POLICY, as_of=small.on).is_empty


def test_a_student_moves(patching: ScimHost, small: District) -> None:
    """Into another class and to another school; then the plan is empty again."""
    state = orr.MemoryState()
    night(patching, small.roster, state, small.on)
    enrollment = next(each for each in small.roster.enrollments if each.role == "student")
    student = small.roster.users[enrollment.user]
    to = next(each.id for each in small.roster.classes if each.id != enrollment.class_)
    school = next(org.id for org in small.roster.orgs if org.type == "school" and org.id != student.roles[0].org)
    mine = (pl.col("class_") == enrollment.class_) & (pl.col("user") == enrollment.user)
    moved = small.roster.enrollments.frame.filter(
        pl.col("user").eq(student.id).not_() | mine | pl.col("class_").ne(to)
    ).with_columns(class_=pl.when(mine).then(pl.lit(to)).otherwise("class_"))
    roster = with_users(small.roster, evolve(student, roles=(evolve(student.roles[0], org=school),)))
    roster = roster.with_tables({Kind.ENROLLMENT: Table.of(orr.Enrollment, moved)})
    plan = night(patching, roster, state, small.on)
    assert {"transfer", "unenroll"} <= {change.verb for change in plan}
    ids = dict(state.base.crosswalk.links("sis", Kind.USER).iter_rows())
    held = [each for each in patching.snapshot().enrollments if each.user == ids[student.id]]
    classes = dict(state.base.crosswalk.links("sis", Kind.CLASS).iter_rows())
    assert classes[to] in {each.class_ for each in held}
    assert classes[enrollment.class_] not in {each.class_ for each in held}
    assert night(patching, roster, state, small.on).is_empty


def test_somebody_leaves_and_comes_back(patching: ScimHost, small: District) -> None:
    """An account that the source withdraws is no longer active, and is again when the source has it again."""
    state = orr.MemoryState()
    night(patching, small.roster, state, small.on)
    enrolled = set(small.roster.enrollments.frame["user"])
    agents = {each for user in small.roster.users for each in user.agents}
    gone = next(user.id for user in small.roster.users if user.id in agents and user.id not in enrolled)
    less = small.roster.with_tables({Kind.USER: small.roster.users.where(pl.col("id") != gone)})
    assert [change.verb for change in night(patching, less, state, small.on)] == ["suspend"]
    (own,) = (host_id for source_id, host_id in state.base.crosswalk.links("sis", Kind.USER).iter_rows() if source_id == gone)
    assert patching.snapshot().users[own].state is orr.State.SUSPENDED
    assert [change.verb for change in night(patching, small.roster, state, small.on)] == ["restore"]
    assert patching.snapshot().users[own].state is orr.State.ACTIVE


def test_a_row_that_the_server_refuses_fails_alone(host: ScimHost) -> None:
    """A username that is taken fails in its receipt, without naming it; the rest of the batch is done."""
    (ada,) = made(host, ADA)
    twin, nameless = evolve(ADA, id="new:sis/u9", given_name="Adah"), evolve(BO, id="new:sis/u8", username=None)
    receipts = does(host, Action.CREATE, twin, nameless, BO)
    assert receipts.frame["ok"].to_list() == [False, False, True]
    first, second, _ = receipts.frame["error"]
    assert first == "a name or another value that only one may have is taken at the host (409 Conflict, uniqueness)"
    assert second == "username: is missing, and so is an email to stand for it"
    assert set(host.snapshot().users.frame["given_name"]) == {"Ada", "Bo"}
    assert does(host, Action.UPDATE, evolve(BO, id=receipts.frame["host_id"][2], username="ada")).failures["error"].to_list() == [
        first
    ]
    assert host.snapshot().users[ada].username == "ada"


def test_pages_are_read_to_the_end() -> None:
    """However few resources a page has, all are there, and the read says so."""
    with real_server() as real:
        made(ScimHost(real.url, token=TOKEN), *(evolve(BO, id=f"new:sis/{n}", username=f"u{n}") for n in range(7)))
        real.requests.clear()
        read = (held := ScimHost(real.url, token=TOKEN, page=3).snapshot()).coverage.read(Kind.USER)
        assert (len(held.users), read.rows, read.expected, read.is_complete) == (7, 7, 7, True)
        assert real.requests.count("GET /Users") == 3
        assert real.queries[-4:-1] == [f"startIndex={start}&count=3" for start in (1, 4, 7)]


def test_every_column_that_is_stored_comes_back(host: ScimHost) -> None:
    """Names, addresses, phones and roles with their dates are read as they were written, and cleared when they go."""
    (school, other) = made(host, HIGH, evolve(HIGH, id="new:sis/s2", name="Plum Falls Middle"))
    role = orr.Role(org=school, role="teacher", primary=False, begin=date(2026, 9, 1), end=date(2027, 6, 30))
    full = evolve(ADA, middle_name="King", sms="+1 555 0100", phone="+1 555 0101", roles=(role, orr.Role(org=other, role="aide")))
    (ada,) = made(host, full)
    stored = host.snapshot().stored[Kind.USER]
    assert kept(host, ada, stored) == kept_of(evolve(full, id=ada), stored)
    bare = evolve(ADA, id=ada, email=None, roles=(evolve(role, end=None),))
    assert does(host, Action.UPDATE, bare).failures.is_empty()
    assert kept(host, ada, stored) == kept_of(bare, stored)
    assert host.snapshot().orgs[other].name == "Plum Falls Middle"


def test_what_is_the_hosts_own_stays(host: ScimHost, server: Real) -> None:
    """An update leaves alone what no column of ours is: other phones, second addresses, roles without an org, a nickname."""
    ada = post(
        server,
        "/Users",
        userName="ada",
        nickName="Countess",
        name={"givenName": "Ada", "honorificPrefix": "Lady"},
        emails=[{"value": "home@ada.example", "type": "home"}, {"value": "ada@old.example", "type": "work", "primary": True}],
        phoneNumbers=[{"value": "555", "type": "home"}],
        roles=[{"value": "admin"}],
    )
    row = evolve(ADA, id=ada, phone="556", roles=(orr.Role(org=made(host, HIGH)[0], role="student"),))
    assert does(host, Action.UPDATE, row).failures.is_empty()
    held = resource(server, f"/Users/{ada}")
    assert (held["nickName"], held["name"]["honorificPrefix"], held["name"]["familyName"]) == ("Countess", "Lady", "Byron")
    assert {each["value"] for each in held["emails"]} == {"home@ada.example", "ada@plum.example"}
    assert {each["value"] for each in held["phoneNumbers"]} == {"555", "556"}
    assert {each["value"] for each in held["roles"]} == {"admin", "student"}
    assert "externalId" not in held


def test_what_is_so_already_is_not_written(host: ScimHost, server: Real) -> None:
    """An update that changes nothing, a second suspension and a second deletion are done, with reads alone or nothing to do."""
    (ada,) = made(host, ADA)
    row = evolve(ADA, id=ada)
    does(host, Action.SUSPEND, row)
    assert resource(server, f"/Users/{ada}")["active"] is False
    server.requests.clear()
    assert does(host, Action.SUSPEND, row).failures.is_empty()
    assert does(host, Action.UPDATE, evolve(row, state=orr.State.SUSPENDED)).failures.is_empty()
    assert {request.split()[0] for request in server.requests} == {"GET"}
    for _ in range(2):
        assert does(host, Action.DELETE, row).failures.is_empty()
    assert len(host.snapshot().users) == 0
    assert does(host, Action.SUSPEND, row).frame["error"].to_list() == ["id: the host holds no such user"]


def test_an_account_that_went_meanwhile_is_unknown(host: ScimHost, server: Real) -> None:
    """The server's word counts, not what was seen before."""
    (ada,) = made(host, ADA)
    httpx.delete(f"{server.url}/Users/{ada}", headers={"Authorization": f"Bearer {TOKEN}"}).raise_for_status()
    assert does(host, Action.UPDATE, evolve(ADA, id=ada, given_name="Eve")).frame["error"].to_list() == [
        "id: the host holds no such user"
    ]
    (bo,) = made(host, BO)
    httpx.delete(f"{server.url}/Users/{bo}", headers={"Authorization": f"Bearer {TOKEN}"}).raise_for_status()
    assert host.apply(link(Kind.USER, ("hr", "7", bo))).frame["error"].to_list() == ["id: the host holds no such user"]


def test_each_role_in_a_class_is_a_group(host: ScimHost, server: Real) -> None:
    """Students are members of the class's own Group, teachers of one beside it that takes its name along and goes with it."""
    ada, bo = made(host, ADA, BO)
    (algebra,) = made(host, ALGEBRA)
    rows = (orr.Enrollment(class_=algebra, user=bo, role="student"), orr.Enrollment(class_=algebra, user=ada, role="teacher"))
    for _ in range(2):
        assert does(host, Action.CREATE, *rows).failures.is_empty()
    assert set(host.snapshot().enrollments) == set(rows)
    assert [each["value"] for each in resource(server, f"/Groups/{algebra}")["members"]] == [bo]
    does(host, Action.UPDATE, orr.Class(id=algebra, title="Algebra II"))
    names = {each["displayName"] for each in resource(server, "/Groups")["Resources"]}
    assert names == {"Algebra II", "Algebra II (teacher)"}
    for _ in range(2):
        assert does(host, Action.DELETE, rows[1], orr.Enrollment(class_=algebra, user=ada, role="proctor")).failures.is_empty()
    assert set(host.snapshot().enrollments) == {rows[0]}
    does(host, Action.DELETE, orr.Class(id=algebra, title=""))
    assert resource(server, "/Groups")["totalResults"] == 0


def test_members_of_a_class_go_in_few_requests() -> None:
    """Twenty enrollments in one class are one request."""
    with real_server() as real:
        host = ScimHost(real.url, token=TOKEN)
        users = made(host, *(evolve(BO, id=f"new:sis/{n}", username=f"u{n}") for n in range(20)))
        (algebra,) = made(host, ALGEBRA)
        real.requests.clear()
        assert does(
            host, Action.CREATE, *(orr.Enrollment(class_=algebra, user=each, role="student") for each in users)
        ).failures.is_empty()
        assert real.requests == ["GET /ServiceProviderConfig", "PATCH /Groups"]
        assert len(host.snapshot().enrollments) == 20


def test_a_membership_of_nobody_fails(host: ScimHost) -> None:
    """People and classes that the host does not hold are named by their column."""
    (ada,) = made(host, ADA)
    (algebra,) = made(host, ALGEBRA)
    good = orr.Enrollment(class_=algebra, user=ada, role="student")
    receipts = does(host, Action.CREATE, evolve(good, user="404"), good, evolve(good, class_="404"))
    assert receipts.frame["error"].to_list() == [
        "user: the host holds no such user",
        None,
        "class_: the host holds no such class",
    ]


def test_groups_that_are_not_ours_are_left_out(host: ScimHost, server: Real) -> None:
    """A Group without our mark is neither a class nor an org, and its members are in no class."""
    (ada,) = made(host, ADA)
    post(server, "/Groups", displayName="Administrators", externalId="00g1abcd", members=[{"value": ada}])
    held = host.snapshot()
    assert (len(held.classes), len(held.orgs), len(held.enrollments)) == (0, 0, 0)
    assert held.coverage.proves_absence(Kind.CLASS)


def test_links_are_kept_in_the_external_id(host: ScimHost, server: Real) -> None:
    """A link comes, moves and goes; what another client wrote there is left alone."""
    (ada,) = made(host, ADA)
    bo = post(server, "/Users", userName="bo")
    stranger = post(server, "/Users", userName="eve", externalId="00u1abcd")
    assert host.apply(link(Kind.USER, ("sis", "u2", bo), ("hr", "7/ 8", ada))).failures.is_empty()
    assert host.apply(link(Kind.USER, ("sis", "u3", stranger))).frame["error"].to_list() == [
        "externalId: is another client's, and is left alone"
    ]
    links = {
        (row.source, row.source_id): row.host_id
        for user in (ada, bo, stranger)
        for row in host.snapshot().crosswalk.claims(Kind.USER, user)
    }
    assert links == {("sis", "u1"): ada, ("hr", "7/ 8"): ada, ("sis", "u2"): bo}
    assert host.apply(relink(Kind.USER, ("sis", "u2", bo), ("sis", "u2", ada))).failures.is_empty()
    assert host.apply(relink(Kind.USER, ("sis", "u1", ada), None)).failures.is_empty()
    assert host.apply(relink(Kind.USER, ("sis", "u1", stranger), None)).failures.is_empty()
    assert host.apply(relink(Kind.USER, ("sis", "u1", "404"), None)).failures.is_empty()
    assert host.snapshot().crosswalk.frame.rows() == [("hr", "user", "7/ 8", ada), ("sis", "user", "u2", ada)]
    assert resource(server, f"/Users/{bo}").get("externalId") is None


def test_a_class_without_links_stays_one(host: ScimHost) -> None:
    """What says that a Group is a class does not go with its last link."""
    (algebra,) = made(host, ALGEBRA)
    host.apply(relink(Kind.CLASS, ("sis", "k1", algebra), None))
    held = host.snapshot()
    assert (len(held.classes), len(held.crosswalk)) == (1, 0)
    assert made(host, orr.Class(id="1", title="By hand")) != [algebra]
    assert len(host.snapshot().classes) == 2


def test_the_records_of_one_person_are_all_linked(host: ScimHost) -> None:
    """A creation that several records are behind says so at the host."""
    batch = batch_of(Action.CREATE, Kind.USER, frame_of([ADA]))
    reason = {"situation": "new", "policy": "create", "source_ids": ["u0", "u1"]}
    host.apply(evolve(batch, frame=batch.frame.with_columns(reason=pl.lit(reason, batch.frame.schema["reason"]))))
    assert host.snapshot().crosswalk.links("sis", Kind.USER)["source_id"].to_list() == ["u0", "u1"]


def test_a_creation_that_comes_twice_makes_one(host: ScimHost) -> None:
    """Sent again, even by another process, it is brought to what the row says and answered with the same id."""
    (ada,) = made(host, ADA)
    assert made(host, evolve(ADA, given_name="Augusta")) == [ada]
    assert [user.given_name for user in host.snapshot().users] == ["Augusta"]


def test_what_another_process_made_meanwhile_is_found(host: ScimHost, server: Real) -> None:
    """A username that is taken by the very row is no conflict."""
    host.snapshot()
    (ada,) = made(ScimHost(server.url, token=TOKEN), ADA)
    assert made(host, evolve(ADA, given_name="Augusta")) == [ada]
    assert host.snapshot().users[ada].given_name == "Augusta"


def test_a_client_of_the_callers_stays_open(server: Real) -> None:
    """It may have other work."""
    with httpx.Client() as client:
        first = ScimHost(server.url, token=TOKEN, client=client)
        first.close()
        assert len(ScimHost(server.url, token=TOKEN, client=client).snapshot().users) == 0


def test_what_scim_has_no_place_for_is_not_done(host: ScimHost) -> None:
    """`can` and `apply` agree, and the snapshot says which columns are kept."""
    no_merge = host.apply(merge(("1", "2")))
    assert no_merge.frame["error"].to_list() == ["a SCIM host cannot merge user rows"]
    assert not does(host, Action.CREATE, orr.Course(id="new:sis/c1", title="Algebra")).frame["ok"].any()
    assert not does(host, Action.SUSPEND, ALGEBRA).frame["ok"].any()
    assert not host.can(Action.UPDATE, Kind.ENROLLMENT)
    assert {kind for kind in Kind if host.can(Action.CREATE, kind)} == ScimHost.kinds
    assert {kind for kind, columns in host.snapshot().stored.items() if columns} == ScimHost.kinds


def kept(host: ScimHost, own: str, stored: Any) -> dict[str, Any]:
    """What the host holds of a user, in the columns that it stores."""
    return kept_of(host.snapshot().users[own], stored)


def kept_of(user: orr.User, stored: Any) -> dict[str, Any]:
    """The columns of a user that are stored, sets without order."""
    return {name: set(value) if isinstance(value := getattr(user, name), tuple) else value for name in sorted(stored)}
