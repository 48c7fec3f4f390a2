"""Bodies of requests: their size and time are limited before anything is done with them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.requests import ClientDisconnect, Request

from .options import BODY_SECONDS
from .refusal import RefusedError, busy


class Bodies:
    """Receives bodies of at most `most` bytes, of all requests together at most `room`."""

    def __init__(self, most: int, room: int) -> None:
        self.most, self.room = most, room

    @asynccontextmanager
    async def of(self, request: Request) -> AsyncIterator[bytes]:
        """The whole body; its bytes count until the caller is done with them.

        Raises RefusedError for one that is too large, too slow, encoded, or has no room now.
        """
        if request.headers.get("content-encoding", "identity") != "identity":
            raise RefusedError(415, "bodies with a Content-Encoding are not taken")
        declared = self._declared(request)
        taken = 0
        try:
            if declared is not None:
                taken = self._take(declared)
            parts: list[bytes] = []
            size, last = 0, time.monotonic() + BODY_SECONDS
            stream = request.stream()
            while (part := await _next(stream, last - time.monotonic())) is not None:
                size += len(part)
                if size > self.most:
                    raise self._too_large()
                if size > taken:
                    taken += self._take(size - taken)
                parts.append(part)
            yield b"".join(parts)
        finally:
            self.room += taken

    def _declared(self, request: Request) -> int | None:
        text = request.headers.get("content-length")
        if text is None:
            return None
        if not (text.isascii() and text.isdigit()):
            raise RefusedError(400, "Content-Length is not a number", headers=_CLOSE)
        if int(text) > self.most:
            raise self._too_large()
        return int(text)

    def _take(self, size: int) -> int:
        if size > self.room:
            raise busy("too many bodies are being received")
        self.room -= size
        return size

    def _too_large(self) -> RefusedError:
        return RefusedError(
            413, f"the body has more than {self.most:,} bytes", "`--max-body` allows more", _CLOSE
        )


_CLOSE = {"Connection": "close"}  # nobody reads the rest


async def _next(stream: AsyncIterator[bytes], seconds: float) -> bytes | None:
    """The next part of a body, None behind the last one."""
    try:
        return await asyncio.wait_for(anext(stream, None), max(seconds, 0.001))
    except asyncio.TimeoutError as error:
        raise RefusedError(408, "the body came too slowly", headers=_CLOSE) from error
    except ClientDisconnect as error:
        raise RefusedError(400, "the client went away") from error
