"""LiteRT, once TensorFlow Lite, with its XNNPACK kernels."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import ai_edge_litert
import numpy as np
from ai_edge_litert.interpreter import Interpreter

from . import as_floats, demand

if TYPE_CHECKING:
    from . import Images, Probabilities

LEAST = (1, 0)


class LiteRt:
    """An interpreter for each batch size; XNNPACK is its default.

    It is given float32 pictures (n, 28, 28, 1) that were scaled outside the timed call; in int8,
    the raw uint8 pixels, which is what its quantised input holds.
    """

    variant = "xnnpack"
    version: str = ai_edge_litert.__version__

    def __init__(self, file: Path, scale: float, precision: str, threads: int) -> None:
        demand("ai-edge-litert", self.version, LEAST)
        self.precision = precision
        self._scale = scale
        self._open: Callable[[], Any] = partial(Interpreter, str(file), num_threads=threads)

    def probabilities(self, images: Images) -> Probabilities:
        """Answer uint8 (n, 28, 28) with float32 (n, classes)."""
        answers: Probabilities = self.prepare(images)()
        return answers

    def prepare(self, images: Images) -> Callable[[], Any]:
        """Size everything for this batch and fill the input."""
        interpreter = self._open()
        source = interpreter.get_input_details()[0]
        target = interpreter.get_output_details()[0]["index"]
        pictures: Any = as_floats(images, self._scale)
        if source["dtype"] == np.uint8:
            pictures = images[..., np.newaxis]
        interpreter.resize_tensor_input(source["index"], pictures.shape)
        interpreter.allocate_tensors()
        interpreter.set_tensor(source["index"], pictures)

        def call() -> Any:
            interpreter.invoke()
            return interpreter.get_tensor(target)

        return call
