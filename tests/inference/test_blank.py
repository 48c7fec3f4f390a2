"""What no ink reaches is copied: the same bits as if it were computed."""

from __future__ import annotations

from functools import partial

import networks
import numpy as np
import pytest

from digitcli import _core

SHAPES = [(28, 28), (14, 30), (27, 33), (40, 64), (13, 13)]
POOL, SAME_POOL = networks.pool(), networks.pool(same=True)


def few_strokes(rng, shape):
    """A blank picture, one pixel in each corner and in each of some places, and some rectangles."""
    height, width = shape
    places = [(0, 0), (0, width - 1), (height - 1, 0), (height - 1, width - 1)]
    places += [(int(rng.integers(height)), column) for column in range(0, width, 3)]
    x = np.zeros((1 + len(places) + 12, height, width), np.uint8)
    for image, (row, column) in zip(x[1:], places, strict=False):
        image[row, column] = 1
    for image in x[1 + len(places) :]:
        (top, bottom), (left, right) = np.sort(rng.integers(0, [height, width], (2, 2)), axis=0).T
        image[top : bottom + 1, left : right + 1] = rng.integers(0, 256)
    return x


def float32_networks(conv):
    yield [conv(1, 12), POOL, conv(12, 20), conv(20, 9)]
    yield [conv(1, 8), conv(8, 9), SAME_POOL, conv(9, 10)]
    yield [conv(1, 24, 5), POOL, conv(24, 17, 5), POOL]
    yield [conv(1, 16, same=False), conv(16, 16, 5, same=False), SAME_POOL]
    yield [conv(1, 9, stride=2), conv(9, 16)]
    yield [conv(1, 9, (2, 3)), conv(9, 12, (1, 3), same=False), conv(12, 12)]


def assert_same(make, layers, isa, images):
    shape = (*images.shape[1:], 1)
    plain = make(shape, layers=layers, isa=isa, without=["blank"])
    engine = make(shape, layers=layers, isa=isa)
    for threads in (1, 2, 5):
        np.testing.assert_array_equal(engine.run(images, threads), plain.run(images, threads))
    kept = zip(engine.activations(images[:9]), plain.activations(images[:9]), strict=True)
    for copied, computed in kept:
        np.testing.assert_array_equal(copied, computed)


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_float32_answers_are_those_without_copying(isa, conv, rng, shape):
    images = few_strokes(rng, shape)
    for layers in float32_networks(conv):
        layers = [*layers, networks.AVERAGE, networks.dense(rng, layers_out(layers), 10)]
        assert_same(partial(_core.Engine, scale=1 / 255), layers, isa, images)


def layers_out(layers):
    return [layer for layer in layers if layer["kind"] == "conv"][-1]["units"]


def int8_networks(rng):
    conv, pool = partial(networks.int8_conv, rng), networks.int8_pool
    yield [conv(1, 16), pool(), conv(16, 24), conv(24, 12)]
    yield [conv(1, 8), conv(8, 9), pool(True), conv(9, 16)]
    yield [conv(1, 32, 5), pool(), conv(32, 17, 5), pool(True)]
    yield [conv(1, 16, same=False), conv(16, 16, 5, False), pool()]


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_int8_answers_are_those_without_copying(isa, rng, shape):
    images = few_strokes(rng, shape)
    for layers in int8_networks(rng):
        last = networks.int8_dense(rng, layers_out(layers), 10)
        assert_same(_core.Int8Engine, [*layers, networks.int8_average(0.01), last], isa, images)


def test_logits_of_a_last_convolution_are_those_without_copying(isa, rng):
    images = few_strokes(rng, (28, 28))
    for layers in int8_networks(rng):
        layers = [layer for layer in layers if layer["kind"] == "conv"]
        layers[-1] = layers[-1] | {"logits": True}
        assert_same(_core.Int8Engine, layers, isa, images)


def test_margins_are_not_counted_as_work_that_is_done(conv, dense, rng):
    layers = [conv(1, 12), POOL, conv(12, 20), networks.AVERAGE, dense(20, 10)]
    engine = _core.Engine((28, 28, 1), 1 / 255, layers)
    noise = rng.integers(1, 256, (3, 28, 28), dtype=np.uint8)
    digit = noise.copy()
    digit[:, :10] = digit[:, 18:] = digit[:, :, :10] = digit[:, :, 18:] = 0

    def flops(images):
        return [step["flops_done"] for step in engine.profile(images, 1)][:2]

    assert flops(noise)[1] == pytest.approx(engine.plan[1]["flops_done"])
    assert all(few < 0.8 * all_ for few, all_ in zip(flops(digit), flops(noise), strict=True))
    assert flops(np.zeros_like(noise)) == [0, 0]


def test_pictures_wider_than_64_are_computed_in_full(conv, dense, rng):
    layers = [conv(1, 12), POOL, conv(12, 20), networks.AVERAGE, dense(20, 10)]
    engine = _core.Engine((28, 65, 1), 1 / 255, layers)

    blank = engine.profile(np.zeros((1, 28, 65), np.uint8), 1)

    assert blank[1]["flops_done"] == pytest.approx(engine.plan[1]["flops_done"])
