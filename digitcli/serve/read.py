"""Pictures in, readings out: `POST /read`."""

from __future__ import annotations

import asyncio
import base64
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser, parse_options_header

from ..vision.files.picture import Bytes
from .options import PICTURES
from .refusal import RefusedError

if TYPE_CHECKING:
    from ..vision.reader import Reader
    from ..vision.reading import Reading

SCHEMA = "digitcli.predict/1"
_SMALL = 16 * 1024  # bytes of a picture that is read together with others
_TOGETHER = 16  # pictures at most
_FORM = b"multipart/form-data"


def pictures_of(body: bytes, content_type: str) -> list[Bytes]:
    """The pictures of a body: itself, or the files of a form.

    Raises RefusedError for another type, a form that is damaged, or one without a file.
    """
    kind, options = parse_options_header(content_type or "application/octet-stream")
    if kind == _FORM:
        found = _parts(body, options.get(b"boundary", b""))
    elif kind.startswith(b"image/") or kind == b"application/octet-stream":
        found = [Bytes("picture", body)]
    else:
        raise RefusedError(
            415,
            f"a picture is needed, got {kind.decode('latin-1')!r}",
            'send the file as the body, with `-H "Content-Type: image/png"`; or a form with files',
        )
    if not body or not found:
        raise RefusedError(400, "there is no picture in the request")
    return found


class _Form:
    """Collects the files of a form; what is no file is passed over."""

    def __init__(self) -> None:
        self.files: list[Bytes] = []
        self.is_complete = False
        self._headers: dict[bytes, bytes] = {}
        self._field, self._value, self._data = bytearray(), bytearray(), bytearray()

    def callbacks(self) -> Any:
        """What the parser calls."""
        return {
            "on_part_begin": self._begin,
            "on_part_data": lambda data, start, end: self._data.extend(data[start:end]),
            "on_part_end": self._end,
            "on_header_field": lambda data, start, end: self._field.extend(data[start:end]),
            "on_header_value": lambda data, start, end: self._value.extend(data[start:end]),
            "on_header_end": self._header,
            "on_end": self._complete,
        }

    def _begin(self) -> None:
        self._headers, self._data = {}, bytearray()

    def _header(self) -> None:
        self._headers[bytes(self._field).lower()] = bytes(self._value)
        self._field, self._value = bytearray(), bytearray()

    def _end(self) -> None:
        _, options = parse_options_header(self._headers.get(b"content-disposition", b""))
        if b"filename" not in options:
            return
        if len(self.files) == PICTURES:
            raise RefusedError(413, f"a form may have {PICTURES} pictures")
        name = options[b"filename"].decode("utf-8", "replace")
        self.files.append(Bytes(name or f"picture {len(self.files) + 1}", bytes(self._data)))

    def _complete(self) -> None:
        self.is_complete = True


def _parts(body: bytes, boundary: bytes) -> list[Bytes]:
    form = _Form()
    try:
        parser = MultipartParser(boundary, form.callbacks())
        parser.write(body)
        parser.finalize()
    except (MultipartParseError, ValueError) as error:
        raise RefusedError(400, f"the form is damaged: {error}") from error
    if not form.is_complete:
        raise RefusedError(400, "the form ends before its last boundary")
    return form.files


@dataclass(frozen=True)
class _Asked:
    picture: Bytes
    answer: asyncio.Future[Reading]


class Readings:
    """Reads pictures on `workers` threads of `executor`.

    Small ones that wait together are read together: handing over to another thread takes longer
    than to read one.
    """

    def __init__(self, reader: Reader, executor: Executor, workers: int) -> None:
        self._reader, self._executor = reader, executor
        self._workers = self._free = workers
        self._waiting: deque[_Asked] = deque()

    async def of(self, pictures: list[Bytes]) -> list[Reading]:
        """The readings, in order."""
        loop = asyncio.get_running_loop()
        asked = [_Asked(picture, loop.create_future()) for picture in pictures]
        self._waiting.extend(asked)
        self._start()
        try:
            return [await one.answer for one in asked]
        finally:
            for one in asked:  # nobody waits for the rest of a request that took too long
                one.answer.cancel()

    def _start(self) -> None:
        """Give waiting pictures to free workers."""
        loop = asyncio.get_running_loop()
        while self._free and self._waiting:
            batch = [one for one in self._take() if not one.answer.cancelled()]
            if not batch:
                continue
            self._free -= 1
            work = loop.run_in_executor(self._executor, self._read, batch)
            work.add_done_callback(partial(self._answer, batch))

    def _take(self) -> list[_Asked]:
        """The next picture, and small ones behind it: this worker's share of what waits."""
        share = min(_TOGETHER, -(-len(self._waiting) // self._workers))
        batch = [self._waiting.popleft()]
        while len(batch) < share and len(self._waiting[0].picture.data) <= _SMALL:
            batch.append(self._waiting.popleft())
        return batch

    def _read(self, batch: list[_Asked]) -> list[Reading]:
        return list(self._reader.read_many([one.picture for one in batch]))

    def _answer(self, batch: list[_Asked], done: asyncio.Future[list[Reading]]) -> None:
        self._free += 1
        error = done.exception()
        for number, one in enumerate(batch):
            if one.answer.done():
                continue
            if error is not None:
                one.answer.set_exception(error)
            else:
                one.answer.set_result(done.result()[number])
        self._start()


def document(readings: list[Reading], *, seen: bool) -> dict[str, Any]:
    """The document of `predict --json`; with `seen` also what the network saw of each digit."""
    results = [reading.to_dict() for reading in readings]
    if seen:
        for result, reading in zip(results, readings, strict=True):
            result["seen"] = list(_seen(reading))
    return {"schema": SCHEMA, "results": results}


def _seen(reading: Reading) -> Iterator[dict[str, Any]]:
    for digit in reading.digits:
        height, width = digit.pixels.shape or (0, 0)
        pixels = base64.b64encode(digit.pixels.tobytes()).decode()
        yield {"height": height, "width": width, "pixels": pixels}
