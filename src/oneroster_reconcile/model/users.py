"""People: their accounts, roles, external ids and guardians (OneRoster 1.2 CSV §4.18 to §4.21)."""

from collections.abc import Mapping
from datetime import date, datetime

from attrs import field, frozen

from oneroster_reconcile.model.columns import column, texts
from oneroster_reconcile.model.ids import Id
from oneroster_reconcile.model.kinds import Kind, State

__all__ = ["Role", "User", "UserId", "UserProfile"]


@frozen(kw_only=True)
class Role:
    """What a person is at one org, from `begin` (included) to `end` (excluded); one `primary` role an org at the most.

    `role` is a token of OneRoster 1.2 (`student, teacher, aide, principal, siteAdministrator, guardian, ...`) or `ext:...`;
    `state` is `TOBEDELETED` where the source ends the role by name.

    >>> Role(org="s1", role="student").primary
    True
    """

    org: Id = field(metadata=column(key=True, refers=Kind.ORG))
    role: str = field(metadata=column(key=True))
    primary: bool = True
    begin: date | None = field(default=None, metadata=column(header="beginDate"))
    end: date | None = field(default=None, metadata=column(header="endDate"))
    state: State = field(default=State.ACTIVE, metadata=column(header="status"), converter=State)


@frozen(kw_only=True)
class UserId:
    """An id that another system gave the person, such as `UserId(type="LDAP", identifier="jdoe")`.

    One that came without a type has `userId`, which is what OneRoster 1.0 called its column of such ids.

    >>> UserId(type="Fed", identifier="23").identifier, UserId(identifier="23").type
    ('23', 'userId')
    """

    type: str = field(default="userId", metadata=column(key=True))
    identifier: str = field(metadata=column(key=True, pii=True))


@frozen(kw_only=True)
class UserProfile:
    """A login that the person has with a vendor's application; passwords are dropped by the readers, never kept.

    >>> UserProfile(id="p1", profile_type="lms", vendor_id="acme", credential_type="oauth", username="jd").vendor_id
    'acme'
    """

    id: Id = field(metadata=column(key=True, header="sourcedId"))
    profile_type: str
    vendor_id: str
    credential_type: str
    username: str = field(metadata=column(pii=True))
    application_id: str | None = None
    description: str | None = None


@frozen(kw_only=True)
class User:
    """A person.

    `roles`, `agents` (guardians, or the children of one), `user_ids` and `profiles` are sets: they are merged one element at a time.

    >>> ada = User(id="u1", given_name="Ada", family_name="Byron", roles=(Role(org="s1", role="student"),))
    >>> ada.roles[0].role, ada.state.value
    ('student', 'active')
    """

    id: Id = field(metadata=column(key=True, header="sourcedId"))
    given_name: str = field(metadata=column(pii=True))
    family_name: str = field(metadata=column(pii=True))
    middle_name: str | None = field(default=None, metadata=column(pii=True))
    preferred_given_name: str | None = field(default=None, metadata=column(pii=True))
    preferred_middle_name: str | None = field(default=None, metadata=column(pii=True))
    preferred_family_name: str | None = field(default=None, metadata=column(pii=True))
    pronouns: str | None = field(default=None, metadata=column(pii=True))
    username: str | None = field(default=None, metadata=column(pii=True))
    email: str | None = field(default=None, metadata=column(pii=True))
    identifier: str | None = field(default=None, metadata=column(pii=True))
    user_master_identifier: str | None = field(default=None, metadata=column(pii=True))
    sms: str | None = field(default=None, metadata=column(pii=True))
    phone: str | None = field(default=None, metadata=column(pii=True))
    primary_org: Id | None = field(default=None, metadata=column(refers=Kind.ORG))
    grades: tuple[str, ...] = ()
    roles: tuple[Role, ...] = ()
    agents: tuple[Id, ...] = field(default=(), metadata=column(refers=Kind.USER, header="agentSourcedIds"))
    user_ids: tuple[UserId, ...] = ()
    profiles: tuple[UserProfile, ...] = ()
    state: State = field(default=State.ACTIVE, metadata=column(header="status"), converter=State)
    metadata: Mapping[str, str] = field(factory=dict[str, str], converter=texts, hash=False, metadata=column(pii=True))
    date_last_modified: datetime | None = field(default=None, metadata=column(compared=False))
