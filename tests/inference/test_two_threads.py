"""Two threads are never slower than one on one small picture, in any preset and precision."""

from __future__ import annotations

import statistics
import time

import numpy as np
import pytest

from digitcli.inference.engine import Engine
from digitcli.inference.quantize import quantize
from digitcli.machine.cores import usable_cores
from digitcli.model.presets import load_preset, preset_names
from digitcli.model.weights import Weights

pytestmark = [
    pytest.mark.alone,
    pytest.mark.skipif(usable_cores() < 2, reason="two threads need two cores"),
]

DIGITS = [name for name in preset_names() if load_preset(name).spec.task == "digit"]

# Calls of the same kind in turns differ by 2 % here. Sharing every step of every picture costs
# `tiny` 7 to 12 % (int8, 13 us), whose steps are worth none; larger networks gain by it.
TOLERANCE = 1.05

CALLS, PAIRS = 30, 100  # of a lap; of laps on one thread and on two, in turns

# One that two threads share waits for the slower core: another program on it makes it lose, too.
TRIES = 5


@pytest.fixture(scope="module")
def images():
    """uint8 (200, 28, 28): light strokes, each in another place."""
    found = np.zeros((200, 28, 28), np.uint8)
    for number, image in enumerate(found):
        image[4 + number % 5 : 22, 8 + number % 7 : 14 + number % 7] = 200
    return found


def engine_of(name, precision, images):
    """Of random weights: times do not depend on them."""
    spec, rng = load_preset(name).spec, np.random.default_rng(0)
    tensors = {
        key: rng.standard_normal(shape, dtype=np.float32)
        / np.float32(max(np.prod(shape[:-1]), 1) ** 0.5)
        for key, shape in spec.tensors.items()
    }
    weights = Weights(spec, tensors)
    return Engine(quantize(weights, images).weights if precision == "int8" else weights)


def lap(engine, image, threads):
    """Seconds of some calls, one after the other."""
    begin = time.perf_counter()
    for _ in range(CALLS):
        engine.core.run_to_bytes(image, threads)
    return time.perf_counter() - begin


def slowdown(engine, image):
    """How many times as long two threads take as one: the median of pairs of laps in turns."""
    for _ in range(20):  # the pool measures how long it takes to hand work over
        lap(engine, image, 2)
    return statistics.median(lap(engine, image, 2) / lap(engine, image, 1) for _ in range(PAIRS))


@pytest.mark.parametrize("precision", ["fp32", "int8"])
@pytest.mark.parametrize("name", DIGITS)
def test_two_threads_are_never_slower_than_one_on_one_picture(name, precision, images):
    engine = engine_of(name, precision, images)

    found = []
    while len(found) < TRIES and min(found, default=2) > TOLERANCE:
        found.append(slowdown(engine, images[:1]))

    assert min(found) <= TOLERANCE, found
