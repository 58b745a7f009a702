"""Splink on one case: `python -m benchmarks.linkage.peers.splink_link FOLDER OUT [documented]`.

`documented` is the model that its documentation fits to FEBRL 4; without the word it compares all columns that the case has.
"""

import logging
import sys
from pathlib import Path
from typing import Any

import polars as pl
import splink.comparison_library as cl
from splink import Linker, SettingsCreator, block_on
from splink.backends.duckdb import DuckDBAPI

from benchmarks.linkage.cases import Case, read_case
from oneroster_reconcile.identity.probabilistic.roster import roster_model

_TF = {"term_frequency_adjustments": True}


def main(folder: str, out: str, model: str = "all") -> None:
    """Train without labels, predict, and write the pairs of at least one percent."""
    logging.disable(logging.WARNING)
    case = read_case(Path(folder))
    if case.kind == "roster":
        case = _normal(case)
    sides = [case.source] if case.host is case.source else [case.source, case.host]
    database = DuckDBAPI()
    tables = [
        database.register(side.to_arrow(), dataset_display_name=name)
        for side, name in zip(sides, ("a_source", "b_host"), strict=False)
    ]
    fields = set(case.fields) - (_NOT_DOCUMENTED if model == "documented" else set())
    settings = SettingsCreator(
        link_type="dedupe_only" if len(sides) == 1 else "link_only",
        unique_id_column_name="id",
        comparisons=[comparison for field, comparison in _comparisons(case.kind).items() if field in fields],
        blocking_rules_to_generate_predictions=[block_on(*rule) for rule in _rules(case, "predict")],
        max_iterations=25,
    )
    linker = Linker(tables, settings, log_level=None)
    _train(linker, case)
    found = linker.inference.predict(threshold_match_probability=0.01).as_pyarrow_table()
    _oriented(pl.DataFrame(found), one=len(sides) == 1).write_parquet(out)


def _train(linker: Any, case: Case) -> None:
    sure = [block_on(*rule) for rule in _rules(case, "sure")]
    linker.training.estimate_probability_two_random_records_match(sure, recall=0.8)
    linker.training.estimate_u_using_random_sampling(max_pairs=1e6, seed=1)
    for rule in _rules(case, "train"):
        linker.training.estimate_parameters_using_expectation_maximisation(
            block_on(*rule), estimate_without_term_frequencies=True
        )


def _oriented(found: pl.DataFrame, *, one: bool) -> pl.DataFrame:
    ids, scores = ("id_l", "id_r"), pl.col("match_probability").alias("probability")
    if one:
        return found.select(source_id=pl.min_horizontal(*ids), host_id=pl.max_horizontal(*ids), probability=scores)
    left_is_source = pl.col("source_dataset_l") == "a_source"
    return found.select(
        source_id=pl.when(left_is_source).then("id_l").otherwise("id_r"),
        host_id=pl.when(left_is_source).then("id_r").otherwise("id_l"),
        probability=scores,
    )


def _normal(case: Case) -> Case:
    """The roster case in our normal forms, which spares Splink the writing of them."""
    kept = ("given", "family", "birth", "email", "phone", "identifier", "school", "grade", "role", "initial", "middle")
    source, host = (roster_model().normal(side).select("id", *kept) for side in (case.source, case.host))
    return Case(kind="roster", fields=kept, source=source, host=host, truth=case.truth)


_NOT_DOCUMENTED = {"address_1", "address_2", "suburb", "state"}


def _birth(column: str) -> Any:
    return cl.DateOfBirthComparison(column, input_is_string=True, datetime_format="%Y%m%d", invalid_dates_as_null=True)


def _comparisons(kind: str) -> dict[str, Any]:
    if kind == "febrl":
        return {
            "given_name": cl.NameComparison("given_name").configure(**_TF),
            "surname": cl.NameComparison("surname").configure(**_TF),
            "date_of_birth": _birth("date_of_birth"),
            "soc_sec_id": cl.DamerauLevenshteinAtThresholds("soc_sec_id", [1, 2]),
            "street_number": cl.ExactMatch("street_number").configure(**_TF),
            "postcode": cl.DamerauLevenshteinAtThresholds("postcode", [1, 2]).configure(**_TF),
            "address_1": cl.JaroWinklerAtThresholds("address_1", [0.9, 0.8]).configure(**_TF),
            "address_2": cl.JaroWinklerAtThresholds("address_2", [0.9, 0.8]).configure(**_TF),
            "suburb": cl.JaroWinklerAtThresholds("suburb", [0.9, 0.8]).configure(**_TF),
            "state": cl.DamerauLevenshteinAtThresholds("state", [1]),
        }
    return {
        "given": cl.NameComparison("given").configure(**_TF),
        "family": cl.NameComparison("family").configure(**_TF),
        "middle": cl.JaroWinklerAtThresholds("middle", [0.9]),
        "birth": _birth("birth"),
        "email": cl.EmailComparison("email"),
        "identifier": cl.DamerauLevenshteinAtThresholds("identifier", [1]),
        "phone": cl.ExactMatch("phone").configure(**_TF),
        "school": cl.ExactMatch("school"),
        "grade": cl.ExactMatch("grade"),
    }


_FEBRL_RULES = {
    "predict": (
        ("given_name", "surname"),
        ("date_of_birth",),
        ("soc_sec_id",),
        ("state", "address_1"),
        ("street_number", "address_1"),
        ("postcode",),
        ("surname", "suburb"),
        ("given_name", "suburb"),
    ),
    "sure": (("soc_sec_id",), ("given_name", "surname", "date_of_birth"), ("given_name", "surname", "postcode")),
    "train": (("date_of_birth",), ("postcode",)),
}
_ROSTER_RULES = {
    "predict": (
        ("role", "family", "initial"),
        ("role", "birth"),
        ("role", "email"),
        ("role", "identifier"),
        ("role", "phone"),
        ("role", "given", "school"),
        ("role", "given", "family"),
    ),
    "sure": (("role", "identifier"), ("role", "given", "family", "birth"), ("role", "given", "email")),
    "train": (("role", "given", "family"), ("role", "birth"), ("role", "email")),
}


def _rules(case: Case, purpose: str) -> list[tuple[str, ...]]:
    rules = (_FEBRL_RULES if case.kind == "febrl" else _ROSTER_RULES)[purpose]
    return [rule for rule in rules if set(rule) <= set(case.fields)]


if __name__ == "__main__":
    main(*sys.argv[1:])
