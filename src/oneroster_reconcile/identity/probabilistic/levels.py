"""Comparisons as data: for each field an ordered list of levels, the first of which that is true is the pair's.

A level's condition is an expression over a field `x` of the source's record and `x_host` of the host's; `x_alike` is their Jaro-Winkler similarity and `x_edits`
the number of edits between them, where the comparison asks for it.
"""

import attrs
import polars as pl
from attrs import frozen

__all__ = ["Comparison", "Level", "alike", "exact", "one_edit", "otherwise", "shares_word"]


@frozen(kw_only=True)
class Level:
    """One outcome of a comparison, with how often it is expected of one person's two records (`m`) and of two strangers' (`u`).

    The flags speak to the guard. A link needs a level that `agrees` (a given name or birth date) and one that `confirms` (anything but names); one that `contradicts`
    forbids it, unless it is `forgivable`, an id `identifies` the person, and nothing else contradicts.

    >>> Level(name="same", when=pl.col("school") == pl.col("school_host"), m=0.9, u=0.1).agrees
    False
    """

    name: str
    when: pl.Expr = attrs.field(eq=False, repr=False)
    m: float
    u: float
    equal: str | None = None
    """The field whose equality is all there is to this level; its `u` is then counted, not sampled, and rarer values weigh more."""
    agrees: bool = False
    confirms: bool = False
    contradicts: bool = False
    forgivable: bool = False
    identifies: bool = False
    silences: tuple[str, ...] = ()
    """Comparisons that have nothing to add, because this level has told it all."""


@frozen(kw_only=True)
class Comparison:
    """How one field is compared.

    A pair of which one side lacks `field` says nothing, and so does one for which `ignore` is true.

    >>> school = Comparison(name="school", field="school", levels=(exact("school", m=0.9, u=0.1), otherwise(m=0.1, u=0.9)))
    >>> [level.name for level in school.levels]
    ['exact', 'different']
    """

    name: str
    field: str
    levels: tuple[Level, ...]
    also: tuple[str, ...] = ()
    """Further fields that the levels read."""
    alike: tuple[str, ...] = ()
    edits: tuple[str, ...] = ()
    ignore: pl.Expr | None = attrs.field(default=None, eq=False, repr=False)
    personal: bool = False
    """Whether it tells members of one household apart, as a given name does and a family name does not."""

    @property
    def reads(self) -> tuple[str, ...]:
        """All fields that the comparison looks at."""
        return (self.field, *self.also)


def exact(column: str, *, m: float, u: float, agrees: bool = False, confirms: bool = False, identifies: bool = False) -> Level:
    """Both say the same; a rare value weighs more than a common one.

    >>> exact("family", m=0.9, u=0.002).equal
    'family'
    """
    same = pl.col(column) == pl.col(f"{column}_host")
    return Level(name="exact", when=same, m=m, u=u, equal=column, agrees=agrees, confirms=confirms, identifies=identifies)


def alike(column: str, least: float, *, m: float, u: float, agrees: bool = False) -> Level:
    """Jaro-Winkler similarity of at least `least`.

    >>> alike("family", 0.92, m=0.02, u=0.001).name
    'alike 0.92'
    """
    return Level(name=f"alike {least:g}", when=pl.col(f"{column}_alike") >= least, m=m, u=u, agrees=agrees)


def one_edit(column: str, *, m: float, u: float, identifies: bool = False) -> Level:
    """One letter or digit put in, left out, changed, or swapped with the next.

    >>> one_edit("identifier", m=0.02, u=0.0001).name
    'one edit'
    """
    return Level(name="one edit", when=pl.col(f"{column}_edits") <= 1, m=m, u=u, confirms=identifies, identifies=identifies)


def otherwise(*, m: float, u: float, contradicts: bool = False, forgivable: bool = False, name: str = "different") -> Level:
    """None of the levels before it.

    >>> otherwise(m=0.02, u=0.98, contradicts=True).contradicts
    True
    """
    return Level(name=name, when=pl.lit(value=True), m=m, u=u, contradicts=contradicts, forgivable=forgivable)


def shares_word(column: str, other: str | None = None) -> pl.Expr:
    """Whether two texts have a word in common: half of a double name, one of several given names.

    >>> pl.DataFrame({"x": ["ruiz mora"], "x_host": ["mora"]}).select(shares_word("x")).item()
    True
    """
    left, right = pl.col(column), pl.col(f"{other or column}_host")
    return left.str.split(" ").list.set_intersection(right.str.split(" ")).list.len() > 0
