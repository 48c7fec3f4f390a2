"""The OpenAPI 3.1 description of what the server answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..version import __version__
from .inference.tensors import INPUT
from .options import PICTURES, ROWS, ServeOptions

_NUMBER, _TEXT, _WHOLE, _FLAG = ({"type": t} for t in ("number", "string", "integer", "boolean"))
_GREY = {"type": "integer", "minimum": 0, "maximum": 255}


def openapi(models: Sequence[str], options: ServeOptions) -> dict[str, Any]:
    """The document for a server with these models."""
    secured: dict[str, Any] = {} if options.token is None else {"security": [{"token": []}]}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "digitcli",
            "version": __version__,
            "description": "Reads handwritten digits and numbers in pictures.",
        },
        **secured,
        "paths": {**_own(), **_serving(models), **_inference(models)},
        "components": {
            "schemas": _schemas(),
            "responses": {"Refused": _json("Refused", "#/components/schemas/Error")},
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _own() -> dict[str, Any]:
    seen = {
        "name": "seen",
        "in": "query",
        "schema": {"enum": ["true", "false"], "default": "false"},
        "description": "add the pixels that the network saw of each digit",
    }
    label = {
        "name": "label",
        "in": "query",
        "required": True,
        "schema": {"type": "string", "pattern": "^[0-9.,:/-]*$", "maxLength": 1000},
        "description": "what the picture says, empty for no number",
    }
    file = {"name": "file", "in": "path", "required": True, "schema": _TEXT}
    item = {"name": "item", "in": "path", "required": True, "schema": _WHOLE}
    was = {"name": "was", "in": "query", "schema": _TEXT, "description": "the label it has now"}
    count = _object(file=_TEXT, count=_WHOLE)
    kept = _object(file=_TEXT, label=_TEXT, replaced={"type": ["string", "null"]}, count=_WHOLE)
    settings = _object(version=_TEXT, corrections=_FLAG, count=_WHOLE, review=_FLAG)
    return {
        "/": {"get": _operation("The page", ok=_media("text/html", _TEXT))},
        "/settings": {"get": _operation("What the page must know", ok=_json_of(settings))},
        "/openapi.json": {"get": _operation("This document", ok=_json_of({"type": "object"}))},
        "/metrics": {
            "get": _operation("Counters for Prometheus", ok=_media("text/plain", _TEXT)),
        },
        "/read": {
            "post": _operation(
                f"Read a picture, or up to {PICTURES} of a form",
                ok=_json("Answers", "#/components/schemas/Predict"),
                body=_pictures(),
                parameters=[seen],
            )
        },
        "/corrections": {
            "post": _operation(
                "Keep a picture with what it says",
                ok=_json_of(kept),
                code="201",
                body=_pictures(),
                parameters=[label],
            )
        },
        "/corrections/{file}": {
            "delete": _operation("Forget a correction", ok=_json_of(count), parameters=[file])
        },
        "/queue": {"get": _operation("Numbers to look at", ok=_any_object())},
        "/queue/{item}": {
            "get": _operation("One of them", ok=_any_object(), parameters=[item]),
            "post": _operation(
                "Say what it is", ok=_any_object(), code="201", parameters=[item, label, was]
            ),
            "delete": _operation("Take it back", ok=_any_object(), parameters=[item, was]),
        },
    }


def _serving(models: Sequence[str]) -> dict[str, Any]:
    """TensorFlow Serving's part."""
    images = _several(_several(_several(_GREY, 28, 28), 28, 28), 1, ROWS)
    request = {
        "oneOf": [_object(instances=images), _object(inputs=images)],
        "description": "pictures of 28 x 28 whole numbers; see the guide for other forms",
    }
    predictions = {"type": "array", "items": _object(classes=_WHOLE, probabilities=_list(_NUMBER))}
    outputs = _object(classes=_list(_WHOLE), probabilities=_list(_list(_NUMBER)))
    answer = {"anyOf": [_object(predictions=predictions), _object(outputs=outputs)]}
    paths: dict[str, Any] = {}
    for version in ("", "/versions/{version}"):
        base, parameters = "/v1/models/{name}" + version, _which(models, version)
        body = _json_of(request)["content"]
        paths[f"{base}:predict"] = {
            "post": _operation("Classify", ok=_json_of(answer), body=body, parameters=parameters)
        }
        paths[base] = {"get": _operation("Model status", ok=_any_object(), parameters=parameters)}
        paths[f"{base}/metadata"] = {
            "get": _operation("Model metadata", ok=_any_object(), parameters=parameters)
        }
    return paths


