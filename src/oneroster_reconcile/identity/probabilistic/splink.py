"""Splink's weights for pairs of people, under our assignment, margin and guard (Linacre and others, https://moj-analytical-services.github.io/splink).

It runs in one thread of a database in memory: with several its samples would differ from run to run.
"""

import math
from collections.abc import Iterator, Mapping
from typing import Any, cast

import duckdb
import numpy as np
import polars as pl
import splink.comparison_library as cl
from attrs import field, frozen
from splink import Linker, SettingsCreator, block_on
from splink.internals.duckdb.database_api import DuckDBAPI
from splink.internals.exceptions import EMTrainingException

from oneroster_reconcile.identity.matchers import Open
from oneroster_reconcile.identity.probabilistic.blocking import Pairs
from oneroster_reconcile.identity.probabilistic.explanation import Evidence, Explanation
from oneroster_reconcile.identity.probabilistic.frequencies import QUANTUM, spaces
from oneroster_reconcile.identity.probabilistic.judgement import decided, scored
from oneroster_reconcile.identity.probabilistic.linkage import row_of
from oneroster_reconcile.identity.probabilistic.model import Model
from oneroster_reconcile.identity.probabilistic.patterns import found_levels
from oneroster_reconcile.identity.probabilistic.rivals import Rivals, rivals

__all__ = ["SplinkLinkage", "splink_linkage"]

_TRAINED_ON = (("given", "family"), ("birth",), ("email",))
"""What pairs share from which Splink learns; each comparison is learned where it is not what they share."""
_SIDES = ("a_source", "b_host")
_MOST = 1e6

Parts = tuple[Model, tuple[Any, ...], tuple[tuple[str, ...], ...]]
"""Thresholds and guard, comparisons and blocks."""


@frozen(kw_only=True, eq=False)
class SplinkLinkage:
    """What Splink found; the frames are those of `Linkage`, and the bits of an explanation Splink's.

    >>> import pytest
    >>> _ = pytest.importorskip("splink")
    >>> from oneroster_reconcile.identity.matchers import SplinkMatcher
    >>> people = pl.DataFrame({"id": ["a"], "given_name": ["Ada"], "family_name": ["Byron"], "birth_date": ["2010-03-09"]})
    >>> found = SplinkMatcher().link(people, people.with_columns(id=pl.lit("7")))
    >>> [step.comparison for step in found.explain("a", "7").evidence]
    ['given', 'family', 'birth']
    """

    links: pl.DataFrame
    review: pl.DataFrame
    pairs: pl.DataFrame
    source: pl.DataFrame = field(repr=False)
    host: pl.DataFrame = field(repr=False)
    linker: Linker = field(repr=False)
    prior: float
    rivals: Rivals = field(repr=False)

    def explain(self, source_id: str, host_id: str) -> Explanation:
        """Why these two are, or are not, thought to be one person; they need not have been compared.

        Raises KeyError for an id that nobody has.
        """
        ours, theirs = (side.row(row_of(side, key), named=True) for side, key in ((self.source, source_id), (self.host, host_id)))
        found = _frame(self.linker.inference.score_pair(ours, theirs))
        steps = tuple(_steps(_rounded(found).row(0, named=True), _labels(self.linker)))
        lost = self.rivals.between(row_of(self.source, source_id), row_of(self.host, host_id))
        return Explanation(source_id=source_id, host_id=host_id, prior=self.prior, evidence=steps, rivals=lost)


def splink_linkage(source: pl.DataFrame, host: pl.DataFrame, parts: Parts, among: Open | None) -> SplinkLinkage:
    """Who of the source is who at the host, both in normal form.

    Where only some are to be linked, Splink looks at everybody and what it finds of others is left out.
    """
    model, comparisons, blocks = parts
    ours, theirs = (_shown(side) for side in (source, host))
    prior = _prior(ours, theirs, model)
    linker = _linker((ours, theirs), comparisons or _comparisons(), blocks, prior)
    found = _predicted(linker, model.thresholds.review) if ours.height and theirs.height else _NOTHING
    kept = _among(found.sort("source_id", "host_id"), among)
    pairs = Pairs(source=_rows(source, kept["source_id"]), host=_rows(host, kept["host_id"]))
    weight = _bits(prior) + kept["weight"].to_numpy()
    competed = rivals(pairs, weight)
    likely = scored(pairs, weight, found_levels(source, host, pairs, model), model, competed)
    named = likely.with_columns(source_id=source["id"].gather(likely["source"]), host_id=host["id"].gather(likely["host"]))
    links, review = decided(named, model)
    shown = named.select("source_id", "host_id", "probability", "weight")
    return SplinkLinkage(
        links=links, review=review, pairs=shown, source=ours, host=theirs, linker=linker, prior=_bits(prior), rivals=competed
    )


_NOTHING = pl.DataFrame(schema={"source_id": pl.String(), "host_id": pl.String(), "weight": pl.Float64()})


def _shown(people: pl.DataFrame) -> pl.DataFrame:
    """People as Splink gets them: a role that is not known is one, as in our model."""
    return people.with_columns(pl.col("role").fill_null(""))


