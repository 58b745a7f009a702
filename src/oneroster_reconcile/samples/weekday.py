"""An ordinary night of the school year."""

import attrs
import polars as pl

from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.samples.attendance import Attendance, attendance
from oneroster_reconcile.samples.corrections import corrections
from oneroster_reconcile.samples.desk import Desk
from oneroster_reconcile.samples.district import District
from oneroster_reconcile.samples.draws import Draws
from oneroster_reconcile.samples.evening import Evening, evening
from oneroster_reconcile.samples.hires import hired
from oneroster_reconcile.samples.night import Night, Turn, event, positions, turned
from oneroster_reconcile.samples.roles import role_lists

__all__ = ["next_day"]


def next_day(draws: Draws, district: District, churn: float) -> Night:
    """The district on the day after, when about this share of its rows has changed."""
    desk, roster = Desk(district.office), district.roster
    tonight = evening(draws, desk, district, churn)
    corrected = corrections(draws, desk, tonight, churn)
    seats = attendance(draws, tonight)
    gone = pl.concat([tonight.who.leavers["id"], tonight.kin.left, tonight.replaced["id"]])
    staff = hired(draws, desk, _posts(tonight))
    turns = [
        Turn(kind=Kind.CLASS, added=tonight.openings.classes),
        Turn(
            kind=Kind.USER,
            added=pl.concat([tonight.new.students, tonight.new.guardians, staff]),
            updated=corrected.rows,
            gone=positions(roster.users.frame["id"], gone),
        ),
        Turn(kind=Kind.DEMOGRAPHICS, added=tonight.new.demographics, gone=positions(roster.demographics.frame["user"], gone)),
        Turn(kind=Kind.ENROLLMENT, added=seats.added, gone=seats.gone),
    ]
    roster, truth = turned(roster, turns, [*_events(tonight, seats, staff), *corrected.events])
    return Night(attrs.evolve(district, roster=roster, on=tonight.on, office=desk.closed(_teachers(tonight))), truth)


def _posts(tonight: Evening) -> pl.DataFrame:
    """Who is hired as `id, school, roles`: for a new section, or in the place of somebody."""
    users = tonight.district.roster.users.frame
    predecessors = tonight.replaced.select("id", "successor").join(users, on="id", how="left", maintain_order="left")
    opened = tonight.openings.teachers.select("id", "school")
    roles = role_lists(opened.select("id", org="school", role=pl.lit("teacher")))
    return pl.concat(
        [
            opened.join(roles, on="id", how="left", maintain_order="left"),
            predecessors.select(id="successor", school="primary_org", roles="roles"),
        ]
    )


def _teachers(tonight: Evening) -> pl.DataFrame:
    """The teachers in the morning, a successor in the place of who resigned."""
    successors = tonight.replaced.select("id", "successor")
    teachers = tonight.district.office.teachers
    stayed = teachers.join(successors, on="id", how="left", maintain_order="left").with_columns(id=pl.coalesce("successor", "id"))
    return pl.concat([stayed.select(teachers.columns), tonight.openings.teachers.select(teachers.columns)])


def _events(tonight: Evening, seats: Attendance, staff: pl.DataFrame) -> list[pl.DataFrame]:
    return [
        event("joined", tonight.new.students["id"]),
        event("guardian_joined", tonight.new.guardians["id"]),
        event("left", tonight.who.leavers["id"]),
        event("guardian_left", tonight.kin.left),
        event("switched", seats.switched),
        event("hired", staff["id"]),
        event("resigned", tonight.replaced["id"]),
        event("opened", tonight.openings.classes["id"], Kind.CLASS),
    ]
