"""The optimizers and the learning rate schedules, as pure functions of arrays.

Keras's own optimizers hold variables and, on TensorFlow, cannot be called without them. A pure
function runs on both backends and on several devices, and its arrays are all that a resumed run
needs. Written after the papers; tests compare them with Keras's.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from .compute.backend import ops
from .packing import Packing, Slot
from .recipes import Recipe

BETA1, EPSILON = 0.9, 1e-7  # Keras's defaults; Kingma and Ba 2015 has 1e-8
MUON_MOMENTUM, MUON_STEPS = 0.95, 5
MUON_GAIN = 5.0  # Muon's learning rate over AdamW's


def learning_rate(recipe: Recipe, step: Any, total_steps: int) -> Any:
    """The learning rate of step `step` (0, 1, ...), float32 scalar.

    `one_cycle`: up along a line from peak / 25 for the first quarter, then down along a cosine to
    zero (after Smith and Topin, "Super-Convergence", 2018). `cosine`: the same, up for a twentieth.
    Of a run that was made longer, each step has the rate of the length that was asked for then.
    """
    if recipe.schedule == "constant":
        return ops.convert_to_tensor(float(recipe.learning_rate), "float32")
    rate = _scheduled(recipe, step, total_steps)
    for before in reversed(recipe.earlier):
        rate = ops.where(step < before.until, _scheduled(recipe, step, before.steps), rate)
    return rate


def _scheduled(recipe: Recipe, step: Any, total_steps: int) -> Any:
    """The rate of a schedule that goes over `total_steps`."""
    peak = recipe.learning_rate
    warmup = max(1, total_steps // {"one_cycle": 4, "cosine": 20}[recipe.schedule])
    at = ops.cast(step, "float32")
    rising = peak / 25 + (peak - peak / 25) * at / warmup
    passed = ops.clip((at - warmup) / max(1, total_steps - warmup), 0.0, 1.0)
    return ops.where(at < warmup, rising, peak * 0.5 * (1 + ops.cos(math.pi * passed)))


class Optimizer:
    """The update rule of a recipe over a packing's slots.

    `sgd` (with Nesterov's momentum, if any), `adam` (Kingma and Ba 2015), `adamw` (Loshchilov and
    Hutter 2019: the decay is not part of the gradient) and `muon` (Jordan 2024: the momentum of
    matrices is made orthogonal, at `MUON_GAIN` times the learning rate; AdamW updates the last
    layer and everything that is no matrix).
    """

    def __init__(self, recipe: Recipe, packing: Packing) -> None:
        self._recipe, self._slots = recipe, packing.slots

    def zeros(self) -> dict[str, Any]:
        """The optimizer's memory before the first step: name -> zeros of a slot's shape."""
        return {
            f"{memory}/{slot.name}": ops.zeros(slot.shape, "float32")
            for slot in self._slots
            for memory in self._memories(slot)
        }

    def update(
        self,
        values: Sequence[Any],
        gradients: Sequence[Any],
        memory: dict[str, Any],
        step: Any,
        rate: Any,
    ) -> tuple[list[Any], dict[str, Any]]:
        """The slots' next values and the next memory, at `step` (0, 1, ...) and learning rate."""
        after: list[Any] = []
        kept: dict[str, Any] = {}
        for slot, value, gradient in zip(self._slots, values, gradients, strict=True):
            names = self._memories(slot)
            before = [memory[f"{name}/{slot.name}"] for name in names]
            value, now = self._update_slot(slot, value, gradient, before, step, rate)
            after.append(value)
            kept |= {f"{name}/{slot.name}": array for name, array in zip(names, now, strict=True)}
        return after, kept

    def _memories(self, slot: Slot) -> tuple[str, ...]:
        if self._recipe.optimizer == "sgd":
            return ("momentum",) if self._recipe.momentum else ()
        return ("momentum",) if slot.kind == "matrix" else ("momentum", "velocity")

    def _update_slot(
        self, slot: Slot, value: Any, gradient: Any, memory: list[Any], step: Any, rate: Any
    ) -> tuple[Any, list[Any]]:
        recipe = self._recipe
        if recipe.optimizer == "sgd":
            if slot.kind != "others" and recipe.weight_decay:
                gradient = gradient + recipe.weight_decay * value
            return _sgd(value, gradient, memory, rate, recipe.momentum)
        if slot.kind != "others" and recipe.weight_decay:
            value = value - rate * recipe.weight_decay * value
        if slot.kind == "matrix":
            return _muon(value, gradient, memory, rate)
        return _adam(value, gradient, memory, recipe.beta2, step, rate)


def _sgd(
    value: Any, gradient: Any, memory: list[Any], rate: Any, momentum: float
) -> tuple[Any, list[Any]]:
    if not momentum:
        return value - rate * gradient, []
    velocity = momentum * memory[0] - rate * gradient
    return value + momentum * velocity - rate * gradient, [velocity]


def _adam(
    value: Any, gradient: Any, memory: list[Any], beta2: float, step: Any, rate: Any
) -> tuple[Any, list[Any]]:
    count = ops.cast(step, "float32") + 1
    mean = memory[0] + (1 - BETA1) * (gradient - memory[0])
    square = memory[1] + (1 - beta2) * (gradient * gradient - memory[1])
    size = rate * ops.sqrt(1 - ops.power(beta2, count)) / (1 - ops.power(BETA1, count))
    return value - size * mean / (ops.sqrt(square) + EPSILON), [mean, square]


def _muon(value: Any, gradient: Any, memory: list[Any], rate: Any) -> tuple[Any, list[Any]]:
    momentum = MUON_MOMENTUM * memory[0] + gradient
    direction = _orthogonal(gradient + MUON_MOMENTUM * momentum)
    inputs, outputs = value.shape
    size = MUON_GAIN * math.sqrt(max(1.0, inputs / outputs))
    return value - rate * size * direction, [momentum]


def _orthogonal(matrix: Any) -> Any:
    """Nearly U V^T of `matrix` = U S V^T, by Newton and Schulz's iteration, quintic (Jordan)."""
    tall = matrix.shape[0] > matrix.shape[1]
    x = ops.transpose(matrix) if tall else matrix
    x = x / (ops.sqrt(ops.sum(x * x)) + 1e-7)
    for _ in range(MUON_STEPS):
        gram = ops.matmul(x, ops.transpose(x))
        x = 3.4445 * x + ops.matmul(-4.7750 * gram + 2.0315 * ops.matmul(gram, gram), x)
    return ops.transpose(x) if tall else x
