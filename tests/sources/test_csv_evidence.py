"""Law 6 at the reader: whatever happens to a package on its way, no row that it hides counts as gone."""

import csv
from collections.abc import Callable, Mapping
from contextlib import suppress
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import assume, given, settings, strategies as st

from oneroster_reconcile.issues.errors import SourceUnreadable
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.roster import Roster
from oneroster_reconcile.sources.csv import read_csv
from oneroster_reconcile.sources.csv_writer import write_csv
from tests.sources.packages import folder
from tests.sources.strategies import rosters

Damage = Callable[[st.DataObject, dict[str, bytes], str], None]
KEYS = {
    "enrollments.csv": {"classSourcedId", "userSourcedId", "role"},
    "roles.csv": {"userSourcedId", "orgSourcedId", "role"},
}


def cut_bytes(data: st.DataObject, files: dict[str, bytes], name: str) -> None:
    """Some bytes at the end are missing; that whole rows are, nobody can see."""
    left = data.draw(st.integers(0, len(files[name]) - 1))
    files[name] = files[name][:left]
    assume(name == "manifest.csv" or not files[name].endswith(b"\n") or files[name].count(b"\n") == 1)


def keep_the_header(_: st.DataObject, files: dict[str, bytes], name: str) -> None:
    """The export failed behind its header."""
    files[name] = files[name].split(b"\n")[0] + b"\n"


def empty_the_file(_: st.DataObject, files: dict[str, bytes], name: str) -> None:
    """The export failed at once."""
    files[name] = b""


def drop_the_file(_: st.DataObject, files: dict[str, bytes], name: str) -> None:
    """The file was forgotten."""
    del files[name]


def encode_otherwise(data: st.DataObject, files: dict[str, bytes], name: str) -> None:
    """The file is in an encoding that nobody agreed on."""
    encoding = data.draw(st.sampled_from(["cp1252", "latin-1", "utf-16", "utf-16-le", "shift_jis", "cp437", "utf-8-sig"]))
    files[name] = files[name].decode().encode(encoding, "replace")


def join_two_lines(data: st.DataObject, files: dict[str, bytes], name: str) -> None:
    """A line end was lost."""
    lines = files[name].split(b"\n")
    assume(len(lines) > 3)
    at = data.draw(st.integers(1, len(lines) - 3))
    files[name] = b"\n".join([*lines[:at], lines[at] + lines[at + 1], *lines[at + 2 :]])


def lose_a_separator(data: st.DataObject, files: dict[str, bytes], name: str) -> None:
    """A comma was lost, so that cells slip."""
    commas = [place for place, byte in enumerate(files[name]) if byte == ord(",")]
    at = data.draw(st.sampled_from(commas))
    # Within quotes it is but text.
    assume(files[name][:at].count(b'"') % 2 == 0)
    files[name] = files[name][:at] + files[name][at + 1 :]


def blank_a_cell(data: st.DataObject, files: dict[str, bytes], name: str) -> None:
    """A cell came out blank, a key perhaps."""
    _change(data, files, name, "", frozenset())


def mangle_a_cell(data: st.DataObject, files: dict[str, bytes], name: str) -> None:
    """A cell that is no key says nonsense: ids that become other ids are another matter."""
    text = data.draw(st.sampled_from(["?", "inactive", "03/04/2026", "true", '"', "é"]))
    _change(data, files, name, text, frozenset({"sourcedId", "propertyName", "value"} | KEYS.get(name, set())))


def drop_a_column(data: st.DataObject, files: dict[str, bytes], name: str) -> None:
    """A column is not shared any more, a key perhaps."""
    rows = _rows(files[name])
    column = data.draw(st.integers(0, len(rows[0]) - 1))
    files[name] = _written([row[:column] + row[column + 1 :] for row in rows])


def _change(data: st.DataObject, files: dict[str, bytes], name: str, text: str, spared: frozenset[str]) -> None:
    rows = _rows(files[name])
    columns = [place for place, header in enumerate(rows[0]) if header not in spared]
    assume(len(rows) > 1 and bool(columns))
    rows[data.draw(st.integers(1, len(rows) - 1))][data.draw(st.sampled_from(columns))] = text
    files[name] = _written(rows)


