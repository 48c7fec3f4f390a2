"""The Keras twin of a network, and its weights exported and loaded."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..errors import ModelError
from ..model.layers import Conv, Dense, GlobalAveragePool, MaxPool, assert_never
from ..model.precision import FLOAT32
from ..model.spec import COLUMN_CLASSES, NetworkSpec, Step
from ..model.weights import Weights
from .compute.backend import keras, ops, tensorflow
from .keras_layers import AddChannel, KeyedDropout, StandardizedConv, standardized


def keras_twin(
    spec: NetworkSpec,
    *,
    deployed: bool = False,
    scaled: bool = False,
    pixels: str = "uint8",
    precision: str = "float32",
    synchronized: bool = False,
) -> Any:
    """The Keras model of `spec`: raw pixels 0..255 (n, 28, 28) in, logits float32 (n, classes) out.

    Of a network for lines: pixels (n, height, width) of any width in, (n, columns, classes) out.
    Of one for maps: pixels (n, height, width) of any size in, (n, height / 4, width / 4, 2) out.

    `deployed` leaves out what only training needs (normalisation, dropout), so that its layers hold
    exactly the tensors of a weight file. `pixels` is "float32" for the output of augmentation.
    `scaled` takes float32 (n, 28, 28, 1) that the caller has multiplied by the scale. With
    `precision` "bfloat16" convolutions and dense layers multiply in it, while variables, sums over
    a layer's map and logits stay float32. `synchronized` batch norm counts the pictures of all
    replicas.
    """
    layers = keras.layers
    policy = {"float32": "float32", "bfloat16": "mixed_bfloat16"}[precision]
    shape = tuple(size or None for size in spec.input)  # None is any width
    stack = [keras.Input(shape, dtype="float32")]
    if not scaled:
        stack = [
            keras.Input(shape[:2], dtype=pixels),
            _one_channel(spec),
            layers.Rescaling(spec.scale),
        ]
    for step in spec.steps:
        last = step is spec.steps[-1]
        options = _LayerOptions(deployed, synchronized, "float32" if last else policy)
        stack += _keras_layers(step, options)
    if spec.task == "line":
        stack.append(layers.Reshape((-1, COLUMN_CLASSES), dtype="float32"))
    return keras.Sequential(stack, name=spec.name)


def _one_channel(spec: NetworkSpec) -> Any:
    """Pixels (n, h, w) -> (n, h, w, 1), of any height and width that the network takes."""
    if spec.task == "map":  # Reshape allows one unknown side only
        return AddChannel()
    return keras.layers.Reshape(tuple(size or -1 for size in spec.input))


@dataclass(frozen=True)
class _LayerOptions:
    """How a step of the spec becomes Keras layers; `dtype` is a Keras dtype policy."""

    deployed: bool
    synchronized: bool
    dtype: str


def _keras_layers(step: Step, options: _LayerOptions) -> list[Any]:
    """The Keras layers of one step of the spec."""
    layers, name, dtype, deployed = keras.layers, step.name, options.dtype, options.deployed
    match step.layer:
        case Conv() as conv:
            if conv.weight_standardization and not deployed:
                return [
                    StandardizedConv(conv, name=name, dtype=dtype),
                    *_dropout(conv.dropout, options),
                ]
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
                    dtype=dtype,
                )
            ]
            if norm:
                found += [
                    layers.BatchNormalization(
                        momentum=0.9,
                        synchronized=options.synchronized,
                        name=_norm_name(name),
                        dtype=dtype,
                    ),
                    layers.Activation(conv.activation, name=f"{name}_activation", dtype=dtype),
                ]
            return found + _dropout(conv.dropout, options)
        case MaxPool() as pool:
            return [
                layers.MaxPooling2D(pool.size, pool.stride, pool.padding, name=name, dtype=dtype)
            ]
        case GlobalAveragePool():
            return [layers.GlobalAveragePooling2D(name=name, dtype="float32")]
        case Dense() as dense:
            flatten = [layers.Flatten()] if len(step.input_shape) == 3 else []
            product = layers.Dense(dense.units, activation=dense.activation, name=name, dtype=dtype)
            return [*flatten, product, *_dropout(dense.dropout, options)]
        case other:
            assert_never(other)


def _dropout(rate: float, options: _LayerOptions) -> list[Any]:
    return [KeyedDropout(rate, dtype=options.dtype)] if rate and not options.deployed else []


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
    """Weight and bias of one layer, its normalisation folded in.

    Batch norm is y = gamma (x - mean) / sqrt(variance + eps) + beta.
    """
    values = model.get_layer(step.name).get_weights()
    if isinstance(step.layer, Conv) and step.layer.weight_standardization:
        kernel, gain, bias = (value.astype(np.float64) for value in values)
        return standardized(kernel, gain, np), bias
    if not (isinstance(step.layer, Conv) and step.layer.batch_norm):
        return values[0], values[1]
    norm = model.get_layer(_norm_name(step.name))
    gamma, beta, mean, variance = (value.astype(np.float64) for value in norm.get_weights())
    gain = gamma / np.sqrt(variance + norm.epsilon)
    return values[0] * gain, beta - mean * gain


def load_twin(weights: Weights, **options: Any) -> Any:
    """The deployed Keras model that holds `weights`; `options` are those of `keras_twin`.

    Raises ModelError unless the weights are float32.
    """
    if weights.precision != FLOAT32:
        raise ModelError(
            f"{weights.spec.name}: TensorFlow needs float32 weights, found {weights.precision}",
            hint="use the float32 file that these were made from",
        )
    model = keras_twin(weights.spec, deployed=True, **options)
    for step in weights.spec.steps:
        if step.tensors:
            pair = [weights.arrays[f"{step.name}.{part}"] for part in ("weight", "bias")]
            model.get_layer(step.name).set_weights(pair)
    return model


def load_classifier(weights: Weights, *, scaled: bool = False) -> Any:
    """`load_twin` with softmax behind it, always in float32: probabilities (n, classes) out.

    Of a network for lines (n, columns, classes).
    """
    model = load_twin(weights, scaled=scaled)
    logits = model.outputs[0]
    if weights.temperature != 1:
        logits = keras.layers.Rescaling(1 / weights.temperature, dtype="float32")(logits)
    softmax = keras.layers.Softmax(dtype="float32", name="probabilities")
    return keras.Model(model.inputs, softmax(logits), name=weights.spec.name)


def teacher(several: Sequence[Weights], precision: str) -> Callable[[Any], Any]:
    """Inside a step: pixels float32 (n, 28, 28) -> the mean of several networks' probabilities.

    They are not calibrated: calibration would sharpen them, and the small probabilities are what
    distillation learns from. Hinton, Vinyals and Dean, "Distilling the Knowledge in a Neural
    Network" (2015).
    """
    models = [load_twin(weights, pixels="float32", precision=precision) for weights in several]

    def probabilities(pixels: Any) -> Any:
        answers = [ops.softmax(model(pixels, training=False)) for model in models]
        return sum(answers[1:], answers[0]) / len(answers)

    return probabilities


def predictor(
    weights: Weights,
) -> Callable[[npt.NDArray[np.uint8]], npt.NDArray[np.float32]]:
    """TensorFlow's own answer: uint8 (n, 28, 28) -> probabilities float32 (n, classes)."""
    tf, model = tensorflow(), load_twin(weights)

    def probabilities(images: Any) -> Any:
        return tf.nn.softmax(model(images, training=False) / weights.temperature)

    shape = (size or None for size in weights.spec.input[:2])
    signature = [tf.TensorSpec((None, *shape), tf.uint8)]
    compiled = tf.function(probabilities, input_signature=signature)
    return lambda images: np.asarray(compiled(tf.constant(images)))
