"""Tables: what they are made of, what they refuse, and what they say."""

import pickle
from datetime import UTC, date, datetime

import polars as pl
import pytest

import oneroster_reconcile as orr
from oneroster_reconcile.model.schema import schema_of

HIGH = orr.Org(id="s1", name="High", type="school")
MIDDLE = orr.Org(id="s2", name="Middle", type="school", parent="d1")
MEMBER = orr.Enrollment(class_="k1", user="u1", role="student")


def test_a_row_is_found_by_its_key() -> None:
    """A table is asked by id, or by the whole tuple where several columns identify a row."""
    orgs, members = orr.Table.of(orr.Org, [HIGH, MIDDLE]), orr.Table.of(orr.Enrollment, [MEMBER])
    assert orgs["s2"] == MIDDLE
    assert members["k1", "u1", "student"] == MEMBER
    assert (orgs.get("s3"), members.get(("k1", "u1", "teacher"))) == (None, None)
    assert ("s1" in orgs, "s3" in orgs) == (True, False)
    with pytest.raises(KeyError, match="s3"):
        orgs["s3"]


def test_objects_survive_the_way_through_a_frame() -> None:
    """A row with everything in it comes out of a table as it went in."""
    user = orr.User(
        id="u1",
        given_name="Ada",
        family_name="Byron",
        grades=("09", "08"),
        roles=(orr.Role(org="s1", role="student", primary=False, begin=date(2026, 8, 17), end=date(2027, 6, 1)),),
        agents=("u2", "u3"),
        user_ids=(orr.UserId(type="LDAP", identifier="ada"),),
        profiles=(orr.UserProfile(id="p", profile_type="lms", vendor_id="v", credential_type="c", username="ada"),),
        state=orr.State.SUSPENDED,
        metadata={"b": "", "a": "1"},
        date_last_modified=datetime(2026, 9, 1, 12, 30, 15, 250, tzinfo=UTC),
    )
    assert list(orr.Table.of(orr.User, [user])) == [user]


def test_a_frame_without_a_key_column_is_refused() -> None:
    """The message names the key that lacks and the columns that came."""
    with pytest.raises(ValueError, match=r"needs the key column\(s\) user, role; got class_"):
        orr.Table.of(orr.Enrollment, pl.DataFrame({"class_": ["k1"]}))


def test_an_unknown_column_is_refused_by_name() -> None:
    """A misspelt column is not dropped without a word."""
    with pytest.raises(ValueError, match=r"no column\(s\) nmae"):
        orr.Table.of(orr.Org, pl.DataFrame({"id": ["s1"], "nmae": ["High"]}))


@pytest.mark.parametrize("rows", [[HIGH, HIGH], pl.DataFrame({"id": ["s1", "s1"]})], ids=["objects", "frame"])
def test_a_key_that_occurs_twice_is_refused(rows: object) -> None:
    """Keys are unique, and the message says which is not."""
    with pytest.raises(ValueError, match=r"holds \('s1',\) twice"):
        orr.Table.of(orr.Org, rows)  # type: ignore[arg-type]


@pytest.mark.parametrize("key", ["", None])
def test_a_row_without_a_key_is_refused(key: str | None) -> None:
    """A blank id identifies nothing, however it is blank."""
    with pytest.raises(ValueError, match=r"without a key \(id\)"):
        orr.Table.of(orr.Org, pl.DataFrame({"id": ["s1", key]}))


def test_objects_of_another_class_are_refused() -> None:
    """A table of orgs takes orgs."""
    with pytest.raises(TypeError, match="a table of Org rows got"):
        orr.Table.of(orr.Org, [MEMBER])  # type: ignore[list-item]


def test_a_refused_object_does_not_show_who_it_is() -> None:
    """Exceptions end up in logs: they hold no personal data beyond ids."""
    secret = orr.User(id="u1", given_name="Xanthippe", family_name="Byron")
    with pytest.raises(TypeError) as refused:
        orr.Table.of(orr.Org, [secret])  # type: ignore[list-item]
    assert "Xanthippe" not in str(refused.value)


