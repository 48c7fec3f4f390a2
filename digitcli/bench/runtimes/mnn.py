"""MNN on the CPU, with the file that its own converter makes of an ONNX file.

MNN's module `MNN.tools`, and with it its commands `mnnconvert` and `mnnquant`, sends usage reports
and installs what it needs for that with the first pip on PATH. It is never imported here: the
converter is called in the extension module below it, which does neither.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import _tools
import MNN
import numpy as np

from ...errors import MachineError, UsageError
from . import as_floats, demand

if TYPE_CHECKING:
    from . import Images, Probabilities

LEAST = (3, 0)
# MNN's hint 3 chooses the tiles of its Winograd convolutions. Large ones, its default, are faster
# and round more coarsely: up to 1.5e-5 between two probabilities, where small ones stay below 2e-6.
WINOGRAD = 3
TILES = {"large-tiles": 3, "small-tiles": 1}


class Mnn:
    """A session for each batch size, in one of two ways: see `TILES`.

    It is given float32 pictures (n, 1, 28, 28) that were scaled outside the timed call. Precision
    "high" computes float32 in float32; "normal" and "low" were no faster on x86.
    """

    precision = "fp32"
    version: str = MNN.version()

    def __init__(self, file: Path, scale: float, variant: str, threads: int) -> None:
        """Raise UsageError for an unknown variant."""
        demand("MNN", self.version, LEAST)
        if variant not in TILES:
            raise UsageError(
                f"mnn: unknown variant {variant!r}", f"choose from: {', '.join(TILES)}"
            )
        self.variant = variant
        self._file = str(file)
        self._scale = scale
        self._settings = {"backend": "CPU", "numThread": threads, "precision": "high"}

    def probabilities(self, images: Images) -> Probabilities:
        """Answer uint8 (n, 28, 28) with float32 (n, classes)."""
        call = self.prepare(images)  # its memory, which the answer is a view of, goes with it
        answers: Probabilities = call().copy()
        return answers

    def prepare(self, images: Images) -> Callable[[], Any]:
        """Size everything for this batch and fill the input."""
        interpreter = MNN.Interpreter(self._file)
        interpreter.setSessionHint(WINOGRAD, TILES[self.variant])
        session = interpreter.createSession(self._settings)
        pictures = as_floats(images, self._scale).reshape(len(images), 1, *images.shape[1:])
        source = interpreter.getSessionInput(session)
        interpreter.resizeTensor(source, pictures.shape)
        interpreter.resizeSession(session)
        layout = MNN.Tensor_DimensionType_Caffe  # (n, channel, row, column)
        source.copyFrom(MNN.Tensor(pictures.shape, MNN.Halide_Type_Float, pictures, layout))
        target = interpreter.getSessionOutput(session)

        def call() -> Any:
            interpreter.runSession(session)
            return target.getNumpyData()

        return call


def convert(model: Path, target: Path) -> None:
    """Write the ONNX file `model` as MNN's own. Raises MachineError when there is none after."""
    arguments = ["mnnconvert", "-f", "ONNX", "--modelFile", str(model)]
    _tools.mnnconvert([*arguments, "--MNNModel", str(target), "--bizCode", "digitcli"])
    if not target.exists() or not np.fromfile(target, np.uint8, 1).size:
        raise MachineError(f"MNN's converter made nothing of {model.name}")
