"""Law 6 from the bytes to the plan: an export that is damaged on its way removes and makes nobody that the whole one would not."""

from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from attrs import frozen
from hypothesis import given, strategies as st

import oneroster_reconcile as orr
from oneroster_reconcile.samples import district, evolve
from tests.laws.runs import law
from tests.sources.packages import folder, zipped
from tests.sources.test_csv_evidence import DAMAGES, Damage

REMOVALS = (orr.Verb.UNENROLL, orr.Verb.SUSPEND, orr.Verb.DELETE)
CREATIONS = (orr.Verb.CREATE, orr.Verb.ENROLL)
FIRST = district(40, seed=5)
NEXT = next(evolve(FIRST)).district


@frozen(eq=False)
class Morning:
    """The host and the state of the evening, and the files that the source sends next morning."""

    directory: orr.Directory
    base: orr.Base
    files: Mapping[str, bytes]

    def does(self, files: Mapping[str, bytes], *, is_zip: bool) -> tuple[set[object], set[object]]:
        """The removals and creations of a run on these files; none of either where they cannot be read."""
        with TemporaryDirectory() as place, suppress(orr.SourceUnreadable):
            roster = orr.read_csv(sent(files, Path(place), is_zip=is_zip), source="sis")
            report = orr.validate(roster, base=self.base, as_of=NEXT.on)
            plan = orr.reconcile(report.roster, self.directory, base=self.base, policy=orr.presets.mirror(), as_of=NEXT.on)
            rows = {row for frame in plan.changes.values() for row in frame.select("verb", "kind", "id").iter_rows()}
            return {row for row in rows if row[0] in REMOVALS}, {row for row in rows if row[0] in CREATIONS}
        return set(), set()


def sent(files: Mapping[str, bytes], place: Path, *, is_zip: bool) -> Path:
    """The files as a package."""
    return zipped(place / "package.zip", files) if is_zip else folder(place, files)


def written(roster: orr.Roster) -> dict[str, bytes]:
    """The files that a roster is exported as."""
    with TemporaryDirectory() as place:
        orr.write_csv(roster, place)
        return {file.name: file.read_bytes() for file in Path(place).iterdir()}


@cache
def morning() -> Morning:
    with TemporaryDirectory() as place:
        evening = orr.read_csv(sent(written(FIRST.roster), Path(place), is_zip=False), source="sis")
    host, state = orr.MemoryHost(), orr.MemoryState()
    orr.apply(orr.reconcile(evening, host.snapshot(), policy=orr.presets.mirror(), as_of=FIRST.on), host, state)
    return Morning(host.snapshot(), state.base, written(NEXT.roster))


@cache
def usual() -> tuple[set[object], set[object]]:
    return morning().does(morning().files, is_zip=False)


def test_the_whole_export_does_something() -> None:
    """People come and go on that morning, or the law below would say nothing."""
    assert all(usual())


@law
@given(st.sampled_from(DAMAGES), st.sampled_from(sorted(written(NEXT.roster))), st.booleans(), st.data())
def test_a_damaged_file_removes_and_makes_nobody(damage: Damage, name: str, is_zip: bool, data: st.DataObject) -> None:
    """Bytes, rows, cells, columns, whole files, in a folder or a zip."""
    files = dict(morning().files)
    damage(data, files, name)
    removed, made = morning().does(files, is_zip=is_zip)
    assert removed <= usual()[0]
    assert made <= usual()[1]
