"""What every request goes through."""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeAlias

from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response

from .metrics import Metrics
from .origin import Origins
from .refusal import refused, response_of

Scope: TypeAlias = Any
Endpoint: TypeAlias = Callable[[Request], Awaitable[Response]]
log = logging.getLogger("digitcli.serve")

_SAFE = [(b"x-content-type-options", b"nosniff"), (b"referrer-policy", b"no-referrer")]


class Gate:
    """Before every route: who asks. Behind it: what is counted and logged.

    `often` are endpoints that are reached without Starlette's router, by method and path: that, and
    its handlers of errors, take longer than all the rest of a small request.
    """

    def __init__(
        self,
        inner: Starlette,
        origins: Origins,
        metrics: Metrics,
        often: Mapping[tuple[str, str], Endpoint],
    ) -> None:
        self._inner, self._origins, self._metrics = inner, origins, metrics
        self._often = often

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        """Answer one request, or refuse it."""
        if scope["type"] != "http":
            await self._inner(scope, receive, send)
            return
        begin = time.perf_counter()
        status, endpoint = 0, self._often.get((scope["method"], scope["path"]))

        async def counted(message: Any) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] += _SAFE
            await send(message)

        try:
            self._origins.check(scope["method"], scope["path"], Headers(scope=scope))
            if endpoint is None:
                await self._inner(scope, receive, counted)
            else:
                await (await endpoint(Request(scope, receive)))(scope, receive, counted)
        except Exception as error:
            response = _response_to(error, scope)
            if not status:
                await response(scope, receive, counted)
        finally:
            often = scope["path"] if endpoint is not None else "none"
            route = getattr(scope.get("route"), "path", often)
            self._metrics.request(route, status, time.perf_counter() - begin)


def _response_to(error: Exception, scope: Scope) -> Response:
    """What a request gets that was refused, or that failed, which is logged.

    Not part of `Gate.__call__`: an error holds the frames that it went through. If one of those
    held the error, all that a request left, such as its body, would wait for the garbage collector.
    """
    answer = refused(error)
    if answer.status == 500:
        log.error("%s %s: %r", scope["method"], scope["path"], error, exc_info=error)
    return response_of(answer, scope["path"])
