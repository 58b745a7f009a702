"""What is known of a SCIM server's resources: which there are, what they are linked to, and which Groups hold the members of a class."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from urllib.parse import quote

import polars as pl

from oneroster_reconcile.hosts.scim_client import Listing, Refused, ScimClient
from oneroster_reconcile.hosts.scim_json import Resource
from oneroster_reconcile.hosts.scim_marks import ROLE, Link, Mark, mark_of
from oneroster_reconcile.hosts.scim_resources import STORED
from oneroster_reconcile.model.ids import Id
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.model.references import Reference

__all__ = ["FOLDERS", "OWN_ROLE", "Known", "kind_of_resource"]

FOLDERS: Mapping[Kind, str] = MappingProxyType({Kind.USER: "/Users", Kind.ORG: "/Groups", Kind.CLASS: "/Groups"})
"""The endpoint under which a kind lies."""
OWN_ROLE = "student"
"""The role of those who are members of a class's own Group; every other role in it has a Group beside it."""


class Known:
    """What a process has seen of a server: filled by listings, and by what it made since.

    It answers as `Holdings` do; what it has not seen it asks the server for.
    """

    def __init__(self, client: ScimClient) -> None:
        self.client = client
        self.ids: dict[Kind, set[Id]] = {kind: set() for kind in FOLDERS}
        self.linked: dict[tuple[Kind, Link], Id] = {}
        self.beside: dict[tuple[Id, str], Id] = {}
        """The Groups of the members of a class in one role, by the class and the role."""
        self.doubtful: set[tuple[Kind, Link]] = set()
        """What was sent to be made, and perhaps was."""

    def learn(self, listing: Listing) -> None:
        """Take note of resources, each for what it is."""
        for resource in listing.resources:
            self.note(resource)

    def note(self, resource: Resource) -> None:
        """Take note of one resource; a Group without a mark of ours is nobody's business."""
        mark, own = mark_of(resource.get("externalId")), str(resource["id"])
        if mark is not None and mark.kind == ROLE:
            self.beside.update({(class_, role): own for role, class_ in mark.links})
            return
        kind = kind_of_resource(resource, mark)
        if kind is None:
            return
        self.ids[kind].add(own)
        for link in mark.links if mark else ():
            self.linked[kind, link] = own
            self.doubtful.discard((kind, link))

    def forget(self, own: Id) -> None:
        """Take note that a resource is gone."""
        for ids in self.ids.values():
            ids.discard(own)
        self.linked = {link: other for link, other in self.linked.items() if other != own}
        self.beside = {place: other for place, other in self.beside.items() if other != own}

    def made_of(self, kind: Kind, links: tuple[Link, ...], *, ask: bool = False) -> Id | None:
        """The resource that is linked to a source row already; the server is asked where that is in doubt."""
        for link in links:
            if ask or (kind, link) in self.doubtful:
                self._find(kind, link)
            if (kind, link) in self.linked:
                return self.linked[kind, link]
        return None

    def roles_beside(self, class_: Id) -> Iterator[tuple[str, Id]]:
        """The roles in a class that have a Group of their own, with its id."""
        return ((role, own) for (of, role), own in list(self.beside.items()) if of == class_)

    def held(self, kind: Kind, keys: pl.DataFrame) -> pl.DataFrame:
        """Those of some keys whose rows are there; of kinds that are not stored nothing is asked."""
        if kind not in FOLDERS:
            return keys
        return keys.filter(pl.Series([self._holds(kind, own) for own in keys["id"]], dtype=pl.Boolean()))

    def referring(self, reference: Reference, ids: pl.Series) -> pl.DataFrame:
        """Nothing: what hangs on a resource is the server's to see to when it is deleted."""
        del reference, ids
        return pl.DataFrame(schema={"referrer": pl.String(), "target": pl.String()})

    def _holds(self, kind: Kind, own: Id) -> bool:
        if own not in self.ids[kind] and own:
            try:
                self.note(self.client.get(f"{FOLDERS[kind]}/{quote(own, safe='')}"))
            except Refused:
                return False
        return own in self.ids[kind]

    def _find(self, kind: Kind, link: Link) -> None:
        """Look whether something at the server is linked to a source row."""
        text = str(Mark(kind=kind.value, links=(link,)))
        query = {"filter": f'externalId eq "{text}"'} if self.client.filters else {}
        self.learn(self.client.listing(FOLDERS[kind], **query))
        self.doubtful.discard((kind, link))


def kind_of_resource(resource: Resource, mark: Mark | None) -> Kind | None:
    """The kind of row that a resource is; a Group is what its mark says."""
    if mark is None:
        return Kind.USER if "userName" in resource else None
    found = next((kind for kind in STORED if kind.value == mark.kind), None)
    return found if found in FOLDERS else None
