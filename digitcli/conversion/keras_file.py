"""The network as a .keras file."""

from __future__ import annotations

import warnings
from typing import Any

from ..files import scratch_folder


def keras_bytes(classifier: Any) -> bytes:
    """The Keras model `classifier` as Keras 3 writes it; Keras's own layers alone are in it."""
    with scratch_folder("keras") as folder, warnings.catch_warnings():
        # Keras 3.15 with NumPy 2.4, about its own variables
        warnings.filterwarnings("ignore", "__array__ implementation", DeprecationWarning)
        path = folder / "model.keras"
        classifier.save(str(path))
        return path.read_bytes()


def as_entry(model: Any, values: Any) -> Any:
    """`values` in the form in which a Keras model of one input takes it: bare, or in a list."""
    try:
        entry = model.input
    except AttributeError:  # of a Sequential model that nothing has called yet
        return values
    match entry:
        case list() | tuple():
            return [values]
        case dict() as named:
            return {name: values for name in named}
    return values
