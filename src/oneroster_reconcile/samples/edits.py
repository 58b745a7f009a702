"""Small corrections that an office makes: surnames, spellings, e-mail addresses, telephone numbers. Each is sure to differ from what was there."""

from functools import reduce

import numpy as np
import polars as pl

from oneroster_reconcile.samples.desk import Desk
from oneroster_reconcile.samples.draws import Draws
from oneroster_reconcile.samples.names import families

__all__ = ["dialed", "married", "readdressed", "respelled"]

_SPELLINGS = (("ph", "f"), ("y", "i"), ("c", "k"), ("k", "c"), ("ie", "y"), ("z", "s"), ("s", "z"), ("i", "y"), ("a", "ah"))


def respelled(people: pl.DataFrame) -> pl.DataFrame:
    """Given names spelled otherwise, as `id, given_name`.

    >>> respelled(pl.DataFrame({"id": ["s1", "s2"], "given_name": ["Sofya", "Uru"]}))["given_name"].to_list()
    ['Sofia', 'Urue']
    """
    name = pl.col("given_name")
    other = reduce(
        lambda rest, pair: (
            pl.when(name.str.contains(pair[0], literal=True)).then(name.str.replace(*pair, literal=True)).otherwise(rest)
        ),
        reversed(_SPELLINGS),
        name + "e",
    )
    return people.select("id", other.alias("given_name"))


def married(draws: Draws, desk: Desk, people: pl.DataFrame) -> pl.DataFrame:
    """Another surname, or a second one beside the old, and an e-mail address to match: `id, family_name, email`; the username stays."""
    listed = families()
    drawn = draws.below(len(listed.names), people.height)
    # The next name in the list where the drawn one is the name they have: neighbours differ.
    drawn = np.where((listed.names.gather(drawn) == people["family_name"]).to_numpy(), (drawn + 1) % len(listed.names), drawn)
    both = pl.Series(draws.chance(0.4, people.height), dtype=pl.Boolean)
    new = pl.DataFrame({"new": listed.names.gather(drawn), "slug": listed.slugs.gather(drawn), "both": both})
    names = pl.concat([people.select("id", "family_name", "username", "email"), new], how="horizontal")
    given = pl.col("username").str.split(".").list.first()
    handles = desk.handles(names.select((given + "." + pl.col("slug")).alias("base"))["base"])
    return names.with_columns(handles).select(
        "id",
        family_name=pl.when("both").then(pl.col("family_name") + "-" + pl.col("new")).otherwise("new"),
        email=pl.col("handle") + "@" + pl.col("email").str.split("@").list.last(),
    )


def readdressed(desk: Desk, people: pl.DataFrame) -> pl.DataFrame:
    """A new e-mail address with the same provider, as `id, email`; the username stays."""
    bases = people.select(pl.col("username").str.replace(r"\d+$", "").alias("base"))["base"]
    provider = pl.col("email").str.split("@").list.last()
    return people.with_columns(desk.handles(bases)).select("id", email=pl.col("handle") + "@" + provider)


def dialed(draws: Draws, people: pl.DataFrame) -> pl.DataFrame:
    """A new telephone number with the same area code, as `id, phone`."""
    step = pl.Series(1 + draws.below(9_998, people.height), dtype=pl.Int64)
    line = (pl.col("phone").str.slice(-4).cast(pl.Int64) + step) % 10_000
    return people.select("id", phone=pl.col("phone").str.head(-4) + line.cast(pl.String).str.zfill(4))
