"""What every layer of a network makes of pictures, for those who want to look inside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .. import _core
from ..errors import DataError
from ..model.layers import Shape
from ..model.spec import NetworkSpec
from .prediction import check_finite

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

# Passes that join layers into one step, whose insides nobody sees then.
JOINING = ("fold", "fuse")


@dataclass(frozen=True)
class LayerActivation:
    """The output of one layer, after its activation function.

    `kind` is the layer's ("conv", "max_pool", "global_average_pool" or "dense"), `shape` that of
    one picture's output: (height, width, channels) or (units,). `values` is float32 (n, *shape).
    The last layer's are the logits, before softmax.
    """

    name: str
    kind: str
    shape: Shape
    values: npt.NDArray[np.float32]


def layer_activations(
    engine: _core.Engine, spec: NetworkSpec, images: object, threads: int
) -> list[LayerActivation]:
    """Run uint8 pictures (n, 28, 28) through `engine`, whose every step is one layer of `spec`.

    Raises DataError for pictures of another dtype, shape or layout, ModelError where a value is not
    finite.
    """
    try:
        found = engine.activations(images, threads)
    except (TypeError, ValueError) as error:
        raise DataError(str(error)) from error
    for values in found:
        check_finite(values, spec.name)
    return [
        LayerActivation(
            name=step.name,
            kind=step.layer.kind,
            shape=step.output_shape,
            values=values.reshape(len(values), *step.output_shape),
        )
        for step, values in zip(spec.steps, found, strict=True)
    ]
