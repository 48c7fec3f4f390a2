"""Reads a batch of pictures: here, or in a process that sends back what it would answer."""

from __future__ import annotations

import base64
import json
import pickle
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ...inference.networks import Networks
from ...machine.allocator import give_free_pages_back, give_large_pieces_back
from ...vision.files.decode import Limits
from ...vision.files.picture import Bytes
from ...vision.reader import Reader

if TYPE_CHECKING:
    from ...vision.reading import Reading

SCHEMA = "digitcli.predict/1"


@dataclass(frozen=True)
class Asked:
    """A picture; with `seen` also what the network saw of each digit is wanted."""

    name: str
    data: bytes
    seen: bool = False


@dataclass(frozen=True)
class Answered:
    """The kind of an answer, and an entry of `results` of `predict --json`, encoded."""

    answer: str
    document: bytes


def reader_of(weights: list[str], file_bytes: int) -> Reader:
    """The reader of a server's pictures. Raises what `Networks` raises."""
    return Reader.of(Networks(weights), limits=Limits(file_bytes=file_bytes))


def answers(reader: Reader, asked: list[Asked]) -> list[Answered]:
    """Read pictures in one batch."""
    readings = reader.read_many([Bytes(one.name, one.data) for one in asked])
    found = [
        Answered(reading.answer, _document(reading, seen=one.seen))
        for one, reading in zip(asked, readings, strict=True)
    ]
    give_free_pages_back()
    return found


def in_process(weights: list[str], file_bytes: int) -> Callable[[bytes], bytes]:
    """What a process of its own does with each message that `sent` made, in its parent."""
    give_large_pieces_back()
    reader = reader_of(weights, file_bytes)

    def work(message: bytes) -> bytes:
        asked = [Asked(*fields) for fields in pickle.loads(message)]
        found = answers(reader, asked)
        return b"\n".join(one.answer.encode() + b"\t" + one.document for one in found)

    return work


def sent(asked: list[Asked]) -> bytes:
    """The message to a process."""
    return pickle.dumps([(one.name, one.data, one.seen) for one in asked])


def received(message: bytes) -> list[Answered]:
    """What its answer says; plain text, for pictures may have taken the process over."""
    found = (line.partition(b"\t") for line in message.split(b"\n"))
    return [Answered(answer.decode(), document) for answer, _, document in found]


def document(answered: list[Answered]) -> bytes:
    """The document of `predict --json`, encoded."""
    results = b",".join(one.document for one in answered)
    return b'{"schema":"%s","results":[%s]}' % (SCHEMA.encode(), results)


def _document(reading: Reading, *, seen: bool) -> bytes:
    found = reading.to_dict()
    if seen:
        found["seen"] = list(_seen(reading))
    return json.dumps(found, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def _seen(reading: Reading) -> Iterator[dict[str, Any]]:
    for digit in reading.digits:
        height, width = digit.pixels.shape or (0, 0)
        pixels = base64.b64encode(digit.pixels.tobytes()).decode()
        yield {"height": height, "width": width, "pixels": pixels}
