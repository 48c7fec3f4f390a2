"""TensorFlow on the CPU, running the Keras twin of the same network with the same weights."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import tensorflow as tf

from ...errors import UsageError
from . import RUNTIMES, as_floats, demand

if TYPE_CHECKING:
    from . import Images, Probabilities

LEAST = (2, 16)


class TensorFlow:
    """Keras's model, called in one of four ways.

    `tf.function`: traced once for each batch shape with a fixed signature; its input is a tensor
    already, turning its output into a NumPy array is inside the time. `xla`: the same, compiled by
    XLA, which is faster for one picture and slower for many. `predict_on_batch`: Keras's own call
    for one batch, NumPy in and NumPy out. `predict`: Keras's call for data sets, as users write it.

    All are given float32 pictures (n, 28, 28, 1) that were scaled outside the timed call. In bf16,
    Keras's policy `mixed_bfloat16` holds: products in bf16, softmax in float32.
    """

    version: str = tf.__version__

    def __init__(
        self, build: Callable[[], Any], scale: float, variant: str, precision: str, threads: int
    ) -> None:
        """`build` makes the Keras model: scaled pictures in, probabilities (n, classes) out.

        It is called after the thread count is set, which TensorFlow takes only before its first
        operation: one thread count for each process. Raises UsageError for an unknown variant.
        """
        ways = RUNTIMES["tensorflow"].ways
        known = ways["bf16" if precision == "bf16" else "fp32"].variants
        if variant not in known:
            choices = ", ".join(map(str, known))
            raise UsageError(f"tensorflow: unknown variant {variant!r}", f"choose from: {choices}")
        demand("tensorflow", self.version, LEAST)
        tf.config.set_visible_devices([], "GPU")
        tf.config.threading.set_intra_op_parallelism_threads(threads)
        tf.config.threading.set_inter_op_parallelism_threads(1)  # our layers form one chain
        if precision == "bf16":
            keras.config.set_dtype_policy("mixed_bfloat16")
        self.variant, self.precision = variant, precision
        self._scale = scale
        self._model = build()

    def probabilities(self, images: Images) -> Probabilities:
        """Answer uint8 (n, 28, 28) with float32 (n, classes)."""
        answer: Probabilities = np.asarray(self.prepare(images)(), dtype=np.float32)
        return answer

    def prepare(self, images: Images) -> Callable[[], object]:
        """Trace for this batch shape, and move the input to where the variant expects it."""
        pictures = as_floats(images, self._scale)
        if self.variant == "predict_on_batch":
            return lambda: self._model.predict_on_batch(pictures)
        if self.variant == "predict":
            size = len(pictures)
            return lambda: self._model.predict(pictures, batch_size=size, verbose=0)
        traced, tensor = self._traced(pictures.shape), tf.constant(pictures)
        return lambda: traced(tensor).numpy()

    def prepare_fresh(self, images: Images) -> Callable[[Images], object]:
        """The same for pictures of this shape that are others each time, scaled in the call."""
        size, scale = len(images), self._scale
        if self.variant == "predict_on_batch":
            return lambda fresh: self._model.predict_on_batch(as_floats(fresh, scale))
        if self.variant == "predict":
            return lambda fresh: self._model.predict(
                as_floats(fresh, scale), batch_size=size, verbose=0
            )
        traced = self._traced((*images.shape, 1))
        return lambda fresh: traced(tf.constant(as_floats(fresh, scale))).numpy()

    def _traced(self, shape: tuple[int, ...]) -> Any:
        return tf.function(
            lambda batch: self._model(batch, training=False),
            input_signature=[tf.TensorSpec(shape, tf.float32)],
            jit_compile=True if self.variant == "xla" else None,
        ).get_concrete_function()
