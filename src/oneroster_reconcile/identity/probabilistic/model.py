"""`Model`: what is compared, how pairs are found, and when a pair is a link. All of it is data."""

from collections.abc import Mapping

import polars as pl
from attrs import field, frozen

from oneroster_reconcile.identity.probabilistic.levels import Comparison

__all__ = ["Block", "Learning", "Model", "Thresholds"]


@frozen(kw_only=True)
class Block:
    """Fields that two records must share to be compared at all; `host` names the host's where they are others, as in crossed names.

    >>> Block(fields=("given", "family"), host=("family", "given")).of_host
    ('family', 'given')
    """

    fields: tuple[str, ...]
    host: tuple[str, ...] = ()

    @property
    def of_host(self) -> tuple[str, ...]:
        """The fields of the host's side."""
        return self.host or self.fields


@frozen(kw_only=True)
class Thresholds:
    """When a pair is linked without asking, and when somebody is asked.

    `margin` is in bits: how much worse the best exchange of partners has to be. Where `names_suffice`, two people whose rare names agree are linked even if nothing
    else can be compared.

    >>> Thresholds().link, Thresholds().review
    (0.99, 0.05)
    """

    link: float = 0.99
    review: float = 0.05
    margin: float = 3.0
    names_suffice: bool = True


@frozen(kw_only=True)
class Learning:
    """How the weights are learned.

    The model's own `m` and `u` count as much as `pseudo_matches` matches and `pseudo_pairs` pairs of strangers, so that a small file cannot lead them astray.

    >>> Learning().rounds
    30
    """

    pseudo_matches: float = 30.0
    pseudo_pairs: float = 10_000.0
    sample: int = 50_000
    rounds: int = 30
    tolerance: float = 1e-4
    most_bits: float = 16.0
    least_bits: float = -10.0


@frozen(kw_only=True)
class Model:
    """How people are compared.

    `forms` gives each field as an expression over the columns of a frame of people, a column that is not there being blank; `derived` gives more fields, as
    expressions over those. People are compared only where
    `within` is equal, blank being a value like any other. A block of more than `largest_block` pairs is left to the other blocks.

    >>> from oneroster_reconcile.identity.probabilistic.levels import exact, otherwise
    >>> from oneroster_reconcile.identity.probabilistic.normal_forms import name
    >>> model = Model(
    ...     forms={"name": name(pl.col("name"))},
    ...     comparisons=(Comparison(name="name", field="name", levels=(exact("name", m=0.9, u=0.01), otherwise(m=0.1, u=0.99))),),
    ...     blocks=(Block(fields=("name",)),),
    ... )
    >>> model.normal(pl.DataFrame({"id": [1], "name": [" Zoë"]})).rows()
    [('1', 'zoe')]
    """

    forms: Mapping[str, pl.Expr] = field(eq=False, repr=False)
    derived: Mapping[str, pl.Expr] = field(factory=dict[str, pl.Expr], eq=False, repr=False)
    comparisons: tuple[Comparison, ...]
    blocks: tuple[Block, ...]
    within: tuple[str, ...] = ()
    largest_block: int = 4_000
    learning: Learning = Learning()
    thresholds: Thresholds = Thresholds()

    @property
    def knows_households(self) -> bool:
        """Whether some comparisons are about the person and some about the household, so that the two can be told apart."""
        return len({comparison.personal for comparison in self.comparisons}) > 1

    def normal(self, people: pl.DataFrame) -> pl.DataFrame:
        """People as `id` and the fields, in the order of their ids, so that no result depends on the order of rows.

        Raises ValueError where `id` is not there, is blank or repeats.
        """
        if "id" not in people.columns:
            raise ValueError(f"people need a column 'id'; there are {people.columns}")
        if people["id"].null_count() or people["id"].n_unique() < people.height:
            raise ValueError("each person needs an id that no other row has")
        named = {name for form in self.forms.values() for name in form.meta.root_names()}
        blank = [pl.lit(None, pl.String).alias(name) for name in sorted(named - set(people.columns))]
        fields = people.lazy().with_columns(blank).select(pl.col("id").cast(pl.String), **self.forms)
        return fields.with_columns(**self.derived).sort("id").collect()
