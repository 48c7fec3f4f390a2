"""What the engine decided to do: its steps, and the passes that made them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from ..errors import UsageError
from ..model.frozen import dataclass
from ..model.layers import Shape
from ..model.precision import FLOAT32, INT8

# What changes how an answer is computed, not (but for rounding) the answer: linear dense layers one
# after the other become one; convolutions go by Winograd's method where that saves work; max pools
# are taken by the convolution before them; what no ink of a small picture reaches is copied from
# what a blank one made.
PASSES = ("fold", "winograd", "fuse", "blank")

# int8 weights were folded when they were made.
PASSES_OF = {FLOAT32: PASSES, INT8: ("winograd", "fuse", "blank")}

# Passes that join layers into one step, whose inner planes are not kept.
JOINING = ("fold", "fuse")


@dataclass(frozen=True)
class PlanStep:
    """One step of the engine: a layer, or several that run as one ("conv1+pool1").

    Shapes are (height, width, channels), a row of features (1, 1, n). Floating-point operations
    are per picture: `flops_direct` what the layers ask for as they stand, `flops_done` what the
    algorithm does for it at most, its transforms included: zeros of a picture may be left out.
    """

    layer: str
    algorithm: str
    input: Shape
    output: Shape
    flops_direct: int
    flops_done: int

    @property
    def layers(self) -> tuple[str, ...]:
        """The names of the layers that this step runs."""
        return tuple(self.layer.split("+"))

    @property
    def flops_saved(self) -> int:
        """Operations that need not be done; below zero if the step does more."""
        return self.flops_direct - self.flops_done

    def to_json(self) -> dict[str, Any]:
        """A JSON-ready description."""
        from dataclasses import asdict

        return asdict(self)


def plan_step(step: dict[str, Any]) -> PlanStep:
    """A step as the C++ module tells it."""
    return PlanStep(
        layer=step["layer"],
        algorithm=step["algorithm"],
        input=step["input"],
        output=step["output"],
        flops_direct=round(step["flops_direct"]),
        flops_done=round(step["flops_done"]),
    )


def check_passes(names: str | Iterable[str], known: Sequence[str]) -> tuple[str, ...]:
    """`names` if all are `known` passes, without repetitions; UsageError for the first that is not.

    A pass that only the other precision has is refused too.
    """
    names = tuple(dict.fromkeys([names] if isinstance(names, str) else names))
    for name in names:
        if name not in PASSES:
            raise UsageError(f"no pass is called {name!r} (choose from: {', '.join(PASSES)})")
        if name not in known:
            raise UsageError(
                f"without: int8 engines have no pass {name!r} to leave out",
                f"they have: {', '.join(known)}",
            )
    return names
