"""What is hidden, and what is too different from last time to be believed."""

from datetime import date
from functools import cache

import polars as pl
import pytest
from attrs import evolve

import oneroster_reconcile as orr
from oneroster_reconcile import Extent, Kind, Read, Resolution, Roster
from tests.validation.scene import ROWS, codes, finding, roster

ADA = ROWS["users"][0]
CROWD = [
    evolve(
        ADA,
        id=f"p{i}",
        given_name=f"Ada {i}",
        family_name=f"Byron {i}",
        username=f"ada{i}",
        identifier=f"1-{i}",
        email=f"a{i}@plum.example",
        agents=(),
    )
    for i in range(30)
]


@cache
def synced() -> orr.Base:
    """What is remembered of the school with a crowd of students."""
    return remembered(roster(*CROWD))


def remembered(given: Roster) -> orr.Base:
    """What is remembered of a roster that was applied."""
    state = orr.MemoryState()
    night(given, orr.MemoryHost(orr.Directory()), state)
    return state.base


def night(given: Roster, host: orr.MemoryHost, state: orr.MemoryState) -> None:
    """Reconcile and apply."""
    plan = orr.reconcile(given, host.snapshot(), base=state.base, policy=orr.presets.mirror(), as_of=date(2026, 9, 1))
    orr.apply(plan, host, state)


def of_users(given: Roster, *values: pl.Expr, **named: pl.Expr) -> Roster:
    """The roster with other values of its users."""
    return given.with_tables({Kind.USER: orr.Table(orr.User, given.users.frame.with_columns(*values, **named))})


@pytest.mark.parametrize(
    "value",
    [
        "***",
        "j***@plum.example",
        "***-**-1234",
        "MASKED",
        "[redacted]",
        "XXXX",
        "####",
        "••••",
        "{{email}}",
        "tok_8f3a",
        "d41d8cd98f00b204e9800998ecf8427e",
        "d41d8cd98f00b204e9800998ecf8427e@plum.example",
        "3f2504e0-4f89-11d3-9a0c-0305e82c3301",
        "q83vEjRWeJq83vEjRWeJ+g==",
    ],
)
def test_what_looks_masked_is_unknown(value: str) -> None:
    """Stars, words, tokens, hashes: read as blank, never quoted."""
    report = orr.validate(roster(u1={"email": value}), base=_knowing("u1"))
    assert [(issue.code, issue.resolution) for issue in report] == [("masked_value", Resolution.MENDED)]
    assert report.roster.users["u1"].email is None
    assert value not in str(report.issues)


@pytest.mark.parametrize(
    "value", ["x@plum.example", "max.maske@plum.example", "deadbeef@plum.example", "a*b@plum.example", "i.hidden@x.example"]
)
def test_what_only_looks_odd_is_kept(value: str) -> None:
    """A name may hold what a mask is made of."""
    assert codes(roster(u1={"email": value})) == []


def test_somebody_who_is_not_known_and_has_a_masked_key_is_set_aside() -> None:
    """The host may have an account that only the masked value would find; whoever the base knows goes on without the value."""
    bad = roster(u1={"email": "***"})
    stranger = orr.validate(bad)
    assert (finding(bad, "masked_match_key").examples, stranger.roster.users.get("u1")) == (("u1",), None)
    assert codes(bad, base=_knowing("u1")) == ["masked_value"]
    meant = orr.Expectations(withheld={Kind.USER: ["email"]})
    assert codes(bad, expecting=meant) == ["masked_value"]


def test_a_column_by_which_the_policy_finds_nobody_keeps_nobody_out() -> None:
    """And one of the policy's own does."""
    bad = roster(u1={"email": "***"}, u2={"user_ids": (orr.UserId(type="LDAP", identifier="***"),)})
    own = orr.Expectations(matched_by={"user_ids"})
    assert finding(bad, "masked_match_key", expecting=own).examples == ("u2",)
    assert finding(bad, "masked_match_key").examples == ("u1",)


