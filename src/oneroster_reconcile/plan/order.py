"""The order in which changes are made: nothing is referred to before it exists, nothing goes before what refers to it."""

from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.plan.verbs import Action

__all__ = ["PHASES"]

_MADE = (Kind.ORG, Kind.SESSION, Kind.COURSE, Kind.USER, Kind.DEMOGRAPHICS, Kind.CLASS, Kind.ENROLLMENT)

PHASES: tuple[tuple[Action, Kind], ...] = (
    *((action, kind) for kind in _MADE for action in (Action.UNLINK, Action.RELINK, Action.LINK)),
    *((Action.RESTORE, kind) for kind in _MADE),
    *((action, kind) for kind in _MADE for action in (Action.CREATE, Action.UPDATE)),
    (Action.DELETE, Kind.ENROLLMENT),
    *((Action.SUSPEND, kind) for kind in reversed(_MADE)),
    *((Action.DELETE, kind) for kind in reversed(_MADE) if kind is not Kind.ENROLLMENT),
)
"""Adds before removes, people before memberships, children first where rows go: links, restores, creations and updates from orgs to
enrollments, unenrollments, suspensions, deletions."""
