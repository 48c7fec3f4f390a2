"""The C++ engine behind a Python face."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

from .. import _core, log
from ..arguments import checked
from ..errors import DataError, MachineError, ModelError, UsageError
from ..model.frozen import replace
from ..model.layers import Shape
from ..model.precision import INT8
from ..model.spec import INPUT_SHAPE, NetworkSpec, Task
from ..model.weights import Weights, load_named
from .description import describe_int8_layers, describe_layers
from .pictures import pictures_of
from .plan import JOINING, PASSES, PASSES_OF, PlanStep, check_passes, plan_step
from .prediction import Prediction

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    from .activations import LayerActivation

Core: TypeAlias = "_core.Engine | _core.Int8Engine"
Images: TypeAlias = "npt.NDArray[Any] | memoryview | Sequence[Any]"
CoreNetwork: TypeAlias = "_core.Network | _core.Int8Network"

MAX_THREADS = 1024


class Engine:
    """A network with its weights packed for one instruction set (ISA), ready to run.

    `isa` None means DIGITCLI_ISA, or else the best this CPU has. Safe to use from several threads
    at once; the same bits for any number of threads, and with int8 weights on every ISA. `without`
    names passes to leave out: "fold", "winograd", "fuse", "blank"; int8 engines lack the first.
    Engines can be copied and pickled, and used after a fork: a copy is made anew from the weights.

    Raises MachineError if this CPU lacks the ISA, UsageError for a pass that this precision lacks,
    ModelError if int8 weights could overflow or are no reader's of digits.
    """

    @checked
    def __init__(
        self, weights: Weights, *, isa: str | None = None, without: str | Iterable[str] = ()
    ) -> None:
        self.weights = weights
        self.without = check_passes(without, PASSES_OF[weights.precision])
        if weights.spec.task != "digit":
            raise wrong_task(weights.spec, "digit")
        self._asked = isa
        self.core = make_core(weights, INPUT_SHAPE, isa or "", self.without)

    def __reduce__(self) -> tuple[Any, ...]:
        return _made, (self.weights, self._asked, self.without)

    def __repr__(self) -> str:
        size = f"{self.spec.parameters:,} parameters"
        return f"<digitcli.Engine {self.spec.name}: {size}, {self.precision}, {self.isa}>"

    @property
    def spec(self) -> NetworkSpec:
        """The network that runs."""
        return self.weights.spec

    @property
    def isa(self) -> str:
        """The instruction set in use."""
        return self.core.isa

    @property
    def precision(self) -> str:
        """In what the network computes: "float32" or "int8"."""
        return self.weights.precision

    @property
    def plan(self) -> tuple[PlanStep, ...]:
        """What happens to a picture, in order: the same for every ISA and batch."""
        return tuple(plan_step(step) for step in self.core.plan)

    @checked
    def at_temperature(self, temperature: float) -> Engine:
        """The same engine with its logits divided by `temperature`; 1 undoes calibration.

        Raises ModelError if no weight file could hold that temperature.
        """
        weights = replace(self.weights, temperature=temperature)
        return Engine(weights, isa=self.isa, without=self.without)

    @checked
    def predict(
        self, images: Images, threads: int = 1, *, scale: float | None = None
    ) -> Prediction:
        """Classify pictures, of digits light ink on dark: uint8 (n, 28, 28).

        One picture (28, 28), rows (n, 784) and an axis of one channel are taken too, as arrays or
        nested lists. Other dtypes need `scale`, the value of full ink (1.0 or 255), and values from
        0 to it. `threads` 0 means all cores this process may use. Raises DataError for any other
        dtype, shape or range, UsageError for an impossible number of threads, and ModelError for
        weights whose answers are not finite.
        """
        count = usable_threads(threads)
        memory = self._as_they_are(images, count) if scale is None else None
        if memory is None:
            images = pictures_of(images, scale)
            try:
                memory = self.core.run_to_bytes(images, count)
            except (TypeError, ValueError) as error:
                raise DataError(str(error)) from error
        spec = self.weights.spec
        values = memoryview(memory)  # which knows no shape (0, classes)
        rows = values.cast("f", (len(images), len(spec.classes))) if memory else values.cast("f")
        return Prediction(rows, spec.name, spec.classes)

    def _as_they_are(self, images: Images, threads: int) -> bytearray | None:
        """Answers, if the engine takes the pictures at once: to look at them first costs time."""
        try:
            return self.core.run_to_bytes(images, threads)
        except (TypeError, ValueError):
            return None

    @checked
    def predict_proba(
        self, images: Images, threads: int = 1, *, scale: float | None = None
    ) -> npt.NDArray[np.float32]:
        """Probabilities float32 (n, classes) of pictures, as `predict` takes them."""
        return self.predict(images, threads, scale=scale).probabilities

    @checked
    def activations(
        self, images: npt.NDArray[np.uint8] | memoryview, threads: int = 1
    ) -> list[LayerActivation]:
        """What each layer makes of uint8 pictures (n, 28, 28), in order.

        Layers that this engine runs as one are run one by one, by an engine that is made when this
        is first called. Raises as `predict`.
        """
        from .activations import layer_activations

        return layer_activations(self._one_by_one, self.weights, images, usable_threads(threads))

    @cached_property
    def _one_by_one(self) -> Core:
        """An engine for the same answers in which every layer is a step of its own."""
        joining = [name for name in JOINING if name in PASSES_OF[self.precision]]
        without = tuple(dict.fromkeys((*self.without, *joining)))
        if set(without) == set(self.without):
            return self.core
        return make_core(self.weights, INPUT_SHAPE, self.isa, without)


def _made(weights: Weights, isa: str | None, without: tuple[str, ...]) -> Engine:
    return Engine(weights, isa=isa, without=without)


@checked
def load(
    name_or_path: str | os.PathLike[str],
    *,
    isa: str | None = None,
    without: str | Iterable[str] = (),
) -> Engine:
    """Load bundled weights by name ("small"), a weight file or a run folder by path.

    `without` names passes that the engine leaves out. Raises ModelError when there is no such file
    or it is not a sound weight file, MachineError when this CPU lacks the ISA, and UsageError for
    an unknown pass.
    """
    without = check_passes(without, PASSES)
    return Engine(load_named(os.fspath(name_or_path)), isa=isa, without=without)


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
    if threads:
        return threads
    from ..machine.cores import usable_cores

    return usable_cores()


WORK: dict[Task, str] = {
    "digit": "read single digits",
    "line": "read whole lines",
    "map": "find lines",
}


def wrong_task(spec: NetworkSpec, needed: Task) -> ModelError:
    """What to raise when weights of one task are given where another is needed."""
    needs = WORK[needed].replace("read", "reads").replace("find", "finds")
    return ModelError(
        f"{spec.name}: these weights {WORK[spec.task]}, a network that {needs} is needed"
    )


def make_core(weights: Weights, shape: Shape, isa: str, without: tuple[str, ...]) -> Core:
    """The C++ engine of `weights` for pictures (height, width, 1) of this shape.

    Raises ModelError and MachineError as `Engine`.
    """
    core = at_size(make_network(weights, shape, isa, without), shape)
    log.info(__name__, "%s on %s", weights.spec.name, core.isa)
    return core


def make_network(
    weights: Weights, shape: Shape, isa: str = "", without: tuple[str, ...] = ()
) -> CoreNetwork:
    """The weights for C++ engines of all sizes, which share them; `shape` is one that fits.

    Each layer is packed when the first engine that needs it is made. Raises ModelError and
    MachineError as `Engine`.
    """
    passes, temperature = list(without), weights.temperature
    try:
        if weights.precision == INT8:
            layers = describe_int8_layers(weights)
            return _core.Int8Network(shape, layers, isa, passes, temperature)
        layers, scale = describe_layers(weights), weights.spec.scale
        return _core.Network(shape, scale, layers, isa, passes, temperature)
    except _core.BadNetworkError as error:
        raise ModelError(str(error)) from error
    except _core.UnknownIsaError as error:
        raise MachineError(str(error), hint="`digitcli info` lists what there is") from error


def at_size(network: CoreNetwork, shape: Shape) -> Core:
    """The engine for pictures (height, width, 1). Raises ModelError where a layer does not fit."""
    try:
        core = network.at(shape)
        log.debug(__name__, "%d x %d pixels on %s", shape[0], shape[1], core.isa)
        return core
    except _core.BadNetworkError as error:
        raise ModelError(str(error)) from error
