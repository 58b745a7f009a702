"""Usernames: given name and surname in plain letters, with a number from the second person of the same name on."""

import polars as pl

__all__ = ["NO_HANDLES", "issue_handles"]

NO_HANDLES = pl.DataFrame(schema={"base": pl.String(), "issued": pl.Int64()})


def issue_handles(bases: pl.Series, issued: pl.DataFrame = NO_HANDLES) -> tuple[pl.Series, pl.DataFrame]:
    """Names that nobody has or ever had, with how many of each base are now issued: a leaver's name is not given away.

    >>> names, issued = issue_handles(pl.Series(["ana.ruiz", "bo.chen", "ana.ruiz"]))
    >>> names.to_list()
    ['ana.ruiz', 'bo.chen', 'ana.ruiz2']
    >>> issue_handles(pl.Series(["ana.ruiz"]), issued)[0].to_list()
    ['ana.ruiz3']
    """
    wanted = bases.to_frame("base").with_columns(turn=pl.int_range(1, pl.len() + 1).over("base"))
    numbered = wanted.join(issued, on="base", how="left", maintain_order="left").select(
        "base", number=pl.col("turn") + pl.col("issued").fill_null(0)
    )
    names = numbered.select(
        pl.when(pl.col("number") == 1).then("base").otherwise(pl.format("{}{}", "base", "number")).alias("handle")
    )
    latest = numbered.group_by("base", maintain_order=True).agg(issued=pl.col("number").max())
    rest = issued.join(latest, on="base", how="anti")
    return names["handle"], pl.concat([rest, latest]).sort("base")
