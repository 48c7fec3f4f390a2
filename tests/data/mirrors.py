"""A web server on the loopback that misbehaves on request, and a small data set to fetch."""

from __future__ import annotations

import hashlib
import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from digitcli.data.catalog import ROLES, DataFile, DataSet, Form

STALL = 0.4  # seconds of silence that the tests' patience does not forgive
CONTENT = {f"{role}.bin": random.Random(role).randbytes(70_000) for role in ROLES}


def dataset(*mirrors: str) -> DataSet:
    """Four files of 70,000 bytes, offered by `mirrors`."""
    files = tuple(
        DataFile(role, (Form(name, len(body), hashlib.sha256(body).hexdigest()),))
        for role, (name, body) in zip(ROLES, CONTENT.items(), strict=True)
    )
    return DataSet(
        name="toy",
        title="Random bytes",
        files=files,
        counts={"train": 1, "test": 1},
        mirrors=mirrors,
        licence="none",
        citation="none",
        homepage="",
    )


class Handler(BaseHTTPRequestHandler):
    """Serves /<behaviour>/<file>; the behaviour's name is a method of this class."""

    server: Server

    def do_GET(self) -> None:
        _, behaviour, name = self.path.split("/", 2)
        self.server.requests.append((behaviour, name, self.headers.get("Range")))
        if name not in CONTENT and behaviour != "slow":
            behaviour = "missing"
        getattr(self, f"answer_{behaviour}")(CONTENT.get(name, b""), name)

    def log_message(self, *args: object) -> None:
        """Keep the test's output clean."""

    def _send(self, status: int, body: bytes, **headers: object) -> None:
        self.send_response(status)
        fields = {"Content_Length": len(body), "Content_Type": "application/gzip"} | headers
        for name, value in fields.items():
            if value is not None:
                self.send_header(name.replace("_", "-"), str(value))
        self.end_headers()
        self.wfile.write(body)

    def answer_good(self, body: bytes, name: str) -> None:
        if (wanted := self.headers.get("Range")) is None:
            return self._send(200, body)
        start = int(wanted.removeprefix("bytes=").rstrip("-"))
        place = f"bytes {start}-{len(body) - 1}/{len(body)}"
        return self._send(206, body[start:], Content_Range=place)

    def answer_rangeless(self, body: bytes, name: str) -> None:
        self._send(200, body)

    def answer_shifted(self, body: bytes, name: str) -> None:
        self._send(206, body[5:], Content_Range=f"bytes 5-{len(body) - 1}/{len(body)}")

    def answer_missing(self, body: bytes, name: str) -> None:
        self._send(404, b"no such thing")

    def answer_busy(self, body: bytes, name: str) -> None:
        self._send(503, b"later")

    def answer_recovering(self, body: bytes, name: str) -> None:
        earlier = [
            request for request in self.server.requests if request[:2] == ("recovering", name)
        ]
        self._send(*((503, b"later") if len(earlier) < 3 else (200, body)))

    def answer_page(self, body: bytes, name: str) -> None:
        self._send(200, b"<!DOCTYPE html><p>Log in", Content_Type="text/html; charset=utf-8")

    def answer_short(self, body: bytes, name: str) -> None:
        self._send(200, body[:1000], Content_Length=len(body))

    def answer_small(self, body: bytes, name: str) -> None:
        self._send(200, body[:1000])

    def answer_long(self, body: bytes, name: str) -> None:
        self._send(200, body + b"more", Content_Length=None)

    def answer_endless(self, body: bytes, name: str) -> None:
        self._send(200, b"", Content_Length=None)
        while self.server.running:
            self.wfile.write(bytes(65536))

    def answer_wrong(self, body: bytes, name: str) -> None:
        self._send(200, body[::-1])

    def answer_silent(self, body: bytes, name: str) -> None:
        time.sleep(2 * STALL)

    def answer_stalling(self, body: bytes, name: str) -> None:
        self._send(200, body[:2000], Content_Length=len(body))
        self.wfile.flush()
        time.sleep(2 * STALL)

    def answer_dripping(self, body: bytes, name: str) -> None:
        self._send(200, b"", Content_Length=len(body))
        for k in range(100):
            self.wfile.write(body[k : k + 1])
            time.sleep(STALL / 10)

    def answer_slow(self, body: bytes, name: str) -> None:
        self._send(200, b"", Content_Length=None)
        while self.server.running:
            self.wfile.write(bytes(1000))
            time.sleep(0.02)

    def answer_circling(self, body: bytes, name: str) -> None:
        self._send(302, b"", Location=f"/circling/{name}")

    def answer_moved(self, body: bytes, name: str) -> None:
        self._send(301, b"", Location=f"/good/{name}")

    def answer_ftp(self, body: bytes, name: str) -> None:
        self._send(302, b"", Location=f"ftp://127.0.0.1/{name}")

    def answer_garbage(self, body: bytes, name: str) -> None:
        self.wfile.write(b"\x00\x01\x02 not HTTP\r\n\r\n")


class Server(ThreadingHTTPServer):
    """Remembers every request as (behaviour, file, Range header)."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.requests: list[tuple[str, str, str | None]] = []
        self.running = True

    def url(self, behaviour: str) -> str:
        """The base URL of a mirror that behaves like this."""
        return f"http://127.0.0.1:{self.server_port}/{behaviour}/"

    def handle_error(self, *args: object) -> None:
        """Clients that hang up are expected."""


@contextmanager
def serving() -> Iterator[Server]:
    """A running server."""
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            server.running = False
            server.shutdown()
            thread.join()
