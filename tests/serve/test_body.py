"""Bodies of requests cost what has come of them, and large ones leave room for small ones."""

from __future__ import annotations

import asyncio

import pytest
from starlette.requests import Request

from digitcli.serve.body import Bodies
from digitcli.serve.options import MIB
from digitcli.serve.refusal import RefusedError


def request(*parts, headers=()):
    """A request whose body comes in these parts."""
    remaining = list(parts)

    async def receive():
        await asyncio.sleep(0)
        body = remaining.pop(0)
        return {"type": "http.request", "body": body, "more_body": bool(remaining)}

    scope = {"type": "http", "method": "POST", "path": "/", "headers": list(headers)}
    return Request(scope, receive)


def received(bodies, *requests):
    """The bodies of requests at the same time, or why they were refused."""

    async def one(asked):
        try:
            body = await bodies.receive(asked)
            await asyncio.sleep(0.01)
            bodies.release(body)
            return body
        except RefusedError as error:
            return error.status

    async def every():
        return await asyncio.gather(*map(one, requests))

    return asyncio.run(every())


def test_a_body_is_its_parts_and_gives_its_room_back():
    bodies = Bodies(10, 20 * MIB)

    assert received(bodies, request(b"abc", b"", b"defghij")) == [b"abcdefghij"]
    assert bodies.room == 20 * MIB


@pytest.mark.parametrize("parts", [[b"x" * 11], [b"x"] * 11])
def test_a_body_that_is_too_large_is_refused_as_it_comes(parts):
    bodies = Bodies(10, 20 * MIB)

    assert received(bodies, request(*parts)) == [413]
    assert bodies.room == 20 * MIB


@pytest.mark.parametrize(("length", "status"), [(b"11", 413), (b"-1", 400), (b"\xb2", 400)])
def test_a_length_is_refused_before_the_body_comes(length, status):
    bodies = Bodies(10, 20 * MIB)

    assert received(bodies, request(b"x", headers=[(b"content-length", length)])) == [status]


def test_large_bodies_leave_room_for_small_ones():
    bodies = Bodies(20 * MIB, 20 * MIB)
    large = [b"x" * MIB] * 15

    found = received(bodies, request(*large), request(*large), request(b"small"))

    assert found[2] == b"small"
    assert 503 in found[:2]
    assert bodies.room == 20 * MIB