def test_a_refused_value_does_not_show_who_it_is() -> None:
    """A value that does not fit its type is named by its column, not quoted."""
    frame = pl.DataFrame({"user": ["u1"], "birth_date": ["9 March 2012"]})
    with pytest.raises(ValueError, match="birth_date") as refused:
        orr.Table.of(orr.Demographics, frame)
    assert "9 March 2012" not in str(refused.value)


@pytest.mark.parametrize("state", ["deleted", 3, ["active"]], ids=str)
def test_a_value_that_does_not_fit_is_a_value_error(state: object) -> None:
    """The vocabulary of states is closed."""
    with pytest.raises(ValueError, match="do not fit Org"):
        orr.Table.of(orr.Org, pl.DataFrame({"id": ["s1"], "state": [state]}))


def test_an_error_of_rows_that_do_not_fit_quotes_none_of_them() -> None:
    """What polars says holds the values; errors end up in logs."""
    births = pl.DataFrame({"user": ["u1"], "birth_date": ["Lovelace"]})
    with pytest.raises(ValueError, match="do not fit Demographics") as refused:
        orr.Table.of(orr.Demographics, births)
    assert "Lovelace" not in str(refused.value)
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__


def test_an_object_with_a_value_of_the_wrong_type_is_a_value_error() -> None:
    """`of` promises ValueError for what does not fit, from objects as from frames."""
    with pytest.raises(ValueError, match="do not fit Org"):
        orr.Table.of(orr.Org, [orr.Org(id=1, name="High", type="school")])  # type: ignore[arg-type]


def test_what_a_frame_lacks_is_blank() -> None:
    """A column that is not given is blank; a state that is not given is active."""
    (org,) = orr.Table.of(orr.Org, pl.LazyFrame({"id": ["s1"]}))
    assert org == orr.Org(id="s1", name="", type="")


def test_the_order_of_columns_and_rows_does_not_matter() -> None:
    """Two tables are equal when they hold the same rows."""
    frame = pl.DataFrame({"type": ["school", "school"], "parent": ["d1", ""], "name": ["Middle", "High"], "id": ["s2", "s1"]})
    table = orr.Table.of(orr.Org, frame)
    assert table == orr.Table.of(orr.Org, [HIGH, MIDDLE])
    assert table != orr.Table.of(orr.Org, [HIGH])
    assert table != orr.Table.of(orr.Course, [])
    assert table != [HIGH, MIDDLE]
    assert table.frame.schema == schema_of(orr.Org)


def test_an_expression_chooses_rows() -> None:
    """`where` keeps the rows for which the expression is true, and only those."""
    chosen = orr.Table.of(orr.Org, [HIGH, MIDDLE]).where(pl.col("parent") == "d1")
    assert [org.id for org in chosen] == ["s2"]


def test_a_patched_table_has_the_new_rows_in_place_of_the_old() -> None:
    """Patching replaces by key, adds, takes out, and leaves the table as it was."""
    table = orr.Table.of(orr.Org, [HIGH, MIDDLE])
    renamed = orr.Table.of(orr.Org, [orr.Org(id="s1", name="Upper", type="school"), orr.Org(id="s3", name="New", type="school")])
    patched = table.patched(renamed.frame, pl.DataFrame({"id": ["s2"]}))
    assert sorted(org.name for org in patched) == ["New", "Upper"]
    assert len(table) == 2
    assert table.patched(table.frame.clear(), table.frame.clear()) is table


def test_a_table_shows_itself_without_running_what_it_holds() -> None:
    """In a notebook a name is text, not markup."""
    table = orr.Table.of(orr.Org, [orr.Org(id="s1", name="<script>alert(1)</script>", type="school")])
    assert repr(table) == "Table[Org](1 rows)"
    assert "<script>" not in table._repr_html_()
    assert "&lt;script&gt;" in table._repr_html_()


def test_a_table_can_be_pickled() -> None:
    """Tables travel between processes."""
    table = orr.Table.of(orr.Org, [HIGH, MIDDLE])
    assert pickle.loads(pickle.dumps(table)) == table


def test_tables_are_not_hashable() -> None:
    """A table is compared by its rows, which are too many to hash."""
    with pytest.raises(TypeError, match="unhashable"):
        hash(orr.Table.of(orr.Org))
