"""Users whose rows are different after a night: corrected, moved, or with other children."""

from functools import reduce

import polars as pl
from attrs import frozen

from oneroster_reconcile.samples.cast import share
from oneroster_reconcile.samples.desk import Desk
from oneroster_reconcile.samples.draws import Draws
from oneroster_reconcile.samples.edits import dialed, married, readdressed, respelled
from oneroster_reconcile.samples.evening import Evening
from oneroster_reconcile.samples.night import event, rows_of
from oneroster_reconcile.samples.roles import role_lists

__all__ = ["Corrections", "corrections"]


@frozen(eq=False)
class Corrections:
    """The rows as they are now, each with where it stood, and what happened to whom."""

    rows: pl.DataFrame
    events: list[pl.DataFrame]


def corrections(draws: Draws, desk: Desk, evening: Evening, churn: float) -> Corrections:
    """Make every correction of a night; what is said of guardians who left is not."""
    users, who = evening.district.roster.users.frame, evening.who
    guardians = users.filter(pl.col("phone").is_not_null()).join(
        evening.kin.left.to_frame("id"), on="id", how="anti", maintain_order="left"
    )
    written = guardians.filter(pl.col("email").is_not_null())
    mailed = written[draws.picked(share(written.height, churn * 0.2), written.height)]
    called = guardians[draws.picked(share(guardians.height, churn), guardians.height)]
    edits = {
        "moved": _transferred(evening.moved),
        "household_changed": evening.kin.changed,
        "respelled": respelled(_people(users, who.respelled)),
        "renamed": married(draws, desk, _people(users, who.married)),
        "email_changed": readdressed(desk, pl.concat([_people(users, who.readdressed), mailed])),
        "phone_changed": dialed(draws, called),
    }
    everyone = pl.concat([edit["id"] for edit in edits.values()]).unique(maintain_order=True)
    rows = reduce(lambda rows, edit: rows.update(edit, on="id"), edits.values(), rows_of(users, everyone))
    return Corrections(rows, [event(name, edit["id"]) for name, edit in edits.items()])


def _people(users: pl.DataFrame, ids: pl.Series) -> pl.DataFrame:
    return users.join(ids.to_frame("id"), on="id", how="semi", maintain_order="left")


def _transferred(moved: pl.DataFrame) -> pl.DataFrame:
    roles = role_lists(moved.select("id", org="school", role=pl.lit("student")))
    return moved.select("id", primary_org="school").join(roles, on="id", how="left", maintain_order="left")
