"""What an answer says: its JSON, the code of an error, how long to wait, and when it was given. Nothing else of it is repeated."""

import gc
import json
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from oneroster_reconcile.sources.exchange import Answer
from oneroster_reconcile.sources.objects import Json, list_of, object_of

__all__ = ["body_of", "called", "minor_of", "moment_of", "retry_after"]


def body_of(answer: Answer) -> Json | None:
    """The JSON object that an answer holds; a service that asks for too much depth or too long a number gets nowhere."""
    try:
        with _uncollected():
            told: object = json.loads(answer.body)
    except (ValueError, RecursionError):
        return None
    return object_of(told)


@contextmanager
def _uncollected() -> Generator[None]:
    """Have nobody look for garbage meanwhile: a page makes many objects and no rubbish, and to look through them again and again took a sixth of our time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


_MINORS = frozenset(
    [
        "unauthorized",
        "unauthorisedrequest",
        "unauthorisedRequest",
        "forbidden",
        "unknownobject",
        "unknownObject",
        "invaliddata",
        "invalid_data",
        "server_busy",
        "internal_server_error",
        "invalid_filter_field",
        "invalid_selection_field",
        "invalid_blank_selection_field",
        "invalid_sort_field",
        "linkfailure",
        "unsupportedoperation",
        "targetreadfailure",
        "invalid_client",
        "invalid_scope",
        "invalid_request",
        "unauthorized_client",
        "unsupported_grant_type",
    ]
)
"""What a service may say of an error and we repeat: anything else that stands there may quote what was sent, or a person's data."""


def minor_of(answer: Answer) -> str:
    """The code that an error's body gives, in whichever of the shapes that are seen: OneRoster 1.1's set, 1.2's object, flat, OAuth 2's."""
    found = next((word for word in _words(body_of(answer)) if word in _MINORS), None)
    return f", {found}" if found else ""


def _words(value: object, depth: int = 0) -> list[str]:
    """The texts in a body that is as small as those of errors are."""
    if depth > 4:
        return []
    if isinstance(value, str):
        return [value]
    parts = list((object_of(value) or {}).values()) or list_of(value) or ()
    return [word for part in parts[:20] for word in _words(part, depth + 1)]


def called(answer: Answer) -> str:
    """What the service calls what it sent, where that is something else than JSON."""
    kind = answer.headers.get("content-type", "").split(";")[0].strip().lower()
    return f" but {kind}" if kind in ("text/html", "text/plain", "text/xml", "application/xml", "text/csv") else ""


def retry_after(answer: Answer) -> float | None:
    """How long the service asks to wait: it says seconds, or a moment, which counts from the one that it answered at."""
    said = answer.headers.get("retry-after", "").strip()
    if said.isdigit() and len(said) < 10:
        return float(said)
    now = moment_of(answer.headers.get("date", ""))
    until = moment_of(said) if said or answer.status != 429 else _counted_anew(answer)
    return None if until is None or now is None else max((until - now).total_seconds(), 0.0)


def _counted_anew(answer: Answer) -> datetime | None:
    """The moment from which requests are counted anew, where there were too many: seconds since 1970."""
    try:
        return datetime.fromtimestamp(int(answer.headers["x-ratelimit-reset"]), UTC)
    except (KeyError, ValueError, OverflowError, OSError):
        return None


def moment_of(said: str) -> datetime | None:
    """A moment as headers have it."""
    try:
        moment = parsedate_to_datetime(said)
    except (TypeError, ValueError):
        return None
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