def test_a_column_that_the_source_never_shared_keeps_nobody_out() -> None:
    """Where the base remembers many people and no username of any, a masked username is nothing new."""
    base = synced()
    without = of_users_of(base, "username")
    bad = roster(*CROWD, u1={"username": "***"}, u2={"username": "***"})
    new = bad.with_tables(
        {Kind.USER: orr.Table.of(orr.User, [*bad.users, evolve(ADA, id="new", username="***", email=None, identifier=None)])}
    )
    assert "masked_match_key" in codes(new, base=base)
    assert "masked_match_key" not in codes(new, base=without)


def of_users_of(base: orr.Base, column: str) -> orr.Base:
    users = base.users.frame.with_columns(pl.lit(None, dtype=pl.String).alias(column))
    return base.with_tables({Kind.USER: orr.Table(orr.User, users)})


def test_one_value_for_everybody_is_a_mask() -> None:
    """From twenty values on; nineteen may be one family."""
    bad = of_users(roster(*CROWD), family_name=pl.lit("Student"))
    assert finding(bad, "masked_required_field").message == "familyName looks masked"
    few = roster(*CROWD[:16])
    assert "masked_required_field" not in codes(of_users(few, family_name=pl.lit("Byron")))


def test_bare_initials_are_a_mask() -> None:
    """Where more than half of the surnames are one letter, those are none; a surname of one letter elsewhere is a name."""
    bad = of_users(
        roster(*CROWD),
        pl.when(pl.col("id").str.starts_with("p")).then(pl.lit("B.")).otherwise("family_name").alias("family_name"),
    )
    assert finding(bad, "masked_required_field").count == 30
    assert codes(roster(u1={"family_name": "O"})) == []


def test_birth_dates_that_are_all_one_are_a_mask() -> None:
    """Everybody was born on the first of January 1990, it is said."""
    births = [orr.Demographics(user=each.id, birth_date=date(2012, 1, 1)) for each in CROWD]
    report = orr.validate(roster(*CROWD, *births, without=["sessions"]))
    assert "masked_value" not in [issue.code for issue in report]
    same = roster(*CROWD).with_tables({Kind.DEMOGRAPHICS: orr.Table.of(orr.Demographics, births)})
    assert finding(same, "masked_value").message == "birthDate looks masked"


def test_a_column_that_went_blank_is_said_and_clears_nothing() -> None:
    """What the base remembers of most people, and nobody has now, is no longer shared."""
    bad = of_users(roster(*CROWD), username=pl.lit(None, dtype=pl.String))
    report = orr.validate(bad, base=synced())
    assert [issue.code for issue in report] == ["column_gone_blank"]
    assert len(report.roster.users) == len(bad.users)
    meant = orr.Expectations(withheld={Kind.USER: {"username"}})
    assert codes(bad, base=synced(), expecting=meant) == ["column_blank"]


def test_somebody_new_in_a_column_that_went_blank_is_set_aside() -> None:
    """The host may know them by it."""
    bad = of_users(
        roster(
            *CROWD,
            evolve(ADA, id="new", given_name="Zoe", family_name="Zimm", username=None, email="z@z.example", identifier="z"),
        ),
        username=pl.lit(None, dtype=pl.String),
    )
    assert finding(bad, "masked_match_key", base=synced()).examples == ("new",)


def test_what_was_not_read_completely_did_not_go_blank() -> None:
    """A delta fills what changed."""
    bad = of_users(roster(*CROWD), username=pl.lit(None, dtype=pl.String))
    delta = evolve(bad, coverage=bad.coverage.with_read(Kind.USER, Read(extent=Extent.DELTA)))
    assert codes(delta, base=synced()) == ["column_blank"]


def test_a_masked_id_lets_nothing_of_its_kind_go() -> None:
    """It could be any row's."""
    rest = orr.validate(roster(orr.Enrollment(class_="***", user="u1", role="student"))).roster
    assert rest.coverage.read(Kind.ENROLLMENT).masked == 1
    assert not rest.coverage.proves_absence(Kind.ENROLLMENT)


