"""OpenCV's module dnn, from OpenCV 5 on."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cv2

from ...errors import UsageError
from . import as_floats, demand

if TYPE_CHECKING:
    from . import Images, Probabilities

LEAST = (5, 0)
ENGINES = {"classic": "ENGINE_CLASSIC", "graph": "ENGINE_NEW"}


class OpenCv:
    """A network for each batch size, in one of OpenCV's two engines.

    `classic` is that of OpenCV 4, `graph` the new one; which is faster depends on the batch. Both
    use Winograd convolutions and stay in float32 on their own.

    It is given float32 pictures (n, 1, 28, 28) that were scaled and set outside the timed call.
    """

    precision = "fp32"
    version: str = cv2.__version__

    def __init__(self, file: Path, scale: float, variant: str, threads: int) -> None:
        """Raise UsageError for an unknown variant."""
        demand("opencv-python-headless", self.version, LEAST)
        if variant not in ENGINES:
            known = ", ".join(ENGINES)
            raise UsageError(f"opencv: unknown variant {variant!r}", f"choose from: {known}")
        cv2.setNumThreads(threads)
        self.variant = variant
        self._file = str(file)
        self._scale = scale

    def probabilities(self, images: Images) -> Probabilities:
        """Answer uint8 (n, 28, 28) with float32 (n, classes)."""
        call = self.prepare(images)  # its memory, which the answer may be a view of, goes with it
        answers: Probabilities = call().copy()
        return answers

    def prepare(self, images: Images) -> Callable[[], Any]:
        """Read the network anew and set its input; the first call sizes everything."""
        network = cv2.dnn.readNetFromONNX(self._file, getattr(cv2.dnn, ENGINES[self.variant]))
        network.setInput(as_floats(images, self._scale).reshape(len(images), 1, *images.shape[1:]))
        network.forward()
        answer: Callable[[], Any] = network.forward
        return answer
