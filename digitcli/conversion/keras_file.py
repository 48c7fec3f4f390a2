"""The network as a .keras file."""

from __future__ import annotations

from typing import Any

from ..files import scratch_folder


def keras_bytes(classifier: Any) -> bytes:
    """The Keras model `classifier` as Keras 3 writes it; Keras's own layers alone are in it."""
    with scratch_folder("keras") as folder:
        path = folder / "model.keras"
        classifier.save(str(path))
        return path.read_bytes()
