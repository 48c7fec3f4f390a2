"""The network, written down once.

The Keras twin, the weight file's names and shapes, the C++ plan, the summary table and the FLOP
count are all derived from a `NetworkSpec`. Pure Python: it imports no NumPy.
"""

from __future__ import annotations

import difflib
import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, asdict, dataclass, fields
from functools import cached_property
from typing import Any

from ..errors import ModelError
from .layers import KINDS, Conv, Dense, GlobalAveragePool, Layer, MaxPool, Shape, assert_never

INPUT_SHAPE: Shape = (28, 28, 1)
CLASSES = 10
MAX_LAYERS = 100
MAX_PARAMETERS = 100_000_000

_PREFIX = {"conv": "conv", "max_pool": "pool", "global_average_pool": "average", "dense": "dense"}


@dataclass(frozen=True)
class Step:
    """One layer of a network, with its name, input and output shape."""

    name: str
    layer: Layer
    input_shape: Shape
    output_shape: Shape

    @property
    def tensors(self) -> dict[str, Shape]:
        """Full tensor names and shapes, e.g. {"conv1.weight": (5, 5, 1, 32), ...}."""
        return {f"{self.name}.{k}": v for k, v in self.layer.tensors(self.input_shape).items()}

    @property
    def parameters(self) -> int:
        """Values in this layer's tensors, as deployed (batch norm folded)."""
        return sum(math.prod(shape) for shape in self.tensors.values())

    @property
    def padding(self) -> tuple[tuple[int, int], tuple[int, int]]:
        """Rows (above, below) and columns (left, right) that padding adds to a picture.

        As TensorFlow splits it: the odd one goes to the end.
        """
        missing = [0, 0]
        match self.layer:
            case (
                Conv(kernel=size, stride=stride, padding=padding)
                | MaxPool(size=size, stride=stride, padding=padding)
            ):
                extents = zip(self.input_shape[:2], self.output_shape[:2], strict=True)
                if padding == "same":
                    missing = [
                        max((out - 1) * stride + size - length, 0) for length, out in extents
                    ]
            case GlobalAveragePool() | Dense():
                pass
            case other:
                assert_never(other)
        above, left = (count // 2 for count in missing)
        return (above, missing[0] - above), (left, missing[1] - left)

    @property
    def flops(self) -> int:
        """Multiplications and additions for one picture, computed directly."""
        return self.layer.flops(self.input_shape, self.output_shape)


@dataclass(frozen=True)
class NetworkSpec:
    """A feed-forward digit classifier: uint8 (28, 28) in, softmax over ten digits out.

    `scale` multiplies the raw pixels before the first layer; it is part of the model, so every
    engine takes raw pixels. Raises ModelError, naming the layer, when the layers make no sense.
    """

    name: str
    layers: tuple[Layer, ...]
    scale: float = 1 / 255

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not re.fullmatch(r"\w[\w.-]{0,63}", self.name, re.A):
            raise ModelError(
                f"name must be 1 to 64 letters, digits, '.', '-' or '_', got {self.name!r}"
            )
        if not isinstance(self.scale, (int, float)) or not 0 < self.scale <= 1:
            raise ModelError(f"scale must be above 0 and at most 1, got {self.scale!r}")
        if not 1 <= len(self.layers) <= MAX_LAYERS:
            raise ModelError(f"a network has 1 to {MAX_LAYERS} layers, got {len(self.layers)}")
        if self.parameters > MAX_PARAMETERS:
            raise ModelError(
                f"{self.name}: {self.parameters:,} parameters, more than {MAX_PARAMETERS:,}",
                hint="pool before the first dense layer, or use fewer units",
            )
        self._check_last()

    def _check_last(self) -> None:
        last = self.steps[-1]
        if last.output_shape != (CLASSES,):
            raise ModelError(
                f"{last.name}: the last layer must give {CLASSES} values, one for each digit; "
                f"it gives {' x '.join(map(str, last.output_shape))}",
                hint=f"end with a dense layer of {CLASSES} units",
            )
        if isinstance(last.layer, Dense) and (last.layer.activation, last.layer.dropout) != (
            "linear",
            0.0,
        ):
            raise ModelError(
                f"{last.name}: the last layer feeds softmax, so it has neither activation nor "
                "dropout"
            )

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """The layers in order, named by kind and number: conv1, pool1, conv2, ..., dense1."""
        seen: Counter[str] = Counter()
        shape, steps = INPUT_SHAPE, []
        for layer in self.layers:
            prefix = _PREFIX[layer.kind]
            seen[prefix] += 1
            name = f"{prefix}{seen[prefix]}"
            layer.check(name)
            out = layer.output_shape(name, shape)
            steps.append(Step(name, layer, shape, out))
            shape = out
        return tuple(steps)

    @property
    def tensors(self) -> dict[str, Shape]:
        """Every tensor of the deployed network, in order: name -> shape."""
        return {name: shape for step in self.steps for name, shape in step.tensors.items()}

    @property
    def parameters(self) -> int:
        """Values in all tensors."""
        return sum(step.parameters for step in self.steps)

    @property
    def flops(self) -> int:
        """Multiplications and additions for one picture, computed directly."""
        return sum(step.flops for step in self.steps)

    def to_json(self) -> dict[str, Any]:
        """A JSON-ready description that `from_json` turns back into an equal spec."""
        layers = [{"type": layer.kind, **asdict(layer)} for layer in self.layers]
        return {
            "name": self.name,
            "input": list(INPUT_SHAPE),
            "scale": self.scale,
            "layers": layers,
        }

    @classmethod
    def from_json(cls, document: object) -> NetworkSpec:
        """Read what `to_json` or a TOML file gives; refuse anything else by name."""
        table = _table("network", document)
        refuse_unknown("network", table, ("name", "input", "scale", "layers"))
        if table.get("input", [*INPUT_SHAPE]) != [*INPUT_SHAPE]:
            raise ModelError(f"network: input must be {list(INPUT_SHAPE)}, got {table['input']!r}")
        layers = table.get("layers")
        if not isinstance(layers, (list, tuple)):
            raise ModelError("network: no layers", hint='describe each as [[layers]] type = "conv"')
        return cls(
            name=table.get("name", ""),
            layers=tuple(_layer(n, entry) for n, entry in enumerate(layers, 1)),
            scale=table.get("scale", 1 / 255),
        )


def _layer(number: int, entry: object) -> Layer:
    """One entry of `layers` as the dataclass that its `type` names."""
    where = f"layer {number}"
    table = dict(_table(where, entry))
    kind = table.pop("type", None)
    if not isinstance(kind, str) or kind not in KINDS:
        near = difflib.get_close_matches(kind, KINDS, n=1) if isinstance(kind, str) else []
        hint = f"did you mean {near[0]}?" if near else f"choose one of {', '.join(KINDS)}"
        raise ModelError(f"{where}: unknown type {kind!r}", hint=hint)
    cls = KINDS[kind]
    refuse_unknown(f"{where} ({kind})", table, [field.name for field in fields(cls)])
    for field in fields(cls):
        if field.default is MISSING and field.name not in table:
            raise ModelError(f"{where} ({kind}): {field.name} is missing")
    if kind == "max_pool":
        table.setdefault("stride", table.get("size", 2))
    return cls(**table)


def _table(where: str, value: object) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise ModelError(f"{where}: expected a table of settings, got {type(value).__name__}")
    return value


def refuse_unknown(where: str, table: Iterable[str], known: Iterable[str]) -> None:
    """Raise ModelError for the first key that is not known, with the nearest one that is."""
    known = list(known)
    for key in table:
        if key not in known:
            near = difflib.get_close_matches(str(key), known, n=1)
            hint = f"did you mean {near[0]}?" if near else f"valid names: {', '.join(known)}"
            raise ModelError(f"{where}: unknown setting {key!r}", hint=hint)
