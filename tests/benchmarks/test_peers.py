"""The programs of the benchmark do the same job: their figures would mean nothing otherwise."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.agreement import disagreements, found
from benchmarks.district import make

BENCHMARKS = Path(__file__).parent.parent.parent / "benchmarks"
PEERS = sorted((BENCHMARKS / "peers").glob("*.py"))


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(2_000, tmp_path_factory.mktemp("night"))


@pytest.fixture(scope="module")
def ours(night: Path) -> Path:
    return changes_of(BENCHMARKS / "ours.py", night)


def changes_of(program: Path, night: Path) -> Path:
    as_of = (night / "complete").read_text(encoding="utf-8").strip()
    out = night / f"{program.stem}.jsonl"
    subprocess.run([sys.executable, str(program), str(night), as_of, str(out)], check=True)
    return out


def test_there_are_changes_of_every_sort(ours: Path) -> None:
    """The night creates, updates, suspends, enrolls and unenrolls, or agreement would prove little."""
    assert {verb for verb, _, _ in found(ours)} >= {"create", "update", "suspend", "enroll", "unenroll"}


@pytest.mark.parametrize("peer", PEERS, ids=lambda path: path.stem)
def test_a_peer_finds_the_same_changes(peer: Path, night: Path, ours: Path) -> None:
    """Every program finds the changes that the library plans: verb, kind, id, and the values that are different."""
    assert disagreements(found(ours), found(changes_of(peer, night))) == []


def test_a_changed_value_is_a_disagreement(night: Path, ours: Path) -> None:
    """Two programs that set the same field to different values do not agree."""
    lines = ours.read_text(encoding="utf-8").splitlines()
    changes = [json.loads(line) for line in lines if json.loads(line).get("verb") == "update"]
    changes[0]["after"]["given_name"] = "Nobody"
    other = night / "other.jsonl"
    other.write_text("\n".join(json.dumps(change) for change in changes), encoding="utf-8")
    expected = {key: said for key, said in found(ours).items() if key[0] == "update"}
    assert disagreements(expected, found(other)) == [f"update user {changes[0]['id']}"]


def test_a_missing_change_is_a_disagreement(ours: Path) -> None:
    """A change that only one program found is named."""
    changes = dict(found(ours))
    verb, kind, key = next(iter(changes))
    del changes[verb, kind, key]
    assert disagreements(found(ours), changes) == [f"{verb} {kind} {key}"]
