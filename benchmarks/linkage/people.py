"""A district's people, as they are: households with parents, siblings and twins, and the staff."""

from datetime import date, timedelta
from itertools import accumulate, count
from random import Random

from attrs import define

from oneroster_reconcile.samples.names import ORIGINS, Origin, slug

__all__ = ["Person", "district", "plain"]

_OPENINGS = "ab ba bal bar bel ber bo bra car cas cor da dal del dor du el fal far fen gar gil gor ha hal har ho jar ka kel kir la lan lor ma mar mel mor na nor pal per qui ra ren ro sal san sel sor ta tal tor va ver vin wal wes yar zam"
_MIDDLES = "a an ba bi ca da den do el en er go i in ka la len li ma mi na ni o on per ra ri ro sa so ta ti to u va ver wi"
_ENDINGS = "ard berg by cott den don elli er ez field ford gan ham ier in ini ka ko land ley lin lo man mann mer mont o oni ova ow rez sen ski son ston te ton ucci va ver vich well wood"
_PROVIDERS = ("gmail.example", "yahoo.example", "outlook.example", "icloud.example")


@define(kw_only=True)
class Person:
    """One person. `identifier` is the district's id, with leading zeros; guardians have none."""

    number: int
    role: str
    given: str
    middle: str | None
    family: str
    feminine: bool
    household: int
    origin: Origin
    birth: date | None = None
    email: str | None = None
    phone: str | None = None
    identifier: str | None = None
    school: str | None = None
    grade: int | None = None
    twin: int | None = None


