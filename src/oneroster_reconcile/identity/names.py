"""Names of schools and courses that are nearly the same: suggestions for a person, never links."""

import polars as pl

__all__ = ["near"]

_NEAR = 88
"""From this likeness on, of 100, two names are worth a look."""
_WORDS = {
    "acad": "academy",
    "ctr": "center",
    "el": "elementary",
    "elem": "elementary",
    "es": "elementary school",
    "hs": "high school",
    "int": "intermediate",
    "is": "intermediate school",
    "jhs": "junior high school",
    "jr": "junior",
    "ms": "middle school",
    "mt": "mount",
    "sch": "school",
    "sr": "senior",
    "st": "saint",
}
"""What schools' names are shortened to in the United States."""
_IDLE = frozenset({"school", "the"})
"""What is left out of a name as often as not."""


def near(ours: pl.DataFrame, theirs: pl.DataFrame) -> pl.DataFrame:
    """The pairs of rows (`id, name`) whose names are alike, as `source_id, host_id`, likest first: by the words, in whatever order, with what is usually shortened written out.

    >>> ours = pl.DataFrame({"id": ["s1"], "name": ["Plum Falls High School"]})
    >>> near(ours, pl.DataFrame({"id": ["7", "8"], "name": ["Plum Falls HS", "Cherry Hill HS"]})).rows()
    [('s1', '7')]
    """
    # rapidfuzz is loaded by those who look for likenesses only.
    from rapidfuzz import fuzz, process

    ours, theirs = (side.drop_nulls("name").sort("id") for side in (ours, theirs))
    left, right = ([_plain(name) for name in side["name"]] for side in (ours, theirs))
    found = pl.DataFrame(
        [
            (source_id, theirs["id"][at], round(score, 3))
            for source_id, name in zip(ours["id"], left, strict=True)
            for other, score, at in process.extract(name, right, scorer=fuzz.token_sort_ratio, score_cutoff=_NEAR, limit=None)
            # Public School 112 is not Public School 113.
            if _numbers(name) == _numbers(other)
        ],
        schema={"source_id": pl.String(), "host_id": pl.String(), "_score": pl.Float64()},
        orient="row",
    )
    return found.sort("source_id", "_score", "host_id", descending=[False, True, False]).drop("_score")


def _plain(name: str) -> str:
    """A name in lower case, without punctuation, its shortened words written out."""
    bare = "".join(letter if letter.isalnum() else " " for letter in name.casefold().replace(".", "").replace("'", ""))
    words = " ".join(_WORDS.get(word, word) for word in bare.split()).split()
    return " ".join(word for word in words if word not in _IDLE)


def _numbers(name: str) -> list[str]:
    return sorted(word for word in name.split() if word.isdecimal())
