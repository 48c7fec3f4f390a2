"""OpenVINO on the CPU."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import openvino

from . import as_floats, demand

if TYPE_CHECKING:
    from . import Images, Probabilities

LEAST = (2024, 0)
# On a CPU with bf16 instructions OpenVINO computes float32 networks in bf16 unless it is told not
# to. A quantised network gets its own choice for what is left in floats.
HINTS = {"fp32": "f32", "bf16": "bf16"}


class OpenVino:
    """One request, compiled anew for each batch size, because it is fastest with fixed shapes.

    It is given float32 pictures (n, 1, 28, 28) that were scaled outside the timed call, in a tensor
    that it shares; the answer is a view of its own output.
    """

    variant = "request"
    version: str = openvino.__version__.partition("-")[0]

    def __init__(self, file: Path, scale: float, precision: str, threads: int) -> None:
        demand("openvino", self.version, LEAST)
        self.precision = precision
        self._scale = scale
        self._core = openvino.Core()
        self._model = self._core.read_model(str(file))
        self._settings: dict[str, Any] = {
            "INFERENCE_NUM_THREADS": threads,
            "NUM_STREAMS": 1,
            "PERFORMANCE_HINT": "LATENCY",
            "ENABLE_HYPER_THREADING": True,  # or `threads` may be more than it uses
        }
        if precision in HINTS:
            self._settings["INFERENCE_PRECISION_HINT"] = HINTS[precision]

    def probabilities(self, images: Images) -> Probabilities:
        """Answer uint8 (n, 28, 28) with float32 (n, classes)."""
        call = self.prepare(images)  # its memory, which the answer is a view of, goes with it
        answers: Probabilities = call().copy()
        return answers

    def prepare(self, images: Images) -> Callable[[], Any]:
        """Compile for this batch size and hand the scaled pictures over."""
        pictures = as_floats(images, self._scale).reshape(len(images), 1, *images.shape[1:])
        self._model.reshape({0: list(pictures.shape)})
        compiled = self._core.compile_model(self._model, "CPU", self._settings)
        request = compiled.create_infer_request()
        request.set_input_tensor(openvino.Tensor(pictures, shared_memory=True))

        def call(keep: object = pictures) -> Any:  # the tensor only borrows its memory
            request.infer()
            return request.get_output_tensor().data

        return call
