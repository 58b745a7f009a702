"""What every matcher promises, and what is special about Splink's."""

import builtins
import sys
from importlib import import_module
from typing import Any

import attrs
import polars as pl
import pytest

import oneroster_reconcile as orr
from benchmarks.linkage.roster import RosterCase, roster_case
from oneroster_reconcile.identity.matchers import FellegiSunter, Likenesses, Matcher, Open, SplinkMatcher
from tests.identity.probabilistic.people import crowd, people

PAIR = ["source_id", "host_id"]
MATCHERS: list[Matcher] = [FellegiSunter(), SplinkMatcher()]
COLUMNS = {
    "links": ["source_id", "host_id", "rule", "probability", "weight", "margin"],
    "review": ["source_id", "host_id", "reason", "probability", "weight", "margin"],
    "pairs": ["source_id", "host_id", "probability", "weight"],
}


def users(side: str) -> list[orr.User]:
    """The crowd as users; exact rules find them."""
    kept = ("id", "given_name", "family_name", "email", "identifier", "phone")
    return [orr.User(**{name: row[name] for name in kept}) for row in crowd(side)]


@pytest.fixture(scope="module")
def case() -> RosterCase:
    return roster_case(7, 300)


@pytest.fixture(scope="module", params=MATCHERS, ids=lambda matcher: type(matcher).__name__)
def matcher(request: pytest.FixtureRequest) -> Matcher:
    return request.param  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def found(matcher: Matcher, case: RosterCase) -> Likenesses:
    return matcher.link(case.source, case.host)


def test_links_are_right_and_one_to_one(found: Likenesses, case: RosterCase) -> None:
    """Most people are linked, hardly any wrongly, nobody twice, and nobody who is linked is asked about."""
    right = found.links.join(case.truth, on=PAIR, how="semi").height
    assert right >= 0.99 * found.links.height
    assert right >= 0.85 * case.truth.height
    for side in PAIR:
        assert found.links[side].is_unique().all()
        assert not set(found.links[side]) & set(found.review[side])


def test_every_matcher_gives_the_same_columns(found: Likenesses) -> None:
    """What reads the likenesses of one matcher reads those of another."""
    assert {name: getattr(found, name).columns for name in COLUMNS} == COLUMNS


def test_the_bits_of_every_matcher_sum_to_the_weight(found: Likenesses) -> None:
    """Prior and steps make the weight that decided, exactly, and the probability says the same as the weight."""
    for source_id, host_id, probability, weight in found.pairs.gather_every(60).iter_rows():
        why = found.explain(source_id, host_id)
        assert why.weight == weight
        assert why.probability == pytest.approx(probability)


def test_the_order_of_rows_changes_nothing_for_any_matcher(matcher: Matcher, found: Likenesses, case: RosterCase) -> None:
    """Shuffled files give the same likenesses, to the bit."""
    shuffled = [side.sample(fraction=1, shuffle=True, seed=3) for side in (case.source, case.host)]
    other = matcher.link(shuffled[0], shuffled[1])
    for name in COLUMNS:
        assert getattr(other, name).equals(getattr(found, name))


def test_only_open_people_and_pairs_are_found(matcher: Matcher, found: Likenesses, case: RosterCase) -> None:
    """Who is not open, and a pair that is kept apart, is not found, though it is learned from."""
    some = found.links.sort("source_id").head(40)
    among = Open(source=some["source_id"], host=some["host_id"], apart=some.head(1).select(PAIR))
    fewer = matcher.link(case.source, case.host, among=among)
    assert set(fewer.pairs["source_id"]) <= set(some["source_id"])
    assert set(fewer.pairs["host_id"]) <= set(some["host_id"])
    assert tuple(some.select(PAIR).row(0)) not in set(fewer.pairs.select(PAIR).rows())
    assert fewer.links.height >= 35


def test_an_unknown_id_is_named_by_every_matcher(found: Likenesses) -> None:
    """Asking for an id that nobody has is an error that says which."""
    with pytest.raises(KeyError, match="nobody"):
        found.explain("nobody", "nobody")


def test_few_people_and_none_are_no_error(matcher: Matcher) -> None:
    """A side without people, and people of whom nothing agrees, give no links and the usual columns."""
    one, nobody = people({"id": "s1", "family_name": "Ruiz"}), people()
    for source, host in ((one, nobody), (nobody, one), (nobody, nobody), (one, people({"id": "h1", "family_name": "Dube"}))):
        likely = matcher.link(source, host)
        assert likely.links.is_empty()
        assert {name: getattr(likely, name).columns for name in COLUMNS} == COLUMNS


