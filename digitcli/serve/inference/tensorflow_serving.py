"""The REST protocol of TensorFlow Serving: `/v1/models/NAME:predict` and what belongs to it.

https://www.tensorflow.org/tfx/serving/api_rest
"""

from __future__ import annotations

from typing import Any

from ..refusal import RefusedError
from .tensors import INPUT, VERSION, Images, Model, as_images, parse_json

# Signatures by name: the value of full ink, None for whole numbers from 0 to 255.
SIGNATURES: dict[str, float | None] = {"serving_default": None, "unit_scale": 1.0}


async def predict(model: Model, body: bytes) -> dict[str, Any]:
    """Answer `{"instances": [...]}` by rows or `{"inputs": ...}` by columns."""
    document = parse_json(body)
    if not isinstance(document, dict):
        raise RefusedError(400, "the request must be a JSON object")
    images, by_rows = _images(document)
    rows = await model.batches.predict(images)
    classes = rows.argmax(axis=1).tolist()
    probabilities = rows.tolist()
    if not by_rows:
        return {"outputs": {"classes": classes, "probabilities": probabilities}}
    pairs = zip(classes, probabilities, strict=True)
    return {"predictions": [{"classes": one, "probabilities": all_} for one, all_ in pairs]}


def _images(document: dict[str, Any]) -> tuple[Images, bool]:
    """The pictures, and whether they came as a list of instances."""
    name = document.get("signature_name", "serving_default")
    if not isinstance(name, str) or name not in SIGNATURES:
        known = ", ".join(SIGNATURES)
        raise RefusedError(400, f"signature_name must be one of {known}, got {name!r}")
    keys = sorted({"instances", "inputs"} & document.keys())
    if len(keys) != 1:
        raise RefusedError(400, "expected either `instances` or `inputs`")
    values, by_rows = document[keys[0]], keys == ["instances"]
    if by_rows:
        if not isinstance(values, list):
            raise RefusedError(400, "`instances` must be a list")
        values = [_named(one) for one in values]
    return as_images(_named(values), SIGNATURES[name]), by_rows


def _named(values: Any) -> Any:
    """The tensor of the only input, where it stands under its name."""
    if not isinstance(values, dict):
        return values
    if values.keys() != {INPUT}:
        raise RefusedError(400, f"the only input is {INPUT!r}, got {sorted(values)}")
    return values[INPUT]


def status() -> dict[str, Any]:
    """The state of a model: it is there as long as the server is."""
    fine = {"error_code": "OK", "error_message": ""}
    return {"model_version_status": [{"version": VERSION, "state": "AVAILABLE", "status": fine}]}


def metadata(model: Model) -> dict[str, Any]:
    """The signatures of a model."""
    return {
        "model_spec": {"name": model.name, "signature_name": "", "version": VERSION},
        "metadata": {"signature_def": {"signature_def": _signatures()}},
    }


def _signatures() -> dict[str, Any]:
    outputs = {"classes": _tensor("DT_INT64", -1), "probabilities": _tensor("DT_FLOAT", -1, 10)}
    return {
        name: {
            "inputs": {INPUT: _tensor("DT_FLOAT" if scale else "DT_UINT8", -1, 28, 28)},
            "outputs": outputs,
            "method_name": "tensorflow/serving/predict",
        }
        for name, scale in SIGNATURES.items()
    }


def _tensor(dtype: str, *sizes: int) -> dict[str, Any]:
    shape = {"dim": [{"size": str(size), "name": ""} for size in sizes], "unknown_rank": False}
    return {"dtype": dtype, "tensor_shape": shape, "name": ""}
