"""`Task`: what a sync leaves to people."""

from enum import StrEnum

__all__ = ["Task"]


class Task(StrEnum):
    """What people have to do after a plan, for a library cannot: a policy names those that its product wants to hear of.

    >>> Task("add_school_admin") is Task.ADD_SCHOOL_ADMIN
    True
    """

    ASSIGN_LICENCE = "assign_licence"
    """A new teacher has no licence yet."""
    ASSIGN_CONTENT = "assign_content"
    """A student who joins a class lacks what the class was given before."""
    ADD_SCHOOL_ADMIN = "add_school_admin"
    """A new school has nobody who administers it."""
    MAP_COURSE = "map_course"
    """A new class belongs to no course that the host has."""
    REMOVE_STUDENT_BY_HAND = "remove_student_by_hand"
    """A membership that is no longer in the roster is kept: only the teacher can end it."""