def test_an_absent_twin_is_held_back_whoever_weighs(matcher: Matcher) -> None:
    """The guard stands behind every matcher: a twin is not linked to the account of the other."""
    twin = crowd("s", 1)[0] | {"id": "s-1", "given_name": "Tina", "family_name": "Okafor"}
    account = twin | {"id": "h-1", "given_name": "Amara"}
    likely = matcher.link(people(twin, *crowd("s")[1:]), people(account, *crowd("h")[1:]))
    assert "s-1" not in likely.links["source_id"]
    assert likely.links.height >= 50


def test_match_takes_a_matcher(matcher: Matcher) -> None:
    """`match` asks about the pairs that the matcher found, and explains them by its bits."""
    given = {"family_name": "Ruiz", "phone": "555 010 7788"}
    ours = orr.User(id="u1", given_name="Roberto", **given), orr.User(id="u2", given_name="Mae", family_name="Lo")
    theirs = orr.User(id="17", given_name="Robert", **given), orr.User(id="18", given_name="Otto", family_name="Ek")
    found = orr.match(orr.Roster.of(users=[*ours, *users("s")]), orr.Directory.of(users=[*theirs, *users("h")]), matcher=matcher)
    assert found.review.select(PAIR).rows() == [("u1", "17")]
    assert [one for one in found if not isinstance(one, orr.Matched)][1:] == [orr.Unmatched("u2"), orr.Orphan("18")]
    assert found.explain("u1", "17").weight > 3 > -3 > found.explain("u2", "18").weight


def test_a_matcher_of_ones_own_fits() -> None:
    """Whatever has `link` may say who is likely; a pair whose names contradict is asked about, however sure it was."""

    @attrs.frozen
    class Fixed:
        links: pl.DataFrame
        review: pl.DataFrame
        pairs: pl.DataFrame

        def link(self, source: pl.DataFrame, host: pl.DataFrame, *, among: Open | None = None) -> "Fixed":
            return self

        def explain(self, source_id: str, host_id: str) -> Any:
            raise KeyError(source_id)

    pairs = pl.DataFrame({"source_id": ["u1", "u2"], "host_id": ["7", "8"], "probability": [0.99, 0.99], "weight": [9.0, 9.0]})
    links = pairs.with_columns(rule=pl.lit("mine"), margin=9.0).select(COLUMNS["links"])
    sure = Fixed(links=links, review=links.clear().rename({"rule": "reason"}), pairs=pairs)
    roster = orr.Roster.of(
        users=[orr.User(id=f"u{number}", given_name=name, family_name="Ruiz") for number, name in enumerate(("Ada", "Bob"), 1)]
    )
    directory = orr.Directory.of(
        users=[orr.User(id="7", given_name="Ada", family_name="R"), orr.User(id="8", given_name="Zoe", family_name="R")]
    )
    policy = attrs.evolve(orr.presets.additive(), likeness=orr.Likeness.LINK)
    found = orr.match(roster, directory, policy=policy, matcher=sure)
    assert found.links.select(*PAIR, "rule").rows() == [("u1", "7", "probabilistic")]
    assert found.review.select(PAIR).rows() == [("u2", "8")]


def test_match_refuses_what_it_does_not_know() -> None:
    """A misspelt keyword is an error and not passed over."""
    with pytest.raises(TypeError, match="decision"):
        orr.match(orr.Roster(), orr.Directory(), decision=[])  # type: ignore[call-arg]


def test_splink_compares_and_blocks_as_it_is_told() -> None:
    """Comparisons and blocks of the user's own take the place of ours."""
    cl = import_module("splink.comparison_library")
    only = SplinkMatcher(comparisons=(cl.ExactMatch("email"), cl.ExactMatch("given")), blocks=(("email",),))
    found = only.link(people(*crowd("s", 30)), people(*crowd("h", 30)))
    assert [step.comparison for step in found.explain("s001", "h001").evidence] == ["email", "given"]
    assert set(found.pairs.select(PAIR).rows()) == {(f"s{number:03d}", f"h{number:03d}") for number in range(30)}


def test_without_the_extra_splink_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where Splink is not installed the error names the extra."""
    real = builtins.__import__

    def without_splink(name: str, *others: Any, **more: Any) -> Any:
        if name.partition(".")[0] == "splink":
            raise ImportError(name)
        return real(name, *others, **more)

    monkeypatch.delitem(sys.modules, "oneroster_reconcile.identity.probabilistic.splink", raising=False)
    monkeypatch.setattr(builtins, "__import__", without_splink)
    with pytest.raises(ImportError, match=r"pip install 'oneroster-reconcile\[splink\]'"):
        SplinkMatcher().link(people(), people())
