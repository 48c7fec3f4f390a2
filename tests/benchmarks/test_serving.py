"""What the measurements of a server under load say can be relied on."""

from __future__ import annotations

import asyncio
import itertools
import json

import pytest
from serving.client import Answer, Asked, OpenLoop, answer_of
from serving.queries import Query, get, post
from serving.rows import Row, line_of, p99_row

HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n"


def test_an_answer_is_there_when_all_of_it_is():
    whole = HEAD + b"\r\nseven"

    assert [answer_of(whole[:end]) for end in range(len(whole))] == [None] * len(whole)
    assert answer_of(whole) == Answer(200, b"seven")
    assert answer_of(HEAD + b"connection: close\r\n\r\nseven") == Answer(200, b"seven", True)


def test_an_answer_is_right_if_it_reads_what_is_known():
    body = json.dumps({"results": [{"text": "7"}, {"text": "12"}]}).encode()

    assert Query(b"", ("7", "12")).is_right(Answer(200, body))
    assert not Query(b"", ("7",)).is_right(Answer(200, body))
    assert not Query(b"", ("7", "12")).is_right(Answer(503, body))
    assert not Query(b"").is_right(Answer(0, b""))


def test_a_request_that_got_503_counts_as_never_answered():
    right, busy = (Asked(Query(b""), Answer(status, b""), 0.001) for status in (200, 503))

    few = p99_row("tail", "few", 250, [right] * 999 + [busy], "")
    many = p99_row("tail", "many", 250, [right] * 98 + [busy] * 2, "")

    assert (few.met, few.value, few.faults) == (True, pytest.approx(1), 0)
    assert (many.met, many.to_json()["value"], many.faults) == (False, None, 0)


def test_a_figure_with_wrong_answers_is_not_met():
    row = Row("tail", "28 x 28", 10, 250, "ms", faults=1)

    assert not row.met
    assert line_of(row).endswith("1 ANSWERS WRONG OR MISSING  FALLS SHORT")


def test_time_counts_from_the_moment_that_a_request_was_due():
    """One connection, requests due every 5 ms, a server that takes 20 ms: they queue up."""

    async def measured() -> list[Asked]:
        async def answer(reader, writer):
            while await reader.readuntil(b"\r\n\r\n"):
                await asyncio.sleep(0.02)
                writer.write(HEAD + b"\r\nseven")

        async def quietly(reader, writer):
            try:
                await answer(reader, writer)
            except asyncio.IncompleteReadError:
                writer.close()

        server = await asyncio.start_server(quietly, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        found = await OpenLoop(port, itertools.repeat(Query(get("/"))), 200, 1).run(0.2)
        server.close()
        await asyncio.sleep(0.05)
        return found

    found = asyncio.run(measured())

    assert {one.answer for one in found} == {Answer(200, b"seven")}
    assert found[-1].seconds > 5 * found[0].seconds


def test_a_request_says_how_long_it_is():
    assert post("/read", b"seven").endswith(b"\r\nContent-Length: 5\r\n\r\nseven")
