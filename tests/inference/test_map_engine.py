"""Networks that find lines, on pictures of any size, against the oracle."""

from __future__ import annotations

import threading

import numpy as np
import pytest
import reference

from digitcli.errors import DataError, ModelError, UsageError
from digitcli.inference.engine import Engine
from digitcli.inference.line_engine import LineEngine
from digitcli.inference.map_engine import MapEngine
from digitcli.model.layers import Conv, Dense, MaxPool
from digitcli.model.spec import NetworkSpec
from digitcli.model.weights import Weights

LAYERS = (
    Conv(6, 5, 2),
    Conv(20),
    MaxPool(),
    Conv(18, (1, 9)),
    Conv(17, (7, 1)),
    Conv(2, 1, activation="linear"),
)
SPEC = NetworkSpec("maps", LAYERS, task="map", input=(0, 0, 1))


def weights(rng, spec=SPEC):
    tensors = {
        name: np.float32(rng.standard_normal(shape) / np.sqrt(np.prod(shape[:-1])))
        for name, shape in spec.tensors.items()
    }
    return Weights(spec, tensors)


def exact(found, picture):
    """The answer of float64 NumPy for one picture whose sides are multiples of 64."""
    x = np.float64(picture)[None, ..., None] * SPEC.scale
    for step in SPEC.steps:
        layer = step.layer
        if isinstance(layer, MaxPool):
            x, _ = reference.max_pool(x, size=layer.size, stride=layer.stride)
            continue
        arrays = (found.arrays[f"{step.name}.{part}"] for part in ("weight", "bias"))
        relu = layer.activation == "relu"
        x, _ = reference.conv(x, *arrays, stride=layer.stride, same=True, relu=relu)
    return reference.softmax(x)[0, ..., 1]


@pytest.mark.parametrize("size", [(64, 64), (64, 192), (128, 64)])
def test_every_place_has_the_probability_of_the_oracle(isa, rng, size):
    found, picture = weights(rng), rng.integers(0, 256, size, dtype=np.uint8)

    answer = np.asarray(MapEngine(found, isa=isa).map(picture))

    assert answer.shape == (size[0] // 4, size[1] // 4)
    assert answer.dtype == np.float32
    np.testing.assert_allclose(answer, exact(found, picture), atol=2e-5)


@pytest.mark.parametrize("size", [(1, 1), (63, 65), (100, 7), (130, 64)])
def test_other_sizes_are_filled_up_with_their_usual_tone(isa, rng, size):
    engine, picture = MapEngine(weights(rng), isa=isa), np.full(size, 200, np.uint8)
    picture[: size[0] // 3] = rng.integers(0, 256, (size[0] // 3, size[1]))
    whole = [64 * -(-side // 64) for side in size]
    filled = np.full(whole, 200, np.uint8)
    filled[: size[0], : size[1]] = picture

    places = -(-size[0] // 4), -(-size[1] // 4)
    expected = np.asarray(engine.map(filled))[: places[0], : places[1]]
    np.testing.assert_array_equal(np.asarray(engine.map(picture)), expected)


def test_the_same_bits_for_any_thread_count(isa, rng):
    engine, picture = MapEngine(weights(rng), isa=isa), rng.integers(0, 256, (90, 200), np.uint8)
    alone = bytes(engine.map(picture))

    assert [bytes(engine.map(picture, threads)) for threads in (1, 2, 3)] == [alone] * 3


def test_several_threads_may_use_one_engine(rng, monkeypatch):
    engine = MapEngine(weights(rng))
    monkeypatch.setattr(engine._plans, "_most", 0)  # so that plans are dropped
    pictures = [rng.integers(0, 256, (64, 64 * k), np.uint8) for k in (1, 2, 3)]
    expected = [bytes(engine.map(picture)) for picture in pictures]
    found: dict[int, list[bytes]] = {}

    def run(number):
        found[number] = [bytes(engine.map(picture)) for _ in range(5) for picture in pictures]

    workers = [threading.Thread(target=run, args=(number,)) for number in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert all(found[number] == expected * 5 for number in range(4))


def test_plain_memory_is_taken_and_given_back(rng):
    answer = MapEngine(weights(rng)).map(memoryview(bytes(40 * 30)).cast("B", (40, 30)))

    assert (answer.shape, answer.format) == ((10, 8), "f")


@pytest.mark.parametrize(
    ("picture", "words"),
    [
        (np.zeros((2, 4, 4), np.uint8), r"expected a picture \(height, width\), got \(2, 4, 4\)"),
        (np.zeros((0, 4), np.uint8), "expected a picture"),
        (np.zeros((4, 4), np.float32), "grey must be uint8"),
        (np.zeros((8, 8), np.uint8)[:, ::2], "C-contiguous"),
        (np.broadcast_to(np.uint8(0), (4001, 4000)), "has 16,004,000 pixels"),
    ],
)
def test_what_is_no_picture_is_refused(rng, picture, words):
    with pytest.raises(DataError, match=words):
        MapEngine(weights(rng)).map(picture)


def test_impossible_threads_are_refused(rng):
    with pytest.raises(UsageError, match="threads must be"):
        MapEngine(weights(rng)).map(np.zeros((4, 4), np.uint8), threads=-1)


def test_weights_of_another_task_are_refused_by_name(rng):
    digits = weights(rng, NetworkSpec("ten", (Dense(10),)))
    found = weights(rng)

    with pytest.raises(ModelError, match="ten: these weights read single digits, a .* finds lines"):
        MapEngine(digits)
    with pytest.raises(ModelError, match="maps: these weights find lines, a .* reads whole lines"):
        LineEngine(found)
    with pytest.raises(ModelError, match="maps: these weights find lines, a .* reads single"):
        Engine(found)
