"""How many answers there may be at once that are on their way or not yet taken in, whoever asked for them."""

from attrs import define, field

from oneroster_reconcile.sources.exchange import Exchange
from oneroster_reconcile.sources.strands import Turn

__all__ = ["Room"]


@define
class Room:
    """Room for so many answers. Who reads a page in its turn waits for room; who reads ahead takes what is left and nobody waits for."""

    most: int
    _taken: int = field(default=0, init=False)
    _waiting: int = field(default=0, init=False)

    @property
    def is_left(self) -> bool:
        """Whether there is room that nobody waits for.

        >>> Room(2).is_left
        True
        """
        return self._taken + self._waiting < self.most

    def enter(self) -> Exchange[None]:
        """Wait for room, and take it."""
        if not self.is_left:
            self._waiting += 1
            yield Turn(lambda: self._taken < self.most)
            self._waiting -= 1
        self._taken += 1

    def take(self) -> None:
        """Take room that is left."""
        self._taken += 1

    def leave(self) -> None:
        """Give it back."""
        self._taken -= 1
