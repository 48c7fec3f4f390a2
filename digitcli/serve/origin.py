"""Who may ask: local names in Host and Origin, no other site's pages, and a token if there is one.

A page of another site can make a browser send requests to this machine (cross-site request
forgery), and a name that it owns can be made to point here (DNS rebinding): so both the name that
was asked for and the page that asks are looked at.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from ipaddress import ip_address
from urllib.parse import urlsplit

from ..errors import UsageError
from .refusal import RefusedError

LOCAL = ("localhost", "127.0.0.1", "::1")
_KEPT = 64  # addresses: most requests have one that was seen before
OPEN = ("/v2/health/live", "/v2/health/ready")  # asked by orchestrators, which have no token


_LABEL = "[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?"
_HOST = re.compile(rf"({_LABEL}\.)*(?![0-9]+\.?$){_LABEL}\.?")  # the last label is no number
_LONGEST = 253  # characters of a host name


class Origins:
    """The names by which this server may be reached, and its token.

    Raises UsageError for one of the `others` that is neither a host name nor an address.
    """

    def __init__(self, host: str, others: Iterable[str], token: str | None) -> None:
        named = [] if host in ("0.0.0.0", "::", "") else [host]
        self.names = {*LOCAL, *map(_bare, named), *map(_checked, others)}
        self.token = token

    def check(self, method: str, path: str, headers: Mapping[str, str]) -> None:
        """Raise RefusedError unless the request may be answered."""
        if _name(f"//{headers.get('host', '')}") not in self.names:
            raise RefusedError(421, "this server has no such name", "`--allow-host` names it")
        origin = headers.get("origin")
        if origin is not None and _name(origin) not in self.names:
            raise RefusedError(403, "requests from pages of other sites are not answered")
        site = headers.get("sec-fetch-site", "none")
        opened = method == "GET" and headers.get("sec-fetch-mode") == "navigate"
        if site not in ("none", "same-origin") and not opened:
            raise RefusedError(403, "requests from pages of other sites are not answered")
        if self.token is not None and not self._knows(path, headers.get("authorization", "")):
            raise RefusedError(
                401,
                "a token is needed",
                "send `Authorization: Bearer TOKEN`",
                {"WWW-Authenticate": "Bearer"},
            )

    def _knows(self, path: str, given: str) -> bool:
        if path in ("/", *OPEN):  # the page asks for the token
            return True
        kind, _, token = given.partition(" ")
        return kind.lower() == "bearer" and hmac.compare_digest(
            token.strip().encode(), (self.token or "").encode()
        )


def _bare(name: str) -> str:
    """A name as `_name` gives it."""
    return (name[1:-1] if name[:1] == "[" and name[-1:] == "]" else name).lower()


def _checked(name: str) -> str:
    bare = _bare(name)
    if len(bare) <= _LONGEST and (_HOST.fullmatch(bare) or _is_address(bare)):
        return bare
    raise UsageError(
        f"--allow-host: {name!r} is neither a host name nor an address",
        "for example reader.example or 192.0.2.7, without a port",
    )


def _is_address(name: str) -> bool:
    try:
        ip_address(name)
    except ValueError:
        return False
    return True


@lru_cache(_KEPT)
def _name(address: str) -> str | None:
    """The host's name in an address, None in one that is none."""
    try:
        parts = urlsplit(address)
        _ = parts.port  # raises where it is no number
    except ValueError:
        return None
    if parts.username is not None or parts.path or parts.query or parts.fragment:
        return None
    return parts.hostname
