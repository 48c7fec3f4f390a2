"""What every layer of a network makes of pictures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .. import _core
from ..errors import DataError
from ..model.layers import Shape
from ..model.weights import Weights
from .description import output_scales
from .prediction import check_finite

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


@dataclass(frozen=True)
class LayerActivation:
    """The output of one layer, after its activation function.

    `kind` is the layer's ("conv", "max_pool", "global_average_pool" or "dense"), `shape` that of
    one picture's output: (height, width, channels) or (units,). `values` is float32 (n, *shape):
    of an int8 network what its bytes stand for. The last layer's are the logits, before softmax.
    """

    name: str
    kind: str
    shape: Shape
    values: npt.NDArray[np.float32]


def layer_activations(
    engine: _core.Engine | _core.Int8Engine, weights: Weights, images: object, threads: int
) -> list[LayerActivation]:
    """Run uint8 pictures (n, 28, 28) through `engine`, whose every step is one layer of `weights`.

    Raises DataError for pictures of another dtype, shape or layout, ModelError where a value is not
    finite.
    """
    try:
        found = engine.activations(images, threads)
    except (TypeError, ValueError) as error:
        raise DataError(str(error)) from error
    scales = output_scales(weights)
    layers = []
    for step, output, scale in zip(weights.spec.steps, found, scales, strict=True):
        values = _as_floats(output, scale)
        check_finite(values, weights.spec.name)
        shape = step.output_shape
        values = values.reshape(len(values), *shape)
        layers.append(LayerActivation(step.name, step.layer.kind, shape, values))
    return layers


def _as_floats(output: npt.NDArray[Any], scale: float) -> npt.NDArray[np.float32]:
    """float32 as it is, bytes times what each of them stands for."""
    import numpy as np

    return output if output.dtype == np.float32 else output * np.float32(scale)
