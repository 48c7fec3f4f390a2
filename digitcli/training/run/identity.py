"""The identity of a run: what must be equal for a process to go on where another one stopped."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from ...data.store import Split
from ...model.spec import NetworkSpec
from ..recipes import Recipe
from ..teachers import find_teachers


def identity(spec: NetworkSpec, recipe: Recipe, train: Split, test: Split) -> dict[str, Any]:
    """Network, recipe, and the sha256 of all data, as plain JSON.

    Data are pictures, labels and the files of teachers. Raises ModelError where one is missing.
    """
    data: dict[str, Any] = {"name": train.name, "train": _sha256(train), "test": _sha256(test)}
    if recipe.teachers:
        files = [path.read_bytes() for path in find_teachers(recipe.teachers)]
        data["teachers"] = [hashlib.sha256(content).hexdigest() for content in files]
    return {**described(spec, recipe), "data": data}


def described(spec: NetworkSpec, recipe: Recipe) -> dict[str, Any]:
    """The part of `identity` that needs no data."""
    parts = {"network": spec.to_json(), "training": recipe.to_table()}
    plain: dict[str, Any] = json.loads(json.dumps(parts))  # lists for tuples, as when read back
    return plain


def differences(
    saved: Mapping[str, Any], asked: Mapping[str, Any], *, same_length: bool = False
) -> list[str]:
    """The settings that differ, such as `training.seed: 3 there, 4 asked for`.

    With a constant learning rate the length of the run may differ, unless `same_length`. The name
    of a data set may always differ: its bytes are compared.
    """
    free = {"data.name"}
    if saved.get("training", {}).get("schedule") == "constant" and not same_length:
        free |= {"training.epochs", "training.steps"}
        saved, asked = (_without_earlier(one) for one in (saved, asked))
    there, here = dict(_leaves("", saved)), dict(_leaves("", asked))
    return [
        f"{key}: {_shown(there.get(key))} there, {_shown(here.get(key))} asked for"
        for key in dict.fromkeys([*there, *here])
        if key not in free and there.get(key) != here.get(key)
    ]


def _without_earlier(identity: Mapping[str, Any]) -> dict[str, Any]:
    training = identity.get("training", {})
    return {**identity, "training": {k: v for k, v in training.items() if k != "earlier"}}


def _leaves(prefix: str, value: Any) -> list[tuple[str, Any]]:
    """Every value of nested tables and lists under its dotted name."""
    if isinstance(value, Mapping):
        inner = [(str(key), item) for key, item in value.items()]
    elif isinstance(value, list) and any(isinstance(item, (Mapping, list)) for item in value):
        inner = [(str(number), item) for number, item in enumerate(value, 1)]
    else:
        return [(prefix, value)]
    dot = f"{prefix}." if prefix else ""
    return [leaf for key, item in inner for leaf in _leaves(f"{dot}{key}", item)]


def _shown(value: object) -> str:
    return "nothing" if value is None else str(value)[:40]


def _sha256(split: Split) -> str:
    digest = hashlib.sha256()
    for array in (split.images, split.labels):
        contiguous: Any = np.ascontiguousarray(array)
        digest.update(contiguous)
    return digest.hexdigest()
