"""Teachers who come during the year."""

import polars as pl

from oneroster_reconcile.samples.desk import Desk
from oneroster_reconcile.samples.draws import Draws
from oneroster_reconcile.samples.people import handle_base, newly_hired, staff_rows

__all__ = ["hired"]


def hired(draws: Draws, desk: Desk, posts: pl.DataFrame) -> pl.DataFrame:
    """New people as users, for posts of `id, school, roles`."""
    people = newly_hired(draws, posts["id"]).join(posts, on="id", how="left", maintain_order="left")
    people = people.with_columns(desk.handles(handle_base(people)), pl.lit([], pl.List(pl.String())).alias("agents"))
    return staff_rows(draws, people)
