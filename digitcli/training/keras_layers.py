"""Layers of networks in training that Keras lacks."""

from __future__ import annotations

import math
import threading
from typing import Any

from ..model.layers import Conv, pair
from .compute.backend import keras, ops
from .compute.randomness import uniform

STANDARD_GAIN = 1.7  # about sqrt(2 / (1 - 1 / pi)): ReLU reduces a variance of 1 by its square
STANDARD_EPSILON = 1e-4


class AddChannel(keras.layers.Layer):  # type: ignore[misc]
    """(n, h, w) -> (n, h, w, 1)."""

    def call(self, pixels: Any) -> Any:
        """Add the axis of channels."""
        return ops.expand_dims(pixels, -1)


class _Drawn(threading.local):
    key: Any = None
    first: Any = 0


class KeyedDropout(keras.layers.Layer):  # type: ignore[misc]
    """Dropout (Srivastava et al. 2014) without a state: `draw_from` gives it its key.

    `key` and `first` are those of `randomness.uniform`, so that a resumed run and each of several
    replicas drop what an uninterrupted run on one device drops.
    """

    def __init__(self, rate: float, **options: Any) -> None:
        super().__init__(**options)
        self.rate = rate
        self._drawn = _Drawn()

    def draw_from(self, key: Any, first: Any) -> None:
        """Set key and first for this thread: each replica is traced in a thread of its own."""
        self._drawn.key, self._drawn.first = key, first

    def call(self, inputs: Any, training: bool = False) -> Any:
        """Any shape with a static batch while training -> the same shape and dtype."""
        key, first = self._drawn.key, self._drawn.first
        if not training or key is None:
            return inputs
        kept = uniform(key, tuple(inputs.shape), 0.0, 1.0, first) >= self.rate
        return ops.where(kept, inputs / (1 - self.rate), ops.zeros_like(inputs))


class StandardizedConv(keras.layers.Layer):  # type: ignore[misc]
    """A convolution whose kernel is standardised before use: Conv2D of `standardized` values.

    Each filter has mean 0 and a variance that keeps the signal's (scaled weight standardisation,
    Brock et al. 2021, after Qiao et al. 2019), times a gain that is learnt. In a network of this
    depth it helps training as batch norm does, without statistics of activations.
    """

    def __init__(self, conv: Conv, **options: Any) -> None:
        super().__init__(**options)
        self._conv = conv

    def build(self, input_shape: tuple[int | None, ...]) -> None:
        """Make kernel (k, k, in, out), gain (out,) and bias (out,)."""
        conv, channels = self._conv, input_shape[-1]
        self.kernel = self.add_weight(
            (*pair(conv.kernel), channels, conv.filters),
            initializer=keras.initializers.HeNormal(),
            autocast=False,
            name="kernel",
        )
        self.gain = self.add_weight((conv.filters,), "ones", autocast=False, name="gain")
        self.bias = self.add_weight((conv.filters,), "zeros", autocast=False, name="bias")

    def call(self, inputs: Any) -> Any:
        """(n, h, w, in) -> (n, h', w', out), in the layer's compute dtype."""
        kernel = standardized(self.kernel, self.gain, ops)
        product = ops.conv(
            inputs,
            ops.cast(kernel, self.compute_dtype),
            strides=self._conv.stride,
            padding=self._conv.padding,
            data_format="channels_last",
        )
        output = product + ops.cast(self.bias, self.compute_dtype)
        return ops.relu(output) if self._conv.activation == "relu" else output


def standardized(kernel: Any, gain: Any, library: Any) -> Any:
    """A kernel (k, k, in, out) with each filter's mean 0 and variance gain^2 `STANDARD_GAIN`^2 / n.

    n = k * k * in values make one output; `library` is keras.ops or numpy.
    """
    fan_in = math.prod(kernel.shape[:-1])
    centred = kernel - library.mean(kernel, axis=(0, 1, 2), keepdims=True)
    variance = library.mean(centred * centred, axis=(0, 1, 2), keepdims=True)
    return centred / library.sqrt(variance * fan_in + STANDARD_EPSILON) * (STANDARD_GAIN * gain)
