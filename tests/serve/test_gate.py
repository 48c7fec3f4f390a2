"""What a request leaves behind when it is refused."""

from __future__ import annotations

import asyncio
import gc
import weakref

import pytest

from digitcli.serve.gate import Gate
from digitcli.serve.metrics import Metrics
from digitcli.serve.origin import Origins
from digitcli.serve.refusal import RefusedError

SCOPE = {"type": "http", "method": "POST", "path": "/read", "query_string": b""}


class Body(bytearray):
    """Bytes that a weak reference can follow."""


@pytest.mark.parametrize("error", [RefusedError, TimeoutError])
def test_a_refused_request_leaves_nothing_for_the_garbage_collector(error):
    left, statuses = [], []

    async def refuse(request):
        body = Body(b"x" * 100)
        left.append(weakref.ref(body))
        raise error(*(413, "too large")[: 2 * (error is RefusedError)])

    async def send(message):
        statuses.append(message.get("status"))

    async def receive():
        raise AssertionError("nobody reads a body here")

    gate = Gate(None, Origins("127.0.0.1", (), None), Metrics(), {("POST", "/read"): refuse})
    scope = {**SCOPE, "headers": [(b"host", b"localhost")]}
    gc.disable()
    try:
        asyncio.run(gate(scope, receive, send))
        assert left[0]() is None
    finally:
        gc.enable()
    assert statuses[0] in (408, 413)
