"""Exact rules as values: which columns propose that two rows are the same, and which have to agree.

Equal e-mails alone link the wrong people (recycled and family addresses), so every rule of ours has a check: a given name or birth date that agrees, and
none that contradicts. For orgs it is the name.
"""

from collections.abc import Mapping
from types import MappingProxyType

from attrs import frozen

from oneroster_reconcile.model.kinds import Kind

__all__ = ["RULES", "Rule"]


@frozen(kw_only=True)
class Rule:
    """Rows that agree in all `keys` may be the same; they are, if one of the `checks` agrees, too, and none contradicts.

    Both are columns of the kind. Of people, `birth_date` is that of the demographics, `user_ids.<type>` the id of a type, and given names agree where one is
    short for the other. A rule without checks takes the keys' word alone, as some products do with e-mail; the reason of each link says so.

    >>> Rule(keys=("email",), checks=("given_name", "birth_date")).name, Rule(keys=("user_ids.LDAP",)).name
    ('email', 'user_ids.LDAP alone')
    """

    keys: tuple[str, ...]
    checks: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """What reasons call it."""
        return " + ".join(self.keys) + ("" if self.checks else " alone")


_PERSON = ("given_name", "birth_date")
RULES: Mapping[Kind, tuple[Rule, ...]] = MappingProxyType(
    {
        Kind.ORG: (Rule(keys=("identifier",), checks=("name",)),),
        Kind.USER: tuple(Rule(keys=(key,), checks=_PERSON) for key in ("identifier", "email", "username")),
    }
)
"""The rules of every preset, in order: the kinds that have none are never compared.

>>> [rule.name for rule in RULES[Kind.USER]]
['identifier', 'email', 'username']
"""
