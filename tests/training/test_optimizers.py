"""The optimizers as pure functions, compared with Keras's own."""

from __future__ import annotations

import math

import numpy as np
import pytest

from digitcli.training.recipes import Recipe

pytestmark = pytest.mark.train
pytest.importorskip("tensorflow", reason="needs TensorFlow (the train extra)")


@pytest.fixture
def rng():
    return np.random.default_rng(7)


SHAPES = [(3, 3, 2, 5), (5,), (20, 10), (10,)]
STEPS = 12


def keras_optimizer(recipe, variables):
    from digitcli.training.compute.backend import keras

    rate = recipe.learning_rate
    made = {
        "sgd": lambda: keras.optimizers.SGD(
            rate, momentum=recipe.momentum, nesterov=bool(recipe.momentum)
        ),
        "adam": lambda: keras.optimizers.Adam(rate),
        "adamw": lambda: keras.optimizers.AdamW(
            rate, weight_decay=recipe.weight_decay, beta_2=recipe.beta2
        ),
    }[recipe.optimizer]()
    made.exclude_from_weight_decay(var_list=[v for v in variables if len(v.shape) == 1])
    made.build(variables)
    return made


@pytest.mark.parametrize(
    "recipe",
    [
        Recipe(epochs=1, optimizer="sgd", learning_rate=0.1),
        Recipe(epochs=1, optimizer="sgd", learning_rate=0.1, momentum=0.9),
        Recipe(epochs=1, optimizer="adam", learning_rate=0.01),
        Recipe(epochs=1, optimizer="adamw", learning_rate=0.01, weight_decay=0.1, beta2=0.99),
    ],
    ids=lambda recipe: f"{recipe.optimizer} {recipe.momentum}",
)
def test_updates_equal_those_of_keras(recipe, rng):
    from digitcli.training.compute.backend import keras, ops
    from digitcli.training.optimizers import Optimizer
    from digitcli.training.packing import Packing

    variables = [keras.Variable(np.float32(rng.standard_normal(shape))) for shape in SHAPES]
    packing = Packing(variables)
    ours, theirs = Optimizer(recipe, packing), keras_optimizer(recipe, variables)
    packed, memory = packing.pack([v.value for v in variables]), ours.zeros()

    for step in range(STEPS):
        gradients = [ops.convert_to_tensor(np.float32(rng.standard_normal(s))) for s in SHAPES]
        packed, memory = ours.update(
            packed, packing.pack(gradients), memory, step, recipe.learning_rate
        )
        theirs.apply(gradients, variables)

    for value, variable in zip(packing.unpack(packed), variables, strict=True):
        np.testing.assert_allclose(value, variable, rtol=2e-5, atol=2e-6)


@pytest.mark.parametrize("shape", [(18, 5), (4, 9), (7, 7)])
def test_muon_moves_a_matrix_as_keras_does_and_the_rest_by_adamw(shape, rng):
    from digitcli.training.compute.backend import keras, ops
    from digitcli.training.optimizers import MUON_GAIN, Optimizer
    from digitcli.training.packing import Packing

    rate, shapes = 0.01, [shape, (shape[1],), (shape[1], 10), (10,)]
    recipe = Recipe(epochs=1, optimizer="muon", learning_rate=rate)
    variables = [keras.Variable(np.float32(rng.standard_normal(one))) for one in shapes]
    packing = Packing(variables, matrices=True)
    ours = Optimizer(recipe, packing)
    scale = MUON_GAIN * math.sqrt(max(1, shape[0] / shape[1]))
    muon = keras.optimizers.Muon(rate * scale, weight_decay=None, rms_rate=None)
    adam = keras.optimizers.Adam(rate)
    packed, memory = packing.pack([v.value for v in variables]), ours.zeros()

    for step in range(STEPS):
        gradients = [ops.convert_to_tensor(np.float32(rng.standard_normal(one))) for one in shapes]
        packed, memory = ours.update(packed, packing.pack(gradients), memory, step, rate)
        muon.apply(gradients[:1], variables[:1])
        adam.apply(gradients[1:], variables[1:])

    for value, variable in zip(packing.unpack(packed), variables, strict=True):
        np.testing.assert_allclose(value, variable, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(("schedule", "share"), [("one_cycle", 4), ("cosine", 20)])
def test_schedules_rise_along_a_line_and_fall_along_a_cosine(schedule, share):
    from digitcli.training.optimizers import learning_rate

    recipe = Recipe(epochs=1, schedule=schedule, learning_rate=0.5)
    rates = [float(learning_rate(recipe, step, 400)) for step in range(401)]

    top = 400 // share
    rising = [0.02 + 0.48 * step / top for step in range(top)]
    falling = [0.25 * (1 + math.cos(math.pi * n / (400 - top))) for n in range(401 - top)]
    np.testing.assert_allclose(rates, rising + falling, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("matrices", [False, True])
def test_unpacking_undoes_packing(matrices, rng):
    from digitcli.training.packing import LARGE, Packing

    shapes = [*SHAPES, (LARGE // 8, 8), (7,)]
    values = [np.float32(rng.standard_normal(shape)) for shape in shapes]
    packing = Packing(values, matrices=matrices)

    again = packing.unpack(packing.pack(values))

    assert len(packing.slots) == (4 if matrices else 3)  # a large kernel, others, small kernels
    for value, expected in zip(again, values, strict=True):
        np.testing.assert_array_equal(value, expected)
