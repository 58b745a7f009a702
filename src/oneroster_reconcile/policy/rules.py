"""Exact rules as values: which columns propose that two rows are the same, and which have to agree.

Equal e-mails alone link the wrong people (recycled and family addresses), so every rule has a check: a given name or birth date that agrees, and none
that contradicts. For orgs it is the name.
"""

from collections.abc import Mapping

from attrs import frozen

from oneroster_reconcile.model.kinds import Kind

__all__ = ["RULES", "Rules"]


@frozen(kw_only=True)
class Rules:
    """The columns that propose a pair, in order, and those that check it.

    >>> RULES[Kind.USER].keys
    ('identifier', 'email', 'username')
    """

    keys: tuple[str, ...]
    checks: tuple[str, ...]


RULES: Mapping[Kind, Rules] = {
    Kind.ORG: Rules(keys=("identifier",), checks=("name",)),
    Kind.USER: Rules(keys=("identifier", "email", "username"), checks=("given_name", "birth_date")),
}
"""The kinds whose unlinked rows are compared, and how."""
