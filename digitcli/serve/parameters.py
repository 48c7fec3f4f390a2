"""Parameters in a request's address, as in ?label=42: those that its route has, and no others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from .refusal import RefusedError


def strict(route: Route, paths: Mapping[str, Any]) -> Route:
    """The same route, which refuses parameters that the OpenAPI document does not name.

    `paths` are those of the document: KeyError for a route that is not described.
    """
    operations = paths[route.path_format]
    known = {method.upper(): _queries(found) for method, found in operations.items()}
    known["HEAD"] = known.get("GET", [])
    answer = route.endpoint

    async def endpoint(request: Request) -> Response:
        _check(request, known[request.method])
        response: Response = await answer(request)
        return response

    return Route(route.path, endpoint, methods=list(route.methods or ()))


def label_of(request: Request) -> str:
    """What a picture says. Raises RefusedError without it."""
    label = request.query_params.get("label")
    if label is None:
        raise RefusedError(400, "`label` is missing", "it belongs into the address: ?label=42")
    return label


def flag(request: Request, name: str) -> bool:
    """Whether a parameter is true; false without it. Raises RefusedError for another value."""
    value = request.query_params.get(name, "false")
    if value not in ("true", "false"):
        raise RefusedError(400, f"{name} must be true or false, got {value!r}")
    return value == "true"


def _queries(operation: Mapping[str, Any]) -> list[str]:
    return [one["name"] for one in operation["parameters"] if one["in"] == "query"]


def _check(request: Request, known: list[str]) -> None:
    for name in request.query_params:
        if name not in known:
            there = f"known: {', '.join(known)}" if known else "there is none here"
            raise RefusedError(400, f"unknown parameter {name!r}; {there}")
