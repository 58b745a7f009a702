"""Comparing keys and names: the normal forms that exact rules use."""

import polars as pl

__all__ = ["agreement", "contradiction", "normal"]


def normal(text: pl.Expr) -> pl.Expr:
    """Text for comparing: stripped, without case, and null where nothing is left.

    >>> pl.DataFrame({"email": [" Ada@X.edu ", " "]}).select(normal(pl.col("email")))["email"].to_list()
    ['ada@x.edu', None]
    """
    return text.str.strip_chars().str.to_lowercase().replace("", None)


def agreement(column: str) -> pl.Expr:
    """Whether a value is known on both sides (`column` and `<column>_host`) and equal."""
    return (pl.col(column) == pl.col(f"{column}_host")).fill_null(value=False)


def contradiction(column: str) -> pl.Expr:
    """Whether a value is known on both sides and different."""
    return (pl.col(column) != pl.col(f"{column}_host")).fill_null(value=False)
