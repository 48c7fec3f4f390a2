"""The process that `digitcli bench` starts for each runtime: which names it knows.

It stands in this row because TensorFlow's runtime runs the Keras twin that training owns.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..bench.runtimes import Runtime


def main() -> None:
    """Be a worker until stdin ends."""
    from ..bench.worker import serve

    serve({"digitcli": _digitcli, "tensorflow": _tensorflow})


def _digitcli(weights: str, variant: str | None, threads: int) -> Runtime:
    from ..bench.runtimes.digitcli import DigitCli
    from ..inference.engine import load

    return DigitCli(load(weights, isa=variant), threads)


def _tensorflow(weights: str, variant: str | None, threads: int) -> Runtime:
    from ..bench.runtimes.tensorflow import TensorFlow
    from ..model.weights import load_weights
    from ..training.network import load_twin

    build = partial(load_twin, load_weights(Path(weights)))
    return TensorFlow(build, variant or "tf.function", threads)