def test_a_kind_that_lost_a_third_proves_nothing() -> None:
    """Half of the people are gone: nobody is removed for it, unless it is said that this is meant."""
    bad = roster(*CROWD[:10])
    issue = finding(bad, "kind_shrank", base=synced())
    assert (issue.message, issue.count, issue.subject.kind) == ("13 rows where the base remembers 33", 20, Kind.USER)
    assert not orr.validate(bad, base=synced()).roster.coverage.proves_absence(Kind.USER)
    assert codes(bad, base=synced(), expecting=orr.Expectations(shrinking={Kind.USER})) == []
    assert codes(roster(*CROWD[:20]), base=synced()) == []


def test_ids_that_became_others_set_old_and_new_aside() -> None:
    """The crowd has new ids and looks as before: nobody is removed, nobody is made."""
    bad = roster(*(evolve(each, id=f"q{each.id}") for each in CROWD))
    report = orr.validate(bad, base=synced())
    assert [(issue.code, issue.count) for issue in report] == [("identity_drift", 30)]
    aside = set(report.roster.quarantine[Kind.USER]["id"])
    assert aside == {each.id for each in CROWD} | {f"q{each.id}" for each in CROWD}


def test_two_people_with_new_ids_are_no_drift() -> None:
    """That happens every night."""
    bad = roster(*(evolve(each, id=f"q{each.id}") for each in CROWD[:2]), *CROWD[2:])
    assert codes(bad, base=synced()) == []


def test_new_people_in_place_of_old_ones_are_no_drift() -> None:
    """As many leave as come, and they are others."""
    others = [evolve(each, id=f"q{each.id}", username=f"n{each.id}", email=None, identifier=f"n{each.id}") for each in CROWD[:5]]
    assert codes(roster(*others, *CROWD[5:]), base=synced()) == []


def test_ids_that_were_given_to_others_are_drift() -> None:
    """Everybody answers to the id of somebody else."""
    swapped = [evolve(each, id=other.id) for each, other in zip(CROWD, CROWD[1:] + CROWD[:1], strict=True)]
    assert finding(roster(*swapped), "identity_drift", base=synced()).count == 30
    assert codes(roster(*swapped), base=synced(), expecting=orr.Expectations(drifted=[Kind.USER])) == []


@pytest.mark.parametrize("lost", [Read(extent=Extent.DELTA), Read(), Read(extent=Extent.COMPLETE, rejected=1)])
def test_nothing_is_gone_of_what_was_not_read_completely(lost: Read) -> None:
    """So nobody can have come in its place."""
    bad = roster(*(evolve(each, id=f"q{each.id}") for each in CROWD))
    assert "identity_drift" in codes(bad, base=synced())
    assert "identity_drift" not in codes(evolve(bad, coverage=bad.coverage.with_read(Kind.USER, lost)), base=synced())


def test_drift_that_is_expected_is_let_through() -> None:
    """The new ids are new people, and the old ones are gone."""
    bad = roster(*(evolve(each, id=f"q{each.id}") for each in CROWD))
    report = orr.validate(bad, base=synced(), expecting=orr.Expectations(drifted={Kind.USER}))
    assert (report.roster.quarantine, len(report.roster.users)) == ({}, len(bad.users))


def test_an_identifier_that_many_have_tells_nobody_from_another() -> None:
    """Zeros stand for no number: people who leave and people who come do not look alike for them."""
    old, new = (
        [
            evolve(each, id=f"{name}{i}", identifier="0000", username=f"{name}{i}", email=None, family_name=f"{name} {i}")
            for i, each in enumerate(CROWD)
        ]
        for name in ("old", "new")
    )
    base = remembered(roster(*old))
    assert "identity_drift" not in codes(roster(*new), base=base)


