"""The small parts that a district is made of."""

import numpy as np
import polars as pl
from hypothesis import given, strategies as st

from oneroster_reconcile.samples.draws import Draws, ranks
from oneroster_reconcile.samples.edits import respelled
from oneroster_reconcile.samples.handles import issue_handles
from oneroster_reconcile.samples.names import ORIGINS, families, slug
from oneroster_reconcile.samples.schools import found_schools


@given(st.lists(st.lists(st.sampled_from(["a.b", "a.c", "b.c"]), max_size=6), max_size=5))
def test_usernames_are_never_given_twice(nights: list[list[str]]) -> None:
    """However the bases come, night after night."""
    issued, given_away = None, []
    for bases in nights:
        column = pl.Series(bases, dtype=pl.String)
        handles, issued = issue_handles(column) if issued is None else issue_handles(column, issued)
        assert all(handle.startswith(base) for handle, base in zip(handles, bases, strict=True))
        given_away += handles.to_list()
    assert len(given_away) == len(set(given_away))


@given(st.lists(st.integers(0, 4), max_size=30))
def test_ranks_number_the_elements_of_each_key(keys: list[int]) -> None:
    """Each key's elements have the ranks from 0 on, once each."""
    order = Draws(1).uniform(len(keys))
    found = ranks(np.array(keys, dtype=np.int64), order).tolist()
    for key in set(keys):
        mine = sorted((order[place], found[place]) for place in range(len(keys)) if keys[place] == key)
        assert [rank for _, rank in mine] == list(range(len(mine)))


@given(st.text(alphabet="aceikphuyz", min_size=1))
def test_a_respelled_name_is_another(name: str) -> None:
    """Whatever the name."""
    (other,) = respelled(pl.DataFrame({"id": ["s1"], "given_name": [name]}))["given_name"]
    assert other != name


def test_every_name_has_plain_letters_and_no_list_repeats_itself() -> None:
    """A name without a letter would make an empty username; the next name in the list must be another for a marriage to change it."""
    for origin in ORIGINS:
        for text in (origin.families, origin.feminine, origin.masculine):
            names = text.split(", ")
            assert len(names) == len(set(names)), names
            # Siblings stand five places apart in the list, which must not lead back to the same name.
            assert all(5 * distance % len(names) for distance in (1, 2, 3))
            assert all(slug(name).isalpha() and name.strip() == name for name in names)
    surnames = families().names.to_list()
    assert all(one != two for one, two in zip(surnames, [*surnames[1:], surnames[0]], strict=True))


def test_feeder_schools_send_a_street_to_one_school() -> None:
    """Children who share an address go to the same school in the same grade, and every school has streets."""
    schools, orgs = found_schools(Draws(3), 40_000)
    address = Draws(4).uniform(5_000)
    for grade in (0, 7, 12):
        first, again = (schools.serving(address, np.full(5_000, grade)) for _ in range(2))
        assert (first == again).all()
        assert set(first) == set(np.flatnonzero(schools.level == schools.level[first[0]]))
    assert orgs.frame["name"].n_unique() == len(orgs)
    assert (schools.serving(schools.middles[:2], np.zeros(2, dtype=np.int64)) == [0, 1]).all()
