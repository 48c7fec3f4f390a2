"""A real server in a process of its own, and what clients say to it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from typing import Any, NamedTuple
from urllib.parse import urlsplit


class Answer(NamedTuple):
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


class Client:
    """Asks one server, which printed an address; behind a # there may be its token."""

    def __init__(self, process: subprocess.Popen[str], printed: str) -> None:
        self.process, self.printed = process, printed
        self.address = printed.partition("#")[0]
        self.port = urlsplit(printed).port or 0

    def ask(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        """One request on a connection of its own."""
        connection = HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, body, headers or {})
            found = connection.getresponse()
            sent = {name.lower(): value for name, value in found.getheaders()}
            return Answer(found.status, sent, found.read())
        finally:
            connection.close()

    def get(self, path: str, **headers: str) -> Answer:
        return self.ask("GET", path, headers=headers)

    def post(self, path: str, body: bytes, kind: str = "image/png", **headers: str) -> Answer:
        return self.ask("POST", path, body, {"Content-Type": kind, **headers})

    def send(self, document: Any, path: str) -> Answer:
        """POST a JSON document."""
        return self.post(path, json.dumps(document).encode(), "application/json")

    def raw(self, data: bytes, seconds: float = 5) -> bytes:
        """Bytes in, all bytes out until the server closes."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=seconds) as sock:
            sock.sendall(data)
            parts = []
            try:
                while part := sock.recv(65536):
                    parts.append(part)
            except (TimeoutError, ConnectionResetError):
                pass
            return b"".join(parts)


@contextmanager
def served(
    *options: str, command: tuple[str, ...] = ("serve",), stderr: Any = subprocess.DEVNULL
) -> Iterator[Client]:
    """`digitcli serve`, or another command, on a free port, stopped at the end."""
    arguments = [sys.executable, "-m", "digitcli", *command, "--port", "0", *options]
    environment = {**os.environ, "COLUMNS": "200"}
    process = subprocess.Popen(
        arguments, stdout=subprocess.PIPE, stderr=stderr, text=True, env=environment, cwd=sys.prefix
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line.startswith("listening on "), line
        yield Client(process, line.split()[-1])
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.wait(30)
        process.stdout.close()
