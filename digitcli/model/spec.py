"""The network, written down once.

The Keras twin, the weight file's names and shapes, the C++ plan, the summary table and the FLOP
count are all derived from a `NetworkSpec`. Pure Python: it imports no NumPy.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from functools import cached_property
from typing import Any, Literal, TypeAlias

from ..errors import ModelError
from ..signs import DIGITS, SIGNS
from .classes import check_classes, class_names
from .frozen import dataclass, field, names_of, replace, required
from .layers import KINDS, Conv, Dense, GlobalAveragePool, Layer, MaxPool, Shape, assert_never
from .settings import means, refuse_unknown, setting
from .step import Step as Step

Task: TypeAlias = Literal["digit", "line", "map"]

INPUT_SHAPE: Shape = (28, 28, 1)
COLUMN_CLASSES = len(SIGNS) + 1  # of a line: its signs, and the blank of CTC
MAP_CLASSES = 2  # of each place of a map: outside a line of digits, and inside
MAP_STEP = 4  # pixels of the picture for each place of a map, along both sides
ANY = 0  # height or width of the input of a network that takes any
NOMINAL_WIDTH = (
    256  # pixels, also of height: for these, shapes and FLOPs of such a network are given
)
MAX_LINE_HEIGHT = 256
MAX_LAYERS = 100
MAX_PARAMETERS = 100_000_000

_PREFIX = {"conv": "conv", "max_pool": "pool", "global_average_pool": "average", "dense": "dense"}


@dataclass(frozen=True)
class NetworkSpec:
    """A feed-forward network, and what it is for.

    `task` "digit": uint8 (28, 28) in, softmax over `classes` out: the ten digits, or 2 to 100 other
    names, in the order of their labels. `task` "line": uint8 pictures of
    the height `input[0]` and any width in, for each column of the last layer a softmax over
    `signs.SIGNS` and the CTC blank out; shapes and FLOPs are those of a picture NOMINAL_WIDTH wide.
    `task` "map": grey uint8 pictures of any height and width in, for every MAP_STEP x MAP_STEP
    pixels a softmax over "outside" and "inside a line of digits" out; shapes and FLOPs are those
    of NOMINAL_WIDTH x NOMINAL_WIDTH pixels.

    `scale` multiplies the raw pixels before the first layer; it is part of the model, so every
    engine takes raw pixels. Raises ModelError, naming the layer, when the layers make no sense.
    """

    name: str = field(metadata=means("the network's name"))
    layers: tuple[Layer, ...]
    scale: float = setting(1 / 255, "factor for raw pixels before the first layer")
    task: Task = setting("digit", "what the network reads")
    input: Shape = setting(INPUT_SHAPE, "height and width in pixels, channels; 0 is any")
    classes: tuple[str, ...] = setting(DIGITS, "what labels stand for; `--data` sets other ones")

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not re.fullmatch(r"\w[\w.-]{0,63}", self.name, re.A):
            raise ModelError(
                f"name must be 1 to 64 letters, digits, '.', '-' or '_', got {self.name!r}"
            )
        if not isinstance(self.scale, (int, float)) or not 0 < self.scale <= 1:
            raise ModelError(f"scale must be above 0 and at most 1, got {self.scale!r}")
        self._check_input()
        check_classes(self.classes)
        if self.task != "digit" and self.classes != DIGITS:
            raise ModelError("network: classes are for networks that name one picture")
        if not 1 <= len(self.layers) <= MAX_LAYERS:
            raise ModelError(f"a network has 1 to {MAX_LAYERS} layers, got {len(self.layers)}")
        if self.parameters > MAX_PARAMETERS:
            raise ModelError(
                f"{self.name}: {self.parameters:,} parameters, more than {MAX_PARAMETERS:,}",
                hint="pool before the first dense layer, or use fewer units",
            )
        self._check_last()

    def _check_input(self) -> None:
        if self.task not in ("digit", "line", "map"):
            raise ModelError(f"task must be digit, line or map, got {self.task!r}")
        if self.task == "digit" and self.input != INPUT_SHAPE:
            raise ModelError(f"network: input must be {[*INPUT_SHAPE]}, got {[*self.input]!r}")
        if self.task == "line":
            good = len(self.input) == 3 and self.input[1:] == (ANY, 1)
            if not good or not 1 <= self.input[0] <= MAX_LINE_HEIGHT:
                raise ModelError(
                    f"network: the input of a line must be [height, {ANY}, 1] with a height up to "
                    f"{MAX_LINE_HEIGHT}, where {ANY} is any width; got {[*self.input]!r}"
                )

        if self.task == "map" and self.input != (ANY, ANY, 1):
            raise ModelError(
                f"network: the input of a map must be {[ANY, ANY, 1]}, where {ANY} is any height "
                f"or width; got {[*self.input]!r}"
            )

    def _check_last(self) -> None:
        last = self.steps[-1]
        if self.task == "line":
            self._check_columns(last)
        elif self.task == "map":
            self._check_places(last)
        elif last.output_shape != (len(self.classes),):
            each = "digit" if self.names_digits else "class"
            raise ModelError(
                f"{last.name}: the last layer must give {len(self.classes)} values, one for each "
                f"{each}; it gives {' x '.join(map(str, last.output_shape))}",
                hint=f"end with a dense layer of {len(self.classes)} units",
            )
        if _changes_logits(last.layer):
            raise ModelError(
                f"{last.name}: the last layer feeds softmax, so it has neither activation nor "
                "dropout"
            )

    def _check_columns(self, last: Step) -> None:
        for step in self.steps:
            if len(step.output_shape) != 3:
                raise ModelError(
                    f"{step.name}: a network that reads lines keeps its columns apart",
                    hint="use a convolution as high as the map instead",
                )
        shape = last.output_shape
        if (shape[0], shape[2]) != (1, COLUMN_CLASSES) or not isinstance(last.layer, Conv):
            raise ModelError(
                f"{last.name}: the last layer must give {COLUMN_CLASSES} values for each column; "
                f"it gives {' x '.join(map(str, shape))}",
                hint=f"end with a convolution of {COLUMN_CLASSES} filters on a map one row high",
            )

    def _check_places(self, last: Step) -> None:
        side = NOMINAL_WIDTH // MAP_STEP
        wanted = (side, side, MAP_CLASSES)
        if last.output_shape != wanted or not isinstance(last.layer, Conv):
            raise ModelError(
                f"{last.name}: the last layer must give {' x '.join(map(str, wanted))} values for "
                f"{NOMINAL_WIDTH} x {NOMINAL_WIDTH} pixels; it gives "
                f"{' x '.join(map(str, last.output_shape))}",
                hint=f"end with a convolution of {MAP_CLASSES} filters, the map reduced "
                f"{MAP_STEP} times by strides and pools before it",
            )

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """The layers in order, named by kind and number: conv1, pool1, conv2, ..., dense1."""
        return self.steps_at(self.input[1] or NOMINAL_WIDTH)

    def steps_at(self, width: int, height: int = NOMINAL_WIDTH) -> tuple[Step, ...]:
        """The same for a picture `width` pixels wide, and `height` high if any height is taken.

        Raises ModelError if a layer does not fit.
        """
        seen: Counter[str] = Counter()
        shape: Shape = (self.input[0] or height, width, self.input[2])
        steps = []
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
    def names_digits(self) -> bool:
        """Whether the classes are the ten digits."""
        return self.classes == DIGITS

    def with_classes(self, classes: tuple[str, ...]) -> NetworkSpec:
        """The same network for other classes: the last layer with weights gives as many values.

        Raises ModelError for classes that no network can have.
        """
        check_classes(classes)
        layers = list(self.layers)
        for place in reversed(range(len(layers))):
            match layers[place]:
                case Dense() as dense:
                    layers[place] = replace(dense, units=len(classes))
                    break
                case Conv() as conv:
                    layers[place] = replace(conv, filters=len(classes))
                    break
                case MaxPool() | GlobalAveragePool():
                    pass
                case other:
                    assert_never(other)
        return replace(self, layers=tuple(layers), classes=classes)

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
        layers = [{"type": layer.kind, **_plain(layer)} for layer in self.layers]
        task = {} if self.task == "digit" else {"task": self.task}
        classes = {} if self.names_digits else {"classes": list(self.classes)}
        return {
            "name": self.name,
            **task,
            **classes,
            "input": list(self.input),
            "scale": self.scale,
            "layers": layers,
        }

    @classmethod
    def from_json(cls, document: object) -> NetworkSpec:
        """Read what `to_json` or a TOML file gives; refuse anything else by name."""
        table = _table("network", document)
        refuse_unknown("network", table, ("name", "task", "classes", "input", "scale", "layers"))
        layers = table.get("layers")
        if not isinstance(layers, (list, tuple)):
            raise ModelError("network: no layers", hint='describe each as [[layers]] type = "conv"')
        return cls(
            name=table.get("name", ""),
            layers=tuple(_layer(n, entry) for n, entry in enumerate(layers, 1)),
            scale=table.get("scale", 1 / 255),
            task=table.get("task", "digit"),
            input=_shape(table.get("input", [*INPUT_SHAPE])),
            classes=class_names(table.get("classes", DIGITS)),
        )


def _changes_logits(layer: Layer) -> bool:
    """Whether something comes between a layer's sums and the softmax behind it."""
    match layer:
        case Conv() | Dense():
            return (layer.activation, layer.dropout) != ("linear", 0.0)
        case MaxPool() | GlobalAveragePool():
            return False
        case other:
            assert_never(other)


