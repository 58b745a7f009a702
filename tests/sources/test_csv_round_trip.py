"""What is written as a package is read back as it was."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

import polars as pl
import pytest
from attrs import evolve
from hypothesis import given, settings

from oneroster_reconcile.model.coverage import Coverage, Extent, Read
from oneroster_reconcile.model.kinds import Kind, State
from oneroster_reconcile.model.orgs import Org
from oneroster_reconcile.model.roster import Roster
from oneroster_reconcile.model.users import Role, User
from oneroster_reconcile.sources.csv import read_csv
from oneroster_reconcile.sources.csv_writer import write_csv
from tests.sources.strategies import rosters


def _round_trip(roster: Roster, name: str, version: Literal["1.1", "1.2"] = "1.2") -> Roster:
    with TemporaryDirectory() as folder:
        write_csv(roster, Path(folder) / name, version=version)
        return read_csv(Path(folder) / name)


def _assert_same(got: Roster, wanted: Roster) -> None:
    for kind in Kind:
        assert got[kind].frame.schema == wanted[kind].frame.schema
        assert list(got[kind].frame.sort(got[kind].key).iter_rows()) == list(
            wanted[kind].frame.sort(wanted[kind].key).iter_rows()
        )


@settings(max_examples=30)
@given(rosters)
def test_a_roster_written_as_12_and_read_back_is_the_same(roster: Roster) -> None:
    """Everything that a 1.2 bulk package can say survives the journey, and what is there was read completely."""
    got = _round_trip(roster, "package")
    _assert_same(got, roster)
    for kind in Kind:
        rows = len(roster[kind])
        assert got.coverage.read(kind) == (Read(extent=Extent.COMPLETE, rows=rows) if rows else Read())


@settings(max_examples=30)
@given(rosters)
def test_a_zip_says_what_the_folder_says(roster: Roster) -> None:
    """The zip of a package reads like its folder, and the same roster makes the same bytes."""
    _assert_same(_round_trip(roster, "package.zip"), roster)
    with TemporaryDirectory() as folder:
        first, second = Path(folder) / "1.zip", Path(folder) / "2.zip"
        write_csv(roster, first)
        write_csv(roster, second)
        assert first.read_bytes() == second.read_bytes()


@settings(max_examples=30)
@given(rosters)
def test_a_roster_written_as_11_and_read_back_keeps_what_11_can_say(roster: Roster) -> None:
    """1.1 has no preferred names, no profiles and one role a person: the rest survives."""
    orgs = {org.id: org.type for org in roster.orgs}
    wanted = roster.with_tables({Kind.USER: Roster.of(users=[_said_in_11(user, orgs) for user in roster.users]).users})
    _assert_same(_round_trip(roster, "package", "1.1"), wanted)


def _said_in_11(user: User, orgs: dict[str, str]) -> User:
    """The executable wording of 1.1: one role, the one at home first, then a primary one, then by org and role."""
    leading = sorted(user.roles, key=lambda role: (role.org != user.primary_org, not role.primary, role.org, role.role))
    of_11 = _in_11(leading[0].role) if leading else ""
    held = sorted({role.org for role in user.roles if _in_11(role.role) == of_11})
    return evolve(
        user,
        **dict.fromkeys(["preferred_given_name", "preferred_middle_name", "preferred_family_name", "pronouns"]),
        user_master_identifier=None,
        primary_org=None,
        profiles=(),
        roles=tuple(
            Role(org=org, role=_administrator(of_11, orgs.get(org))) for org in held if of_11 != "administrator" or orgs.get(org)
        ),
    )


def _in_11(role: str) -> str:
    if role.endswith("Administrator") or role == "principal":
        return "administrator"
    return role if role in {"student", "teacher", "aide", "guardian"} else "aide"


def _administrator(role: str, org_type: str | None) -> str:
    if role != "administrator":
        return role
    return "districtAdministrator" if (org_type or "").lower() == "district" else "siteAdministrator"


def test_a_bulk_package_leaves_out_what_ends(tmp_path: Path) -> None:
    """Bulk files cannot end a row by name: a row or role that is `tobedeleted` is absent from them."""
    stays = Role(org="s1", role="student")
    goes = Role(org="s2", role="student", state=State.TOBEDELETED)
    roster = Roster.of(
        orgs=[Org(id="s1", name="High", type="school"), Org(id="s2", name="Old", type="school", state=State.TOBEDELETED)],
        users=[User(id="u1", given_name="Ada", family_name="Byron", roles=(stays, goes))],
    )
    for version in ("1.1", "1.2"):
        write_csv(roster, tmp_path / version, version=version)
        got = read_csv(tmp_path / version)
        assert [org.id for org in got.orgs] == ["s1"]
        assert got.users["u1"].roles == (stays,)


def test_an_incomplete_roster_is_not_written_as_bulk(tmp_path: Path) -> None:
    """Writing a part as everything would end all the rest."""
    delta = Coverage(reads={Kind.ORG: Read(extent=Extent.DELTA, rows=1)})
    roster = Roster.of(orgs=[Org(id="s1", name="High", type="school")], coverage=delta)
    with pytest.raises(ValueError, match="read as delta"):
        write_csv(roster, tmp_path / "package")


def test_cells_that_the_format_cannot_hold_are_written_without_what_breaks_it(tmp_path: Path) -> None:
    """Line breaks become spaces, and commas inside items go."""
    roster = Roster.of(
        users=[
            User(
                id="u1",
                given_name="Ada\r\nAugusta",
                family_name="Byron",
                grades=("0,9",),
            )
        ]
    )
    write_csv(roster, tmp_path / "package")
    user = read_csv(tmp_path / "package").users["u1"]
    assert (user.given_name, user.grades) == ("Ada Augusta", ("09",))


def test_metadata_columns_stand_at_the_right_in_the_order_of_their_keys(tmp_path: Path) -> None:
    """The standard's columns come first and in its order; the rest follows."""
    write_csv(
        Roster.of(
            orgs=[
                Org(id="s1", name="High", type="school", metadata={"z": "1", "a": "2"}),
                Org(id="s2", name="Low", type="school"),
            ]
        ),
        tmp_path / "package",
    )
    assert (tmp_path / "package" / "orgs.csv").read_text(encoding="utf-8").splitlines() == [
        "sourcedId,status,dateLastModified,name,type,identifier,parentSourcedId,metadata.a,metadata.z",
        "s1,,,High,school,,,2,1",
        "s2,,,Low,school,,,,",
    ]


def test_ids_that_the_model_has_not_are_made_from_the_keys(tmp_path: Path) -> None:
    """An enrollment's sourcedId and school follow from its key and its class: the same every night."""
    from oneroster_reconcile.model.classes import Class
    from oneroster_reconcile.model.enrollments import Enrollment

    roster = Roster.of(
        classes=[Class(id="k1", title="Algebra", school="s1")], enrollments=[Enrollment(class_="k1", user="u1", role="ext:coach")]
    )
    write_csv(roster, tmp_path)
    row = pl.read_csv(tmp_path / "enrollments.csv", infer_schema=False).row(0, named=True)
    assert (row["sourcedId"], row["schoolSourcedId"]) == ("k1/u1/ext.coach", "s1")
