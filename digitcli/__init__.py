"""Train a digit recogniser with TensorFlow, run it anywhere with a small C++ engine.

import digitcli
digitcli.read("photo.jpg").text                       # the digits of a picture
prediction = digitcli.load("small").predict(images)   # uint8 (n, 28, 28)
prediction.classes, prediction.probabilities          # (n,) and (n, 10)
"""

from __future__ import annotations

from .version import __version__

TYPE_CHECKING = False  # `typing` takes longer to import than all of this
if TYPE_CHECKING:
    from typing import Any

    from .api.evaluate import evaluate
    from .api.export import export
    from .api.fetch import fetch
    from .api.import_model import import_model
    from .api.quantize import quantize
    from .api.read import read, read_many
    from .api.train import train
    from .inference.engine import Engine, load
    from .inference.plan import PlanStep
    from .inference.prediction import Prediction
    from .vision.digit import Digit
    from .vision.field import Field
    from .vision.mark import Mark
    from .vision.reading import Reading

__all__ = [
    "Digit",
    "Engine",
    "Field",
    "Mark",
    "PlanStep",
    "Prediction",
    "Reading",
    "__version__",
    "evaluate",
    "export",
    "fetch",
    "import_model",
    "load",
    "quantize",
    "read",
    "read_many",
    "train",
]

_HOMES = {
    "Digit": "vision.digit",
    "Engine": "inference.engine",
    "Field": "vision.field",
    "Mark": "vision.mark",
    "PlanStep": "inference.plan",
    "Prediction": "inference.prediction",
    "Reading": "vision.reading",
    "evaluate": "api.evaluate",
    "export": "api.export",
    "fetch": "api.fetch",
    "import_model": "api.import_model",
    "load": "inference.engine",
    "quantize": "api.quantize",
    "read": "api.read",
    "read_many": "api.read",
    "train": "api.train",
}


def __getattr__(name: str) -> Any:
    """Load what is asked for on first use, so that `digitcli --help` does not wait for NumPy."""
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(f".{_HOMES[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
