"""`seesaw_nightly` and `seesaw_exact`: how Seesaw says that its ClassLink sync behaves."""

from attrs import evolve

from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.roles import Group
from oneroster_reconcile.policy.choices import Disposition, Redress
from oneroster_reconcile.policy.eligibility import Requirement
from oneroster_reconcile.policy.guards import Cap, ClassChurn, Guard, Held, IdentityDrift, MergeDrift, Per
from oneroster_reconcile.policy.people import PeoplePolicy
from oneroster_reconcile.policy.policy import Policy
from oneroster_reconcile.policy.rows import ElementPolicy, RowPolicy
from oneroster_reconcile.policy.rules import RULES, Rule

__all__ = ["seesaw_exact", "seesaw_nightly"]

_FOLLOWING = ElementPolicy(withdrawn=Disposition.DELETE, ended=Disposition.DELETE)
_PERSON = ("given_name", "birth_date")
# The product publishes shares, and no number below which they would not count. Only of links we count from five on: there may be one in a night, and its share is whole.
_GUARDS: tuple[Guard, ...] = (
    IdentityDrift(groups=(Group.STUDENT,), share=0.25, floor=0),
    MergeDrift(share=0.25),
    ClassChurn(share=0.6, floor=0),
    Cap(name="administrators of a school", groups=(Group.ADMINISTRATOR,), most=50, per=Per.SCHOOL, holds=Held.NOTHING),
)


def seesaw_nightly() -> Policy:
    """Follow the source every night: memberships end with the source's, those added by hand stay, and nobody loses an account without being asked about.

    A user needs a name, an e-mail and a school to be synced. Held is a plan that would rename or link too many people of other names, and the class most of whose students would change.
    The number of licences (`Licences`) and the trusted domains of each school are the product's to add: once a school trusts every address of a student's accounts, those are merged. That accounts are found by number or e-mail with a name that agrees, and what becomes
    of withdrawn people and classes, is our reading.

    >>> seesaw_nightly().row(Kind.ENROLLMENT).local.value, seesaw_nightly().row(Kind.USER).withdrawn.value
    ('keep', 'ask')
    >>> [guard.name for guard in seesaw_nightly().guards]
    ['identity drift', 'merge drift', 'class churn', 'administrators of a school']
    """
    entity = RowPolicy(withdrawn=Disposition.FLAG, ended=Disposition.FLAG, deleted_at_host=Redress.RECREATE, element=_FOLLOWING)
    people = evolve(entity, withdrawn=Disposition.ASK, ended=Disposition.ASK)
    members = RowPolicy(
        withdrawn=Disposition.DELETE, ended=Disposition.DELETE, deleted_at_host=Redress.RECREATE, element=_FOLLOWING
    )
    rows = dict.fromkeys(Kind, entity)
    return Policy(
        name="seesaw_nightly",
        rows={**rows, Kind.USER: people, Kind.ENROLLMENT: members},
        rules={**RULES, Kind.USER: tuple(Rule(keys=(key,), checks=_PERSON) for key in ("identifier", "email"))},
        people=PeoplePolicy(most_source_ids=7, merges_trusted=True),
        requires=(Requirement(kind=Kind.USER, needs=("given_name", "family_name", "email", "school")),),
        guards=_GUARDS,
    )


def seesaw_exact() -> Policy:
    """Make the classes of the scope what the source says, members added by hand included: they go, and the plan names them first.

    For a sync that somebody starts, of one school or of all; everything else is as in `seesaw_nightly`, but that classes which the source no longer lists are archived.

    >>> seesaw_exact().row(Kind.ENROLLMENT).local.value, seesaw_exact().row(Kind.CLASS).withdrawn.value
    ('delete', 'suspend')
    """
    nightly = evolve(seesaw_nightly(), name="seesaw_exact")
    return nightly.with_rows(Kind.ENROLLMENT, local=Disposition.DELETE).with_rows(
        Kind.CLASS, withdrawn=Disposition.SUSPEND, ended=Disposition.SUSPEND
    )
