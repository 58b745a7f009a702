"""A district that was synced once, and an export of the next morning that is damaged: nobody is removed or made for it."""

from collections.abc import Callable
from datetime import date
from functools import cache

import polars as pl
import pytest
from attrs import frozen

import oneroster_reconcile as orr
from oneroster_reconcile import Kind, Roster
from oneroster_reconcile.samples import district, evolve
from tests.validation.damage import changed

REMOVALS = (orr.Verb.UNENROLL, orr.Verb.SUSPEND, orr.Verb.DELETE)
CREATIONS = (orr.Verb.CREATE, orr.Verb.ENROLL)
Spoil = Callable[[Roster], Roster]


@frozen(eq=False)
class Morning:
    """The host and the state of the evening, and what the source says next morning."""

    directory: orr.Directory
    base: orr.Base
    today: orr.Roster

    def does(self, roster: Roster) -> tuple[set[object], set[object]]:
        """The removals and creations of a run on a roster."""
        plan = orr.reconcile(roster, self.directory, base=self.base, policy=orr.presets.mirror(), as_of=ON)
        rows = {row for frame in plan.changes.values() for row in frame.select("verb", "kind", "id").iter_rows()}
        return {row for row in rows if row[0] in REMOVALS}, {row for row in rows if row[0] in CREATIONS}


FIRST = district(200, seed=5)
NEXT = next(evolve(FIRST)).district
ON = NEXT.on


@cache
def morning() -> Morning:
    host, state = orr.MemoryHost(orr.Directory()), orr.MemoryState()
    plan = orr.reconcile(FIRST.roster, host.snapshot(), base=state.base, policy=orr.presets.mirror(), as_of=FIRST.on)
    orr.apply(plan, host, state)
    return Morning(host.snapshot(), state.base, NEXT.roster)


def filled(kind: Kind, column: str, value: object) -> Spoil:
    """Every row has this value."""

    def spoil(roster: Roster) -> Roster:
        rows = roster[kind].frame
        return changed(roster, kind, rows.with_columns(pl.lit(value, dtype=rows.schema[column]).alias(column)))

    return spoil


