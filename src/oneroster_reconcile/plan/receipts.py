"""`Receipts`: what the host answered, row by row."""

import polars as pl
from attrs import field, frozen

from oneroster_reconcile.plan.follow_ups import FollowUp

__all__ = ["HELD", "Receipts"]

HELD = "held: "
"""How the error of a change begins that waits for an approval; the guard that holds it follows."""

_SCHEMA = pl.Schema({"id": pl.String(), "host_id": pl.String(), "ok": pl.Boolean(), "error": pl.String()})


@frozen(eq=False)
class Receipts:
    """One row a change: `id` as the batch had it, `host_id` the real id of what was created (else as before), `ok`, and `error`.

    `follow_ups` are what a whole plan leaves to people; a host that answers to a batch has none.

    >>> Receipts.done(pl.Series(["new:sis/u1"]), pl.Series(["17"])).frame.rows()
    [('new:sis/u1', '17', True, None)]
    """

    frame: pl.DataFrame = pl.DataFrame(schema=_SCHEMA)
    follow_ups: tuple[FollowUp, ...] = field(default=(), repr=False)

    @classmethod
    def done(cls, ids: pl.Series, host_ids: pl.Series | None = None) -> "Receipts":
        """Everything succeeded; `host_ids` are the ids the host gave to what it made."""
        frame = pl.DataFrame({"id": ids, "host_id": ids if host_ids is None else host_ids})
        return cls(frame.with_columns(ok=pl.lit(True), error=pl.lit(None, pl.String)).cast(_SCHEMA))

    @classmethod
    def failed(cls, ids: pl.Series, error: str) -> "Receipts":
        """Nothing succeeded, for one reason; do not put a person's data into it."""
        frame = pl.DataFrame({"id": ids})
        return cls(frame.select("id", host_id=pl.lit(None, pl.String), ok=pl.lit(False), error=pl.lit(error)).cast(_SCHEMA))

    @classmethod
    def concat(cls, parts: "list[Receipts]") -> "Receipts":
        """The answers to several batches as one."""
        return cls(pl.concat([cls().frame, *(part.frame for part in parts)]))

    @property
    def failures(self) -> pl.DataFrame:
        """What did not succeed, as `id, host_id, ok, error`."""
        return self.frame.filter(~pl.col("ok"))

    @property
    def held(self) -> pl.DataFrame:
        """What was not sent, for a guard holds it, as `id, host_id, ok, error`; it is among the failures, too."""
        return self.failures.filter(pl.col("error").str.starts_with(HELD))

    def __len__(self) -> int:
        return self.frame.height