def _rows(content: bytes) -> list[list[str]]:
    return list(csv.reader(StringIO(content.decode(), newline="")))


def _written(rows: list[list[str]]) -> bytes:
    text = StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


DAMAGES: tuple[Damage, ...] = (
    cut_bytes,
    keep_the_header,
    empty_the_file,
    drop_the_file,
    encode_otherwise,
    join_two_lines,
    lose_a_separator,
    blank_a_cell,
    mangle_a_cell,
    drop_a_column,
)


def _keys(roster: Roster, kind: Kind) -> set[tuple[str, ...]]:
    return set(roster[kind].frame.select(roster[kind].key).rows())


def _aside(roster: Roster, kind: Kind) -> set[tuple[str, ...]]:
    return set(roster.quarantine[kind].select(roster[kind].key).rows()) if kind in roster.quarantine else set()


def _hidden(whole: Roster, damaged: Roster) -> Mapping[Kind, set[tuple[str, ...]]]:
    """The rows that would count as gone though they are there."""
    certain = [kind for kind in Kind if damaged.coverage.read(kind).is_complete]
    lost = {kind: _keys(whole, kind) - _keys(damaged, kind) - _aside(damaged, kind) for kind in certain}
    return {kind: keys for kind, keys in lost.items() if keys}


def _hidden_roles(whole: Roster, damaged: Roster) -> set[tuple[str, str, str]]:
    """The roles that would count as gone though they are there."""
    if damaged.coverage.roles is None or not damaged.coverage.roles.is_complete:
        return set()
    before, after = (
        {(user.id, role.org, role.role) for user in roster.users for role in user.roles} for roster in (whole, damaged)
    )
    aside = {key for (key,) in _aside(damaged, Kind.USER)}
    return {
        role for role in before - after if role[0] in damaged.users or role[0] not in aside | set(damaged.users.frame["id"])
    } - {role for role in before if role[0] not in damaged.users}


@settings(max_examples=300)
@given(rosters, st.sampled_from(["1.1", "1.2"]), st.sampled_from(DAMAGES), st.data())
def test_damage_never_makes_silence_a_proof(roster: Roster, version: str, damage: Damage, data: st.DataObject) -> None:
    """Each row of the whole package is read, or set aside, or its kind's silence proves nothing."""
    with TemporaryDirectory() as path:
        write_csv(roster, Path(path) / "whole", version=version)
        whole = read_csv(Path(path) / "whole")
        files = {file.name: file.read_bytes() for file in (Path(path) / "whole").iterdir()}
        name = data.draw(st.sampled_from(sorted(files)))
        damage(data, files, name)
        with suppress(SourceUnreadable):
            damaged = read_csv(folder(Path(path) / "damaged", files))
            assert _hidden(whole, damaged) == {}
            assert _hidden_roles(whole, damaged) == set()
            assert all(len(damaged.lines[kind]) == len(damaged[kind]) for kind in damaged.lines)


@settings(max_examples=100)
@given(rosters, st.data())
def test_lines_lead_to_the_row(roster: Roster, data: st.DataObject) -> None:
    """Where cells hold line breaks, where rows are set aside and where keys repeat, too."""
    with TemporaryDirectory() as path:
        write_csv(roster, Path(path))
        for file in (each for each in Path(path).iterdir() if each.name != "manifest.csv"):
            rows = _rows(file.read_bytes())
            extra = data.draw(st.lists(st.sampled_from(rows[1:]), max_size=2))
            broken = data.draw(st.sampled_from([[], [["x"]]]))
            file.write_bytes(_written([rows[0], *broken, *extra, *rows[1:]]).replace(b" ", b"\n"))
        read = read_csv(Path(path))
        for kind, name in {Kind.ORG: "orgs", Kind.CLASS: "classes", Kind.USER: "users", Kind.COURSE: "courses"}.items():
            if kind in read.lines:
                lines = (Path(path) / f"{name}.csv").read_text(encoding="utf-8").split("\n")
                for row, line in zip(read[kind], read.lines[kind], strict=True):
                    assert lines[line - 1].replace('"', "").startswith(f"{row.id},")
