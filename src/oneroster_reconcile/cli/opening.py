"""Hosts and states, opened from what was written on the command line."""

import re
from collections.abc import Generator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import polars as pl

from oneroster_reconcile.apply.applying import settle
from oneroster_reconcile.apply.folder import FolderState
from oneroster_reconcile.apply.host import HostAdapter
from oneroster_reconcile.cli.failures import WrongUsage, writing
from oneroster_reconcile.issues.errors import (
    ApprovalsUnreadable,
    DecisionsUnreadable,
    ReconcileError,
    SelectionUnreadable,
    StateUnreadable,
)
from oneroster_reconcile.model.decisions import Decision, decisions_from_json
from oneroster_reconcile.model.kinds import Kind
from oneroster_reconcile.plan.approvals import Approval, StandingApproval, approvals_from_json
from oneroster_reconcile.plan.selection_document import Selection, selection_from_json

if TYPE_CHECKING:
    from oneroster_reconcile.hosts.sql import SqlHost

__all__ = ["open_approvals", "open_decisions", "open_host", "open_selection", "open_state", "prepare_state", "settled_state"]

_OWN = re.compile(r"[\w.]+:\w+")
"""How a function of the product's is written; a URL has slashes."""


@contextmanager
def open_host(url: str) -> Generator[HostAdapter]:
    """The host at a URL, or the product's own that a function makes, closed at the end.

    Raises WrongUsage where there is no such thing, or what it needs is not installed.
    """
    with _own(url) if _OWN.fullmatch(url) else _database(url) as host:
        yield host


def _own(name: str) -> AbstractContextManager[HostAdapter]:
    """The host that a product's function makes, written as `module:function`; closed where it is a context manager."""
    module, _, function = name.partition(":")
    try:
        make = getattr(import_module(module), function)
    except (ImportError, AttributeError) as error:
        raise WrongUsage(
            f"--host {name}: there is no such function ({error}); write module:function, of a module that Python finds"
        ) from error
    host: Any = make()
    return cast("AbstractContextManager[HostAdapter]", host) if isinstance(host, AbstractContextManager) else nullcontext(host)


@contextmanager
def _database(url: str) -> "Generator[SqlHost]":
    if find_spec("sqlalchemy") is None:
        raise WrongUsage("--host needs the sql extra: pip install 'oneroster-reconcile[sql]'")
    from sqlalchemy.exc import SQLAlchemyError

    from oneroster_reconcile.hosts.sql import SqlHost

    try:
        host = SqlHost(url)
    except ImportError as error:
        raise WrongUsage(
            f"--host: the driver {error.name} is not installed; write postgresql+psycopg://... or sqlite:///..."
        ) from error
    except (SQLAlchemyError, ValueError) as error:
        raise WrongUsage(
            f"--host is not a database that can be used ({error}); write sqlite:///host.db or postgresql+psycopg://server/database"
        ) from error
    try:
        yield host
    finally:
        host.close()


def open_state(folder: Path) -> FolderState:
    """The state in a folder, which need not be there yet, looked at so far as to know that it can be read.

    Raises StateUnreadable where it cannot.
    """
    if folder.exists() and not folder.is_dir():
        raise StateUnreadable(f"{folder}: is not a folder; give another")
    state = FolderState(folder)
    try:
        base = state.base
        for kind in Kind:
            base[kind].lazy().collect_schema()
    except (pl.exceptions.PolarsError, OSError) as error:
        raise StateUnreadable(
            f"{folder}: a file of it is damaged ({type(error).__name__}); restore the folder, or give another to begin anew"
        ) from error
    return state


def settled_state(folder: Path, host: HostAdapter) -> FolderState:
    """The state in a folder, once it is known what became of every batch of a run that died."""
    state = open_state(folder)
    if state.is_in_doubt:
        state = prepare_state(folder)
        settle(host, state)
    return state


def open_decisions(path: Path) -> tuple[Decision, ...]:
    """The decisions in a file.

    Raises DecisionsUnreadable where it holds something else, WrongUsage where it cannot be read.
    """
    return decisions_from_json(_text("decisions", path, DecisionsUnreadable))


def open_approvals(path: Path) -> tuple[Approval | StandingApproval, ...]:
    """The approvals in a file.

    Raises ApprovalsUnreadable where it holds something else, WrongUsage where it cannot be read.
    """
    return approvals_from_json(_text("approvals", path, ApprovalsUnreadable))


def open_selection(path: Path) -> Selection:
    """The selection in a file.

    Raises SelectionUnreadable where it holds something else, WrongUsage where it cannot be read.
    """
    return selection_from_json(_text("only", path, SelectionUnreadable))


def _text(what: str, path: Path, unreadable: type[ReconcileError]) -> str:
    """The text of a file that an option of the same name gave."""
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise WrongUsage(f"--{what} {path}: cannot be read ({error.strerror}); give the file that they were saved in") from error
    except UnicodeDecodeError:
        raise unreadable(f"{path} is not text in UTF-8; give the file that --{what} is about") from None


def prepare_state(folder: Path) -> FolderState:
    """The state in a folder that can be written: nothing is done at a host that could not be remembered."""
    state = open_state(folder)
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / "state.json.new"
        probe.touch()
        probe.unlink()
    return state
