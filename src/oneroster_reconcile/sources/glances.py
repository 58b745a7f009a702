"""`Glance`: what a quick look over the bytes of a file finds."""

from attrs import frozen

__all__ = ["Glance"]


@frozen
class Glance:
    """What a glance finds.

    >>> Glance(is_ragged=False).has_breaks
    False

    `is_ragged`: some line that is not blank has another number of separators than the header. `has_breaks`: there are line breaks inside
    cells, so that a row is not a line. `has_blanks`: there are tabs or stray returns, which cells may begin or end with.
    """

    is_ragged: bool
    has_breaks: bool = False
    has_blanks: bool = False

    @property
    def is_plain(self) -> bool:
        """Whether every line is a row that can be taken as it is."""
        return not (self.is_ragged or self.has_breaks or self.has_blanks)