def _plain(layer: Layer) -> dict[str, Any]:
    """The fields of a layer; a window that is not square as a list, as JSON and TOML have it."""
    values = ((name, getattr(layer, name)) for name in names_of(type(layer)))
    return {name: list(v) if isinstance(v, tuple) else v for name, v in values}


def _shape(value: object) -> Shape:
    whole = isinstance(value, (list, tuple)) and all(type(size) is int for size in value)
    if not whole or not isinstance(value, (list, tuple)):
        raise ModelError(f"network: input must be {[*INPUT_SHAPE]}, got {value!r}")
    return tuple(value)


def _layer(number: int, entry: object) -> Layer:
    """One entry of `layers` as the dataclass that its `type` names."""
    where = f"layer {number}"
    table = dict(_table(where, entry))
    kind = table.pop("type", None)
    if not isinstance(kind, str) or kind not in KINDS:
        import difflib

        near = difflib.get_close_matches(kind, KINDS, n=1) if isinstance(kind, str) else []
        hint = f"did you mean {near[0]}?" if near else f"choose one of {', '.join(KINDS)}"
        raise ModelError(f"{where}: unknown type {kind!r}", hint=hint)
    cls = KINDS[kind]
    refuse_unknown(f"{where} ({kind})", table, names_of(cls))
    for name in required(cls):
        if name not in table:
            raise ModelError(f"{where} ({kind}): {name} is missing")
    if kind == "max_pool":
        table.setdefault("stride", table.get("size", 2))
    settings: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in table.items()}
    return cls(**settings)


def _table(where: str, value: object) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise ModelError(f"{where}: expected a table of settings, got {type(value).__name__}")
    return value