class District:
    """Makes households until there are enough students, then the staff."""

    def __init__(self, seed: int, students: int) -> None:
        self.random = Random(seed)
        self.students = students
        self.schools = [str(100 + number) for number in range(max(3, students // 700))]
        self.people: list[Person] = []
        self.numbers = count(1)
        self.handles: set[str] = set()
        self.pools = {
            id(origin): (_split(origin.families) + self._tail(students // 20), _split(origin.feminine), _split(origin.masculine))
            for origin in ORIGINS
        }
        self.weights: dict[int, list[float]] = {}

    def _tail(self, size: int) -> list[str]:
        """Rare family names, more of them in a larger district."""
        pick, parts = self.random.choice, [_OPENINGS.split(), ["", *_MIDDLES.split()], _ENDINGS.split()]
        return ["".join(pick(part) for part in parts).capitalize() for _ in range(size)]

    def drawn(self, names: list[str], rank: float = 12.0) -> str:
        """A name, the first ones of a list being the most common."""
        if len(names) not in self.weights:
            self.weights[len(names)] = list(accumulate(1 / (position + rank) for position in range(len(names))))
        return self.random.choices(names, cum_weights=self.weights[len(names)])[0]

    def given(self, origin: Origin, *, feminine: bool) -> str:
        """A given name of an origin, or one of the commonest origin's."""
        pool = self.pools[id(origin if self.random.random() < 0.75 else ORIGINS[0])]
        return self.drawn(pool[1] if feminine else pool[2])

    def family(self, origin: Origin) -> str:
        """A family name; double where the origin has double names."""
        pool = self.pools[id(origin)][0]
        double = {" ": 0.3}.get(origin.joined, 0.03)
        if self.random.random() < double:
            return origin.joined.join((self.drawn(pool), self.drawn(pool)))
        return self.drawn(pool)

    def made(self) -> list[Person]:
        """Everybody."""
        enrolled = 0
        while enrolled < self.students:
            enrolled += self._household()
        for _ in range(self.students // 14):
            self._teacher()
        return self.people

    def _household(self) -> int:
        chance, origin, household = (
            self.random,
            self.random.choices(ORIGINS, [each.weight for each in ORIGINS])[0],
            next(self.numbers),
        )
        family = self.family(origin)
        phone = self._phone()
        school = chance.choice(self.schools)
        children = chance.choices((1, 2, 3, 4), (45, 36, 14, 5))[0]
        born: list[date] = []
        for child in range(children):
            twin = child > 0 and chance.random() < 0.035
            birth = born[-1] if twin else self._birth()
            born.append(birth)
            self._student(
                origin, household, family, phone, school if chance.random() < 0.8 else chance.choice(self.schools), birth
            )
            if twin:
                one, other = self.people[-2:]
                one.twin, other.twin, other.school = other.number, one.number, one.school
        for parent in range(chance.choices((0, 1, 2), (35, 45, 20))[0]):
            self._guardian(origin, household, family, phone if chance.random() < 0.7 else self._phone(), feminine=parent == 0)
        return children

    def _student(self, origin: Origin, household: int, family: str, phone: str, school: str, birth: date) -> None:
        person = self._person("student", origin, family, household, feminine=self.random.random() < 0.5)
        person.birth, person.phone, person.school = birth, phone, school
        person.grade = max(-1, min(12, 2026 - birth.year - 6 + (birth.month < 9)))
        # Brothers and sisters are enrolled together and get ids that follow one another.
        person.identifier = f"{person.number + 10_000:07d}"
        person.email = self._school_email(person)

    def _guardian(self, origin: Origin, household: int, family: str, phone: str, *, feminine: bool) -> None:
        own = family if self.random.random() < 0.75 else self.family(origin)
        person = self._person("guardian", origin, own, household, feminine=feminine)
        person.phone, person.email = phone, self._private_email(person)

    def _teacher(self) -> None:
        origin = self.random.choices(ORIGINS, [each.weight for each in ORIGINS])[0]
        person = self._person("teacher", origin, self.family(origin), next(self.numbers), feminine=self.random.random() < 0.7)
        person.birth = date(1960, 1, 1) + timedelta(days=self.random.randrange(15_000))
        person.school, person.phone = self.random.choice(self.schools), self._phone()
        person.identifier, person.email = f"{person.number + 90_000:07d}", self._school_email(person)

    def _person(self, role: str, origin: Origin, family: str, household: int, *, feminine: bool) -> Person:
        kin = [other for other in self.people[-8:] if other.household == household]
        taken = {name for other in kin for name in (other.given, other.middle)}
        names = (name for name in iter(lambda: self.given(origin, feminine=feminine), None) if name not in taken)
        given = next(names)
        middle = next(name for name in names if name != given)
        person = Person(
            number=next(self.numbers),
            role=role,
            given=given,
            middle=middle if self.random.random() < 0.6 else None,
            family=family,
            feminine=feminine,
            household=household,
            origin=origin,
        )
        self.people.append(person)
        return person

    def _birth(self) -> date:
        return date(2008, 9, 1) + timedelta(days=self.random.randrange(13 * 365))

    def _phone(self) -> str:
        return f"555{self.random.randrange(10**7):07d}"

    def _school_email(self, person: Person) -> str:
        return f"{self._handle(plain(person.given) + '.' + plain(person.family))}@plumfalls.example"

    def _private_email(self, person: Person) -> str:
        first, last = plain(person.given), plain(person.family)
        handle = self.random.choice(
            (f"{first}.{last}", f"{first[0]}{last}", f"{first}{last[:1]}{self.random.randrange(99)}", f"{last}family")
        )
        return f"{self._handle(handle)}@{self.random.choice(_PROVIDERS)}"

    def _handle(self, wanted: str) -> str:
        for number in count(1):
            handle = wanted if number == 1 else f"{wanted}{number}"
            if handle not in self.handles:
                self.handles.add(handle)
                return handle
        raise AssertionError


def district(seed: int, students: int) -> list[Person]:
    """The people of a district, the same ones for the same seed."""
    return District(seed, students).made()


def plain(name: str) -> str:
    """A name as addresses spell it."""
    return str(slug(name))


def _split(names: str) -> list[str]:
    return [name.strip() for name in names.split(",")]
