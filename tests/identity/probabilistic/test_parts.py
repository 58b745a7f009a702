"""The parts of which a linkage is made: normal forms, models, weights, explanations."""

import re
from typing import Any
from xml.etree import ElementTree as ET

import attrs
import numpy as np
import polars as pl
import pytest
from hypothesis import given, strategies as st

from oneroster_reconcile.identity.probabilistic import normal_forms
from oneroster_reconcile.identity.probabilistic.assignment import assigned, margins
from oneroster_reconcile.identity.probabilistic.blocking import Pairs, candidates, every_pair, sampled
from oneroster_reconcile.identity.probabilistic.explanation import Evidence, Explanation
from oneroster_reconcile.identity.probabilistic.frequencies import QUANTUM, quantised
from oneroster_reconcile.identity.probabilistic.levels import Comparison, exact, otherwise
from oneroster_reconcile.identity.probabilistic.matcher import link
from oneroster_reconcile.identity.probabilistic.model import Block, Learning, Model
from oneroster_reconcile.identity.probabilistic.nicknames import NICKNAMES, formal
from oneroster_reconcile.identity.probabilistic.roster import roster_model
from tests.identity.probabilistic.people import crowd, people

TEXT_FORMS = ("plain", "name", "given", "family", "digits", "phone", "email", "key")


def form_of(name: str, *texts: str | None) -> list[Any]:
    frame = pl.DataFrame({"text": texts}, schema={"text": pl.String})
    return frame.select(getattr(normal_forms, name)(pl.col("text"))).to_series().to_list()


@pytest.mark.parametrize("name", TEXT_FORMS)
@given(text=st.text(max_size=20))
def test_a_normal_form_is_its_own(name: str, text: str) -> None:
    """Normalising what is normal already changes nothing, and what is left is never blank."""
    (once,) = form_of(name, text)
    if name not in {"given", "family"}:  # of two suffixes or particles the second comes to light
        assert form_of(name, once) == [once]
    assert once != "" or name == "plain"


@pytest.mark.parametrize(
    ("name", "one", "other"),
    [
        ("family", "O'Brien", "O’BRIEN"),
        ("family", "van der Berg", "Berg"),
        ("family", "Smith-Jones", "smith jones"),
        ("family", "García III", "GARCIA"),
        ("given", "Zoë", "zoe"),
        ("phone", "+1 555.010.7788", "(555) 010-7788"),
        ("key", "000123", "123"),
        ("birth", "2010-03-09", "20100309"),
        ("grade", "KG", "0"),
        ("grade", "09", "9"),
    ],
)
def test_what_means_the_same_has_one_form(name: str, one: str, other: str) -> None:
    """Two ways to write a value are equal in normal form."""
    assert form_of(name, one) == form_of(name, other) != [None]


@pytest.mark.parametrize(
    ("name", "filler"),
    [("name", "N/A"), ("name", "xxxx"), ("phone", "000"), ("phone", "9999999999"), ("email", "noreply@x.edu"), ("email", "ada"), ("birth", "1900-01-01"), ("birth", "2010"), ("grade", "UG"), ("key", "0000")],
)  # fmt: skip
def test_what_only_fills_a_field_is_missing(name: str, filler: str) -> None:
    """Placeholders are no values, or they would link everybody who has none."""
    assert form_of(name, filler) == [None]


def test_nicknames_meet_in_a_formal_name() -> None:
    """Short forms of one name share a word, those of different names do not, and every name stands for itself."""
    frame = pl.DataFrame({"given": ["liz", "beth", "bob", "unheard"]})
    liz, beth, bob, unheard = (set(names.split()) for names in frame.select(formal(pl.col("given"))).to_series())
    assert liz & beth == {"elizabeth"}
    assert not liz & bob
    assert unheard == {"unheard"}
    assert all(short in names.split() for short, names in NICKNAMES.items())


@pytest.mark.parametrize(
    "rows", [{"name": ["Ada"]}, {"id": ["a", "a"]}, {"id": ["a", None]}], ids=["no column", "repeated", "blank"]
)
def test_people_need_ids(rows: dict[str, list[str]]) -> None:
    """A frame whose rows cannot be told apart is refused."""
    with pytest.raises(ValueError, match="id"):
        roster_model().normal(pl.DataFrame(rows))


