"""`read_csv_url`: a OneRoster package that lies behind an address, as a `Roster`."""

from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Any, TypedDict, Unpack
from urllib.parse import urlsplit

from oneroster_reconcile.issues.errors import SourceUnreadable
from oneroster_reconcile.model.roster import Roster
from oneroster_reconcile.sources.answering import answered
from oneroster_reconcile.sources.answers import called
from oneroster_reconcile.sources.auth import Auth, checked_url
from oneroster_reconcile.sources.csv import read_csv
from oneroster_reconcile.sources.exchange import Exchange
from oneroster_reconcile.sources.layout import Version
from oneroster_reconcile.sources.manifest import Mode
from oneroster_reconcile.sources.pace import ReadPace
from oneroster_reconcile.sources.session import Failed, Session

__all__ = ["PackageOptions", "read_csv_url"]

_PACE = ReadPace(bytes=1 << 30, seconds=1_800.0)
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_WAY_OUT = "Check the address, and that it gives a zip of OneRoster CSV files."


class PackageOptions(TypedDict, total=False):
    """What `read_csv` may be told of a package."""

    source: str
    mode: Mode | None
    version: Version | None
    strict: bool


def read_csv_url(
    url: str, *, auth: Auth | None = None, client: Any = None, pace: ReadPace = _PACE, **options: Unpack[PackageOptions]
) -> Roster:
    """Read a package, a zip, from an https address; `options` are those of `read_csv`.

    The zip lies in a temporary folder while it is read. It has `pace.bytes` at the most, and unpacks to no more than `read_csv` allows. A redirect to another server
    is not followed, and what stands behind the `?` of the address, where signatures are, is shown nowhere.

    Raises SourceUnreadable where there is no such package.

    >>> read_csv_url("http://files.example/export.zip?signature=hush")
    Traceback (most recent call last):
    ValueError: 'http://files.example/export.zip' would send the credentials in the clear; give an address that begins with https
    """
    shown = checked_url(url.partition("#")[0].partition("?")[0])
    body = answered(_fetched(url, shown, Session(auth, pace, accept="application/zip, */*")), client)
    with TemporaryDirectory() as folder:
        path = Path(folder) / (PurePosixPath(urlsplit(shown).path).name[-80:] or "package.zip")
        path.write_bytes(body)
        return read_csv(path, **options)


def _fetched(url: str, shown: str, session: Session) -> Exchange[bytes]:
    try:
        answer = yield from session.fetch(url)
    except Failed as failed:
        raise SourceUnreadable(shown, failed.reason, _WAY_OUT) from None
    if not answer.body.startswith(_ZIP):
        raise SourceUnreadable(shown, f"the answer is no zip{called(answer)}", _WAY_OUT)
    return answer.body
