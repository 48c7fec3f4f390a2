"""What every request goes through."""

from __future__ import annotations

import logging
import time
from typing import Any, TypeAlias

from starlette.applications import Starlette
from starlette.datastructures import Headers

from .metrics import Metrics
from .origin import Origins
from .refusal import refused, response_of

Scope: TypeAlias = Any
log = logging.getLogger("digitcli.serve")

_SAFE = [(b"x-content-type-options", b"nosniff"), (b"referrer-policy", b"no-referrer")]


class Gate:
    """Before every route: who asks. Behind it: what is counted and logged."""

    def __init__(self, inner: Starlette, origins: Origins, metrics: Metrics) -> None:
        self._inner, self._origins, self._metrics = inner, origins, metrics

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        """Answer one request, or refuse it."""
        if scope["type"] != "http":
            await self._inner(scope, receive, send)
            return
        begin = time.perf_counter()
        status = 0

        async def counted(message: Any) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] += _SAFE
            await send(message)

        try:
            self._origins.check(scope["method"], scope["path"], Headers(scope=scope))
            await self._inner(scope, receive, counted)
        except Exception as error:
            answer = refused(error)
            if answer.status == 500:
                log.error("%s %s: %r", scope["method"], scope["path"], error, exc_info=error)
            if not status:
                await response_of(answer, scope["path"])(scope, receive, counted)
        finally:
            route = getattr(scope.get("route"), "path", "none")
            self._metrics.request(route, status, time.perf_counter() - begin)