def test_an_empty_side_links_nobody() -> None:
    """No people, no pairs, no error, and the columns are there all the same."""
    nobody, somebody = people(), people(*crowd("h", 2))
    for found in (link(nobody, somebody), link(somebody, nobody), link(nobody, nobody)):
        assert found.links.columns == ["source_id", "host_id", "rule", "probability", "weight", "margin"]
        assert found.links.is_empty()
        assert found.review.is_empty()


def test_columns_that_are_not_there_are_blank() -> None:
    """Any column but the id may be missing, on either side."""
    ours = people(*crowd("s", 30))
    found = link(ours, people(*crowd("h", 30)).drop("email", "phone", "grade", "middle_name"))
    assert found.links.height == 30


def test_an_explanation_names_who_is_not_there() -> None:
    """Asking for an unknown id is an error that says which."""
    found = link(people(*crowd("s", 3)), people(*crowd("h", 3)))
    with pytest.raises(KeyError, match="nobody"):
        found.explain("s000", "nobody")


def test_an_explanation_is_a_table_a_dict_and_a_text() -> None:
    """The three forms say the same."""
    why = link(people(*crowd("s", 30)), people(*crowd("h", 30))).explain("s000", "h000")
    assert why.frame["step"].to_list() == ["prior", *(each.comparison for each in why.evidence), *why.losses]
    said = why.to_dict()
    assert (said["weight"], said["probability"]) == (why.weight, why.probability)
    assert [each["comparison"] for each in said["evidence"]] == [each.comparison for each in why.evidence]
    assert all(each.comparison in why.text() for each in why.evidence)


BAR = re.compile(r"<rect x='([\d.]+)' y='2' width='([\d.]+)' height='10' fill='(#\w+)'/>")


def test_a_notebook_shows_a_waterfall() -> None:
    """Each bar begins where the one before it ended, the last is the weight, and colour as well as sign tells for from against."""
    sign = Evidence(comparison="given name", level="exact", source="ada", host="ada", bits=14.0, rarity=1.0)
    against = attrs.evolve(sign, comparison="phone", bits=-2.0, rarity=0.0)
    shown = Explanation(source_id="u1", host_id="7", prior=-10.0, evidence=(sign, against))._repr_html_()
    bars = [(float(x), float(width), colour) for x, width, colour in BAR.findall(shown)]
    # From -10 to +5 bits there are 240 pixels, 16 a bit.
    assert [bar[:2] for bar in bars] == [(0, 160), (0, 240), (208, 32), (160, 48)]
    assert [bar[2] for bar in bars] == ["#d2691e", "#2a7fb8", "#d2691e", "#2a7fb8"]
    assert re.findall(r"tabular-nums'>([+-][\d.]+)", shown) == ["-10.0", "+15.0", "-2.0", "+3.0"]


def test_a_chart_says_in_words_what_it_shows() -> None:
    """Who cannot see bars has a caption, heads of rows and columns, and numbers."""
    why = link(people(*crowd("s", 30)), people(*crowd("h", 30))).explain("s000", "h000")
    shown = why._repr_html_()
    assert f"<caption>s000 = h000? {why.weight:+.1f} bits" in shown
    assert shown.count("<th scope='row'") == len(why.evidence) + len(why.losses) + 2
    assert shown.count("aria-hidden='true'") == shown.count("<svg")
    ET.fromstring(shown)


@given(*[st.text(max_size=8)] * 3)
def test_a_chart_takes_no_name_for_markup(ours: str, theirs: str, key: str) -> None:
    """Whatever people are called, the markup stays ours."""
    sign = Evidence(comparison="given name", level="exact", source=f"<b>{ours}", host=f"'&{theirs}", bits=5.0)
    shown = Explanation(source_id=f"<i>{key}", host_id="7", prior=-10.0, evidence=(sign,))._repr_html_()
    assert "<b>" not in shown
    assert "<i>" not in shown
    assert "'&'" not in shown


def test_people_who_were_never_compared_can_be_explained() -> None:
    """A pair that shares no block, even of two roles, has its waterfall."""
    ours = people(*crowd("s", 5), {"id": "lone", "role": "aide"})
    assert link(ours, people(*crowd("h", 5))).explain("lone", "h001").probability < 0.6


