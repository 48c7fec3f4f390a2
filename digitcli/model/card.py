"""The card of a weight file: what it is, where it comes from, and how good it is."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from .spec import Step
from .weights import Weights, find_weights, load_weights

SCHEMA = "digitcli.card/1"


def read_card(name_or_path: str) -> dict[str, Any]:
    """A `digitcli.card/1` document of bundled weights, a weight file or a run folder.

    What the file does not record, or records in another form, is None. Raises ModelError as
    `find_weights` and `load_weights` do.
    """
    path = find_weights(name_or_path)
    weights = load_weights(path)  # refuses files that are too large
    content = path.read_bytes()
    return {
        "schema": SCHEMA,
        "weights": name_or_path,
        "bytes": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        **_network(weights),
        **provenance(weights.trained),
    }


def _network(weights: Weights) -> dict[str, Any]:
    spec = weights.spec
    return {
        "network": spec.name,
        "classes": list(spec.classes) if spec.task == "digit" else None,
        "precision": weights.precision,
        "temperature": weights.temperature,
        "parameters": spec.parameters,
        "flops": spec.flops,
        "layers": [_layer(step) for step in spec.steps],
    }


def _layer(step: Step) -> dict[str, Any]:
    return {
        "layer": step.name,
        "kind": step.layer.kind,
        "output": list(step.output_shape),
        "parameters": step.parameters,
        "flops": step.flops,
    }


def provenance(trained: Mapping[str, Any]) -> dict[str, Any]:
    """What a free-form `trained` record says of the things that a card names.

    `data` and `test` are tables with the keys that training writes, `calibration` is what
    `evaluation.calibration.calibration_record` gives.
    """
    recipe, test = _table(trained, "recipe"), _table(trained, "test")
    seed = trained.get("seed", (recipe or {}).get("seed"))
    if test is not None:
        test = {name: test.get(name) for name in ("data", "n", "accuracy", "interval", "loss")}
    return {
        "recipe": recipe,
        "seed": seed if isinstance(seed, (int, list)) else None,
        "epochs": _number(trained, "epochs"),
        "steps": _number(trained, "steps"),
        "data": _table(trained, "data"),
        "validation_accuracy": _number(trained, "validation_accuracy"),
        "test": test,
        "calibration": _table(trained, "calibration"),
        "seeds": _table(trained, "seeds"),
        "quantized": _table(trained, "quantized"),
        "adapted": _table(trained, "adapted"),
        "imported": _table(trained, "imported"),
        "versions": _table(trained, "versions"),
        "device": _text(trained, "device"),
        "licence": _text(trained, "licence"),
    }


def _table(record: Mapping[str, Any], name: str) -> dict[str, Any] | None:
    value = record.get(name)
    return dict(value) if isinstance(value, Mapping) else None


def _text(record: Mapping[str, Any], name: str) -> str | None:
    value = record.get(name)
    return value if isinstance(value, str) else None


def _number(record: Mapping[str, Any], name: str) -> float | None:
    value = record.get(name)
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return value if number else None
