"""Frames of people for the tests, and strategies that draw them."""

from typing import Any

import polars as pl
from hypothesis import strategies as st

COLUMNS = (
    "id",
    "role",
    "given_name",
    "middle_name",
    "family_name",
    "birth_date",
    "email",
    "phone",
    "identifier",
    "school",
    "grade",
    "state_id",
    "former_family_name",
    "preferred_family_name",
    "agents",
    "agent_contacts",
)
SCHEMA = dict.fromkeys(COLUMNS, pl.String())


def people(*rows: dict[str, Any]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=SCHEMA)


def crowd(side: str, size: int = 60) -> list[dict[str, Any]]:
    """People whom nobody could confuse, so that files are not empty around the few that a test is about."""
    givens, families = (
        ("Ada", "Boris", "Chen", "Dina", "Emeka", "Farid"),
        ("Abel", "Brandt", "Costa", "Dube", "Eriks", "Fodor", "Gupta"),
    )
    return [
        {
            "id": f"{side}{number:03d}",
            "role": "student",
            "given_name": givens[number % 6],
            "family_name": families[number % 7] + "xyzw"[number % 4],
            "birth_date": f"20{8 + number % 9:02d}-{1 + number % 12:02d}-{2 + number % 27:02d}",
            "email": f"p{number}@x.edu",
            "phone": f"55500{number:05d}",
            "identifier": f"{7000 + 17 * number}",
            "school": str(number % 3),
            "grade": str(number % 12),
        }
        for number in range(size)
    ]


def optional(*values: str) -> st.SearchStrategy[str | None]:
    return st.none() | st.sampled_from(values)


ROWS = st.fixed_dictionaries(
    {
        "role": st.sampled_from(["student", "teacher"]),
        "given_name": optional("Ada", "Bob", "Robert", "Anne", "Anna", "José Luis", "A."),
        "middle_name": optional("Ada", "Lee"),
        "family_name": optional("Byron", "Byron Jr.", "Byron Sr.", "Ruiz-Mora", "Mora", "Ada", "de la Cruz"),
        "birth_date": optional("2010-03-09", "2010-09-03", "2010-03-19", "2010-01-01", "2011-12-30"),
        "email": optional("ada@x.edu", "ada@y.edu", "abyron@x.edu", "bob@x.edu"),
        "phone": optional("555 010 7788", "(555) 010-7788", "5550109999"),
        "identifier": optional("0071", "71", "72", "900"),
        "school": optional("1", "2"),
        "grade": optional("KG", "5", "6"),
        "state_id": optional("S1", "S2"),
        "former_family_name": optional("Byron", "Mora"),
        "agents": optional("Byron, Anne", "Mora, Lee\nByron, Anne"),
        "agent_contacts": optional("anne@x.edu", "555 010 7788\nlee@x.edu"),
    }
)


@st.composite
def frames(draw: st.DrawFn, side: str, most: int = 6) -> pl.DataFrame:
    rows = draw(st.lists(ROWS, max_size=most))
    return people(*({"id": f"{side}{number}", **row} for number, row in enumerate(rows)))
