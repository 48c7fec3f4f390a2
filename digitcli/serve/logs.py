"""Logs of a server: lines for people, or a JSON document in each line."""

from __future__ import annotations

import json
import logging
from datetime import datetime, timezone
from typing import IO, Any

_NAMES = ("uvicorn.error", "uvicorn.access", "digitcli.serve", "python_multipart")
_ACCESS = 5  # arguments of a line of uvicorn's access log


def log_to(stream: IO[str], *, as_json: bool, level: int) -> None:
    """Write what the server logs at `level` or above to `stream`; at DEBUG all our modules."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_Json() if as_json else _Line())
    for name in (*_NAMES, "digitcli") if level <= logging.DEBUG else _NAMES:
        logger = logging.getLogger(name)
        logger.handlers = [handler]
        logger.propagate = False
        logger.setLevel(logging.ERROR if name == "python_multipart" else level)


class _Line(logging.Formatter):
    """Time, level, and the message on one line; a traceback below it."""

    def format(self, record: logging.LogRecord) -> str:
        when = _time(record).strftime("%H:%M:%S")
        text = f"{when} {record.levelname.lower()} {_one_line(record.getMessage())}"
        return (
            text if record.exc_info is None else f"{text}\n{self.formatException(record.exc_info)}"
        )


class _Json(logging.Formatter):
    """The same as a JSON document; of a request its parts."""

    def format(self, record: logging.LogRecord) -> str:
        document: dict[str, Any] = {
            "time": _time(record).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
        }
        arguments = record.args
        if (
            record.name == "uvicorn.access"
            and isinstance(arguments, tuple)
            and len(arguments) == _ACCESS
        ):
            client, method, path, _, status = arguments
            document |= {"client": client, "method": method, "path": path, "status": status}
        else:
            document["message"] = record.getMessage()
        if record.exc_info is not None:
            document["traceback"] = self.formatException(record.exc_info)
        return json.dumps(document)


def _time(record: logging.LogRecord) -> datetime:
    return datetime.fromtimestamp(record.created, timezone.utc)


def _one_line(text: str) -> str:
    """Paths come from clients: nothing in them may begin a line of its own."""
    return "".join(sign if sign.isprintable() else f"\\x{ord(sign):02x}" for sign in text)
