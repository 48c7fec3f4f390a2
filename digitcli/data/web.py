"""Open a URL: only http and https, few redirects, separate time limits to connect and to wait."""

from __future__ import annotations

import contextlib
import http.client
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import IO, Any

MAX_REDIRECTS = 5
TRY_AGAIN = {408, 425, 429, 500, 502, 503, 504}


@dataclass(frozen=True)
class TimeLimits:
    """Seconds to wait for a connection, for more bytes, and before each further try."""

    connect: float = 5.0
    stall: float = 15.0
    waits: tuple[float, ...] = (1.0, 4.0)  # three tries


class MirrorError(Exception):
    """A mirror failed. `passing` says whether another try may succeed."""

    def __init__(self, reason: str, passing: bool) -> None:
        super().__init__(reason)
        self.passing = passing


@contextlib.contextmanager
def open_url(url: str, have: int, limits: TimeLimits) -> Iterator[http.client.HTTPResponse]:
    """Ask for `url` from byte `have` on and yield the answer; failures become MirrorError."""
    headers = {"User-Agent": "digitcli", "Accept-Encoding": "identity"}
    if have:
        headers["Range"] = f"bytes={have}-"
    request = urllib.request.Request(url, headers=headers)
    try:
        response = _opener(limits.stall).open(request, timeout=limits.connect)
    except urllib.error.HTTPError as error:
        with error:  # it is the response, and holds the connection
            raise _refusal(error.code) from error
    except urllib.error.URLError as error:
        if isinstance(error.reason, TimeoutError):
            reason = f"no connection within {limits.connect:g} s"
            raise MirrorError(reason, passing=True) from error
        raise MirrorError(words(error.reason), passing=True) from error
    except TimeoutError as error:
        raise MirrorError(f"no answer within {limits.stall:g} s", passing=True) from error
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise MirrorError(words(error), passing=True) from error
    with response:
        yield response


def _refusal(status: int) -> MirrorError:
    if 300 <= status < 400:
        return MirrorError(f"more than {MAX_REDIRECTS} redirects, or one to nowhere", False)
    known = http.client.responses.get(status, "unknown status").lower()
    return MirrorError(f"HTTP {status} ({known})", passing=status in TRY_AGAIN)


def words(error: object) -> str:
    """An exception of the network in a few words, on one line."""
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return " ".join(str(text).split()).lower()


def _opener(stall: float) -> urllib.request.OpenerDirector:
    """Only http and https, proxies from the environment; no ftp:, file: or data: URLs."""
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(),
        urllib.request.UnknownHandler(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPErrorProcessor(),
        CautiousRedirects(),
        _HttpHandler(stall),
        _HttpsHandler(stall),
    ):
        opener.add_handler(handler)
    return opener


class CautiousRedirects(urllib.request.HTTPRedirectHandler):
    """At most five redirects, to http or https, and never from https down to http."""

    max_redirections = MAX_REDIRECTS
    max_repeats = MAX_REDIRECTS

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        """The request that follows a redirect; MirrorError if it must not be followed."""
        scheme = newurl.partition(":")[0].lower()
        if scheme not in ("http", "https") or (req.type == "https" and scheme != "https"):
            fp.close()
            raise MirrorError(f"redirects from {req.type} to {scheme}, refused", passing=False)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


class _HttpConnection(http.client.HTTPConnection):
    """A connection with one time limit for connecting and another for each wait for bytes."""

    def __init__(self, host: str, *, stall: float, **options: Any) -> None:
        super().__init__(host, **options)
        self._stall = stall

    def connect(self) -> None:
        """Connect within `timeout`, then wait `stall` seconds at most for each byte."""
        super().connect()
        self.sock.settimeout(self._stall)


class _HttpsConnection(_HttpConnection, http.client.HTTPSConnection):
    """The same over TLS."""


class _HttpHandler(urllib.request.HTTPHandler):
    def __init__(self, stall: float) -> None:
        super().__init__()
        self._stall = stall

    def http_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(partial(_HttpConnection, stall=self._stall), req)


class _HttpsHandler(urllib.request.HTTPSHandler):
    def __init__(self, stall: float) -> None:
        super().__init__()
        self._stall = stall

    def https_open(self, req: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(partial(_HttpsConnection, stall=self._stall), req)
