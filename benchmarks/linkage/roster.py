"""The roster benchmark: a district's roster, a host's accounts, who is who, and what was done to each account."""

from collections import defaultdict
from collections.abc import Mapping
from random import Random

import polars as pl
from attrs import frozen

from benchmarks.linkage.corruptions import CORRUPTIONS, Account, Case
from benchmarks.linkage.people import Person, district

__all__ = ["PRESETS", "Preset", "RosterCase", "roster_case"]


@frozen(kw_only=True)
class Preset:
    """How much the host knows: the share of accounts that have each value."""

    identifier: float
    email: float
    birth_date: float
    phone: float
    middle_name: float = 0.35


PRESETS: Mapping[str, Preset] = {
    "default": Preset(identifier=0.75, email=0.88, birth_date=0.75, phone=0.6),
    "hard": Preset(identifier=0.06, email=0.4, birth_date=0.35, phone=0.35),
}

LEAVERS, NEWCOMERS, MOVED = 0.11, 0.11, 0.05
"""Accounts of people who are not on the roster, people on the roster without an account, and accounts that still say last year's school."""

_SCHEMA = {
    "id": pl.String(),
    "role": pl.String(),
    "given_name": pl.String(),
    "middle_name": pl.String(),
    "family_name": pl.String(),
    "birth_date": pl.Date(),
    "email": pl.String(),
    "phone": pl.String(),
    "identifier": pl.String(),
    "school": pl.String(),
    "grade": pl.String(),
}


@frozen(kw_only=True, eq=False)
class RosterCase:
    """One district: two frames of people, `truth` (`source_id, host_id, tags`), and `traps` (`host_id, tag`): accounts that resemble somebody else."""

    source: pl.DataFrame
    host: pl.DataFrame
    truth: pl.DataFrame
    traps: pl.DataFrame


def roster_case(seed: int, students: int = 3_000, preset: str = "default") -> RosterCase:
    """A district of about 1.6 people a student; the same for the same seed."""
    return _Case(seed, students, PRESETS[preset]).made()


class _Case:
    def __init__(self, seed: int, students: int, preset: Preset) -> None:
        self.random = Random(f"{seed} accounts")
        self.preset = preset
        self.people = district(seed, students)
        self.schools = sorted({person.school for person in self.people if person.school})
        self.households: dict[int, list[Person]] = defaultdict(list)
        for person in self.people:
            self.households[person.household].append(person)
        self.traps: list[tuple[str, str]] = []

    def made(self) -> RosterCase:
        here, known = self._who()
        roster = [_record(person, f"s{person.number}") for person in self.people if person.number in here]
        accounts, truth = [], []
        self.random.shuffle(self.people)
        for number, person in enumerate(person for person in self.people if person.number in known):
            account = _record(person, f"h{number:07d}")
            tags = self._corrupted(account, person)
            accounts.append(account)
            if person.number in here:
                truth.append((f"s{person.number}", account["id"], tags))
            elif person.twin in here:
                self.traps.append((account["id"], "twin_absent"))
        self._recycle(accounts, [record for record in roster if int(record["id"][1:]) not in known])
        return RosterCase(
            source=pl.DataFrame(roster, schema=_SCHEMA, orient="row"),
            host=pl.DataFrame(accounts, schema=_SCHEMA, orient="row"),
            truth=pl.DataFrame(
                truth, schema={"source_id": pl.String, "host_id": pl.String, "tags": pl.List(pl.String)}, orient="row"
            ),
            traps=pl.DataFrame(self.traps, schema={"host_id": pl.String, "tag": pl.String}, orient="row"),
        )

    def _who(self) -> tuple[set[int], set[int]]:
        """Who is on the roster, and who has an account; of some twins one is only here and the other only there."""
        here, known = set[int](), set[int]()
        apart: dict[int, bool] = {}
        for person in self.people:
            draw = self.random.random()
            if person.twin is not None and person.twin not in apart:
                apart[person.number] = self.random.random() < 0.3
            if person.twin is not None and apart.get(person.twin, False):
                known.add(person.number)
                continue
            if apart.get(person.number, False):
                here.add(person.number)
                continue
            if draw >= LEAVERS:
                here.add(person.number)
            if draw < LEAVERS or draw < 1 - NEWCOMERS:
                known.add(person.number)
        return here, known

    def _corrupted(self, account: Account, person: Person) -> list[str]:
        self._forget(account)
        tags = [
            tag
            for tag, (rate, change) in CORRUPTIONS.items()
            if self.random.random() < rate and change(Case(account, person, self.random))
        ]
        if person.school and self.random.random() < MOVED:
            account["school"] = self.random.choice(self.schools)
            tags.append("moved")
        if person.role == "student":
            tags += self._family(account, person)
        return [*tags, *(["twin"] if person.twin else [])]

    def _forget(self, account: Account) -> None:
        for name in ("identifier", "email", "birth_date", "phone", "middle_name"):
            if self.random.random() >= getattr(self.preset, name):
                account[name] = None

    def _family(self, account: Account, person: Person) -> list[str]:
        """The address of a parent in place of the child's own; the id of a brother or sister, mistyped into it."""
        tags: list[str] = []
        kin = [other for other in self.households[person.household] if other is not person]
        parents = [other for other in kin if other.role == "guardian"]
        siblings = [other for other in kin if other.role == "student"]
        if account["email"] and parents and self.random.random() < 0.06:
            account["email"] = parents[0].email
            tags.append("family_email")
        if account["identifier"] and siblings and self.random.random() < 0.002:
            account["identifier"] = siblings[0].identifier
            tags.append("sibling_id")
        return tags

    def _recycle(self, accounts: list[Account], newcomers: list[Account]) -> None:
        """Addresses of people who left, given to people who came and have no account yet."""
        by_role: dict[str, list[Account]] = defaultdict(list)
        for account in accounts:
            if account["email"]:
                by_role[account["role"]].append(account)
        for newcomer in newcomers:
            if newcomer["role"] != "guardian" and by_role[newcomer["role"]] and self.random.random() < 0.1:
                account = self.random.choice(by_role[newcomer["role"]])
                newcomer["email"] = account["email"]
                self.traps.append((account["id"], "recycled_email"))


def _record(person: Person, key: str) -> Account:
    """A person as a row; grades as OneRoster spells them."""
    grade = None if person.grade is None else {-1: "PK", 0: "KG"}.get(person.grade, f"{person.grade:02d}")
    return {
        "id": key,
        "role": person.role,
        "given_name": person.given,
        "middle_name": person.middle,
        "family_name": person.family,
        "birth_date": person.birth,
        "email": person.email,
        "phone": person.phone,
        "identifier": person.identifier,
        "school": person.school,
        "grade": grade,
    }
