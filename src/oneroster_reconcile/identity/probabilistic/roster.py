"""The model for people of a roster: students, teachers and guardians, at schools.

The levels' starting weights were measured on generated districts (`docs/identity.md`); what a district's own data says replaces them as it grows.
"""

from functools import cache

import polars as pl

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
from oneroster_reconcile.identity.probabilistic.nicknames import formal

__all__ = ["roster_model"]


@cache
def roster_model() -> Model:
    """The model for frames of people; only the column `id` has to be there.

    The others are `given_name, preferred_given_name, middle_name, family_name, preferred_family_name, former_family_name, birth_date, email, phone, identifier, state_id,
    school, grade, role, agents, agent_contacts`. `school` must mean the same on both sides, such as the school's number. `agents` are a person's guardians or children, a line
    each as `family, given`, and `agent_contacts` their addresses and telephone numbers, a line each.

    >>> [comparison.name for comparison in roster_model().comparisons][:4]
    ['crossed names', 'given name', 'middle name', 'family name']
    """
    return Model(forms=_forms(), derived=_derived(), comparisons=_COMPARISONS, blocks=_BLOCKS, within=("role",))


def _forms() -> dict[str, pl.Expr]:
    return {
        "given": normal.given(pl.col("given_name")),
        "preferred": normal.given(pl.col("preferred_given_name")),
        "middle": normal.given(pl.col("middle_name")),
        "family": normal.family(pl.col("family_name")),
        "chosen_family": normal.family(pl.col("preferred_family_name")),
        "former": normal.family(pl.col("former_family_name")),
        "suffix": pl.coalesce(normal.suffix(pl.col("family_name")), normal.suffix(pl.col("given_name"))),
        "birth": normal.birth(pl.col("birth_date").cast(pl.String)),
        "email": normal.unshared(normal.email(pl.col("email"))),
        "phone": normal.unshared(normal.phone(pl.col("phone"))),
        "identifier": normal.key(pl.col("identifier").cast(pl.String)),
        "state_id": normal.key(pl.col("state_id").cast(pl.String)),
        "school": pl.col("school").cast(pl.String),
        "grade": normal.grade(pl.col("grade").cast(pl.String)),
        "role": pl.col("role").cast(pl.String),
        "agents": normal.lines(pl.col("agents"), normal.agent),
        "contacts": normal.lines(pl.col("agent_contacts"), normal.contact),
    }


def _derived() -> dict[str, pl.Expr]:
    local = normal.local(pl.col("email"))
    return {
        "formal": formal(pl.col("given")),
        "initial": pl.col("given").str.slice(0, 1),
        "family_start": pl.col("family").str.extract(r"^(\S+)"),
        "local": local,
        "kin": pl.coalesce("agents", "contacts"),
        "handle": _handle(local, pl.col("given").str.extract(r"^(\S+)"), pl.col("family").str.replace_all(" ", "")),
    }


def _handle(local: pl.Expr, given: pl.Expr, family: pl.Expr) -> pl.Expr:
    """Initial and family name, where the address was made from the person's name; null where it was not."""
    letters = normal.plain(local).str.replace_all(r"[^\p{L}]", "")
    initial = given.str.slice(0, 1)
    schemes = (given + family, family + given, initial + family, family + initial, given + family.str.slice(0, 1))
    return pl.when(pl.any_horizontal(letters == scheme for scheme in schemes)).then(initial + family)


def _either(*conditions: pl.Expr) -> pl.Expr:
    return pl.any_horizontal(condition.fill_null(value=False) for condition in conditions)


def _same(column: str, other: str | None = None) -> pl.Expr:
    return pl.col(column) == pl.col(f"{other or column}_host")


def _start(column: str, side: str = "") -> pl.Expr:
    return pl.col(f"{column}{side}").str.slice(0, 1)


def _initial(column: str) -> pl.Expr:
    """Whether one side has a lone letter, with which the other side's name begins."""
    shortest = pl.min_horizontal(pl.col(column).str.len_chars(), pl.col(f"{column}_host").str.len_chars())
    return (shortest == 1) & (_start(column) == _start(column, "_host"))


_CROSSED = Comparison(
    name="crossed names",
    personal=True,
    field="given",
    also=("family",),
    levels=(
        Level(
            name="crossed",
            when=_same("given", "family") & _same("family", "given"),
            m=0.005,
            u=2e-6,
            agrees=True,
            silences=("given name", "family name"),
        ),
        otherwise(m=0.995, u=1, name="in order"),
    ),
)

_GIVEN = Comparison(
    name="given name",
    personal=True,
    field="given",
    also=("formal", "preferred", "middle"),
    alike=("given",),
    levels=(
        exact("given", m=0.84, u=0.004, agrees=True),
        Level(
            name="nickname or part",
            when=_either(
                shares_word("formal"),
                shares_word("given"),
                _same("preferred"),
                _same("given", "preferred"),
                _same("preferred", "given"),
            ),
            m=0.07,
            u=0.0012,
            agrees=True,
        ),
        alike("given", 0.92, m=0.03, u=0.0015, agrees=True),
        Level(
            name="middle name used",
            when=_either(_same("given", "middle"), _same("middle", "given")),
            m=0.02,
            u=0.005,
            agrees=True,
        ),
        Level(
            name="initial",
            when=_initial("given"),
            m=0.01,
            u=0.0007,
        ),
        alike("given", 0.84, m=0.01, u=0.008),
        otherwise(m=0.01, u=0.98, contradicts=True),
    ),
)

_MIDDLE = Comparison(
    name="middle name",
    personal=True,
    field="middle",
    levels=(
        exact("middle", m=0.6, u=0.01),
        Level(name="initial", when=_initial("middle"), m=0.35, u=0.005),
        Level(name="same letter", when=_start("middle") == _start("middle", "_host"), m=0.01, u=0.06),
        otherwise(m=0.05, u=0.93),
    ),
)

