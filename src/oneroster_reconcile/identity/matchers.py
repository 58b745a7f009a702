"""`Matcher`: who decides by likeness who is who, and the two that come with the library."""

from typing import TYPE_CHECKING, Any, Protocol

import polars as pl
from attrs import evolve, field, frozen

from oneroster_reconcile.identity.probabilistic.model import Model, Thresholds

if TYPE_CHECKING:
    from oneroster_reconcile.identity.probabilistic.explanation import Explanation

__all__ = ["FellegiSunter", "Likenesses", "Matcher", "Open", "SplinkMatcher"]

_NO_PAIRS = {"source_id": pl.String(), "host_id": pl.String()}


@frozen(kw_only=True, eq=False)
class Open:
    """Who is to be linked, where that is not everybody: people of the source and the host by their ids, and pairs (`source_id, host_id`) that are not the same.

    >>> Open(source=pl.Series(["s1"]), host=pl.Series(["7"])).apart.height
    0
    """

    source: pl.Series
    host: pl.Series
    apart: pl.DataFrame = field(factory=lambda: pl.DataFrame(schema=_NO_PAIRS))


class Likenesses(Protocol):
    """**Protocol:** what a matcher found.

    Callers rely on `links` having each person once at the most, on `links` and `review` having nobody in common, on probabilities and weights (bits, log2 of the
    odds) saying the same, and on the bits of an explanation summing to the weight of the pair.

    >>> people = pl.DataFrame({"id": ["a"], "given_name": ["Ada"], "family_name": ["Byron"], "birth_date": ["2010-03-09"]})
    >>> found: Likenesses = FellegiSunter().link(people, people.with_columns(id=pl.lit("7")))
    >>> found.links.rows(named=True)[0]["host_id"]
    '7'
    """

    @property
    def links(self) -> pl.DataFrame:
        """The pairs that are safe to link, as `source_id, host_id, rule, probability, weight, margin`."""
        ...

    @property
    def review(self) -> pl.DataFrame:
        """The pairs that a person should look at, as `source_id, host_id, reason, probability, weight, margin`."""
        ...

    @property
    def pairs(self) -> pl.DataFrame:
        """All pairs that are likely enough for either, as `source_id, host_id, probability, weight`."""
        ...

    def explain(self, source_id: str, host_id: str) -> "Explanation":
        """The sum behind the weight of two people, compared or not; KeyError for an id that nobody has."""
        ...


class Matcher(Protocol):
    """**Protocol:** finds likenesses between two frames of people.

    The frames have one row a person, in the columns of `people_of`. Callers rely on a pure function: the same rows give the same likenesses, in whatever order they come; what comes out
    is about the people and pairs in `among` alone, while everybody may be learned from. `FellegiSunter` is the reference.

    >>> ours: Matcher = FellegiSunter()
    """

    def link(self, source: pl.DataFrame, host: pl.DataFrame, *, among: Open | None = None) -> Likenesses:
        """Who of the source is who at the host."""
        ...


def _cautious() -> Model:
    from oneroster_reconcile.identity.probabilistic.roster import roster_model

    model = roster_model()
    return evolve(model, thresholds=evolve(model.thresholds, names_suffice=False))


@frozen(kw_only=True)
class FellegiSunter:
    """The library's own matcher: Fellegi and Sunter's model, learned from the two frames with the constraint that one person has one account.

    With the model that it has by default nobody is linked by names alone, however rare they are.

    >>> FellegiSunter().model.thresholds.names_suffice
    False
    """

    model: Model = field(factory=_cautious)

    def link(self, source: pl.DataFrame, host: pl.DataFrame, *, among: Open | None = None) -> Likenesses:
        """Who of the source is who at the host, with all that `Linkage` has to say of it."""
        # numpy and rapidfuzz are loaded by those who look for likenesses only.
        from oneroster_reconcile.identity.probabilistic.matcher import link

        return link(source, host, self.model, among=among)


@frozen(kw_only=True)
class SplinkMatcher:
    """Splink in place of our model: it finds, learns and weighs, while one-to-one assignment, margin and guard stay ours, since it leaves those to its user.

    `comparisons` are Splink's, over the fields of `roster_model` (`given, family, birth, email, ...`, in normal form), and `blocks` the fields that two people must share to be compared, beside the role; each by default ours.
    It has nothing to go by but the two frames, and wants some hundred people to learn from. It needs the extra `splink`, and raises ImportError without it.

    >>> SplinkMatcher(thresholds=Thresholds(link=0.99)).thresholds.margin
    3.0
    """

    thresholds: Thresholds = field(factory=lambda: Thresholds(link=0.95, names_suffice=False))
    comparisons: tuple[Any, ...] = ()
    blocks: tuple[tuple[str, ...], ...] = (
        ("family", "initial"),
        ("birth",),
        ("email",),
        ("identifier",),
        ("phone",),
        ("given", "school"),
        ("given", "family"),
    )

    def link(self, source: pl.DataFrame, host: pl.DataFrame, *, among: Open | None = None) -> Likenesses:
        """Who of the source is who at the host, by Splink's weights."""
        try:
            from oneroster_reconcile.identity.probabilistic.splink import splink_linkage
        except ImportError as error:
            raise ImportError("SplinkMatcher needs the splink extra: pip install 'oneroster-reconcile[splink]'") from error
        model = evolve(_cautious(), thresholds=self.thresholds)
        return splink_linkage(model.normal(source), model.normal(host), (model, self.comparisons, self.blocks), among)
