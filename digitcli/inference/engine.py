"""The C++ engine behind a Python face."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from .. import _core
from ..errors import DataError, MachineError, ModelError, UsageError
from ..machine.cores import usable_cores
from ..model.layers import Conv, Dense, GlobalAveragePool, MaxPool, assert_never
from ..model.precision import INT8
from ..model.spec import CLASSES, INPUT_SHAPE, NetworkSpec, Step
from ..model.weights import Weights, find_weights, load_weights
from .activations import JOINING, LayerActivation, layer_activations
from .plan import PlanStep, check_passes, plan_step
from .prediction import Prediction

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

MAX_THREADS = 1024


class Engine:
    """A network with its weights packed for one instruction set (ISA), ready to run.

    `isa` None means DIGITCLI_ISA, or else the best this CPU has. Safe to use from several threads
    at once; the same bits for any number of threads, and with int8 weights on every ISA. `without`
    names passes to leave out of a float32 network: "fold", "winograd", "fuse"; see `plan`.

    Raises MachineError if this CPU lacks the ISA, UsageError for an unknown pass, ModelError if
    int8 weights could overflow.
    """

    def __init__(
        self, weights: Weights, *, isa: str | None = None, without: Iterable[str] = ()
    ) -> None:
        self.weights = weights
        self.without = check_passes(without)
        try:
            self._engine = _make_engine(weights, isa or "", self.without)
        except _core.BadNetworkError as error:
            raise ModelError(str(error)) from error
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
    def precision(self) -> str:
        """In what the network computes: "float32" or "int8"."""
        return self.weights.precision

    @property
    def plan(self) -> tuple[PlanStep, ...]:
        """What happens to a picture, in order: the same for every ISA and batch.

        Raises ModelError for int8 weights, whose engine does not tell its plan.
        """
        return tuple(plan_step(step) for step in self.float_engine().plan)

    def float_engine(self) -> _core.Engine:
        """The C++ engine of a float32 network; ModelError for int8, which has no plan to tell."""
        if self.precision == INT8:
            raise ModelError(
                f"{self.spec.name}: only float32 networks can be looked into, found int8",
                hint="name the float32 file that these weights were made from",
            )
        return cast("_core.Engine", self._engine)

    def at_temperature(self, temperature: float) -> Engine:
        """The same engine with its logits divided by `temperature`; 1 undoes calibration.

        Raises ModelError if no weight file could hold that temperature.
        """
        weights = replace(self.weights, temperature=temperature)
        return Engine(weights, isa=self.isa, without=self.without)

    def predict(self, images: npt.NDArray[np.uint8] | memoryview, threads: int = 1) -> Prediction:
        """Classify uint8 pictures (n, 28, 28), light ink on dark, C-contiguous.

        Takes an array or any other buffer of that shape. `threads` 0 means all cores this process
        may use. Raises DataError for any other dtype, shape or layout, and UsageError for an
        impossible number of threads, and ModelError for weights whose answers are not finite.
        """
        try:
            memory = self._engine.run_to_bytes(images, usable_threads(threads))
        except (TypeError, ValueError) as error:
            raise DataError(str(error)) from error
        values = memoryview(memory)  # which knows no shape (0, 10)
        rows = values.cast("f", (len(images), CLASSES)) if memory else values.cast("f")
        return Prediction(rows, self.spec.name)

    def activations(
        self, images: npt.NDArray[np.uint8] | memoryview, threads: int = 1
    ) -> list[LayerActivation]:
        """What each layer makes of uint8 pictures (n, 28, 28), in order; float32 networks only.

        Layers that this engine runs as one are run one by one, by an engine that is made when this
        is first called. Raises ModelError for int8 weights, else as `predict`.
        """
        threads = usable_threads(threads)
        return layer_activations(self._one_by_one, self.spec, images, threads)

    @cached_property
    def _one_by_one(self) -> _core.Engine:
        """An engine for the same answers in which every layer is a step of its own."""
        whole = self.float_engine()
        without = tuple(dict.fromkeys((*self.without, *JOINING)))
        if set(without) == set(self.without):
            return whole
        return cast("_core.Engine", _make_engine(self.weights, self.isa, without))


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


def _make_engine(
    weights: Weights, isa: str, without: tuple[str, ...]
) -> _core.Engine | _core.Int8Engine:
    if weights.precision == INT8:
        if without:
            raise UsageError(
                f"without: int8 engines have no passes to leave out, got {', '.join(without)}"
            )
        layers = describe_int8_layers(weights)
        return _core.Int8Engine(INPUT_SHAPE, layers, isa, weights.temperature)
    layers, scale = describe_layers(weights), weights.spec.scale
    return _core.Engine(INPUT_SHAPE, scale, layers, isa, list(without), weights.temperature)


def describe_layers(weights: Weights) -> list[dict[str, Any]]:
    """The layers as the C++ module wants them: plain values, and the canonical arrays."""
    return [
        _describe(step) | {part: weights.tensors[f"{step.name}.{part}"] for part in _parts(step)}
        for step in weights.spec.steps
    ]


def describe_int8_layers(weights: Weights) -> list[dict[str, Any]]:
    """The same for int8: whole numbers, and the scale from each sum to the next layer's bytes.

    Raises ModelError when the scales of neighbouring layers cannot be combined in float32.
    """
    import numpy as np

    described, scale = [], weights.spec.scale  # of the bytes between two layers
    for step in weights.spec.steps:
        layer, last = _describe(step), step is weights.spec.steps[-1]
        part = {name: weights.arrays.get(f"{step.name}.{name}") for name in _INT8_PARTS}
        if part["weight"] is not None:
            layer |= {"weight": part["weight"], "bias": part["bias"]}
        if last or part["output"] is not None:
            output = 1.0 if part["output"] is None else float(part["output"][0])
            own = np.array([1 / _pixels(step)]) if part["scale"] is None else part["scale"]
            layer |= {"scale": _combined(step.name, own, scale / output), "logits": last}
            scale = output
        described.append(layer)
    return described


_INT8_PARTS = ("weight", "bias", "scale", "output")


def _pixels(step: Step) -> int:
    return step.input_shape[0] * step.input_shape[1]


def _combined(name: str, scale: npt.NDArray[Any], factor: float) -> npt.NDArray[np.float32]:
    import numpy as np

    with np.errstate(over="ignore", under="ignore"):
        single = (scale.astype(np.float64) * factor).astype(np.float32)
    if not (np.isfinite(single) & (single > 0)).all():
        raise ModelError(f"{name}: the scales around it do not fit into float32 together")
    return single


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
        case other:
            assert_never(other)