def _inference(models: Sequence[str]) -> dict[str, Any]:
    """The Open Inference Protocol's part."""
    tensor = {"type": "object", "required": ["name", "shape", "datatype"]}
    one = _object(
        name={"const": INPUT},
        shape={"const": [1, 28, 28]},
        datatype={"const": "UINT8"},
        data=_several(_GREY, 784, 784),
    )
    request = {
        **_object(inputs=_several({**one, "additionalProperties": False}, 1, 1)),
        "description": "one picture of 28 x 28 whole numbers; the protocol says more",
        "additionalProperties": False,
    }
    request["properties"]["id"] = _TEXT
    answer = {
        "type": "object",
        "required": ["model_name", "model_version", "outputs"],
        "properties": {"model_name": _TEXT, "model_version": _TEXT, "outputs": _list(tensor)},
    }
    binary = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
    body = _json_of(request)["content"] | binary
    ok = {"description": "Probabilities", "content": _json_of(answer)["content"] | binary}
    health = {"/v2": "Server metadata", "/v2/health/live": "Liveness"}
    paths: dict[str, Any] = {
        path: {"get": _operation(title, ok=_any_object())} for path, title in health.items()
    }
    paths["/v2/health/ready"] = {"get": _operation("Readiness", ok=_any_object())}
    for version in ("", "/versions/{version}"):
        base, parameters = "/v2/models/{name}" + version, _which(models, version)
        paths[base] = {"get": _operation("Model metadata", ok=_any_object(), parameters=parameters)}
        paths[f"{base}/ready"] = {
            "get": _operation("Model readiness", ok=_any_object(), parameters=parameters)
        }
        paths[f"{base}/infer"] = {
            "post": _operation("Classify", ok=ok, body=body, parameters=parameters)
        }
    return paths


def _which(models: Sequence[str], version: str) -> list[dict[str, Any]]:
    name = {"name": "name", "in": "path", "required": True, "schema": {"enum": list(models)}}
    number = {"name": "version", "in": "path", "required": True, "schema": {"enum": ["1"]}}
    return [name, number] if version else [name]


def _operation(
    summary: str,
    *,
    ok: dict[str, Any],
    code: str = "200",
    body: dict[str, Any] | None = None,
    parameters: Sequence[dict[str, Any]] = (),
) -> dict[str, Any]:
    """An operation, with the refusals that it may answer."""
    refusals = ["400", "401", "403", "404", "409", "421", "503"]
    if body is not None:
        refusals += ["408", "413", "415"]
    found: dict[str, Any] = {
        "summary": summary,
        "parameters": list(parameters),
        "responses": {code: ok}
        | {number: {"$ref": "#/components/responses/Refused"} for number in sorted(refusals)},
    }
    if body is not None:
        found["requestBody"] = {"required": True, "content": body}
    return found


def _pictures() -> dict[str, Any]:
    binary = {"schema": {"type": "string", "format": "binary"}}
    files = {"type": "array", "items": {"type": "string", "format": "binary"}, "minItems": 1}
    form = {"type": "object", "properties": {"pictures": files}, "required": ["pictures"]}
    return {
        "image/*": binary,
        "application/octet-stream": binary,
        "multipart/form-data": {"schema": form},
    }


def _schemas() -> dict[str, Any]:
    box = {"type": "array", "items": _WHOLE, "minItems": 4, "maxItems": 4}
    digit = _object(
        digit=_WHOLE,
        probability=_NUMBER,
        box=box,
        probabilities=_list(_NUMBER),
        confidence=_NUMBER,
        line=_WHOLE,
    )
    reading = {
        "type": "object",
        "required": ["file", "text", "written", "digits", "answer", "confidence", "error"],
        "properties": {
            "file": _TEXT,
            "text": _TEXT,
            "written": _TEXT,
            "answer": _TEXT,
            "confidence": {"type": ["number", "null"]},
            "error": {"type": ["string", "null"]},
            "digits": _list(digit),
        },
    }
    return {
        "Predict": _object(schema=_TEXT, results=_list(reading)),
        "Error": {"type": "object", "required": ["error"], "properties": {"error": _TEXT}},
    }


def _object(**properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties)}


def _several(items: dict[str, Any], least: int, most: int) -> dict[str, Any]:
    return {"type": "array", "items": items, "minItems": least, "maxItems": most}


def _list(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


def _media(kind: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": "Done", "content": {kind: {"schema": schema}}}


def _json_of(schema: dict[str, Any]) -> dict[str, Any]:
    return _media("application/json", schema)


def _any_object() -> dict[str, Any]:
    return _json_of({"type": "object"})


def _json(description: str, schema: str) -> dict[str, Any]:
    return {
        "description": description,
        "content": {"application/json": {"schema": {"$ref": schema}}},
    }
