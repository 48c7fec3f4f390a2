"""ONNX Runtime on the CPU."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import onnxruntime
from onnxruntime import quantization

from . import as_floats, demand

if TYPE_CHECKING:
    from . import Images, Pictures, Probabilities

LEAST = (1, 16)
# All of our layers, so that values stay in int8 from the first to the last; softmax gets floats.
# Without Relu both ONNX Runtime and OpenVINO go through floats after each layer: 1.1 to 1.6 times
# as slow.
QUANTISED = ["Conv", "Gemm", "Relu", "MaxPool", "GlobalAveragePool", "Flatten"]


class OnnxRuntime:
    """A session on an ONNX file, with input and output bound once for a batch size.

    It is given float32 pictures (n, 1, 28, 28) that were scaled outside the timed call. All graph
    optimisations are on, and its threads spin, which is its default.
    """

    variant = "session"
    version: str = onnxruntime.__version__

    def __init__(self, file: Path, scale: float, precision: str, threads: int) -> None:
        demand("onnxruntime", self.version, LEAST)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self.precision = precision
        self._scale = scale
        self._session = onnxruntime.InferenceSession(
            str(file), options, providers=["CPUExecutionProvider"]
        )
        self._input = self._session.get_inputs()[0].name
        target = self._session.get_outputs()[0]
        self._output, self._classes = target.name, int(target.shape[1])

    def probabilities(self, images: Images) -> Probabilities:
        """Answer uint8 (n, 28, 28) with float32 (n, classes)."""
        call = self.prepare(images)  # its memory, which the answer is a view of, goes with it
        answers: Probabilities = call().copy()
        return answers

    def prepare(self, images: Images) -> Callable[[], Any]:
        """Bind scaled pictures and a place for the answers."""
        pictures = as_floats(images, self._scale).reshape(len(images), 1, *images.shape[1:])
        arrays = pictures, np.empty((len(images), self._classes), np.float32)
        values = [onnxruntime.OrtValue.ortvalue_from_numpy(array) for array in arrays]
        binding = self._session.io_binding()
        binding.bind_ortvalue_input(self._input, values[0])
        binding.bind_ortvalue_output(self._output, values[1])

        def call(keep: object = arrays) -> Any:  # `values` only borrow their memory
            self._session.run_with_iobinding(binding)
            return values[1].numpy()

        return call


class _Pictures(quantization.CalibrationDataReader):  # type: ignore[misc]
    """One calibration picture after the other."""

    def __init__(self, pictures: Pictures) -> None:
        self._rest = iter(pictures)

    def get_next(self) -> dict[str, Pictures] | None:
        """The next input, or None after the last."""
        picture = next(self._rest, None)
        return None if picture is None else {"images": picture[np.newaxis]}


def quantise(model: Path, target: Path, pictures: Pictures) -> None:
    """Write `model` in int8: activations uint8, weights int8 for each channel, as QDQ nodes.

    ONNX Runtime's own quantiser measures ranges on `pictures`, float32 (n, 1, 28, 28). OpenVINO
    reads the result too.
    """
    quantization.quantize_static(
        str(model),
        str(target),
        _Pictures(pictures),
        quant_format=quantization.QuantFormat.QDQ,
        per_channel=True,
        activation_type=quantization.QuantType.QUInt8,
        weight_type=quantization.QuantType.QInt8,
        op_types_to_quantize=QUANTISED,
    )
