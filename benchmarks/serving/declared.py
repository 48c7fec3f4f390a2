"""Whether an answer is one that the server's OpenAPI document has."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from jsonschema import Draft202012Validator

_NO_HTTP = {400, 431}  # what a request gets that is none
_ANY_PATH = {400, 403, 404, 405, 421, 431}  # what a path or method gets that there is none of


@dataclass(frozen=True)
class Given:
    """An answer of the server: its status, type and body."""

    status: int
    kind: str
    body: bytes


class Declared:
    """What the document of /openapi.json says of every path."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._components = document["components"]
        self._paths = {
            re.compile(re.sub(r"\\\{[a-z]+\\\}", "[^/]+", re.escape(path))): operations
            for path, operations in document["paths"].items()
        }

    def fault(self, target: str, given: Given) -> str:
        """What is wrong with an answer to "METHOD PATH", or to bytes that are no request: ""."""
        if not target:
            return "" if given.status < 500 or given.status == 503 else f"status {given.status}"
        method, path = target.split(" ", 1)
        operations = self._of(path.partition("?")[0])
        operation = operations.get(method.lower())
        if operation is None:
            return "" if given.status in _ANY_PATH else f"status {given.status} of no operation"
        response = operation["responses"].get(str(given.status))
        if response is None:
            return "" if given.status in _NO_HTTP else f"status {given.status} is not declared"
        if "$ref" in response:
            response = self._components["responses"][response["$ref"].rpartition("/")[2]]
        return self._fault_of_body(response["content"], given)

    def _of(self, path: str) -> dict[str, Any]:
        for pattern, operations in self._paths.items():
            if pattern.fullmatch(path):
                return dict(operations)
        return {}

    def _fault_of_body(self, content: dict[str, Any], given: Given) -> str:
        kind = given.kind.partition(";")[0]
        if kind not in content:
            return f"type {kind!r} is not declared for status {given.status}"
        if kind != "application/json":
            return ""
        try:
            document = json.loads(given.body)
        except ValueError:
            return "no JSON"
        schema = content[kind]["schema"] | {"components": self._components}
        error = next(Draft202012Validator(schema).iter_errors(document), None)
        return "" if error is None else f"not as declared: {error.message[:200]}"
