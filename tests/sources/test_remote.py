"""Packages behind an address: what comes is bounded, what is no package is named, and no signature is shown."""

import io
import logging
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from attrs import evolve

import oneroster_reconcile as orr
from oneroster_reconcile.samples import district
from tests.sources.packages import ORGS, bulk
from tests.sources.services import QUICK

URL = "https://files.example/night/export.zip?signature=s3cr3t"
PACE = evolve(QUICK, bytes=1 << 20)


def package(tmp_path: Path) -> bytes:
    """A zip of a small package."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as opened:
        for file in bulk(tmp_path / "files", orgs=ORGS).iterdir():
            opened.write(file, file.name)
    return made.getvalue()


def answering(handler: Callable[[httpx.Request], httpx.Response]) -> httpx.Client:
    """A client that a function answers."""
    return httpx.Client(transport=httpx.MockTransport(handler))


def always(status: int, content: bytes = b"", **headers: str) -> httpx.Client:
    """A client that gets one answer."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return answering(lambda request: httpx.Response(status, content=content, headers=named))


def test_a_zip_behind_an_address_is_read_as_a_file_is(tmp_path: Path) -> None:
    """The rows, the coverage and the issues are those of `read_csv`."""
    orr.write_csv(district(30).roster, tmp_path / "files", version="1.1")
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as opened:
        for file in (tmp_path / "files").iterdir():
            opened.write(file, file.name)
    (tmp_path / "export.zip").write_bytes(made.getvalue())
    by_file = orr.read_csv(tmp_path / "export.zip", source="sis")
    roster = orr.read_csv_url(URL, client=always(200, made.getvalue()), source="sis")
    assert all(roster[kind].frame.equals(by_file[kind].frame) for kind in orr.Kind)
    assert (roster.coverage, roster.issues, roster.source, roster.written) == (
        by_file.coverage,
        by_file.issues,
        "sis",
        by_file.written,
    )


def test_what_failed_once_is_asked_for_again(tmp_path: Path) -> None:
    """A server that is busy, or no answer at all, costs a wait."""
    answers = iter([httpx.Response(503), httpx.Response(429, text="slow down"), httpx.Response(200, content=package(tmp_path))])
    assert len(orr.read_csv_url(URL, client=answering(lambda request: next(answers)), pace=PACE).orgs) == 2


def test_who_asks_may_be_wanted(tmp_path: Path) -> None:
    """The token goes into the header; without one nothing does."""
    body, seen = package(tmp_path), list[str | None]()

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers.get("authorization"))
        return httpx.Response(200, content=body)

    orr.read_csv_url(URL, auth=orr.BearerToken(token="t"), client=answering(handler))
    orr.read_csv_url(URL, client=answering(handler))
    assert seen == ["Bearer t", None]


@pytest.mark.parametrize(
    ("client", "says"),
    [
        (always(200, b"<html>Sign in</html>", content_type="text/html"), "the answer is no zip but text/html"),
        (always(200, b"sourcedId,name\n", content_type="text/csv"), "the answer is no zip but text/csv"),
        (always(200, b""), "the answer is no zip"),
        (always(404), "it was answered with 404"),
        (always(403, b"<Error>AccessDenied s3cr3t</Error>"), "it was answered with 403"),
        (always(302, location="https://elsewhere.example/export.zip"), "redirects to another server"),
        (always(302, location="/night/export.zip"), "redirects again and again"),
        (always(200, b"PK\x03\x04" + b" " * (2 << 20)), "more than 1,048,576 bytes"),
        (always(200, b"PK\x03\x04 but no zip"), "it is neither a folder nor a zip"),
    ],
)
def test_what_is_no_package_is_named(client: httpx.Client, says: str, caplog: pytest.LogCaptureFixture) -> None:
    """With the way out, and without the signature."""
    caplog.set_level(logging.DEBUG, logger="oneroster_reconcile")
    with pytest.raises(orr.SourceUnreadable, match=says) as caught:
        orr.read_csv_url(URL, client=client, pace=PACE)
    assert "s3cr3t" not in f"{caught.value} {caught.value!r} {caught.value.__context__!r} {caplog.text}"


def test_a_zip_bomb_is_named() -> None:
    """A member that would grow a thousandfold is not unpacked."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as opened:
        opened.writestr("users.csv", b"0" * 30_000_000)
    with pytest.raises(orr.SourceUnreadable, match="would grow more than 200 times"):
        orr.read_csv_url(URL, client=always(200, made.getvalue()), pace=PACE)


def test_a_zip_that_drips_in_is_given_up() -> None:
    """There is an end to patience with a single answer."""

    def dripping() -> Iterator[bytes]:
        while True:
            yield b"PK"

    client = answering(lambda request: httpx.Response(200, content=dripping()))
    with pytest.raises(orr.SourceUnreadable, match="TooSlow"):
        orr.read_csv_url(URL, client=client, pace=evolve(PACE, seconds=0.005, attempts=1, bytes=1 << 40))


@pytest.mark.parametrize(
    "url", ["http://files.example/a.zip?sig=s3cr3t", "https://me:s3cr3t@files.example/a.zip", "sftp://files.example/a.zip?s3cr3t"]
)
def test_addresses_that_are_not_safe_are_refused(url: str) -> None:
    """Before anything is sent, and without what they hide."""
    with pytest.raises(ValueError, match=r"address|clear") as caught:
        orr.read_csv_url(url)
    assert "s3cr3t" not in str(caught.value)
