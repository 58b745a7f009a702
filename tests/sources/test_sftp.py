"""The lines on the page that fetch a package over SFTP, run against a server of this machine."""

import re
import socket
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Thread
from typing import Any

import paramiko
import pytest

import oneroster_reconcile as orr
from tests.sources.services import DISTRICT

PAGE = Path(__file__).parents[2] / "docs" / "rest.md"


class Guard(paramiko.ServerInterface):
    """Lets one user in, by one key."""

    def __init__(self, key: paramiko.PKey) -> None:
        self.key = key

    def check_channel_request(self, kind: str, chanid: int) -> int:
        return paramiko.OPEN_SUCCEEDED

    def check_auth_publickey(self, username: str, key: paramiko.PKey) -> int:
        return paramiko.AUTH_SUCCESSFUL if (username, key) == ("us", self.key) else paramiko.AUTH_FAILED

    def get_allowed_auths(self, username: str) -> str:
        return "publickey"


class Files(paramiko.SFTPServerInterface):
    """Serves one file."""

    name = "/night/export.zip"
    path = Path()

    def canonicalize(self, path: str) -> str:
        return f"/{path.lstrip('/')}"

    def stat(self, path: str) -> Any:
        if self.canonicalize(path) != self.name:
            return paramiko.SFTP_NO_SUCH_FILE
        return paramiko.SFTPAttributes.from_stat(self.path.stat())

    lstat = stat

    def open(self, path: str, flags: int, attr: Any) -> Any:
        if self.canonicalize(path) != self.name:
            return paramiko.SFTP_NO_SUCH_FILE
        handle = paramiko.SFTPHandle(flags)
        handle.readfile = self.path.open("rb")  # type: ignore[attr-defined]
        return handle


@contextmanager
def served(path: Path, host_key: paramiko.PKey, user_key: paramiko.PKey) -> Generator[int]:
    """The port of a server of this file, for one connection."""
    files = type("Served", (Files,), {"path": path})
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(30)

        def serve() -> None:
            transport = paramiko.Transport(listening.accept()[0])
            transport.add_server_key(host_key)
            transport.set_subsystem_handler("sftp", paramiko.SFTPServer, files)
            # A client hangs up on whom it does not know, wherever the server is by then; one that it does know it needs to the end.
            with suppress(paramiko.SSHException, EOFError, ConnectionError):
                transport.start_server(server=Guard(user_key))
                transport.join(30)
            transport.close()

        thread = Thread(target=serve, daemon=True)
        thread.start()
        yield listening.getsockname()[1]
        thread.join(30)


def lines() -> str:
    """The program on the page."""
    (found,) = re.findall(r"```python\n(import paramiko\n.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    return str(found)


@pytest.fixture
def keys(tmp_path: Path) -> Sequence[paramiko.PKey]:
    """The server's key, and ours, which lies where the page has it."""
    host_key, user_key = paramiko.ECDSAKey.generate(), paramiko.ECDSAKey.generate()
    user_key.write_private_key_file(str(tmp_path / "key"))
    return host_key, user_key


@pytest.mark.parametrize("is_known", [True, False])
def test_the_lines_on_the_page_fetch_a_package_from_a_server_that_is_known(
    is_known: bool, keys: Sequence[paramiko.PKey], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What they fetch is what lies there; a server whose key nobody vouched for gets nothing from us."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    orr.write_csv(DISTRICT, tmp_path / "night.zip")
    with served(tmp_path / "night.zip", *keys) as port:
        known = f"[127.0.0.1]:{port} {keys[0].get_name()} {keys[0].get_base64()}\n" if is_known else ""
        (tmp_path / ".ssh").mkdir()
        (tmp_path / ".ssh" / "known_hosts").write_text(known)
        program = lines().replace('"files.example"', f'"127.0.0.1", port={port}')
        if is_known:
            exec(program, {})
            assert len(orr.read_csv(tmp_path / "export.zip").users) == len(DISTRICT.users)
        else:
            with pytest.raises(paramiko.SSHException, match="not found in known_hosts"):
                exec(program, {})
