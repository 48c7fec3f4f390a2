"""What a server is told when it starts."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

MIB = 1 << 20


@dataclass(frozen=True)
class ServeOptions:
    """Addresses, networks and limits; times are in seconds, sizes in bytes.

    `weights` are names or paths: networks that read digits become models by their names, the first
    of them reads pictures. `concurrency` requests are in work or wait at the same time; the next is
    told to come again. `hosts` are names in Host and Origin that are allowed beside the local ones.
    `corrections` is the folder that corrected pictures are written to, `review` a list of answers
    whose numbers are shown for correction.
    """

    weights: tuple[str, ...] = ()
    host: str = "127.0.0.1"
    port: int = 8000
    threads: int = 0
    token: str | None = None
    hosts: tuple[str, ...] = ()
    max_body: int = 20 * MIB
    concurrency: int = 128
    batch_wait: float = 0.001
    seconds: float = 30.0
    corrections: Path | None = None
    review: Path | None = None

    @property
    def bodies(self) -> int:
        """Bytes of all bodies that are being received, at most."""
        return self.max_body + 16 * MIB


HEAD = 16 * 1024  # bytes of a request's line and headers, at most
HEAD_SECONDS = 10.0  # for a request's line and headers, and for a connection without any
BODY_SECONDS = 20.0  # for a request's body
STOP_SECONDS = 20.0  # for requests in work when the server is told to stop
PICTURES = 64  # in one multipart request, at most
ROWS = 16_384  # pictures in one tensor, at most
