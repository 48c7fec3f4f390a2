"""What `make hostile` calls a fault is one, and what it sends is hostile."""

from __future__ import annotations

import asyncio
import json
from itertools import islice

import pytest
from pictures import digit_picture, encoded
from serving.attackers import answer_from
from serving.attacks import Attacks
from serving.declared import Declared, Given

from digitcli.serve.openapi import openapi
from digitcli.serve.options import ServeOptions

JSON = "application/json"
REFUSED = json.dumps({"error": "no"}).encode()


@pytest.fixture(scope="module")
def declared():
    return Declared(openapi(["reader"], ServeOptions()))


@pytest.mark.parametrize(
    ("target", "given"),
    [
        ("GET /v2/models/reader/ready", Given(200, JSON, b'{"name": "reader", "ready": true}')),
        ("POST /read?seen=true", Given(503, JSON, REFUSED)),
        ("POST /v1/models/reader:predict", Given(400, JSON, REFUSED)),
        ("PUT /read", Given(405, JSON, REFUSED)),
        ("GET /none", Given(404, JSON, REFUSED)),
        ("", Given(400, "text/plain", b"Invalid HTTP request received.")),
    ],
)
def test_declared_answers_are_no_faults(declared, target, given):
    assert declared.fault(target, given) == ""


@pytest.mark.parametrize(
    ("target", "given", "fault"),
    [
        ("POST /read", Given(500, JSON, REFUSED), "status 500 is not declared"),
        ("POST /read", Given(200, JSON, b"{}"), "not as declared"),
        ("POST /read", Given(200, JSON, b"{"), "no JSON"),
        ("POST /read", Given(200, "text/html", b""), "type 'text/html' is not declared"),
        ("POST /read", Given(0, "", b""), "status 0"),
        ("GET /none", Given(200, JSON, b"{}"), "status 200 of no operation"),
        ("", Given(500, JSON, REFUSED), "status 500"),
    ],
)
def test_others_are_named(declared, target, given, fault):
    assert declared.fault(target, given).startswith(fault)


def test_attacks_are_of_every_kind_and_the_same_in_each_run(tmp_path, monkeypatch):
    monkeypatch.setattr("serving.attacks.HOSTILE", {})  # each of them takes a moment to make
    inputs = tmp_path / "inputs"
    inputs.mkdir()
    (inputs / "7.png").write_bytes(encoded(digit_picture(7)))
    made = []
    for run in range(2):
        folder = tmp_path / str(run)
        attacks = Attacks(folder, inputs, "reader", seed=1)
        (folder / "bomb").write_bytes(b"x")
        attacks._bombs = [folder / "bomb"]
        made.append(list(islice(attacks, 500)))

    assert made[0] == made[1]
    assert {one.kind for one in made[0]} == set(attacks._kinds)
    assert any(one.cut for one in made[0])
    assert any(one.sent is not None for one in made[0])


def test_answers_are_told_apart_and_a_cut_one_is_none():
    async def parts() -> list[object]:
        reader = asyncio.StreamReader()
        one = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 1\r\n\r\n7"
        reader.feed_data(one + one[:-1])
        reader.feed_eof()
        first = await answer_from(reader)
        with pytest.raises(asyncio.IncompleteReadError):
            await answer_from(reader)
        return [first]

    assert asyncio.run(parts()) == [Given(200, "text/plain", b"7")]
