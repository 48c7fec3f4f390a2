"""TensorFlow on the CPU, running the Keras twin of the same network with the same weights."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import tensorflow as tf

from ...errors import UsageError
from . import TENSORFLOW_VARIANTS

if TYPE_CHECKING:
    from . import Images, Probabilities


class TensorFlow:
    """Keras's model, called in one of three ways.

    `tf.function`: traced once for each batch shape with a fixed signature; its input is a tensor
    already, turning its output into a NumPy array is inside the time. `xla`: the same, compiled by
    XLA, which is faster for one picture and slower for many. `predict_on_batch`: Keras's own call
    for one batch, NumPy in and NumPy out.
    """

    precision = "float32"
    version: str = tf.__version__

    def __init__(self, build: Callable[[], Any], variant: str, threads: int) -> None:
        """`build` makes the Keras model: uint8 (n, 28, 28) in, logits (n, 10) out.

        It is called after the thread count is set, which TensorFlow takes only before its first
        operation: one thread count for each process. Raises UsageError for an unknown variant.
        """
        if variant not in TENSORFLOW_VARIANTS:
            choices = ", ".join(TENSORFLOW_VARIANTS)
            raise UsageError(f"tensorflow: unknown variant {variant!r}", f"choose from: {choices}")
        tf.config.set_visible_devices([], "GPU")
        tf.config.threading.set_intra_op_parallelism_threads(threads)
        tf.config.threading.set_inter_op_parallelism_threads(1)  # our layers form one chain
        self.variant = variant
        logits = build()
        self._model = keras.Model(logits.inputs, keras.layers.Softmax()(logits.outputs[0]))

    def probabilities(self, images: Images) -> Probabilities:
        """Answer uint8 (n, 28, 28) with float32 (n, 10)."""
        answer: Probabilities = np.asarray(self.prepare(images)(), dtype=np.float32)
        return answer

    def prepare(self, images: Images) -> Callable[[], object]:
        """Trace for this batch shape, and move the input to where the variant expects it."""
        if self.variant == "predict_on_batch":
            return lambda: self._model.predict_on_batch(images)
        traced = self._traced(images.shape)
        tensor = tf.constant(images)
        return lambda: traced(tensor).numpy()

    def prepare_fresh(self, images: Images) -> Callable[[Images], object]:
        """The same for pictures of this shape that are others each time."""
        if self.variant == "predict_on_batch":
            return lambda fresh: self._model.predict_on_batch(fresh)
        traced = self._traced(images.shape)
        return lambda fresh: traced(tf.constant(fresh)).numpy()

    def _traced(self, shape: tuple[int, ...]) -> Any:
        return tf.function(
            lambda batch: self._model(batch, training=False),
            input_signature=[tf.TensorSpec(shape, tf.uint8)],
            jit_compile=True if self.variant == "xla" else None,
        ).get_concrete_function()
