"""Requests that are refused, in the shape that their protocol has for errors."""

from __future__ import annotations

import errno
from collections.abc import Mapping
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ..errors import DataError, DigitError, MachineError, ModelError, UsageError

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
RETRY = {"Retry-After": "1"}
_PROTOCOLS = ("/v1/", "/v2")  # their errors are {"error": "..."}


class RefusedError(Exception):
    """A request that gets the HTTP status `status` instead of an answer."""

    def __init__(
        self, status: int, message: str, hint: str = "", headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(message)
        self.status, self.hint, self.headers = status, hint, dict(headers or {})


def busy(message: str) -> RefusedError:
    """What a request gets when there is no room for it."""
    return RefusedError(503, message, "try again after the seconds in Retry-After", RETRY)


def too_long() -> RefusedError:
    """What a request gets whose work does not end in time."""
    return RefusedError(503, "the work took too long", "send fewer or smaller pictures")


def refused(error: Exception) -> RefusedError:
    """The status of an error that a request caused; 507 for a full disk, else 500."""
    match error:
        case RefusedError():
            return error
        case DataError() | UsageError():
            return RefusedError(400, str(error), error.hint)
        case MachineError(__cause__=OSError(errno=number)) if number in _FULL:
            return RefusedError(507, str(error), error.hint)
        case ModelError() | MachineError():
            return RefusedError(500, str(error), error.hint)
        case TimeoutError():
            return RefusedError(408, "the request took too long")
    return RefusedError(500, "internal error; the server's log has more")


def response_of(error: RefusedError, path: str) -> Response:
    """The response to a request for `path`."""
    document: dict[str, Any] = {"error": str(error)}
    if path.startswith(_PROTOCOLS):
        document["error"] += f" ({error.hint})" if error.hint else ""
    else:
        document = {
            "schema": "digitcli.error/1",
            **document,
            "hint": error.hint,
            "details": [],
            "exit_code": _exit_code(error.status),
        }
    return JSONResponse(document, error.status, error.headers)


def _exit_code(status: int) -> int:
    """The exit code that a command would have given."""
    kind: type[DigitError] = MachineError if status >= 500 else DataError
    return int(kind.exit_code)


async def on_error(request: Request, error: Exception) -> Response:
    """Starlette's handler of exceptions."""
    return response_of(refused(error), request.url.path)


async def on_http_error(request: Request, error: HTTPException) -> Response:
    """What Starlette itself refuses: paths and methods that are not there."""
    return response_of(
        RefusedError(error.status_code, error.detail.lower(), headers=error.headers),
        request.url.path,
    )
