"""Where rows lie makes no difference: enrollments in files give the plan that enrollments in memory give, in one pass or in many, and stay in their files."""

import errno
import mmap
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

import polars as pl
import pytest
from attrs import evolve
from hypothesis import given, strategies as st

from oneroster_reconcile import (
    Directory,
    MemoryHost,
    MemoryState,
    SourceUnreadable,
    Spill,
    apply,
    read_csv,
    reconcile,
    validate,
    write_csv,
)
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.tables import Tables
from oneroster_reconcile.policy.presets import mirror
from oneroster_reconcile.samples import district, evolve as evolved
from tests.laws.runs import law, planned
from tests.laws.worlds import World, worlds

T = TypeVar("T", bound=Tables)
SIDES = ("roster", "directory", "base")


def in_file(tables: T, folder: Path, at_once: int) -> T:
    """The same tables, with the enrollments in a file; `Tables.spilled` leaves those alone that are a query already."""
    held = evolve(tables, tables={**tables.tables, Kind.ENROLLMENT: tables.enrollments.where(pl.lit(value=True))})
    return held.spilled(Spill(folder, at_once=at_once))


@law
@given(world=worlds(), at_once=st.integers(1, 9))
def test_where_enrollments_lie_does_not_change_the_plan(world: World, at_once: int) -> None:
    """Law 5, for files: the same digest, the same issues, the same changes in the same words, however many rows are compared at once."""
    with TemporaryDirectory() as folder:
        sides = {name: in_file(getattr(world, name), Path(folder, name), at_once) for name in SIDES}
        first, second = planned(world), planned(evolve(world, **sides))
    assert first.digest == second.digest
    assert first.issues == second.issues
    assert [str(change) for change in first] == [str(change) for change in second]
    assert first.notes.equals(second.notes)


@law
@given(world=worlds(), at_once=st.integers(1, 9))
def test_where_enrollments_lie_does_not_change_what_is_wrong_with_them(world: World, at_once: int) -> None:
    """The same report, and the same roster to go on with."""
    told = validate(world.roster, base=world.base, as_of=world.as_of)
    with TemporaryDirectory() as folder:
        sides = {name: in_file(getattr(world, name), Path(folder, name), at_once) for name in ("roster", "base")}
        other = validate(sides["roster"], base=sides["base"], as_of=world.as_of)
        assert other.roster == told.roster
    assert other.issues == told.issues
    assert [*other.roster.quarantine] == [*told.roster.quarantine]
    assert all(other.roster.quarantine[kind].equals(rows) for kind, rows in told.roster.quarantine.items())


def test_a_night_leaves_enrollments_in_their_files(tmp_path: Path) -> None:
    """Read from CSV, compared with a host's export and with what is remembered: no step takes them into memory, and the plan is the one without files."""
    evening = district(300, seed=4)
    (night,) = evolved(evening, seed=4, churn=0.02)
    host, state = MemoryHost(), MemoryState()
    apply(reconcile(evening.roster, host.snapshot(), base=state.base, policy=mirror(), as_of=evening.on), host, state)
    write_csv(night.district.roster, tmp_path / "csv", version="1.1")
    export = {
        name: getattr(host.snapshot(), name).frame.lazy()
        for name in ("orgs", "sessions", "courses", "classes", "users", "demographics")
    }
    enrollments = host.snapshot().enrollments.frame.lazy()
    links = host.snapshot().crosswalk
    spills = [Spill(tmp_path / name, at_once=500) for name in SIDES]
    roster = read_csv(tmp_path / "csv", source=evening.roster.source, spill=spills[0])
    directory = Directory.of(**export, enrollments=enrollments, crosswalk=links, spill=spills[1])
    base = state.base.spilled(spills[2])
    checked = validate(roster, base=base).roster
    assert checked.enrollments.is_query
    plan = reconcile(checked, directory, base=base, policy=mirror(), as_of=night.district.on)
    assert all(side.enrollments.is_query for side in (roster, directory, base))
    held = validate(read_csv(tmp_path / "csv", source=evening.roster.source), base=state.base).roster
    again = reconcile(held, host.snapshot(), base=state.base, policy=mirror(), as_of=night.district.on)
    assert len(plan)
    assert plan.digest == again.digest


