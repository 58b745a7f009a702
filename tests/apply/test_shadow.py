"""Shadow mode by example: one night, a plan that was not applied, and an engine that was."""

import polars as pl
from attrs import evolve

import oneroster_reconcile as orr
from oneroster_reconcile import Kind
from tests.plan.test_plan import busy
from tests.reconcile.scene import AS_OF, Product, links, person, roster, student


def test_a_night_is_compared_row_by_row() -> None:
    """Both make an account, under another id; both rename somebody, otherwise; one is suspended by the plan only, another changed by the engine only."""
    product = Product()
    product.sync(roster(users=[student("u1"), student("u2", "Bo"), student("u3", "Cy"), student("u4", "Di")]))
    first = product.directory
    one, two, three, four = (product.id(Kind.USER, each) for each in ("u1", "u2", "u3", "u4"))
    night = [student("u1", "Anne"), student("u3", "Cyd"), student("u4", "Di"), student("u5", "Flo", email="Flo@x.org")]
    plan = product.plan(roster(users=night))
    school = product.id(Kind.ORG, "s1")
    product.edit("u1", given_name="Anna", middle_name="B")
    product.edit("u3", given_name="Cyd")
    product.edit("u4", given_name="Dina")
    product.put(person("901", "Flo", (school, "student"), email="flo@X.org"))
    found = orr.compare(plan, first, product.directory)
    assert found.frame.select("id", "plan", "engine", "agreement", "differs").rows() == [
        ("901", "create", "create", "otherwise", ["email"]),
        (one, "update", "update", "otherwise", ["given_name", "middle_name"]),
        (two, "suspend", None, "plan only", []),
        (three, "update", "update", "same", []),
        (four, None, "update", "engine only", []),
    ]
    assert found.summary().splitlines() == [
        *("same: 1", "  update 1 user"),
        *("otherwise: 2", "  create 1 user", "  update 1 user"),
        *("plan only: 1", "  suspend / nothing 1 user"),
        *("engine only: 1", "  nothing / update 1 user"),
    ]


def test_a_suspension_is_not_a_deletion() -> None:
    """Where the plan suspends and the engine deletes, they do not agree, and no column says how."""
    product = Product()
    product.sync(roster(users=[student("u1"), student("u2", "Bo")]))
    first, gone = product.directory, product.id(Kind.USER, "u1")
    plan = product.plan(roster(users=[student("u2", "Bo")]))
    product.drop(Kind.USER, gone)
    assert orr.compare(plan, first, product.directory).frame.rows() == [
        ("user", gone, "suspend", "delete", "otherwise", []),
    ]


def test_new_rows_with_the_same_key_are_not_guessed() -> None:
    """Two new classes of a title at one school are nobody's in particular: the plan's are the plan's, the engine's the engine's."""
    product = Product()
    product.sync(roster())
    first, school = product.directory, product.id(Kind.ORG, "s1")
    classes = [orr.Class(id=each, title="Algebra", school="s1") for each in ("k1", "k2")]
    plan = product.plan(roster(classes=classes))
    product.put(*(orr.Class(id=each, title="Algebra", school=school) for each in ("901", "902")))
    assert orr.compare(plan, first, product.directory).counts == {orr.Agreement.PLAN: 2, orr.Agreement.ENGINE: 2}


def test_several_changes_of_a_row_are_one_outcome() -> None:
    """Who is restored and renamed by both, however they did it, is the same; memberships follow the account."""
    product, incoming = busy()
    first, plan = product.directory, product.plan(incoming)
    orr.apply(plan, product.host, product.state)
    linked = orr.Directory(tables=product.directory.tables, crosswalk=product.state.base.crosswalk)
    found = orr.compare(plan, first, linked)
    assert found.counts == {orr.Agreement.SAME: found.frame.height}


def decided(*decisions: orr.Decision) -> tuple[orr.ChangePlan, orr.Directory]:
    """A plan of decisions alone, over two accounts of which one has a class that the other lacks."""
    held = orr.Directory.of(
        orgs=[orr.Org(id="1", name="High", type="school")],
        classes=[orr.Class(id="31", title="Algebra", school="1")],
        users=[person("11", "Ann", ("1", "student")), person("12", "Ann", ("1", "student"))],
        enrollments=[orr.Enrollment(class_="31", user="12", role="student")],
    )
    return orr.reconcile(roster(), held, policy=orr.presets.additive(), as_of=AS_OF, decisions=decisions), held


def test_a_merge_is_judged_by_what_is_left() -> None:
    """An engine that puts two accounts together agrees with a plan that does; one that leaves them, or moves no membership, does not."""
    plan, held = decided(orr.Decision(ruling=orr.Ruling.MERGE, kind=Kind.USER, host_id="11", other="12", by="us"))
    users = [held.users["11"]]
    moved = orr.Directory.of(
        orgs=held.orgs, classes=held.classes, users=users, enrollments=[orr.Enrollment(class_="31", user="11", role="student")]
    )
    lost = orr.Directory.of(orgs=held.orgs, classes=held.classes, users=users)
    rows = pl.col("plan") == "merge"
    mine = [orr.compare(plan, held, after).frame.filter(rows) for after in (moved, lost, held)]
    ids = ["31|11|student", "31|12|student", "12"]
    assert [each["id"].to_list() for each in mine] == [ids] * 3
    assert [each["agreement"].to_list() for each in mine] == [
        ["same", "same", "same"],
        ["plan only", "same", "same"],
        ["plan only", "plan only", "plan only"],
    ]


def test_links_are_judged_where_the_host_keeps_its_own() -> None:
    """The same link agrees, another does not, none is the plan's alone; without any of the source nothing is said."""
    said = orr.Decision(ruling=orr.Ruling.SAME, kind=Kind.USER, source="sis", source_id="u1", host_id="11", by="us")
    held = orr.Directory.of(users=[person("11", "Ann"), person("12", "Bo")])
    plan = orr.reconcile(roster(users=[person("u1", "Ann")]), held, policy=orr.presets.additive(), as_of=AS_OF, decisions=[said])
    kept = {
        "same": links((Kind.USER, "u1", "11")),
        "otherwise": links((Kind.USER, "u1", "12")),
        "plan only": links((Kind.USER, "u9", "12")),
        "not judged": links(),
    }
    for agreement, crosswalk in kept.items():
        found = orr.compare(plan, held, evolve(held, crosswalk=crosswalk))
        assert found.links.select("kind", "source_id", "plan", "wanted", "agreement").rows() == [
            ("user", "u1", "link", "11", agreement)
        ]
        assert found.summary().splitlines()[-2:] == [f"links {agreement}: 1", "  link 1 user"]