def _prior(source: pl.DataFrame, host: pl.DataFrame, model: Model) -> float:
    """The probability that two people taken at random are one, if half of those who can be linked are."""
    links = float(spaces(source, host, model)["links"].sum()) / 2
    return min(max(links, 0.5) / max(source.height * host.height, 1), 0.5)


def _bits(chance: float) -> float:
    return round(math.log2(chance / (1 - chance)) / QUANTUM) * QUANTUM


def _linker(
    sides: tuple[pl.DataFrame, ...], comparisons: tuple[Any, ...], blocks: tuple[tuple[str, ...], ...], prior: float
) -> Linker:
    """Splink's model of two frames, trained where they are large enough to learn from."""
    database = cast("Any", DuckDBAPI(duckdb.connect(config={"threads": 1})))
    tables = [database.register(side.to_arrow(), dataset_display_name=name) for side, name in zip(sides, _SIDES, strict=True)]
    settings = SettingsCreator(
        link_type="link_only",
        unique_id_column_name="id",
        probability_two_random_records_match=prior,
        comparisons=list(comparisons),
        blocking_rules_to_generate_predictions=[block_on("role", *block) for block in blocks],
        retain_intermediate_calculation_columns=True,
        retain_matching_columns=False,
        max_iterations=25,
    )
    linker = Linker(tables, settings, log_level=None)
    if all(side.height for side in sides):
        _train(linker)
    return linker


def _train(linker: Linker) -> None:
    linker.training.estimate_u_using_random_sampling(max_pairs=_MOST, seed=1)
    for block in _TRAINED_ON:
        try:
            linker.training.estimate_parameters_using_expectation_maximisation(
                block_on("role", *block), estimate_without_term_frequencies=True
            )
        except (EMTrainingException, ValueError):
            # Nobody shares these fields, or a level never occurs among them: what the other blocks taught, or Splink's own values, must do.
            continue


def _predicted(linker: Linker, least: float) -> pl.DataFrame:
    """The pairs that are likely enough, as `source_id, host_id, weight`, the weight without the prior."""
    found = _rounded(_frame(linker.inference.predict(threshold_match_probability=least / 2)))
    left = pl.col("source_dataset_l") == _SIDES[0]
    return found.select(
        source_id=pl.when(left).then("id_l").otherwise("id_r"),
        host_id=pl.when(left).then("id_r").otherwise("id_l"),
        weight=pl.sum_horizontal(pl.col("^mw_.*$")),
    )


def _frame(found: Any) -> pl.DataFrame:
    return pl.DataFrame(found.as_pyarrow_table())


def _rounded(found: pl.DataFrame) -> pl.DataFrame:
    """Splink's bits in our whole steps, which add up without rounding."""
    return found.with_columns((pl.col("^mw_.*$") / QUANTUM).round() * QUANTUM)


def _among(found: pl.DataFrame, among: Open | None) -> pl.DataFrame:
    if among is None:
        return found
    both = pl.col("source_id").is_in(among.source.implode()) & pl.col("host_id").is_in(among.host.implode())
    return found.filter(both).join(among.apart, on=["source_id", "host_id"], how="anti", maintain_order="left")


def _rows(people: pl.DataFrame, ids: pl.Series) -> Any:
    """The places of people in a frame."""
    rows = people.select("id", row=pl.row_index().cast(pl.Int64))
    return ids.to_frame("id").join(rows, on="id", how="left", maintain_order="left")["row"].to_numpy().astype(np.int64)


def _labels(linker: Linker) -> Mapping[tuple[str, int], str]:
    """What each level of each comparison is called."""
    return {
        (comparison.output_column_name, level.comparison_vector_value): level.label_for_charts
        for comparison in cast("Any", linker)._settings_obj.comparisons
        for level in comparison.comparison_levels
    }


def _steps(found: Mapping[str, Any], labels: Mapping[tuple[str, int], str]) -> Iterator[Evidence]:
    for (name, value), label in labels.items():
        if found[f"gamma_{name}"] != value or value < 0:
            continue
        ours, theirs = (found.get(f"{name}_{side}") for side in ("l", "r"))
        yield Evidence(
            comparison=name,
            level=label,
            source=None if ours is None else str(ours),
            host=None if theirs is None else str(theirs),
            bits=found[f"mw_{name}"],
            rarity=found.get(f"mw_tf_adj_{name}", 0.0),
        )


def _comparisons() -> tuple[Any, ...]:
    """What Splink compares, by its own kinds of comparison."""
    return (
        cl.NameComparison("given").configure(term_frequency_adjustments=True),
        cl.JaroWinklerAtThresholds("middle", [0.9]),
        cl.NameComparison("family").configure(term_frequency_adjustments=True),
        cl.DateOfBirthComparison("birth", input_is_string=True, datetime_format="%Y%m%d", invalid_dates_as_null=True),
        cl.EmailComparison("email"),
        cl.DamerauLevenshteinAtThresholds("identifier", [1]),
        cl.DamerauLevenshteinAtThresholds("state_id", [1]),
        cl.ExactMatch("phone").configure(term_frequency_adjustments=True),
        cl.ExactMatch("school"),
        cl.ExactMatch("grade"),
    )
