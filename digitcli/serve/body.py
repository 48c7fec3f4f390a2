"""Bodies of requests: their size and time are limited before anything is done with them."""

from __future__ import annotations

from anyio import fail_after
from starlette.requests import ClientDisconnect, Request

from .options import BODY_SECONDS, MIB
from .refusal import RefusedError, busy

_SMALL = 256 * 1024  # bytes: a larger body leaves room for others
_SPARE = 8 * MIB  # so much room


class Bodies:
    """Receives bodies of at most `most` bytes, of all requests together at most `room`.

    What has come counts, not what was announced: clients that send little cost little.
    """

    def __init__(self, most: int, room: int) -> None:
        self.most, self.room = most, room

    async def receive(self, request: Request) -> bytes:
        """The whole body; its bytes count until `release`.

        Raises RefusedError for one that is too large, too slow, encoded, or has no room now.
        """
        if request.headers.get("content-encoding", "identity") != "identity":
            raise RefusedError(415, "bodies with a Content-Encoding are not taken")
        self._check_length(request)
        body = bytearray()  # one piece: of tiny parts a list would be far larger
        try:
            with fail_after(BODY_SECONDS):
                async for part in request.stream():
                    self._take(part, len(body) + len(part))
                    body += part
            return bytes(body)
        except BaseException as error:
            self.room += len(body)
            if isinstance(error, TimeoutError):
                raise RefusedError(408, "the body came too slowly", headers=_CLOSE) from error
            if isinstance(error, ClientDisconnect):
                raise RefusedError(400, "the client went away") from error
            raise

    def release(self, body: bytes) -> None:
        """Its bytes count no more."""
        self.room += len(body)

    def _check_length(self, request: Request) -> None:
        text = request.headers.get("content-length")
        if text is None:
            return
        if not (text.isascii() and text.isdigit()):
            raise RefusedError(400, "Content-Length is not a number")
        if int(text) > self.most:
            raise self._too_large()

    def _take(self, part: bytes, size: int) -> None:
        """Find room for the next part of a body, which has so many bytes by now."""
        if size > self.most:
            raise self._too_large()
        spare = 0 if size <= _SMALL else _SPARE
        if len(part) > self.room - spare:
            raise busy("too many bodies are being received")
        self.room -= len(part)

    def _too_large(self) -> RefusedError:
        return RefusedError(
            413, f"the body has more than {self.most:,} bytes", "`--max-body` allows more"
        )


_CLOSE = {"Connection": "close"}  # nobody reads the rest