def test_a_crowded_block_is_left_to_the_others() -> None:
    """A block over the limit gives no pairs."""
    model = attrs.evolve(roster_model(), blocks=(Block(fields=("family",)),), largest_block=3)
    normal = model.normal(pl.DataFrame({"id": ["a", "b"], "family_name": ["Byron", "Byron"]}))
    assert candidates(normal, normal.clone(), model).count == 0


def test_a_sample_of_pairs_is_spread_and_always_the_same() -> None:
    """Every row of a large frame is drawn about as often as any other."""
    rows = pl.DataFrame({"id": [str(number) for number in range(1_000)]})
    pairs = sampled(rows, rows.clone(), 50_000)
    assert np.bincount(pairs.source).min() > 40
    assert np.bincount(pairs.host).max() < 60
    within = sampled(rows, rows, 50_000)
    assert (within.source != within.host).all()
    assert every_pair(rows, rows).count == 1_000 * 999 // 2


@given(st.lists(st.floats(-50, 50), max_size=30))
def test_bits_sum_exactly_in_any_order(bits: list[float]) -> None:
    """Whole steps add up without rounding."""
    whole = quantised(np.array(bits, np.float64)).tolist()
    assert sum(whole) == sum(reversed(whole)) == sum(sorted(whole))
    assert all(float(each / QUANTUM).is_integer() for each in whole)


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5), st.integers(-5, 30)), unique_by=lambda pair: pair[:2]))
def test_an_assignment_is_greedy_and_leaves_no_free_pair(rows: list[tuple[int, int, int]]) -> None:
    """Each pair that is not taken is blocked by a taken one of at least its weight, and margins are no more than weights."""
    rows = sorted(rows)
    source, host, heavy = (np.array([row[part] for row in rows], np.int64) for part in range(3))
    pairs, weight = Pairs(source=source, host=host), heavy.astype(np.float64)
    taken = assigned(pairs, weight)
    for row in np.flatnonzero(~taken):
        rivals = taken & ((source == source[row]) | (host == host[row])) & (weight >= weight[row])
        assert rivals.any()
    assert (margins(pairs, weight, taken)[taken] <= weight[taken]).all()


def test_a_small_file_keeps_the_weights_that_were_supposed() -> None:
    """Five people teach little: the weights stay near the model's own, and those of a large file leave them."""
    m = [level.m for level in roster_model().comparisons[1].levels]
    small, large = (link(people(*crowd("s", size)), people(*crowd("h", size))).weights.m[1] for size in (5, 400))
    assert abs(small[0] - m[0]) < 0.05
    assert abs(large[0] - 1) < 0.05


def test_one_person_competes_with_the_other_for_an_account() -> None:
    """With the constraint inside, a brother without an account does not teach that given names may differ."""
    households = [
        {"role": "student", "family_name": f"Family{number}", "phone": f"55510{number:05d}", "school": "1", "given_name": given}
        for number in range(60)
        for given in ("Ada", "Tom")
    ]
    ours = people(*({"id": f"s{number:03d}"} | row for number, row in enumerate(households)))
    theirs = people(*({"id": f"h{number:03d}"} | row for number, row in enumerate(households)))
    found = link(ours, theirs)
    different = found.weights.m[1][-1]
    assert different < 0.01
    assert found.links.height == 120


def test_a_model_of_ones_own_compares_what_it_says() -> None:
    """Other columns than a roster's, no groups, nothing learned: the model is data."""
    city = Comparison(name="city", field="city", levels=(exact("city", m=0.9, u=0.01), otherwise(m=0.1, u=0.99)))
    model = Model(
        forms={"city": normal_forms.name(pl.col("town"))},
        comparisons=(city,),
        blocks=(Block(fields=("city",)),),
        learning=Learning(rounds=0),
    )
    rows = pl.DataFrame({"id": ["1", "2", "3"], "town": ["Oslo", "Rome", "Lima"]})
    found = link(rows, rows.with_columns(id=pl.col("id") + "h"), model)
    assert found.weights.m[0].tolist() == pytest.approx([0.9, 0.1])
    assert found.pairs.select("source_id", "host_id").rows() == [("1", "1h"), ("2", "2h"), ("3", "3h")]
