"""Commands with many options take them as one value."""

import inspect
from collections.abc import Callable
from typing import Any, TypeVar, get_type_hints

__all__ = ["taking"]

Options = TypeVar("Options")


def taking(options: type[Options]) -> Callable[[Callable[[Options], None]], Callable[..., None]]:
    """Make a command of a function that takes one value: its options are the fields of the value's class.

    >>> from attrs import frozen
    >>> @frozen(kw_only=True)
    ... class Greeting:
    ...     name: str = "world"
    >>> @taking(Greeting)
    ... def greet(greeting: Greeting) -> None:
    ...     print("hello", greeting.name)
    >>> greet(name="Ada")
    hello Ada
    >>> inspect.signature(greet)
    <Signature (*, name: str = 'world') -> None>
    """

    def command_of(run: Callable[[Options], None]) -> Callable[..., None]:
        def command(**given: Any) -> None:
            run(options(**given))

        command.__annotations__ = get_type_hints(options, include_extras=True)
        command.__dict__["__signature__"] = inspect.signature(options)
        command.__doc__ = run.__doc__
        return command

    return command_of
