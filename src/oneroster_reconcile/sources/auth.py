"""Who asks: what a provider gives a product so that it may read a roster. A secret is shown nowhere, not even by `repr`."""

from collections.abc import Iterable, Mapping
from ipaddress import ip_address
from typing import Any, Literal, TypeAlias
from urllib.parse import urlsplit

from attrs import field, frozen

__all__ = ["Auth", "BearerToken", "ClientCredentials", "OAuth1", "checked_url", "scopes_of"]

_SCOPES = "https://purl.imsglobal.org/spec/or/v1p{minor}/scope/"


def checked_url(url: str) -> str:
    """An address without secrets, over which secrets can go: https, or this machine.

    Raises ValueError otherwise.

    >>> checked_url("https://sis.example/ims/oneroster/v1p1/")
    'https://sis.example/ims/oneroster/v1p1'
    """
    parts = urlsplit(url)
    if parts.username is not None or parts.password is not None:
        raise ValueError("the address holds a password; give the bare address, and the credentials as auth=")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"{url!r} is no address; give one such as https://sis.example/ims/oneroster/v1p1")
    if parts.scheme == "http" and not _is_here(parts.hostname):
        raise ValueError(f"{url!r} would send the credentials in the clear; give an address that begins with https")
    return url.rstrip("/")


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _words(words: Iterable[str] | None) -> tuple[str, ...] | None:
    return None if words is None else tuple(words)


@frozen(kw_only=True)
class ClientCredentials:
    """OAuth 2: the id and secret are changed at `token_url` for a token, again whenever it runs out.

    `scopes` are OneRoster's for reading unless given. With `posts_secret` the secret goes in the form, where the standard has it in the
    header. A token whose answer does not say how long it lives is taken to live `lifetime` seconds.

    >>> ClientCredentials(id="product", secret="hush", token_url="https://sis.example/token")
    ClientCredentials(id='product', token_url='https://sis.example/token', ...)
    """

    id: str
    secret: str = field(repr=False)
    token_url: str = field(converter=checked_url)
    scopes: tuple[str, ...] | None = field(default=None, converter=_words)
    posts_secret: bool = False
    lifetime: float = 3_600.0


@frozen(kw_only=True)
class BearerToken:
    """A token that somebody else fetched.

    >>> BearerToken(token="hush")
    BearerToken()
    """

    token: str = field(repr=False)


@frozen(kw_only=True)
class OAuth1:
    """OAuth 1.0a: every request is signed with the key and its secret; needs the extra `oauth1`.

    >>> OAuth1(key="product", secret="hush", signature="HMAC-SHA256")
    OAuth1(key='product', signature='HMAC-SHA256')
    """

    key: str
    secret: str = field(repr=False)
    signature: Literal["HMAC-SHA1", "HMAC-SHA256"] = "HMAC-SHA1"

    def signed(self, url: str) -> Mapping[str, str]:
        """The header of a request to read this address, with its query."""
        from oauthlib.oauth1 import Client

        client: Any = Client(self.key, client_secret=self.secret, signature_method=self.signature)
        headers: Mapping[str, str] = client.sign(url)[1]
        return {name: str(value) for name, value in headers.items()}


Auth: TypeAlias = ClientCredentials | BearerToken | OAuth1
"""What a service may want to see before it is read: OAuth 2 client credentials, a bearer token, or an OAuth 1.0a signature."""


def scopes_of(version: str) -> tuple[str, ...]:
    """The scopes that reading a roster wants: all of it, and demographics."""
    prefix = _SCOPES.format(minor=version[-1])
    return tuple(f"{prefix}{name}.readonly" for name in ("roster-core", "roster", "roster-demographics"))
