"""What is derived from a class once and kept."""

from collections.abc import Callable
from functools import cache
from typing import ParamSpec, TypeVar, cast

__all__ = ["cached"]

P = ParamSpec("P")
R = TypeVar("R")


def cached(function: Callable[P, R]) -> Callable[P, R]:
    """`functools.cache` with the function's own signature: typeshed's takes `Hashable`, which mypy does not find in a class.

    >>> @cached
    ... def name_of(row: type[object]) -> str:
    ...     return row.__name__
    >>> name_of(str)
    'str'
    """
    return cast("Callable[P, R]", cache(function))