_FAMILY = Comparison(
    name="family name",
    field="family",
    also=("chosen_family", "former"),
    alike=("family",),
    levels=(
        exact("family", m=0.88, u=0.0025),
        Level(name="part", when=shares_word("family"), m=0.04, u=0.001),
        Level(
            name="former or chosen",
            when=_either(
                _same("family", "former"),
                _same("former", "family"),
                _same("former"),
                _same("family", "chosen_family"),
                _same("chosen_family", "family"),
                _same("chosen_family"),
            ),
            m=0.001,
            u=0.0001,
        ),
        alike("family", 0.92, m=0.03, u=0.0008),
        alike("family", 0.84, m=0.01, u=0.004),
        otherwise(m=0.04, u=0.99),
    ),
)

_SUFFIX = Comparison(
    name="suffix",
    personal=True,
    field="suffix",
    levels=(exact("suffix", m=0.97, u=0.4), otherwise(m=0.03, u=0.6, contradicts=True, forgivable=True)),
)


def _part(start: int, length: int) -> pl.Expr:
    return pl.col("birth").str.slice(start, length) == pl.col("birth_host").str.slice(start, length)


_YEAR, _MONTH, _DAY = _part(0, 4), _part(4, 2), _part(6, 2)
_NEW_YEAR = pl.col("birth").str.ends_with("0101") | pl.col("birth_host").str.ends_with("0101")
_TURNED = (
    _YEAR
    & (pl.col("birth").str.slice(4, 2) == pl.col("birth_host").str.slice(6, 2))
    & (pl.col("birth").str.slice(6, 2) == pl.col("birth_host").str.slice(4, 2))
)

_BIRTH = Comparison(
    name="birth date",
    personal=True,
    field="birth",
    edits=("birth",),
    # Who knows the year only writes 1 January: that neither agrees nor contradicts.
    ignore=_NEW_YEAR & _YEAR & ~_same("birth"),
    levels=(
        exact("birth", m=0.95, u=0.0003, agrees=True, confirms=True),
        Level(
            name="one edit or turned", when=_TURNED | (pl.col("birth_edits") <= 1), m=0.03, u=0.008, agrees=True, confirms=True
        ),
        Level(
            name="two parts",
            when=(_YEAR & _MONTH) | (_YEAR & _DAY) | (_MONTH & _DAY),
            m=0.01,
            u=0.01,
            contradicts=True,
            forgivable=True,
        ),
        otherwise(m=0.01, u=0.98, contradicts=True, forgivable=True),
    ),
)

_EMAIL = Comparison(
    name="e-mail",
    personal=True,
    field="email",
    also=("local", "handle"),
    alike=("local",),
    # Two addresses that were both made from the same initial and family name differ in their scheme, which says nothing about the person.
    ignore=(_same("handle") & ~_same("local")).fill_null(value=False),
    levels=(
        exact("email", m=0.85, u=0.0001, confirms=True),
        Level(name="same local part", when=_same("local"), m=0.07, u=0.00005, confirms=True),
        alike("local", 0.92, m=0.01, u=0.002),
        otherwise(m=0.07, u=0.99),
    ),
)


def _id(name: str, column: str) -> Comparison:
    return Comparison(
        name=name,
        personal=True,
        field=column,
        edits=(column,),
        levels=(
            exact(column, m=0.97, u=0.0001, confirms=True, identifies=True),
            one_edit(column, m=0.02, u=0.0005, identifies=True),
            otherwise(m=0.01, u=0.999),
        ),
    )


_PHONE = Comparison(
    name="phone", field="phone", levels=(exact("phone", m=0.9, u=0.0003, confirms=True), otherwise(m=0.1, u=0.9997))
)
_SCHOOL = Comparison(
    name="school", field="school", levels=(exact("school", m=0.93, u=0.15, confirms=True), otherwise(m=0.07, u=0.85))
)
_GRADE = Comparison(
    name="grade",
    personal=True,
    field="grade",
    levels=(
        Level(name="same", when=_same("grade"), m=0.9, u=0.09),
        Level(name="host one behind", when=pl.col("grade") == pl.col("grade_host") + 1, m=0.08, u=0.08),
        otherwise(m=0.02, u=0.83),
    ),
)

_AGENTS = Comparison(
    name="agents",
    field="kin",
    also=("agents", "contacts"),
    levels=(
        Level(name="shared contact", when=shares_word("contacts"), m=0.6, u=0.0005, confirms=True),
        Level(name="shared name", when=shares_word("agents"), m=0.25, u=0.0005, confirms=True),
        otherwise(m=0.15, u=0.999),
    ),
)

_COMPARISONS = (
    _CROSSED,
    _GIVEN,
    _MIDDLE,
    _FAMILY,
    _SUFFIX,
    _BIRTH,
    _EMAIL,
    _id("identifier", "identifier"),
    _id("state id", "state_id"),
    _PHONE,
    _SCHOOL,
    _GRADE,
    _AGENTS,
)

_FIELDS_OF_BLOCKS = (
    ("family",),
    ("given", "birth"),
    ("birth",),
    ("email",),
    ("local",),
    ("identifier",),
    ("state_id",),
    ("phone",),
    ("family_start", "initial"),
    ("given", "school"),
    ("given", "grade", "school"),
    ("middle", "birth"),
)
_BLOCKS = (
    *(Block(fields=fields) for fields in _FIELDS_OF_BLOCKS),
    Block(fields=("given", "family"), host=("family", "given")),
    Block(fields=("former", "given"), host=("family", "given")),
    Block(fields=("family", "given"), host=("former", "given")),
)
