"""What our part of a SCIM resource says: its `externalId`, and the `type` of a role.

An `externalId` is `oneroster:<kind>:<links>`; the links are `source/sourcedId`, several with a space between, each part in percent-encoding. A Group
that holds the members of a class in one role is `oneroster:role:<role>/<id of the class's Group>`.
"""

from datetime import date
from urllib.parse import quote, unquote

from attrs import evolve, frozen

from oneroster_reconcile.hosts.scim_json import Resource, text
from oneroster_reconcile.model.ids import Id
from oneroster_reconcile.model.kinds import Kind, State
from oneroster_reconcile.model.users import Role

__all__ = ["ROLE", "Link", "Mark", "mark_of", "role_of", "role_type"]

ROLE = "role"
"""What stands for the kind where a Group holds the members of a class in one role."""

_OURS = "oneroster"

Link = tuple[str, Id]
"""A source, and what it calls the row."""


@frozen(kw_only=True)
class Mark:
    """What an `externalId` of ours says: the kind of row that the resource is, and its links.

    >>> str(Mark(kind="class", links=(("sis", "k 1"),)))
    'oneroster:class:sis/k%201'
    >>> mark_of("oneroster:class:sis/k%201").links
    (('sis', 'k 1'),)
    """

    kind: str
    links: tuple[Link, ...] = ()

    def including(self, link: Link) -> "Mark":
        """The same with one link more."""
        return evolve(self, links=tuple(sorted({*self.links, link})))

    def excluding(self, link: Link) -> "Mark":
        """The same without a link."""
        return evolve(self, links=tuple(each for each in self.links if each != link))

    @property
    def external_id(self) -> str | None:
        """The `externalId`: none where a user is linked to nothing; a Group keeps the word that says what it is."""
        return None if self.kind == Kind.USER and not self.links else str(self)

    def __str__(self) -> str:
        return f"{_OURS}:{self.kind}:{' '.join('/'.join(quote(part, safe='') for part in link) for link in self.links)}"


def mark_of(external_id: object) -> Mark | None:
    """What an `externalId` says, or None where it is not one of ours.

    >>> mark_of("00u1abcd") is None, mark_of(None) is None
    (True, True)
    """
    head, _, rest = str(external_id or "").partition(":")
    kind, colon, links = rest.partition(":")
    if head != _OURS or not colon:
        return None
    pairs = (link.partition("/") for link in links.split(" ") if link)
    return Mark(kind=kind, links=tuple((unquote(source), unquote(each)) for source, _, each in pairs))


def role_type(role: Role) -> str:
    """The `type` of a role's entry: the org, and what is not as usual; its `value` is the role.

    >>> role_type(Role(org="g1", role="student", primary=False, begin=date(2026, 9, 1)))
    'g1;secondary;begin=2026-09-01'
    """
    parts = [quote(role.org, safe="")]
    parts += ["secondary"] if not role.primary else []
    parts += [f"begin={role.begin}"] if role.begin else []
    parts += [f"end={role.end}"] if role.end else []
    return ";".join([*parts, *([role.state.value] if role.state is not State.ACTIVE else [])])


def role_of(entry: Resource) -> Role | None:
    """The role in an entry of a user's `roles`, or None where it does not say at which org.

    >>> role_of({"value": "student", "type": "g1;end=2027-06-30"}).end
    datetime.date(2027, 6, 30)
    >>> role_of({"value": "admin"}) is None
    True
    """
    role, about = text(entry, "value"), text(entry, "type")
    if role is None or about is None:
        return None
    org, *marks = about.split(";")
    said: dict[str, str] = {name: value for name, _, value in (each.partition("=") for each in marks)}
    try:
        begin, end = (date.fromisoformat(said[name]) if name in said else None for name in ("begin", "end"))
    except ValueError:
        return None
    return Role(
        org=unquote(org),
        role=role,
        primary="secondary" not in said,
        begin=begin,
        end=end,
        state=next((state for state in State if state.value in said), State.ACTIVE),
    )
