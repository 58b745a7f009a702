"""`normal`: text as it is compared wherever keys are."""

import polars as pl

__all__ = ["normal"]


def normal(text: pl.Expr) -> pl.Expr:
    """Text for comparing: in Unicode's compatibility form, stripped, without case, and null where nothing is left.

    >>> pl.DataFrame({"email": [" Ada@X.edu ", "ａda@x.edu", " "]}).select(normal(pl.col("email")))["email"].to_list()
    ['ada@x.edu', 'ada@x.edu', None]
    """
    return text.str.normalize("NFKC").str.strip_chars().str.to_lowercase().replace("", None)