MANIFEST = "propertyName,value\nmanifest.version,1.0\noneroster.version,1.1\nfile.enrollments,bulk\n"
HEADER = "sourcedId,status,dateLastModified,classSourcedId,schoolSourcedId,userSourcedId,role,primary,beginDate,endDate"
LINES = (
    "e1,,,k1,s1,u1,student,,2026-08-17,",
    "e2,,,k1,s1,u2,teacher,true,,",
    'e3,,,"k2",s1,u1,student,false,,2027-06-01',
    "e4,active,,k2,s1,u2,STUDENT,,,",
    "e5,tobedeleted,,k3,s1,u1,student,,,",
    "e6,,,k3,s1,u3,student,,someday,",
    "e7,,,k3 ,s1,u4,student,,,",
    "e1,,,k1,s1,u1,student,,,",
    "e8,,,,s1,u1,student,,,",
    "e9,,,k4,s1,u1",
    'e10,,,"k\n5",s1,u1,student,,,',
    "",
)


@given(lines=st.lists(st.sampled_from(LINES), max_size=6))
def test_a_roster_read_into_a_file_is_the_roster_read_into_memory(lines: Sequence[str]) -> None:
    """The same rows on the same lines, the same issues, coverage and quarantine, whatever is wrong with the file."""
    with TemporaryDirectory() as folder:
        package = Path(folder, "package")
        package.mkdir()
        (package / "manifest.csv").write_text(MANIFEST)
        (package / "enrollments.csv").write_text("".join(f"{line}\n" for line in (HEADER, *lines)))
        held, kept = read_csv(package), read_csv(package, spill=Spill(Path(folder, "spill")))
        assert kept.enrollments.is_query
        assert kept.enrollments == held.enrollments
        assert validate(kept).issues == validate(held).issues
        assert {kind: line.to_list() for kind, line in kept.lines.items()} == {
            kind: line.to_list() for kind, line in held.lines.items()
        }
    assert kept.issues == held.issues
    assert kept.coverage == held.coverage
    assert [*kept.quarantine] == [*held.quarantine]
    assert all(kept.quarantine[kind].equals(rows) for kind, rows in held.quarantine.items())


ROWS = pl.LazyFrame({"class_": ["k1", "k1"], "user": ["u1", "u2"], "role": ["student", "student"]})


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (ROWS.with_columns(user=pl.lit("u1")), "twice"),
        (ROWS.with_columns(user=pl.lit("")), "without a key"),
        (ROWS.with_columns(begin=pl.lit("Ada Byron")), "do not fit"),
        (ROWS.with_columns(nickname=pl.lit("x")), "no column"),
    ],
)
def test_what_is_wrong_with_rows_is_said_of_those_in_a_file_too(rows: pl.LazyFrame, said: str, tmp_path: Path) -> None:
    """The same errors, in the same words, none of which quotes a value that was not a key."""
    with pytest.raises(ValueError, match=said) as held:
        Directory.of(enrollments=rows)
    with pytest.raises(ValueError, match=said) as kept:
        Directory.of(enrollments=rows, spill=Spill(tmp_path))
    assert str(kept.value) == str(held.value)
    assert list(tmp_path.iterdir()) == []
    assert len(Directory.of(enrollments=ROWS, spill=Spill(tmp_path)).enrollments) == 2


def test_a_package_that_cannot_be_read_to_its_end_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that fails in the midst: the rows that were written so far would be in the way of a second attempt."""
    package, spill = tmp_path / "package", Spill(tmp_path / "spill")
    package.mkdir()
    (package / "manifest.csv").write_text(MANIFEST)
    (package / "enrollments.csv").write_text("".join(f"{line}\n" for line in (HEADER, *LINES[:3])))

    class Failing(mmap.mmap):
        def __new__(cls, *_: object, **__: object) -> "Failing":
            raise OSError(errno.EIO, "Input/output error")

    with monkeypatch.context() as failing:
        failing.setattr(mmap, "mmap", Failing)
        with pytest.raises(SourceUnreadable, match="cannot be read"):
            read_csv(package, spill=spill)
    assert list(spill.folder.iterdir()) == []
    assert len(read_csv(package, spill=spill).enrollments) == 3


def test_a_file_is_never_written_over(tmp_path: Path) -> None:
    """A table that is still read from a file would become another one."""
    spill = Spill(tmp_path)
    first = Directory.of(enrollments=ROWS, spill=spill)
    with pytest.raises(FileExistsError, match="folder of its own"):
        Directory.of(enrollments=ROWS, spill=spill)
    assert len(first.enrollments) == 2
