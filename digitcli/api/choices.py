"""Options as the commands check them, and what they are where they are left out."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..errors import ModelError, UsageError

if TYPE_CHECKING:
    from ..model.spec import NetworkSpec
    from ..model.weights import Weights


def check_choice(name: str, value: object, choices: Sequence[str]) -> None:
    """Raise UsageError unless `value` is one of `choices`."""
    if value not in choices:
        known = ", ".join(map(repr, choices))
        raise UsageError(f"{name} must be one of {known}, got {value!r}")


def spec_for(spec: NetworkSpec, data: str) -> NetworkSpec:
    """The network for the classes of a data set: one that reads digits gets other last values.

    Raises UsageError for a network that names other classes already.
    """
    from ..data.catalog import classes_of

    classes = classes_of(data)
    if spec.task != "digit" or spec.classes == classes:
        return spec
    if not spec.names_digits:
        raise UsageError(
            f"--data {data}: {spec.name} names {len(spec.classes)} classes "
            f"({', '.join(spec.classes[:3])}, ...), the data set has others",
            "leave out its `classes`, and it gets those of the data set",
        )
    return spec.with_classes(classes)


def data_for(weights: Weights, asked: str | None) -> str:
    """The data set that was asked for; else MNIST, or what a network of other classes learnt.

    Raises UsageError where a network of other classes does not say what it learnt.
    """
    if asked is not None or weights.spec.names_digits:
        return asked or "mnist"
    learnt = weights.trained.get("data")
    name = learnt.get("name") if isinstance(learnt, dict) else None
    if not isinstance(name, str):
        raise UsageError(
            f"--data: {weights.spec.name} does not say which data set it learnt", "name one"
        )
    return name


def data_named(weights: str, asked: str | os.PathLike[str] | None) -> str:
    """The same of weights by name or path, which are read only where nothing was asked for.

    A fault of theirs is left to whoever uses them.
    """
    if asked is not None:
        return os.fspath(asked)
    from ..model.weights import find_weights, load_weights

    try:
        return data_for(load_weights(find_weights(weights)), None)
    except ModelError:
        return "mnist"
