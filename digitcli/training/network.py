"""The Keras twin of a network, and the way of its weights to a file and back."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import ModelError
from ..model.layers import Conv, Dense, GlobalAveragePool, MaxPool
from ..model.precision import FLOAT32
from ..model.spec import INPUT_SHAPE, NetworkSpec, Step
from ..model.weights import Weights
from .backend import keras, tf


def keras_twin(spec: NetworkSpec, *, deployed: bool = False, scaled: bool = False) -> Any:
    """The Keras model of `spec`: raw uint8 (n, 28, 28) in, logits float32 (n, 10) out.

    `deployed` leaves out what exists while training only (batch norm, dropout), so that its layers
    hold exactly the tensors of a weight file. `scaled` takes float32 (n, 28, 28, 1) that the caller
    has multiplied by the scale already.
    """
    layers = keras.layers
    stack = [keras.Input(INPUT_SHAPE, dtype="float32")]
    if not scaled:
        stack = [
            keras.Input(INPUT_SHAPE[:2], dtype="uint8"),
            layers.Reshape(INPUT_SHAPE),
            layers.Rescaling(spec.scale),
        ]
    for step in spec.steps:
        stack += _keras_layers(step, deployed)
    return keras.Sequential(stack, name=spec.name)


def _keras_layers(step: Step, deployed: bool) -> list[Any]:
    """One step of the spec as the Keras layers that do the same."""
    layers, name = keras.layers, step.name
    match step.layer:
        case Conv() as conv:
            norm = conv.batch_norm and not deployed
            found = [
                layers.Conv2D(
                    conv.filters,
                    conv.kernel,
                    strides=conv.stride,
                    padding=conv.padding,
                    activation=None if norm else conv.activation,
                    use_bias=not norm,
                    name=name,
                )
            ]
            if norm:
                found += [
                    layers.BatchNormalization(momentum=0.9, name=_norm_name(name)),
                    layers.Activation(conv.activation, name=f"{name}_activation"),
                ]
            return found + _dropout(conv.dropout, deployed)
        case MaxPool() as pool:
            return [layers.MaxPooling2D(pool.size, pool.stride, pool.padding, name=name)]
        case GlobalAveragePool():
            return [layers.GlobalAveragePooling2D(name=name)]
        case Dense() as dense:
            flatten = [layers.Flatten()] if len(step.input_shape) == 3 else []
            product = layers.Dense(dense.units, activation=dense.activation, name=name)
            return [*flatten, product, *_dropout(dense.dropout, deployed)]


def _dropout(rate: float, deployed: bool) -> list[Any]:
    return [keras.layers.Dropout(rate)] if rate and not deployed else []


def _norm_name(name: str) -> str:
    return f"{name}_norm"


def export_weights(model: Any, spec: NetworkSpec, trained: Mapping[str, Any]) -> Weights:
    """The deployed weights of a trained twin: batch norm folded, Keras's layout untouched."""
    tensors: dict[str, npt.NDArray[np.float32]] = {}
    for step in spec.steps:
        if not step.tensors:
            continue
        weight, bias = _folded(model, step)
        tensors[f"{step.name}.weight"] = np.ascontiguousarray(weight, np.float32)
        tensors[f"{step.name}.bias"] = np.ascontiguousarray(bias, np.float32)
    return Weights(spec, tensors, trained)


def _folded(model: Any, step: Step) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Weight and bias of one layer; y = gamma (x - mean) / sqrt(variance + eps) + beta goes in."""
    values = model.get_layer(step.name).get_weights()
    if not (isinstance(step.layer, Conv) and step.layer.batch_norm):
        return values[0], values[1]
    norm = model.get_layer(_norm_name(step.name))
    gamma, beta, mean, variance = (value.astype(np.float64) for value in norm.get_weights())
    gain = gamma / np.sqrt(variance + norm.epsilon)
    return values[0] * gain, beta - mean * gain


def load_twin(weights: Weights, *, scaled: bool = False) -> Any:
    """The deployed Keras model that holds `weights`; `scaled` as in `keras_twin`.

    Raises ModelError unless the weights are float32.
    """
    if weights.precision != FLOAT32:
        raise ModelError(
            f"{weights.spec.name}: TensorFlow needs float32 weights, found {weights.precision}",
            hint="use the float32 file that these were made from",
        )
    model = keras_twin(weights.spec, deployed=True, scaled=scaled)
    for step in weights.spec.steps:
        if step.tensors:
            pair = [weights.arrays[f"{step.name}.{part}"] for part in ("weight", "bias")]
            model.get_layer(step.name).set_weights(pair)
    return model


def load_classifier(weights: Weights, *, scaled: bool = False) -> Any:
    """`load_twin` with softmax behind it, always in float32: probabilities (n, 10) out."""
    logits = load_twin(weights, scaled=scaled)
    softmax = keras.layers.Softmax(dtype="float32", name="probabilities")
    return keras.Model(logits.inputs, softmax(logits.outputs[0]), name=weights.spec.name)


def predictor(
    weights: Weights,
) -> Callable[[npt.NDArray[np.uint8]], npt.NDArray[np.float32]]:
    """TensorFlow's own answer: uint8 (n, 28, 28) -> probabilities float32 (n, 10)."""
    model = load_twin(weights)

    def probabilities(images: Any) -> Any:
        return tf.nn.softmax(model(images, training=False))

    signature = [tf.TensorSpec((None, *INPUT_SHAPE[:2]), tf.uint8)]
    compiled = tf.function(probabilities, input_signature=signature)
    return lambda images: np.asarray(compiled(tf.constant(images)))
