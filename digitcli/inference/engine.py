"""The C++ engine behind a Python face."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from .. import _core
from ..errors import DataError, MachineError, UsageError
from ..model.layers import Conv, Dense, GlobalAveragePool, MaxPool
from ..model.spec import CLASSES, INPUT_SHAPE, NetworkSpec, Step
from ..model.weights import Weights, find_weights, load_weights
from .cores import usable_cores
from .plan import PlanStep, check_passes, plan_step
from .prediction import Prediction

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

MAX_THREADS = 1024


class Engine:
    """A network with its weights packed for one instruction set (ISA), ready to run.

    `isa` None means DIGITCLI_ISA, or else the best this CPU has. Safe to use from several threads
    at once; the same bits for any number of threads. `without` names passes to leave out: "fold",
    "winograd", "fuse"; see `plan`.

    Raises MachineError if this CPU lacks the ISA, UsageError for an unknown pass.
    """

    def __init__(
        self, weights: Weights, *, isa: str | None = None, without: Iterable[str] = ()
    ) -> None:
        self.weights = weights
        self.without = check_passes(without)
        layers = describe_layers(weights)
        try:
            self._engine = _core.Engine(
                INPUT_SHAPE, weights.spec.scale, layers, isa or "", list(self.without)
            )
        except _core.UnknownIsaError as error:
            raise MachineError(str(error), hint="`digitcli info` lists what there is") from error

    @property
    def spec(self) -> NetworkSpec:
        """The network that runs."""
        return self.weights.spec

    @property
    def isa(self) -> str:
        """The instruction set in use."""
        return self._engine.isa

    @property
    def plan(self) -> tuple[PlanStep, ...]:
        """What happens to a picture, in order: the same for every ISA and batch."""
        return tuple(plan_step(step) for step in self._engine.plan)

    def predict(self, images: npt.NDArray[np.uint8] | memoryview, threads: int = 1) -> Prediction:
        """Classify uint8 pictures (n, 28, 28), light ink on dark, C-contiguous.

        Takes an array or any other buffer of that shape. `threads` 0 means all cores this process
        may use. Raises DataError for any other dtype, shape or layout, and UsageError for an
        impossible number of threads.
        """
        try:
            memory = self._engine.run_to_bytes(images, usable_threads(threads))
        except (TypeError, ValueError) as error:
            raise DataError(str(error)) from error
        values = memoryview(memory)  # which knows no shape (0, 10)
        rows = values.cast("f", (len(images), CLASSES)) if memory else values.cast("f")
        return Prediction(rows)


def load(name_or_path: str, *, isa: str | None = None, without: Iterable[str] = ()) -> Engine:
    """Load bundled weights by name ("small"), a weight file or a run folder by path.

    `without` names passes that the engine leaves out. Raises ModelError when there is no such file
    or it is not a sound weight file, MachineError when this CPU lacks the ISA, and UsageError for
    an unknown pass.
    """
    without = check_passes(without)
    return Engine(load_weights(find_weights(str(name_or_path))), isa=isa, without=without)


def available_isas() -> list[str]:
    """Names of the instruction sets that this CPU can run, best first."""
    return _core.available_isas()


def default_isa() -> str:
    """The instruction set in use: DIGITCLI_ISA (MachineError if this CPU lacks it), or the best."""
    try:
        return _core.default_isa()
    except _core.UnknownIsaError as error:
        raise MachineError(str(error)) from error


def usable_threads(threads: int) -> int:
    """`threads`, with 0 standing for all cores this process may use."""
    if not 0 <= threads <= MAX_THREADS:
        raise UsageError(f"threads must be from 0 (all cores) to {MAX_THREADS}, got {threads}")
    return threads or usable_cores()


def describe_layers(weights: Weights) -> list[dict[str, Any]]:
    """The layers as the C++ module wants them: plain values, and the canonical arrays."""
    return [
        _describe(step) | {part: weights.tensors[f"{step.name}.{part}"] for part in _parts(step)}
        for step in weights.spec.steps
    ]


def _parts(step: Step) -> list[str]:
    return [name.rpartition(".")[2] for name in step.tensors]


def _describe(step: Step) -> dict[str, Any]:
    common = {"name": step.name, "kind": step.layer.kind}
    match step.layer:
        case Conv() as conv:
            return common | {
                "units": conv.filters,
                "window": conv.kernel,
                "stride": conv.stride,
                "same": conv.padding == "same",
                "relu": conv.activation == "relu",
            }
        case MaxPool() as pool:
            return common | {
                "window": pool.size,
                "stride": pool.stride,
                "same": pool.padding == "same",
            }
        case GlobalAveragePool():
            return common
        case Dense() as dense:
            return common | {"units": dense.units, "relu": dense.activation == "relu"}
