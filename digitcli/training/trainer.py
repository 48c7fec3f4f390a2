"""The training step, a pure function of everything that it changes; one call into the backend.

What a network learns (`DigitTrainer`, `lines.trainer.LineTrainer`) is a subclass with the batch,
the loss and what counts as right.
"""

from __future__ import annotations

import math
import time
from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ..model.spec import NetworkSpec
from .compute.backend import ops, to_numpy
from .compute.distribute import refuse_uneven
from .compute.protocol import Compute, State
from .compute.randomness import fold_in, key_of
from .keras_layers import KeyedDropout
from .network import keras_twin
from .optimizers import Optimizer, learning_rate
from .packing import Packing
from .recipes import Recipe
from .start import Start

AUGMENTATION, DROPOUT, FIRST_WEIGHTS = range(3)  # streams of random numbers of a run


class Trainer(ABC):
    """A Keras twin, its optimizer and running sums.

    `data` are arrays that stay on the device and that every step is given. `start` gives the
    values of the trainable variables before the first step, which are random by default.
    """

    def __init__(
        self,
        spec: NetworkSpec,
        recipe: Recipe,
        data: Sequence[npt.NDArray[Any]],
        total_steps: int,
        compute: Compute,
        *,
        jit: bool = False,
        start: Start | None = None,
    ) -> None:
        refuse_uneven(recipe.batch_size, compute.replicas)
        self._recipe, self._compute, self._total_steps = recipe, compute, total_steps
        self.jit = jit
        self.model = keras_twin(
            spec,
            pixels="float32",
            precision=recipe.precision,
            synchronized=compute.replicas > 1,
        )
        self._exact = keras_twin(spec, pixels="float32")  # the same variables, exact products
        self._packing = Packing(self.model.trainable_variables, matrices=recipe.optimizer == "muon")
        self._optimizer = Optimizer(recipe, self._packing)
        self._floats = [
            index
            for index, variable in enumerate(self.model.non_trainable_variables)
            if variable.dtype == "float32"
        ]
        self._state = self._place(self._first_state(start))
        self._data = tuple(compute.place(array) for array in data)
        self._compiled_step = compute.compile(self._step, jit=jit)
        self._compiled_measure = compute.compile(self._measure, jit=False)
        self._compiled_logits = compute.compile(self._logits, jit=False)

    # ---- what is learnt

    @abstractmethod
    def _examples(self, arrays: Sequence[Any], step: Any, first: Any, share: int) -> Any:
        """Inside a step: (inputs, answers) of `share` examples from place `first` of its batch.

        `arrays` are `data` and what `step` was given; inputs float32, as the model takes them;
        answers whatever `_losses` and `_right` take.
        """

    @abstractmethod
    def _losses(self, answers: Any, logits: Any) -> Any:
        """The loss of each example that is learnt from, float32 (n,)."""

    @abstractmethod
    def _right(self, answers: Any, logits: Any) -> Any:
        """How many examples of a batch that is learnt from are right, int32."""

    @abstractmethod
    def _measured(self, logits: Any, labels: Sequence[Any]) -> tuple[Any, Any]:
        """Sum of the losses and number of right answers, of a batch that is tested."""

    # ---- for whoever trains

    def step(self, *batch: npt.NDArray[Any]) -> None:
        """One optimizer step on a batch."""
        placed = map(self._compute.place, batch)
        self._state = self._compiled_step(self._state, *self._data, *placed)

    def sums(self) -> tuple[float, int]:
        """Sum of the steps' losses and count of right answers since `start_epoch`."""
        fetch = self._compute.fetch
        return float(fetch(self._state["loss_sum"])), int(fetch(self._state["correct"]))

    def start_epoch(self) -> None:
        """Set the sums back to zero."""
        self._state |= self._place(_zero_sums())

    def measure(self, batches: Iterable[Sequence[npt.NDArray[Any]]]) -> tuple[float, float]:
        """Mean loss and share of right answers over batches of pictures and their labels.

        Of the averaged weights when the recipe averages them, in float32.
        """
        loss, correct, count, fetch = 0.0, 0, 0, self._compute.fetch
        tested = self._tested()
        for batch in batches:
            sums = self._compiled_measure(tested, *map(self._compute.place, batch))
            loss, correct = loss + float(fetch(sums[0])), correct + int(fetch(sums[1]))
            count += len(batch[0])
        return loss / count, correct / count

    def outputs(self, images: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """Logits of one batch of pictures, of the weights that `measure` measures."""
        placed = self._compute.place(images)
        return self._compute.fetch(self._compiled_logits(self._tested(), placed))

    @property
    def learning_rate(self) -> float:
        """The learning rate of the next step."""
        step = int(self._compute.fetch(self._state["step"]))
        rate = learning_rate(self._recipe, step, self._total_steps)
        return float(to_numpy(rate))

    def seconds_per_step(self, *batch: npt.NDArray[Any], steps: int = 10) -> float:
        """How long a compiled step takes on `batch`; the state stays as it was."""
        state, placed = self._state, [self._compute.place(array) for array in batch]
        for tried in range(3 + steps):
            if tried == 3:
                self._compute.fetch(state["step"])
                start = time.perf_counter()
            state = self._compiled_step(state, *self._data, *placed)
        self._compute.fetch(state["step"])
        return (time.perf_counter() - start) / steps

    def state(self) -> dict[str, npt.NDArray[Any]]:
        """Everything that a later step depends on: weights, optimizer, averages."""
        return {name: self._compute.fetch(array) for name, array in self._state.items()}

    def restore(self, state: dict[str, npt.NDArray[Any]]) -> None:
        """Put back what `state` returned."""
        self._state = self._place(state)

    def tested_model(self) -> Any:
        """The Keras twin holding the weights that `measure` measures, to export them."""
        fetch = self._compute.fetch
        tested = {name: ops.convert_to_tensor(fetch(a)) for name, a in self._tested().items()}
        trainable, others = self._variables(tested)
        for variable, value in zip(self._exact.trainable_variables, trainable, strict=True):
            variable.assign(value)
        for variable, value in zip(self._exact.non_trainable_variables, others, strict=True):
            variable.assign(value)
        return self._exact

    # ---- the state: slots of variables under "w/", other variables under "v/", their averages
    # ---- under "average/", the optimizer's memory, the step's number and the sums of an epoch

    def _first_state(self, start: Start | None) -> dict[str, npt.NDArray[Any]]:
        values = start(self.model) if start else first_values(self.model, self._recipe.seed)
        packed = zip(self._packing.slots, self._packing.pack(values), strict=True)
        state = {f"w/{slot.name}": to_numpy(array) for slot, array in packed}
        for index, variable in enumerate(self.model.non_trainable_variables):
            state[f"v/{index}"] = to_numpy(variable)
        memory = self._optimizer.zeros()
        state |= {name: to_numpy(array) for name, array in memory.items()}
        if self._recipe.average:
            state |= {f"average/{name}": state[name] for name in self._averaged()}
        return {**state, **_zero_sums(), "step": np.int32(0)}

    def _place(self, state: dict[str, npt.NDArray[Any]]) -> State:
        return {name: self._compute.place(np.asarray(array)) for name, array in state.items()}

    def _averaged(self) -> list[str]:
        slots = [f"w/{slot.name}" for slot in self._packing.slots]
        return slots + [f"v/{index}" for index in self._floats]

    def _tested(self) -> State:
        """The part of the state that a test needs, under the names without averages."""
        held = {name: array for name, array in self._state.items() if name[:2] in ("w/", "v/")}
        if self._recipe.average:
            held |= {name: self._state[f"average/{name}"] for name in self._averaged()}
        return held

    def _variables(self, state: State) -> tuple[list[Any], list[Any]]:
        """Values of the model's variables, trainable and not."""
        packed = [state[f"w/{slot.name}"] for slot in self._packing.slots]
        count = len(self.model.non_trainable_variables)
        return self._packing.unpack(packed), [state[f"v/{index}"] for index in range(count)]

    # ---- compiled

    def _step(self, state: State, *arrays: Any) -> State:
        recipe, compute = self._recipe, self._compute
        share = recipe.batch_size // compute.replicas
        first = compute.replica() * share
        inputs, answers = self._examples(arrays, state["step"], first, share)
        packed = [state[f"w/{slot.name}"] for slot in self._packing.slots]
        _, others = self._variables(state)
        self._key_dropout(state["step"], first)

        def loss_of(packed: Any) -> tuple[Any, Any]:
            trainable = self._packing.unpack(packed)
            logits, after = self.model.stateless_call(trainable, others, inputs, training=True)
            return ops.mean(self._losses(answers, logits)), (logits, after)

        loss, (logits, after), gradients = compute.value_and_grad(loss_of, packed)
        right = self._right(answers, logits)
        loss, right, *gradients = compute.add_up(
            [loss / compute.replicas, right, *(each / compute.replicas for each in gradients)]
        )
        rate = learning_rate(recipe, state["step"], self._total_steps)
        packed, memory = self._optimizer.update(packed, gradients, state, state["step"], rate)
        now = {f"w/{slot.name}": a for slot, a in zip(self._packing.slots, packed, strict=True)}
        now |= {f"v/{index}": array for index, array in enumerate(after)}
        now |= memory | self._averages(state, now)
        return now | {
            "step": state["step"] + 1,
            "loss_sum": state["loss_sum"] + loss,
            "correct": state["correct"] + right,
        }

    def _key_dropout(self, step: Any, first: Any) -> None:
        """Tell each dropout layer what to draw from while this step is traced."""
        key = fold_in(key_of(self._recipe.seed, DROPOUT), step)
        layers = (layer for layer in self.model.layers if isinstance(layer, KeyedDropout))
        for number, layer in enumerate(layers):
            layer.draw_from(fold_in(key, number), first)

    def _averages(self, before: State, now: State) -> State:
        """Exponential averages of the weights, faster during the first steps."""
        if not self._recipe.average:
            return {}
        count = ops.cast(before["step"], "float32") + 1
        keep = ops.minimum(self._recipe.average, (1 + count) / (10 + count))
        return {
            f"average/{name}": keep * before[f"average/{name}"] + (1 - keep) * now[name]
            for name in self._averaged()
        }

    def _logits(self, tested: State, images: Any) -> Any:
        trainable, others = self._variables(tested)
        pixels = ops.cast(images, "float32")
        return self._exact.stateless_call(trainable, others, pixels, training=False)[0]

    def _measure(self, tested: State, images: Any, *labels: Any) -> tuple[Any, Any]:
        return self._measured(self._logits(tested, images), labels)


def first_values(model: Any, seed: int) -> list[npt.NDArray[np.float32]]:
    """Values for a model's trainable variables before the first step, the same on every backend.

    Kernels are uniform after Glorot and Bengio (2010), as Keras's are; the rest (biases, gains) are
    Keras's own.
    """
    draw = np.random.Generator(np.random.PCG64([seed, FIRST_WEIGHTS]))
    values: list[npt.NDArray[np.float32]] = []
    for variable in model.trainable_variables:
        shape = tuple(variable.shape)
        if len(shape) > 1:
            window = math.prod(shape[:-2])
            limit = math.sqrt(6 / (window * (shape[-2] + shape[-1])))
            values.append(np.asarray(limit * (2 * draw.random(shape) - 1), np.float32))
        else:
            values.append(np.asarray(to_numpy(variable), np.float32))
    return values


def _zero_sums() -> dict[str, npt.NDArray[Any]]:
    return {"loss_sum": np.zeros((), np.float32), "correct": np.zeros((), np.int32)}