def test_classes_of_no_term_that_is_known_are_not_alike() -> None:
    """Nothing in common is not the same in common."""

    def classes(name: str, term: str) -> Roster:
        extra = [
            orr.Class(id=f"{name}{i}", title=f"Class {i}", class_code=str(i), course="c1", school="s1", terms=(term,))
            for i in range(5)
        ]
        year = evolve(ROWS["sessions"][1], id=term, title=term)
        return roster(*extra, *([year] if term != "t1" else []))

    base = remembered(classes("old", "t1"))
    assert "identity_drift" in codes(classes("new", "t1"), base=base)
    assert "identity_drift" not in codes(classes("new", "t2"), base=base)
    forgotten = base.with_tables(
        {Kind.CLASS: orr.Table(orr.Class, base.classes.frame.with_columns(pl.lit([], pl.List(pl.String)).alias("terms")))}
    )
    assert "identity_drift" not in codes(classes("new", "t2"), base=forgotten)


@pytest.mark.parametrize(
    ("names", "birth"),
    [
        ({"given_name": "Augusta"}, None),
        ({"family_name": "King"}, None),
        ({"given_name": "Aug", "middle_name": "Ada", "family_name": "King"}, None),
        ({"given_name": "Adaline", "family_name": "King"}, None),
        ({"given_name": "AUGUSTA", "family_name": "Bÿron-King"}, None),
        ({"given_name": "Augusta", "family_name": "King"}, date(2012, 12, 10)),
    ],
)
def test_somebody_who_married_or_goes_by_another_name_is_the_same(names: dict[str, str], birth: date | None) -> None:
    """A part of either name, a short form or the birth date says so."""
    births = [orr.Demographics(user="p0", birth_date=date(2012, 12, 10))]
    base = remembered(roster(*CROWD, *births))
    now = [orr.Demographics(user="p0", birth_date=birth)] if birth else []
    assert "id_recycled" not in codes(roster(evolve(CROWD[0], **names), *CROWD[1:], *now), base=base)


@pytest.mark.parametrize("birth", [None, date(2013, 1, 1)])
def test_an_id_that_was_given_to_somebody_else_is_set_aside(birth: date | None) -> None:
    """Nothing is renamed, nobody enters the other's classes, and the account stays; unless it is said to be the same person."""
    first = roster(*CROWD, orr.Demographics(user="p0", birth_date=date(2012, 12, 10)))
    host, state = orr.MemoryHost(orr.Directory()), orr.MemoryState()
    night(first, host, state)
    other = evolve(CROWD[0], given_name="Zoe", family_name="Zimm", username="zoe")
    births = [orr.Demographics(user="p0", birth_date=birth)] if birth else []
    today = roster(other, *CROWD[1:], *births, orr.Enrollment(class_="k1", user="p0", role="student"))
    issue = finding(today, "id_recycled", base=state.base)
    assert (issue.examples, issue.severity, issue.resolution) == (("p0",), orr.Severity.WARNING, Resolution.QUARANTINED)
    assert "Zoe" not in str(issue)
    before = host.snapshot()
    night(orr.validate(today, base=state.base).roster, host, state)
    for kind in Kind:
        assert host.snapshot()[kind] == before[kind]
    meant = orr.Expectations(renamed={"p0"})
    assert "id_recycled" not in codes(today, base=state.base, expecting=meant)
    several = state.base.crosswalk.links("sis", Kind.USER).filter(pl.col("source_id") == "p0")["host_id"].item()
    rows = [orr.CrosswalkRow("sis", Kind.USER, each, several) for each in ("p0", "p0b")]
    folded = evolve(state.base, crosswalk=orr.Crosswalk.of(rows))
    assert "id_recycled" not in codes(today, base=folded)


def test_masked_names_are_no_drift() -> None:
    """Unknown is not other."""
    bad = of_users(roster(*CROWD), given_name=pl.lit("***"), family_name=pl.lit("***"))
    assert "identity_drift" not in codes(bad, base=synced())


def _knowing(*ids: str) -> orr.Base:
    rows = [orr.CrosswalkRow("sis", Kind.USER, each, f"h-{each}") for each in ids]
    return orr.Base(crosswalk=orr.Crosswalk.of(rows))
