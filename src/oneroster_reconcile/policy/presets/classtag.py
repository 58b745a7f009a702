"""`classtag_first_sync` and `classtag`: how ClassTag says that its OneRoster sync behaves."""

from attrs import evolve

from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.roles import Group
from oneroster_reconcile.model.verbs import Verb
from oneroster_reconcile.policy.choices import Adoption, Authority, Disposition
from oneroster_reconcile.policy.eligibility import Requirement
from oneroster_reconcile.policy.guards import Held, Limit
from oneroster_reconcile.policy.people import PeoplePolicy
from oneroster_reconcile.policy.policy import Policy
from oneroster_reconcile.policy.rows import ElementPolicy, RowPolicy
from oneroster_reconcile.policy.rules import Rule

__all__ = ["classtag", "classtag_first_sync"]

_SAME = ("given_name", "family_name", "email", "phone")
"""What has to be exactly the same before two records are one person."""
_CONTACT = ("email", "phone", "sms")
_REACHABLE = Requirement(kind=Kind.USER, needs=("unique:email|sms",), groups=frozenset({Group.GUARDIAN}))
_GONE = (Verb.SUSPEND, Verb.DELETE)
_MOST = 0.15
"""What share may be archived without a person: the product says 10 to 20 % during the year."""


def classtag_first_sync() -> Policy:
    """Make new students beside those that are there, which are not touched; one account for whoever has the same name, e-mail and phone.

    Nothing is taken away. People who use their account change its contact details themselves; of one who was only invited, the source's count. For the other setting give those columns to the source. A
    guardian needs an e-mail address or mobile number of their own.

    >>> policy = classtag_first_sync()
    >>> policy.row(Kind.USER, Group.STUDENT).adoption.value, policy.row(Kind.USER, Group.GUARDIAN).authority_of("email").value
    ('never', 'on_create')
    >>> policy.people.one_account, policy.requires[0].needs
    (('given_name', 'family_name', 'email', 'phone'), ('unique:email|sms',))
    """
    row = RowPolicy(element=ElementPolicy(ended=Disposition.DELETE))
    people = evolve(
        row,
        elements={"agents": ElementPolicy()},
        values=dict.fromkeys(_CONTACT, Authority.ON_CREATE),
        invited=dict.fromkeys(_CONTACT, Authority.SOURCE),
    )
    groups = {Group.STUDENT: evolve(people, adoption=Adoption.NEVER), Group.GUARDIAN: people}
    return Policy(
        name="classtag_first_sync",
        rows={**dict.fromkeys(Kind, row), Kind.USER: evolve(people, groups=groups)},
        rules={Kind.ORG: (Rule(keys=("identifier",), checks=("name",)),), Kind.USER: (Rule(keys=_SAME),)},
        people=PeoplePolicy(one_account=_SAME),
        requires=(_REACHABLE,),
    )


def classtag() -> Policy:
    """After the first sync: archive students, staff and classes that the source no longer lists, keep guardians and their links.

    Where more than 15 % of the people, or of the classes, would be archived, nothing is taken away until a person approves; the rest goes on.
    A class that was archived and is listed again stays archived; give `state` to the source for the other setting.

    >>> policy = classtag()
    >>> policy.row(Kind.USER, Group.STUDENT).withdrawn.value, policy.row(Kind.USER, Group.GUARDIAN).withdrawn.value
    ('suspend', 'keep')
    >>> [(guard.name, guard.holds.value) for guard in policy.guards]
    [('people archived', 'removals'), ('classes archived', 'removals')]
    """
    first = evolve(classtag_first_sync(), name="classtag")
    archived = {"withdrawn": Disposition.SUSPEND, "ended": Disposition.SUSPEND}
    people = first.row(Kind.USER).changed(**archived)
    guardian = first.row(Kind.USER, Group.GUARDIAN)
    following = ElementPolicy(withdrawn=Disposition.DELETE, ended=Disposition.DELETE)
    guards = (
        Limit(name="people archived", verbs=_GONE, kinds=(Kind.USER,), share=_MOST, holds=Held.REMOVALS),
        Limit(name="classes archived", verbs=_GONE, kinds=(Kind.CLASS,), share=_MOST, holds=Held.REMOVALS),
    )
    rows = {**first.rows, Kind.USER: evolve(people, groups={**people.groups, Group.GUARDIAN: guardian})}
    return (
        evolve(first, rows=rows, guards=guards)
        .with_rows(Kind.CLASS, **archived, values={"state": Authority.ON_CREATE}, element=following)
        .with_rows(Kind.ENROLLMENT, withdrawn=Disposition.DELETE, ended=Disposition.DELETE)
    )
