"""A product that lets no two accounts have the same username, and says beforehand for whom it has no seat."""

from collections.abc import Collection, Mapping

import polars as pl

import oneroster_reconcile as orr
from oneroster_reconcile.hosts.sql import SqlHost
from oneroster_reconcile.model.kinds import Kind

__all__ = ["NO_SEAT", "StrictHost"]

NO_SEAT = "Noseat"
"""The name of those for whom there is none."""


class StrictHost(SqlHost):
    """It is asked about its names and seats; its database has an index that holds it to the former."""

    def begin(self) -> None:
        """Have the index made, once there are tables."""
        with self._database.engine.begin() as connection:
            connection.exec_driver_sql("CREATE UNIQUE INDEX one_each ON users (username)")

    def unique(self, kind: Kind) -> Collection[str]:
        """Usernames."""
        return ("username",) if kind is Kind.USER else ()

    def objections(self, batch: orr.Batch) -> Mapping[str, str]:
        """Those without a seat."""
        if batch.kind is not Kind.USER or not len(batch):
            return {}
        refused = batch.frame.filter(pl.col("after").struct.field("family_name") == NO_SEAT)
        return dict.fromkeys(refused["id"], "no seats are left")
