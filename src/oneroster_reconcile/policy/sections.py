"""`Sections`: which classes become one class of the host for each grade of their students."""

from collections.abc import Iterable

from attrs import field, frozen

from oneroster_reconcile.model.ids import Id
from oneroster_reconcile.policy.choices import chosen

__all__ = ["Sections"]


def _optional(values: Iterable[str] | None) -> frozenset[str] | None:
    return None if values is None else frozenset(values)


@frozen(kw_only=True, field_transformer=chosen)
class Sections:
    """Classes with students of several grades become one class a grade: `<sourcedId>#<grade>`, with all the teachers and the students of that grade.

    `courses` (by sourcedId) and `subjects` limit it to classes of one of these; None is all. A student of whom no grade is known goes to the section
    `ungraded`, or where that is None to the first one of the class. `title` is what sections are called, of `{title}` and `{grade}`.

    >>> Sections(title="{title}, grade {grade}").titled("Band", "05")
    'Band, grade 05'
    """

    courses: frozenset[Id] | None = field(default=None, converter=_optional)
    subjects: frozenset[str] | None = field(default=None, converter=_optional)
    ungraded: str | None = None
    title: str = "{title} ({grade})"

    def titled(self, title: str, grade: str) -> str:
        """The title of a section."""
        return self.title.format(title=title, grade=grade)
