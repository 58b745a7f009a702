"""`normal`: text as it is compared wherever keys are."""

from functools import partial
from typing import Literal

import polars as pl

__all__ = ["in_form", "normal"]


def normal(text: pl.Expr) -> pl.Expr:
    """Text for comparing: in Unicode's compatibility form, stripped, without case, and null where nothing is left.

    >>> pl.DataFrame({"email": [" Ada@X.edu ", "ａda@x.edu", " "]}).select(normal(pl.col("email")))["email"].to_list()
    ['ada@x.edu', 'ada@x.edu', None]
    """
    return in_form(text, "NFKC").str.strip_chars().str.to_lowercase().replace("", None)


def in_form(text: pl.Expr, form: Literal["NFKC", "NFKD"]) -> pl.Expr:
    """Text in a form of Unicode; ASCII is in every form already, and most text is nothing else.

    >>> pl.DataFrame({"name": ["Ada", "Ａda", None]}).select(in_form(pl.col("name"), "NFKC"))["name"].to_list()
    ['Ada', 'Ada', None]
    """
    return text.map_batches(partial(_in_form, form=form), return_dtype=pl.String(), is_elementwise=True)


def _in_form(text: pl.Series, form: Literal["NFKC", "NFKD"]) -> pl.Series:
    others = (text.str.len_bytes() != text.str.len_chars()).arg_true()
    return text.scatter(others, text.gather(others).str.normalize(form)) if len(others) else text
