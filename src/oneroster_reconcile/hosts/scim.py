"""`ScimHost`: a product that speaks SCIM 2.0 (RFC 7643, RFC 7644)."""

from collections.abc import Callable, Iterator
from typing import Any, assert_never
from urllib.parse import quote

import httpx
import polars as pl

from oneroster_reconcile.apply.host import Batch
from oneroster_reconcile.hosts.objections import batch_keys, batch_rows, objections
from oneroster_reconcile.hosts.scim_client import Listing, Refused, ScimClient
from oneroster_reconcile.hosts.scim_json import Resource
from oneroster_reconcile.hosts.scim_known import FOLDERS, Known
from oneroster_reconcile.hosts.scim_marks import Link, Mark, mark_of
from oneroster_reconcile.hosts.scim_memberships import Memberships
from oneroster_reconcile.hosts.scim_reading import directory_of
from oneroster_reconcile.hosts.scim_resources import SCHEMAS, STORED, edited
from oneroster_reconcile.issues.errors import HostFailed
from oneroster_reconcile.model.classes import Class
from oneroster_reconcile.model.directory import Directory
from oneroster_reconcile.model.ids import PROVISIONAL, Id
from oneroster_reconcile.model.kinds import Kind, words
from oneroster_reconcile.model.records import from_frame
from oneroster_reconcile.plan.receipts import Receipts
from oneroster_reconcile.plan.verbs import LINKING, Action
from oneroster_reconcile.policy.scope import Scope

__all__ = ["ScimHost"]

_NEVER = {Action.MERGE}
_STATES = {Action.SUSPEND, Action.RESTORE}


class ScimHost:
    """A `HostAdapter` over SCIM 2.0: users are Users, orgs and classes are Groups, enrollments are members.

    What SCIM has no place for is not stored (`Directory.stored` says what is), and `can` says what is not done: no sessions, courses and
    demographics, no merges, and of Groups no states. The link of a row (source and sourcedId) is its `externalId`, so that the snapshot brings the crosswalk. Groups
    that are not marked so are not ours and are not shown. The token is in no message, log or repr.

    Raises `HostFailed` where the server cannot be reached, is busy (`retriable`, with the seconds that it asks for) or lets nobody in. What was made before that is known
    by its link: sent again, it is not made twice.

    >>> host = ScimHost("https://product.example/scim/v2", token="secret")
    >>> host, host.can(Action.SUSPEND, Kind.USER), host.can(Action.MERGE, Kind.USER)
    (ScimHost('https://product.example/scim/v2'), True, False)
    """

    kinds = frozenset(kind for kind in Kind if STORED[kind])
    """The kinds that a SCIM host has: give a policy `Scope(kinds=ScimHost.kinds)`, or it makes the others anew in every plan, which fails."""

    def __init__(self, url: str, *, token: str | None = None, client: httpx.Client | None = None, page: int = 100) -> None:
        """Take the address under which `/Users` lies; `client` brings timeouts, certificates or another way to sign in; `page` is how many resources are asked for at a time."""
        self._client = ScimClient(url, token=token, client=client, page=page)
        self._known: Known | None = None

    def __repr__(self) -> str:
        return f"ScimHost({self._client.url!r})"

    def can(self, action: Action, kind: Kind) -> bool:
        """Whether changes of this action and kind may be sent."""
        if kind is Kind.ENROLLMENT:
            return action in (Action.CREATE, Action.DELETE)
        if kind not in FOLDERS or action in _NEVER:
            return False
        return kind is Kind.USER or action not in _STATES

    def snapshot(self, scope: Scope = Scope()) -> Directory:
        """What the host holds, whatever the scope: Groups do not say in which school they lie."""
        del scope
        return directory_of(*self._listed()[1:])

    def apply(self, batch: Batch) -> Receipts:
        """Make the changes of one batch, one request or two each, and answer for each."""
        if not self.can(batch.action, batch.kind):
            return Receipts.failed(batch.frame["id"], f"a SCIM host cannot {batch.action} {words(batch.kind)} rows")
        known = self._known or self._listed()[0]
        errors = objections(batch, known)
        work = _Work(self._client, known, batch)
        done = dict(work.done(errors.is_null()))
        return _receipts(batch, errors.to_list(), done)

    def close(self) -> None:
        """Let go of the connections, unless the caller brought them."""
        self._client.close()

    def _listed(self) -> tuple[Known, Listing, Listing]:
        """Read everything, and know it."""
        users, groups = self._client.listing("/Users"), self._client.listing("/Groups")
        known = self._known = Known(self._client)
        known.learn(users)
        known.learn(groups)
        return known, users, groups


