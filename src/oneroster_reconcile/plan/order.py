"""The order in which changes are made: nothing is referred to before it exists, nothing goes before what refers to it."""

from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.plan.verbs import Action

__all__ = ["MADE", "PHASES"]

MADE = (Kind.ORG, Kind.SESSION, Kind.COURSE, Kind.USER, Kind.DEMOGRAPHICS, Kind.CLASS, Kind.ENROLLMENT)
"""The order in which rows of the kinds are made: people before the classes that they lead."""

PHASES: tuple[tuple[Action, Kind], ...] = (
    *((Action.MERGE, kind) for kind in MADE),
    *((action, kind) for kind in MADE for action in (Action.UNLINK, Action.RELINK, Action.LINK)),
    *((Action.RESTORE, kind) for kind in MADE),
    *((action, kind) for kind in MADE for action in (Action.CREATE, Action.UPDATE)),
    (Action.DELETE, Kind.ENROLLMENT),
    *((Action.SUSPEND, kind) for kind in reversed(MADE)),
    *((Action.DELETE, kind) for kind in reversed(MADE) if kind is not Kind.ENROLLMENT),
)
"""Adds before removes, people before memberships, children first where rows go: links, restores, creations and updates from orgs to
enrollments, unenrollments, suspensions, deletions. Merges are first of all: the rest is about what they leave."""
