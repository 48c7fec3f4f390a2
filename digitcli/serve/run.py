"""Listens on an address until it is told to stop."""

from __future__ import annotations

import errno
import logging
import socket
import sys
from collections.abc import Callable

import uvicorn

from ..errors import MachineError, UsageError, reason_of
from ..machine.allocator import give_large_pieces_back
from .app import Server
from .options import STOP_SECONDS, ServeOptions
from .protocol import LimitedProtocol

_BACKLOG = 2_048  # connections that wait to be taken
_SWITCH = 0.0002  # seconds until a thread that reads lets the one that answers go on
_KEEP_ALIVE = 5  # seconds that a connection may stay without a request


def listen(options: ServeOptions) -> socket.socket:
    """A socket on the options' address. Raises MachineError where it is taken or not allowed."""
    family = socket.AF_INET6 if ":" in options.host else socket.AF_INET
    found = socket.socket(family)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        found.bind((options.host, options.port))
    except OSError as error:
        found.close()
        reason = reason_of(error)
        other = "--port" if error.errno == errno.EADDRINUSE else "--host or --port"
        raise MachineError(
            f"{options.host}:{options.port}: cannot be listened on ({reason})",
            f"choose another {other}",
        ) from error
    except OverflowError as error:
        found.close()
        raise UsageError(f"--port must be from 0 to 65535, got {options.port}") from error
    found.listen(_BACKLOG)
    return found


def serve(options: ServeOptions, started: Callable[[str], None]) -> None:
    """Answer requests until SIGINT or SIGTERM, then finish those in work.

    `started` is told the address. Raises what `Server` and `listen` raise.
    """
    bound = listen(options)
    sys.setswitchinterval(_SWITCH)
    give_large_pieces_back()
    try:
        server = Server(options)
        host, port = bound.getsockname()[:2]
        name = f"[{host}]" if ":" in host else host
        config = uvicorn.Config(
            server.app,
            http=LimitedProtocol,
            ws="none",
            lifespan="on",
            log_config=None,
            access_log=logging.getLogger("uvicorn.access").isEnabledFor(logging.INFO),
            server_header=False,
            timeout_keep_alive=_KEEP_ALIVE,
            timeout_graceful_shutdown=int(STOP_SECONDS),
            backlog=_BACKLOG,
        )
        running = _Server(config, lambda: started(f"http://{name}:{port}/"))
        running.run(sockets=[bound])
    finally:
        bound.close()


class _Server(uvicorn.Server):
    """uvicorn, which says when it takes requests."""

    def __init__(self, config: uvicorn.Config, started: Callable[[], None]) -> None:
        super().__init__(config)
        self._say_started = started

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to take requests."""
        await super().startup(sockets)
        if self.started:
            self._say_started()
