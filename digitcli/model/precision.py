"""What a weight file holds in each precision: names, types and shapes of its tensors.

float32 is Keras's own: `conv1.weight`, `conv1.bias`. int8 has whole numbers q and the scales that
turn them back: weight = q * scale for each output channel, bias = q * scale * the scale of the
layer's input, and output = q * `output`, whose q is an unsigned byte. Pixels are bytes already, and
their scale is the spec's. A layer at the end gives logits, so it has no `output`.
"""

from __future__ import annotations

from .frozen import dataclass
from .layers import GlobalAveragePool, Shape
from .npy import FLOATS, INTS, SIGNED_BYTES
from .spec import NetworkSpec, Step

FLOAT32, INT8 = "float32", "int8"
PRECISIONS = (FLOAT32, INT8)


@dataclass(frozen=True)
class Slot:
    """Type (as NumPy writes it in a file) and shape of one tensor; `positive`: all values are."""

    descr: str
    shape: Shape
    positive: bool = False

    @property
    def type_name(self) -> str:
        """The type as NumPy names it."""
        return {FLOATS: "float32", SIGNED_BYTES: "int8", INTS: "int32"}[self.descr]


def tensor_slots(spec: NetworkSpec, precision: str) -> dict[str, Slot]:
    """Every tensor of `spec` in `precision`, in order: name -> type and shape."""
    if precision == FLOAT32:
        return {name: Slot(FLOATS, shape) for name, shape in spec.tensors.items()}
    slots: dict[str, Slot] = {}
    for step in spec.steps:
        slots |= _int8_slots(step, last=step is spec.steps[-1])
    return slots


def _int8_slots(step: Step, last: bool) -> dict[str, Slot]:
    name, slots = step.name, {}
    if step.tensors:
        weight, bias = step.tensors[f"{name}.weight"], step.tensors[f"{name}.bias"]
        slots[f"{name}.weight"] = Slot(SIGNED_BYTES, weight)
        slots[f"{name}.bias"] = Slot(INTS, bias)
        slots[f"{name}.scale"] = Slot(FLOATS, bias, positive=True)
    if not last and (step.tensors or isinstance(step.layer, GlobalAveragePool)):
        slots[f"{name}.output"] = Slot(FLOATS, (1,), positive=True)
    return slots
