"""The ids of the National Center for Education Statistics, by which products in the United States know schools and districts.

In the Common Core of Data a district (LEA) has seven digits, of which two are the state's, and a school twelve: those of its district and five of its own (NCES, *Common Core
of Data*, fields LEAID and NCESSCH). OneRoster has no column for them: senders put them into `identifier`, or into `metadata.national_id`.
"""

import polars as pl

__all__ = ["NATIONAL_ID", "nces_id", "nces_ids_disagree"]

NATIONAL_ID = "national_id"
"""The key of an org's metadata that may hold it."""
_FORMS = {"school": r"^[0-9]{12}$", "district": r"^[0-9]{7}$"}


def nces_id() -> pl.Expr:
    """The NCES id of an org of type `school` or `district`, over the columns of orgs: its `identifier` where that has the form of one, else its `metadata.national_id`.

    A number that lost its leading zero has not the form.

    >>> from oneroster_reconcile.model.orgs import Org
    >>> from oneroster_reconcile.model.table import Table
    >>> given = {"name": "High", "type": "school"}
    >>> orgs = [Org(id="s1", identifier="060123400567", **given), Org(id="s2", identifier="7", metadata={"national_id": "060123400568"}, **given)]
    >>> Table.of(Org, orgs).frame.select(nces_id().alias("nces_id"))["nces_id"].to_list()
    ['060123400567', '060123400568']
    """
    return pl.coalesce(_formed(pl.col("identifier")), _formed(_national_id()))


def nces_ids_disagree() -> pl.Expr:
    """Whether an org has two NCES ids, and they differ."""
    return (_formed(pl.col("identifier")) != _formed(_national_id())).fill_null(value=False)


def _national_id() -> pl.Expr:
    value = pl.element().struct.field("value").filter(pl.element().struct.field("key") == NATIONAL_ID)
    return pl.col("metadata").list.eval(value).list.first()


def _formed(value: pl.Expr) -> pl.Expr:
    bare = value.str.strip_chars()
    fits = pl.any_horizontal((pl.col("type") == of) & bare.str.contains(form) for of, form in _FORMS.items())
    return pl.when(fits.fill_null(value=False)).then(bare)
