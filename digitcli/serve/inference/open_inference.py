"""The Open Inference Protocol, version 2, with its extension for binary tensors.

https://github.com/kserve/open-inference-protocol and, for the extension,
https://kserve.github.io/website/latest/modelserving/data_plane/binary_tensor_data_extension/
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ...version import __version__
from ..refusal import RefusedError
from .tensors import INPUT, VERSION, Images, Model, as_images, parse_json

HEADER = "Inference-Header-Content-Length"
# Data types by the protocol's names, little-endian.
DTYPES = {
    "BOOL": "|b1",
    "UINT8": "|u1",
    "UINT16": "<u2",
    "UINT32": "<u4",
    "UINT64": "<u8",
    "INT8": "|i1",
    "INT16": "<i2",
    "INT32": "<i4",
    "INT64": "<i8",
    "FP16": "<f2",
    "FP32": "<f4",
    "FP64": "<f8",
}
_OUTPUTS = {"classes": "INT64", "probabilities": "FP32"}


class Answer(NamedTuple):
    """The body of a response, and how long its JSON is where tensors follow it, else None."""

    body: bytes
    header: int | None


def server(models: Sequence[str]) -> dict[str, Any]:
    """What this server is, and which models it has."""
    extensions = ["binary_tensor_data"]
    return {
        "name": "digitcli",
        "version": __version__,
        "extensions": extensions,
        "models": list(models),
    }


def metadata(model: Model) -> dict[str, Any]:
    """What a model takes and gives."""
    return {
        "name": model.name,
        "versions": [VERSION],
        "platform": "digitcli",
        "inputs": [{"name": INPUT, "datatype": "UINT8", "shape": [-1, 28, 28]}],
        "outputs": [
            {"name": "classes", "datatype": "INT64", "shape": [-1]},
            {"name": "probabilities", "datatype": "FP32", "shape": [-1, 10]},
        ],
    }


async def infer(model: Model, body: bytes, header: str | None) -> Answer:
    """Answer an inference request; `header` is the length of its JSON where tensors follow."""
    length = _length(header, len(body))
    document = parse_json(memoryview(body)[:length])
    if not isinstance(document, dict):
        raise RefusedError(400, "the request must be a JSON object")
    images = _images(document, memoryview(body)[length:])
    wanted = _wanted(document)
    rows = await model.batches.predict(images)
    found: dict[str, npt.NDArray[Any]] = {
        "classes": rows.argmax(axis=1).astype("<i8"),
        "probabilities": rows.astype("<f4"),
    }
    answer: dict[str, Any] = {"model_name": model.name, "model_version": VERSION}
    if isinstance(document.get("id"), str):
        answer["id"] = document["id"]
    return _answer(answer, found, wanted)


def _length(header: str | None, size: int) -> int:
    if header is None:
        return size
    if not (header.isascii() and header.isdigit()) or int(header) > size:
        raise RefusedError(400, f"{HEADER} must be a number up to the body's length")
    return int(header)


def _images(document: dict[str, Any], binary: memoryview) -> Images:
    inputs = document.get("inputs")
    if not isinstance(inputs, list) or len(inputs) != 1 or not isinstance(inputs[0], dict):
        raise RefusedError(400, "`inputs` must be a list of one tensor")
    tensor = inputs[0]
    if tensor.get("name") != INPUT:
        raise RefusedError(400, f"the only input is {INPUT!r}, got {tensor.get('name')!r}")
    kind = tensor.get("datatype")
    if not isinstance(kind, str) or kind not in DTYPES:
        raise RefusedError(400, f"{INPUT}: datatype must be one of {', '.join(DTYPES)}")
    shape = _shape(tensor)
    parameters = _parameters(tensor)
    size = parameters.get("binary_data_size")
    if size is None and len(binary):
        raise RefusedError(400, f"{INPUT}: bytes follow the JSON, but no binary_data_size")
    values = _listed(tensor, kind) if size is None else _binary(binary, size, kind)
    if values.size != int(np.prod(shape, dtype=object)):
        raise RefusedError(
            400, f"{INPUT}: {values.size:,} values do not fill the shape {list(shape)}"
        )
    return as_images(values.reshape(shape), _scale(parameters))


def _shape(tensor: dict[str, Any]) -> tuple[int, ...]:
    shape = tensor.get("shape")
    if not isinstance(shape, list) or not 1 <= len(shape) <= 4 or not all(map(_is_size, shape)):
        raise RefusedError(400, f"{INPUT}: shape must be a list of 1 to 4 sizes")
    return tuple(shape)


def _is_size(size: Any) -> bool:
    return isinstance(size, int) and not isinstance(size, bool) and 0 <= size < 2**31


def _parameters(tensor: dict[str, Any]) -> dict[str, Any]:
    found = tensor.get("parameters", {})
    if not isinstance(found, dict):
        raise RefusedError(400, "`parameters` must be an object")
    return found


def _scale(parameters: dict[str, Any]) -> float | None:
    scale = parameters.get("scale")
    if scale is not None and (isinstance(scale, bool) or not isinstance(scale, (int, float))):
        raise RefusedError(400, f"{INPUT}: scale must be a number, the value of full ink")
    try:
        return None if scale is None else float(scale)
    except OverflowError as error:
        raise RefusedError(400, f"{INPUT}: scale is too large a number") from error


def _listed(tensor: dict[str, Any], kind: str) -> npt.NDArray[Any]:
    """Values from JSON, nested or flat."""
    try:
        values = np.asarray(tensor.get("data"))
    except ValueError as error:
        raise RefusedError(400, f"{INPUT}: rows of different lengths") from error
    whole, given = DTYPES[kind][1] in "iub", values.dtype.kind
    if given not in ("iub" if whole else "iuf"):
        raise RefusedError(400, f"{INPUT}: `data` must be numbers of the datatype {kind}")
    if whole and given != "b" and kind != "BOOL" and values.size:
        limits = np.iinfo(DTYPES[kind])
        if values.min() < limits.min or values.max() > limits.max:
            raise RefusedError(400, f"{INPUT}: `data` has numbers that {kind} has not")
    return values.astype(DTYPES[kind]).reshape(-1)


def _binary(binary: memoryview, size: Any, kind: str) -> npt.NDArray[Any]:
    """Values from the bytes behind the JSON."""
    if size != len(binary) or isinstance(size, bool):
        raise RefusedError(
            400, f"{INPUT}: binary_data_size is {size!r}, but {len(binary):,} bytes follow"
        )
    dtype = np.dtype(DTYPES[kind])
    if len(binary) % dtype.itemsize:
        raise RefusedError(400, f"{INPUT}: {len(binary):,} bytes are no whole number of {kind}")
    return np.frombuffer(binary, dtype)


def _wanted(document: dict[str, Any]) -> dict[str, bool]:
    """The names of the outputs, and whether each is to be binary."""
    usual = bool(_parameters(document).get("binary_data_output", False))
    outputs = document.get("outputs")
    if outputs is None:
        return dict.fromkeys(_OUTPUTS, usual)
    wanted: dict[str, bool] = {}
    for output in outputs if isinstance(outputs, list) else [None]:
        asked: dict[str, Any] = output if isinstance(output, dict) else {}
        name = asked.get("name")
        if not isinstance(name, str) or name not in _OUTPUTS:
            raise RefusedError(400, f"outputs are {', '.join(_OUTPUTS)}, got {output!r}")
        wanted[name] = bool(_parameters(asked).get("binary_data", usual))
    return wanted


def _answer(
    answer: dict[str, Any], found: dict[str, npt.NDArray[Any]], wanted: dict[str, bool]
) -> Answer:
    tensors, parts = [], []
    for name, is_binary in wanted.items():
        values = found[name]
        tensor: dict[str, Any] = {"name": name, "datatype": _OUTPUTS[name]}
        tensor["shape"] = list(values.shape)
        if is_binary:
            parts.append(values.tobytes())
            tensor["parameters"] = {"binary_data_size": values.nbytes}
        else:
            tensor["data"] = values.reshape(-1).tolist()
        tensors.append(tensor)
    head = json.dumps({**answer, "outputs": tensors}, separators=(",", ":")).encode()
    return Answer(b"".join([head, *parts]), len(head) if parts else None)