class _Work:
    """One batch, row by row."""

    def __init__(self, client: ScimClient, known: Known, batch: Batch) -> None:
        self.client, self.known, self.batch = client, known, batch
        self.memberships = Memberships(client, known)

    def done(self, good: pl.Series) -> Iterator[tuple[int, tuple[Id | None, str | None]]]:
        """By row: the host's id, or what went wrong."""
        if self.batch.kind is Kind.ENROLLMENT:
            yield from self._memberships(good)
            return
        rows: Iterator[Any] = (
            from_frame(batch_rows(self.batch, STORED[self.batch.kind]), self.batch.row) if not self._links else iter(())
        )
        for number, (change, fine) in enumerate(zip(self.batch.frame.iter_rows(named=True), good, strict=True)):
            row = next(rows, None)
            if fine:
                yield number, self._answer(change, row)

    @property
    def _links(self) -> bool:
        return self.batch.action in LINKING

    def _memberships(self, good: pl.Series) -> Iterator[tuple[int, tuple[Id | None, str | None]]]:
        rows = batch_keys(self.batch).with_columns(self.batch.frame["id"].alias("_id")).with_row_index("_row").filter(good)
        failed = dict(self.memberships.change(rows, add=self.batch.action is Action.CREATE))
        for number, own in rows.select("_row", "_id").iter_rows():
            yield number, (None if number in failed else own, failed.get(number))

    def _answer(self, change: dict[str, Any], row: Any) -> tuple[Id | None, str | None]:
        try:
            return self._made(change, row), None
        except Refused as refused:
            if refused.is_missing:
                return None, f"id: the host holds no such {words(self.batch.kind)}"
            if not refused.status:
                return None, str(refused)
            if refused.status == 409:
                return None, f"a name or another value that only one may have is taken at the host ({refused})"
            return None, f"the host refuses it: {refused}"

    def _made(self, change: dict[str, Any], row: Any) -> Id:
        match self.batch.action:
            case Action.CREATE:
                return self._created(row, _links_of(change))
            case Action.UPDATE:
                return self._edited(change["id"], row)
            case Action.SUSPEND | Action.RESTORE:
                return self._changed(change["id"], {"active": self.batch.action is Action.RESTORE})
            case Action.DELETE:
                return self._deleted(change["id"])
            case Action.LINK | Action.RELINK | Action.UNLINK | Action.MERGE:
                return self._linked(change)
            case _:
                assert_never(self.batch.action)

    def _created(self, row: Any, links: tuple[Link, ...]) -> Id:
        """Make a row, unless one that is linked so was made before: that is brought to what the row says."""
        kind = self.batch.kind
        if own := self.known.made_of(kind, links):
            return self._edited(own, row)
        wanted = edited({"schemas": [SCHEMAS[kind]]}, row, Mark(kind=kind.value, links=links))
        if kind is Kind.USER and "userName" not in wanted:
            raise Refused(0, "username: is missing, and so is an email to stand for it")
        try:
            made = {**wanted, **self.client.create(FOLDERS[kind], wanted)}
        except HostFailed:
            self.known.doubtful.update((kind, link) for link in links)
            raise
        except Refused as refused:
            own = self.known.made_of(kind, links, ask=True) if refused.status == 409 else None
            if own is None:
                raise
            return self._edited(own, row)
        self.known.note(made)
        return str(made["id"])

    def _edited(self, own: Id, row: Any) -> Id:
        before = self.client.get(self._path(own))
        self.client.change(self._path(own), before, edited(before, row))
        if isinstance(row, Class):
            self.memberships.rename(Class(id=own, title=row.title))
        return own

    def _changed(self, own: Id, values: Resource) -> Id:
        before = self.client.get(self._path(own))
        self.client.change(self._path(own), before, {**before, **values})
        return own

    def _deleted(self, own: Id) -> Id:
        if self.batch.kind is Kind.CLASS:
            self.memberships.remove(own)
        self.client.delete(self._path(own))
        self.known.forget(own)
        return own

    def _linked(self, change: dict[str, Any]) -> Id:
        """Links that go, go from the row that has them; those that come, come to theirs."""
        before, after = change["before"], change["after"]
        if before and self.batch.action is not Action.LINK:
            self._marked(before["host_id"], Mark.excluding, _link(before), absent=True)
        if after and self.batch.action is not Action.UNLINK:
            self._marked(after["host_id"], Mark.including, _link(after))
        return str(change["id"])

    def _marked(self, own: Id, change: Callable[[Mark, Link], Mark], link: Link, *, absent: bool = False) -> None:
        try:
            held = self.client.get(self._path(own))
        except Refused as refused:
            if refused.is_missing and absent:
                return
            raise
        said = held.get("externalId")
        mark = mark_of(said) or (None if said else Mark(kind=self.batch.kind.value))
        if mark is None and absent:
            return
        if mark is None:
            raise Refused(0, "externalId: is another client's, and is left alone")
        self._changed(own, {"externalId": change(mark, link).external_id})
        self.known.forget(own)

    def _path(self, own: Id) -> str:
        return f"{FOLDERS[self.batch.kind]}/{quote(own, safe='')}"


def _link(row: dict[str, Any]) -> Link:
    return str(row["source"]), str(row["source_id"])


def _links_of(change: dict[str, Any]) -> tuple[Link, ...]:
    """The links of a row to be made: its own, and those of the other records of the same person."""
    if not str(change["id"]).startswith(PROVISIONAL):
        return ()
    name = str(change["id"]).removeprefix(PROVISIONAL)
    records: list[str] = (change["reason"] or {"source_ids": None})["source_ids"] or []
    sources = (name.removesuffix(f"/{each}") for each in records if name.endswith(f"/{each}"))
    source = next(sources, name.partition("/")[0])
    return tuple(sorted({(source, name.removeprefix(f"{source}/")), *((source, each) for each in records)}))


def _receipts(batch: Batch, errors: list[str | None], done: dict[int, tuple[Id | None, str | None]]) -> Receipts:
    answers = [(None, error) if error else done[number] for number, error in enumerate(errors)]
    host_ids = pl.Series([own if error is None else None for own, error in answers], dtype=pl.String())
    texts = pl.Series([error for _, error in answers], dtype=pl.String())
    return Receipts(batch.frame.select("id", host_id=host_ids, ok=texts.is_null(), error=texts))
