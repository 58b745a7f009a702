"""Rules as values: which columns propose that two rows are the same, and which have to agree.

Equal e-mails alone link the wrong people (recycled and family addresses), so every rule of ours has a check: a given name or birth date that agrees, and
none that contradicts. For orgs it is the name.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Protocol

import polars as pl
from attrs import Factory, field, frozen

from oneroster_reconcile.model.hints import UNSTORED
from oneroster_reconcile.model.kinds import Kind

__all__ = ["RULES", "Proposer", "Rule"]

_PERSON = ("given_name", "birth_date")


class Proposer(Protocol):
    """**Protocol:** a rule in Python, which proposes pairs of two frames of people.

    The frames hold one row a person in the columns of `User`, as they were read, and `birth_date`; `source` those who are present, `host` the accounts that nobody
    claims. The answer has `source_id` and `host_id`, in any order; pairs that are named twice, or of ids that nobody has, do not count. Callers rely on a pure function of the rows,
    whatever their order.

    >>> def same_phone(source: pl.DataFrame, host: pl.DataFrame) -> pl.DataFrame:
    ...     return source.join(host, on="phone").select(source_id="id", host_id="id_right")
    >>> rule = Rule(label="phone", propose=same_phone)
    """

    def __call__(self, source: pl.DataFrame, host: pl.DataFrame) -> pl.DataFrame:
        """The pairs, as `source_id, host_id`."""
        ...


def _usual_checks(rule: "Rule") -> tuple[str, ...]:
    return _PERSON if rule.propose else ()


@frozen(kw_only=True)
class Rule:
    """Rows that agree in all `keys` may be the same; they are, if one of the `checks` agrees, too, and none contradicts.

    Both are columns of the kind. Of people, `birth_date` is that of the demographics, `user_ids.<type>` the id of a type, and given names agree where one is
    short for the other; of orgs, `nces_id` is the number of `model.nces`. A rule without checks takes the keys' word alone, as some products do with e-mail, or as is right where the keys are a whole person
    (`given_name, family_name, birth_date`); the reason of each link says so.

    `near` keys agree also where they differ by leading zeros or one edit (a digit more, fewer, other, or two exchanged), and `propose` is a rule in Python in place of keys. Both
    look only at those whom no plain rule pairs with anybody, and what they find counts only where it agrees: a near key that nothing backs says nothing.
    A near rule needs checks, or ValueError is raised, for the ids of children who enrolled together follow one another. A rule with `propose` needs a `label`, and has the usual checks of people unless others are given.

    >>> Rule(keys=("email",), checks=("given_name", "birth_date")).name, Rule(keys=("user_ids.LDAP",)).name
    ('email', 'user_ids.LDAP alone')
    >>> Rule(keys=("identifier",), near=True, checks=("birth_date",)).name
    'nearly identifier'
    """

    keys: tuple[str, ...] = ()
    near: bool = False
    label: str = ""
    propose: Proposer | None = field(default=None, metadata={UNSTORED: True})
    checks: tuple[str, ...] = field(default=Factory(_usual_checks, takes_self=True))

    def __attrs_post_init__(self) -> None:
        if self.near and not (self.keys and self.checks):
            raise ValueError(f"a near rule needs keys and checks, not {self.keys} and {self.checks}: neighbours have near ids")
        if self.propose and (self.keys or not self.label):
            raise ValueError(f"a rule with propose needs a label and no keys, not {self.label!r} and {self.keys}")

    @property
    def name(self) -> str:
        """What reasons call it."""
        own = self.label or ("nearly " if self.near else "") + " + ".join(self.keys)
        return own + ("" if self.checks else " alone")


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