def cut(kind: Kind) -> Spoil:
    """Half of the rows are not there, and nobody says so."""
    return lambda roster: changed(roster, kind, roster[kind].frame.head(len(roster[kind]) // 2))


def other_ids(roster: Roster) -> Roster:
    """Every person has another, plausible, id, in all files."""
    new = pl.lit("9") + pl.col("user")
    for kind in (Kind.ENROLLMENT, Kind.DEMOGRAPHICS):
        roster = changed(roster, kind, roster[kind].frame.with_columns(user=new))
    agents = pl.col("agents").list.eval(pl.lit("9") + pl.element())
    return changed(roster, Kind.USER, roster.users.frame.with_columns(agents, id=pl.lit("9") + pl.col("id")))


def permuted_ids(roster: Roster) -> Roster:
    """Every person has the id of somebody else."""
    users = roster.users.frame
    return changed(roster, Kind.USER, users.with_columns(id=pl.concat([users["id"].tail(7), users["id"].head(-7)])))


def other_class_ids(roster: Roster) -> Roster:
    """Every class has another id."""
    enrollments = roster.enrollments.frame.with_columns(class_=pl.lit("9") + pl.col("class_"))
    classes = roster.classes.frame.with_columns(id=pl.lit("9") + pl.col("id"))
    return changed(changed(roster, Kind.ENROLLMENT, enrollments), Kind.CLASS, classes)


def vendor_roles(roster: Roster) -> Roster:
    """Roles in words of the vendor's own."""
    role = pl.element().struct.with_fields((pl.lit("SIS ") + pl.field("role")).alias("role"))
    return changed(roster, Kind.USER, roster.users.frame.with_columns(pl.col("roles").list.eval(role)))


def schools_lost(roster: Roster) -> Roster:
    """All schools but one are missing."""
    return changed(roster, Kind.ORG, roster.orgs.frame.head(2))


DAMAGES: dict[str, tuple[str, Spoil]] = {
    **{
        f"{name} blank": ("column_gone_blank", filled(Kind.USER, name, None)) for name in ("username", "given_name", "identifier")
    },
    "addresses masked": ("masked_match_key", filled(Kind.USER, "email", "***@***.org")),
    "names masked": ("masked_required_field", filled(Kind.USER, "family_name", "MASKED")),
    "one name for all": ("masked_required_field", filled(Kind.USER, "given_name", "Student")),
    "roles blank": ("column_gone_blank", filled(Kind.USER, "roles", [])),
    "roles unknown": ("role_unknown", vendor_roles),
    "members masked": ("masked_key", filled(Kind.ENROLLMENT, "user", "***")),
    "members unknown": ("membership_dangling", filled(Kind.ENROLLMENT, "user", "nobody")),
    "roles of members unknown": ("role_unknown", filled(Kind.ENROLLMENT, "role", "Pupil")),
    "schools of classes blank": ("column_gone_blank", filled(Kind.CLASS, "school", None)),
    "terms of classes blank": ("column_gone_blank", filled(Kind.CLASS, "terms", [])),
    "half of the people": ("kind_shrank", cut(Kind.USER)),
    "half of the classes": ("kind_shrank", cut(Kind.CLASS)),
    "half of the enrollments": ("kind_shrank", cut(Kind.ENROLLMENT)),
    "schools lost": ("required_reference_dangling", schools_lost),
    "other ids": ("identity_drift", other_ids),
    "ids permuted": ("identity_drift", permuted_ids),
    "other ids of classes": ("identity_drift", other_class_ids),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_a_damaged_export_removes_and_makes_nobody_that_the_whole_one_would_not(name: str) -> None:
    """The damage is named as an error, and a run on what is left does nothing by absence beyond what the whole export does."""
    code, spoil = DAMAGES[name]
    report = orr.validate(_with_unique_keys(spoil(morning().today)), base=morning().base)
    assert code in {issue.code for issue in report.errors}
    removed, made = morning().does(report.roster)
    usual_removals, usual_creations = morning().does(morning().today)
    assert removed <= usual_removals
    assert made <= usual_creations


@pytest.mark.parametrize("kind", [Kind.CLASS, Kind.ENROLLMENT])
def test_half_an_export_is_told_in_the_second_half_of_the_year(kind: Kind) -> None:
    """What time has ended, which the export still holds, does not make up for what is missing; its end alone is no loss."""
    host, state, march = orr.MemoryHost(orr.Directory()), orr.MemoryState(), date(ON.year + 1, 3, 1)
    plan = orr.reconcile(FIRST.roster, host.snapshot(), base=state.base, policy=orr.presets.mirror(), as_of=march)
    orr.apply(plan, host, state)
    report = orr.validate(_with_unique_keys(cut(kind)(FIRST.roster)), base=state.base, as_of=march)
    assert "kind_shrank" in {issue.code for issue in report.errors}
    for day in (march, date(ON.year + 1, 7, 31)):
        assert orr.validate(FIRST.roster, base=state.base, as_of=day).is_clean


def test_a_night_is_clean() -> None:
    """An ordinary night, and the night into the next school year, are no reason to say anything."""
    assert orr.validate(morning().today, base=morning().base).is_clean
    (rollover,) = evolve(FIRST, rollover=True)
    assert orr.validate(rollover.district.roster, base=morning().base).is_clean


def test_what_is_meant_is_not_held_against_the_source() -> None:
    """A district that withholds addresses, and lost a third of its enrollments, may say so."""
    bad = cut(Kind.ENROLLMENT)(filled(Kind.USER, "email", "***")(morning().today))
    meant = orr.Expectations(withheld={Kind.USER: {"email"}}, shrinking={Kind.ENROLLMENT})
    codes = {issue.code for issue in orr.validate(bad, base=morning().base, expecting=meant)}
    assert {"masked_value"} == codes - {"class_empty", "class_without_teacher"}


def _with_unique_keys(roster: Roster) -> Roster:
    for kind in Kind:
        roster = changed(roster, kind, roster[kind].frame.unique(roster[kind].key, keep="first", maintain_order=True))
    return roster
