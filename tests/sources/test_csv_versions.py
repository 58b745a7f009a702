"""1.0 and 1.1 are converted upwards into the one model; what each version alone can say is read as it is meant."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from oneroster_reconcile.issues.errors import SourceUnreadable
from oneroster_reconcile.model.coverage import Extent, Read
from oneroster_reconcile.model.kinds import Kind, State
from oneroster_reconcile.model.users import Role, UserId, UserProfile
from oneroster_reconcile.sources.csv import read_csv
from tests.sources.packages import ORGS, bulk, delta, folder

USERS_11 = "sourcedId,enabledUser,orgSourcedIds,role,username,userIds,givenName,familyName,agentSourcedIds,grades\n"
SEVEN = {
    "orgs.csv": "sourcedId,status,dateLastModified,name,type,identifier,metadata.gender,parentSourcedId\n"
    "d1,active,2017-04-05,Plum Falls,local,,,\ns1,active,2017-04-05,High,school,77,mixed,d1\n",
    "users.csv": "sourcedId,status,dateLastModified,orgSourcedIds,role,username,userId,givenName,familyName,identifier,email,sms,phone,agents\n"
    'u1,active,2017-04-05,"s1,d1",administrator,ab,98861739,Ada,Byron,,,,,\nu2,inactive,2017-04-05,s1,student,cd,,Cai,Dee,,,,,"u1"\n',
    "courses.csv": "sourcedId,status,dateLastModified,schoolYearId,metadata.duration,title,courseCode,grade,orgSourcedId,subjects\n"
    "c1,active,2017-04-05,t0,,Algebra,,9,s1,\n",
    "classes.csv": "sourcedId,status,dateLastModified,title,grade,courseSourcedId,classCode,classType,location,schoolSourcedId,termSourcedId,"
    "subjects\nk1,active,2017-04-05,Algebra 1,9,c1,,scheduled,,s1,t1,\n",
    "enrollments.csv": "sourcedId,classSourcedId,schoolSourcedId,userSourcedId,role,status,dateLastModified,primary\n"
    "e1,k1,s1,u2,student,active,2017-04-05,FALSE\n",
    "academicSessions.csv": "sourcedId,status,dateLastModified,title,type,startDate,endDate,parentSourcedId\n"
    "t1,active,2017-04-05,Fall,term,2017-08-14,2017-12-20,\n",
    "demographics.csv": "userSourcedId,status,dateLastModified,birthdate,sex,americanIndianOrAlaskaNative,asian,blackOrAfricanAmerican,"
    "nativeHawaiianOrOtherPacificIslander,white,demographicRaceTwoOrMoreRaces,hispanicOrLatinoEthnicity,countryOfBirthCode,"
    "stateOfBirthAbbreviation,cityOfBirth,publicSchoolResidenceStatus\nu2,active,2017-04-05,2003-02-01,Female,,TRUE,,,,,,,,,\n",
}


def test_exactly_the_seven_files_of_10_are_read_without_a_manifest(tmp_path: Path) -> None:
    """Its names and tokens become those of today."""
    roster = read_csv(folder(tmp_path, SEVEN))
    assert [(org.id, org.type, dict(org.metadata)) for org in roster.orgs] == [
        ("d1", "district", {}),
        ("s1", "school", {"gender": "mixed"}),
    ]
    ada, cai = roster.users
    assert ada.roles == (Role(org="d1", role="districtAdministrator"), Role(org="s1", role="siteAdministrator"))
    assert ada.user_ids == (UserId(type="userId", identifier="98861739"),)
    assert (cai.state, cai.agents) == (State.TOBEDELETED, ("u1",))
    assert (roster.courses["c1"].school_year, roster.courses["c1"].grades) == ("t0", ("9",))
    assert (roster.classes["k1"].terms, roster.classes["k1"].grades) == (("t1",), ("9",))
    assert roster.enrollments["k1", "u2", "student"].primary is False
    person = roster.demographics["u2"]
    assert (person.birth_date, person.sex, person.asian) == (date(2003, 2, 1), "female", True)
    assert roster.sessions["t1"].date_last_modified == datetime(2017, 4, 5, tzinfo=UTC)
    assert roster.coverage.read(Kind.USER).extent is Extent.PARTIAL
    assert roster.coverage.read(Kind.ORG).is_complete
    assert read_csv(tmp_path, mode="bulk").coverage.read(Kind.USER).is_complete
    assert read_csv(tmp_path, version="1.0", mode="delta").coverage.read(Kind.ORG).extent is Extent.DELTA


@pytest.mark.parametrize("change", ["one file less", "one file more", "one column more", "one column less"])
def test_what_is_nearly_10_is_refused_without_a_manifest(tmp_path: Path, change: str) -> None:
    """Guessing a version also guesses what absence proves."""
    files = dict(SEVEN)
    if change == "one file less":
        del files["demographics.csv"]
    elif change == "one file more":
        files["resources.csv"] = "sourcedId\n"
    elif change == "one column more":
        files["enrollments.csv"] = files["enrollments.csv"].replace("primary\n", "primary,beginDate\n").replace("FALSE", "FALSE,")
    else:
        files["orgs.csv"] = files["orgs.csv"].replace("identifier", "metadata.identifier")
    with pytest.raises(SourceUnreadable, match=r"version= and mode="):
        read_csv(folder(tmp_path, files))


def test_11_gives_one_role_an_org_and_each_is_primary_there(tmp_path: Path) -> None:
    """An administrator is one of a district where the org is a district; a person without an org has no role."""
    rows = 'u1,true,"s1, d1,s1",administrator,,,A,B,,\nu2,true,s1,teacher,,,A,B,,\nu3,true,,student,,,A,B,,\nu4,true,x1,administrator,,,A,B,,\nu5,true,,,,,A,B,,\n'
    users = read_csv(bulk(tmp_path, "1.1", orgs=ORGS, users=USERS_11 + rows)).users
    assert users["u1"].roles == (Role(org="d1", role="districtAdministrator"), Role(org="s1", role="siteAdministrator"))
    assert users["u2"].roles == (Role(org="s1", role="teacher"),)
    assert users["u3"].roles == users["u5"].roles == ()
    assert users["u4"].roles == ()


def test_an_administrator_of_11_is_none_at_an_org_that_is_not_known(tmp_path: Path) -> None:
    """Whose administrator it is, the type of the org says: without it the role is left out, and no role counts as withdrawn."""
    rows = 'u1,true,"x1,d1,s1",administrator,,,A,B,,\nu2,true,"s1,x1",teacher,,,A,B,,\n'
    whole = read_csv(bulk(tmp_path, "1.1", orgs=ORGS.replace("district", "District"), users=USERS_11 + rows.replace("x1,", "")))
    assert whole.users["u1"].roles == (Role(org="d1", role="districtAdministrator"), Role(org="s1", role="siteAdministrator"))
    assert whole.coverage.roles is None
    broken = ORGS.replace("d1,,,Plum Falls,district,,", "d1,,,Plum Falls")
    for orgs in (ORGS, broken, ORGS.replace("district", ""), ORGS.replace("sourcedId", "other", 1)):
        roster = read_csv(bulk(tmp_path, "1.1", orgs=orgs, users=USERS_11 + rows))
        known = {org.id for org in roster.orgs if org.type}
        assert {role.org for role in roster.users["u1"].roles} == {"d1", "s1"} & known
        assert {role.org for role in roster.users["u2"].roles} == {"s1", "x1"}
        assert roster.coverage.roles == Read(extent=Extent.PARTIAL, rows=2)
        (issue,) = (issue for issue in roster.issues if issue.code == "administrator_unplaced")
        assert (issue.where, issue.examples, issue.count) == ("users.csv:2, orgSourcedIds", ("u1",), 1)


def test_where_orgs_were_read_in_part_no_role_of_administrators_is_withdrawn(tmp_path: Path) -> None:
    """Though those who are there are at orgs that are known."""
    rows = USERS_11 + "u1,true,s1,administrator,,,A,B,,\n"
    roster = read_csv(bulk(tmp_path, "1.1", orgs=ORGS + "s2,,,Low\n", users=rows))
    assert roster.users["u1"].roles == (Role(org="s1", role="siteAdministrator"),)
    assert roster.coverage.roles == Read(extent=Extent.PARTIAL, rows=1)
    assert not [issue for issue in roster.issues if issue.code == "administrator_unplaced"]


def test_a_person_at_an_org_needs_a_role_in_11(tmp_path: Path) -> None:
    """What a person is there cannot be guessed: the person is set aside."""
    roster = read_csv(bulk(tmp_path, "1.1", users=USERS_11 + "u1,true,s1,,,,A,B,,\nu2,true,,,,,A,B,,\n"))
    assert [user.id for user in roster.users] == ["u2"]
    assert roster.quarantine[Kind.USER]["id"].to_list() == ["u1"]
    assert [(issue.where, issue.message) for issue in roster.issues if issue.code == "cell_unreadable"] == [
        ("users.csv:2, role", "role is blank, so nobody can tell what the person is at the org")
    ]


def test_in_11_roles_came_inside_the_users(tmp_path: Path) -> None:
    """So their evidence is that of the users."""
    assert read_csv(bulk(tmp_path, "1.1", users=USERS_11 + "u1,true,s1,aide,,,A,B,,\n")).coverage.roles is None


def test_lists_and_ids_are_taken_apart(tmp_path: Path) -> None:
    """Items are trimmed, blank ones are none, sets are in order, ids without a type keep their text."""
    rows = 'u1,true,,,,"{LTI:15:1}, {Fed:23},{x:}, 98 ",A,B,"u3, u2,u2","09, 10,,"\nu2,true,,,,[],A,B,[],\n'
    ada, other = read_csv(bulk(tmp_path, "1.1", users=USERS_11 + rows)).users
    assert [(uid.type, uid.identifier) for uid in ada.user_ids] == [("Fed", "23"), ("LTI", "15:1"), ("userId", "98")]
    assert (ada.agents, ada.grades) == (("u2", "u3"), ("09", "10"))
    assert (other.user_ids, other.agents) == ((), ())


def test_profiles_are_gathered_without_their_passwords(tmp_path: Path) -> None:
    """A profile that ends is gone; no password is ever in a table."""
    profiles = (
        "sourcedId,status,userSourcedId,profileType,vendorId,credentialType,username,password\n"
        "p2,active,u1,lms,acme,oauth,ada,s3cret\np1,active,u1,sis,acme,oauth,ada,s3cret\np3,tobedeleted,u1,lms,old,oauth,ada,s3cret\n"
    )
    users = "sourcedId,givenName,familyName,password\nu1,Ada,Byron,s3cret\nu2,Cai,Dee,s3cret\n"
    read = read_csv(delta(tmp_path, users=users, userProfiles=profiles)).users
    assert [profile.id for profile in read["u1"].profiles] == ["p1", "p2"]
    assert read["u1"].profiles[1] == UserProfile(
        id="p2", profile_type="lms", vendor_id="acme", credential_type="oauth", username="ada"
    )
    assert read["u2"].profiles == ()
    assert "s3cret" not in str(read.frame.rows())


def test_metadata_columns_are_kept_wherever_they_stand(tmp_path: Path) -> None:
    """Under their key, where they are not blank."""
    orgs = "metadata.z,sourcedId,metadata.a,name,type,metadata.\n1,s1,2,High,school,x\n,s2,,Low,school,x\n"
    high, low = read_csv(bulk(tmp_path, orgs=orgs)).orgs
    assert (dict(high.metadata), dict(low.metadata)) == ({"a": "2", "z": "1"}, {})


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2026-09-01T06:00:00.123Z", datetime(2026, 9, 1, 6, 0, 0, 123_000, tzinfo=UTC)),
        ("2026-09-01T06:00:00Z", datetime(2026, 9, 1, 6, tzinfo=UTC)),
        ("2026-09-01T06:00:00+02:00", datetime(2026, 9, 1, 4, tzinfo=UTC)),
        ("2026-09-01T06:00:00", datetime(2026, 9, 1, 6, tzinfo=UTC)),
        ("2026-09-01 06:00:00", datetime(2026, 9, 1, 6, tzinfo=UTC)),
        ("2026-09-01", datetime(2026, 9, 1, tzinfo=UTC)),
        ("", None),
    ],
)
def test_times_of_change_are_read_with_and_without_fraction_and_zone(tmp_path: Path, text: str, instant: datetime | None) -> None:
    """Without a zone they are UTC, a bare date is its beginning."""
    orgs = f"sourcedId,dateLastModified,name,type\ns1,{text},High,school\n"
    assert read_csv(delta(tmp_path, orgs=orgs)).orgs["s1"].date_last_modified == instant


@pytest.mark.parametrize(
    ("text", "year"), [("2027", 2027), ("2026-2027", 2027), ("2026-27", 2027), ("1999-00", 2000), ("2026/2027", 2027), ("", None)]
)
def test_a_school_year_is_the_year_in_which_it_ends(tmp_path: Path, text: str, year: int | None) -> None:
    """OneRoster 1.2 CSV §4.2; exporters also write the pair."""
    sessions = f"sourcedId,title,type,startDate,endDate,schoolYear\nt1,Year,schoolYear,2026-08-17,2027-06-01,{text}\n"
    assert read_csv(bulk(tmp_path, academicSessions=sessions)).sessions["t1"].school_year == year


@pytest.mark.parametrize("version", ["1.1", "1.1.1", "1.2", "1.2.1", "v1p2", "1.0"])
def test_versions_are_known_in_the_spellings_seen(tmp_path: Path, version: str) -> None:
    """Errata do not change how a package is read."""
    assert len(read_csv(bulk(tmp_path, version, orgs=ORGS)).orgs) == 2
