"""Train a digit recogniser with TensorFlow, run it anywhere with a small C++ engine.

import digitcli
prediction = digitcli.load("small").predict(images)   # uint8 (n, 28, 28)
prediction.classes, prediction.probabilities          # (n,) and (n, 10)
"""

from __future__ import annotations

from .version import __version__

TYPE_CHECKING = False  # `typing` takes longer to import than all of this
if TYPE_CHECKING:
    from typing import Any

    from .inference.engine import Engine, load
    from .inference.plan import PlanStep
    from .inference.prediction import Prediction

__all__ = ["Engine", "PlanStep", "Prediction", "__version__", "load"]

_HOMES = {"Engine": "engine", "load": "engine", "PlanStep": "plan", "Prediction": "prediction"}


def __getattr__(name: str) -> Any:
    """Load the engine on first use, so that `digitcli --help` does not wait for NumPy."""
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(f".inference.{_HOMES[name]}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
