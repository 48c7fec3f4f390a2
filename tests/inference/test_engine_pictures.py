"""Which pictures the engine takes, and in which memory."""

from __future__ import annotations

import numpy as np
import pytest

from digitcli.errors import DataError
from digitcli.inference.engine import Engine


def test_no_pictures_give_no_answers(network):
    prediction = Engine(network).predict(np.empty((0, 28, 28), np.uint8))

    assert prediction.probabilities.shape == (0, 10)
    assert prediction.classes.shape == (0,)


def test_pictures_in_any_memory_are_answered_alike(network, images):
    engine = Engine(network)
    plain = memoryview(images.tobytes()).cast("B", images.shape)

    answers = engine.predict(plain)

    assert answers.rows() == engine.predict(images).probabilities.tolist()
    assert len(answers) == len(images)


@pytest.mark.parametrize(
    ("images", "message"),
    [
        ([[0] * 28] * 28, "images must be uint8, got int"),
        ([[0] * 28, [0]], "images must be of one size"),
        (memoryview(bytes(784)), "images must have shape (n, 28, 28), got (784,)"),
        (memoryview(bytes(784)).cast("b"), "images must be uint8, got format 'b'"),
        (np.zeros((1, 28, 28), "M8[s]"), "images must be uint8, got datetime64[s]"),
    ],
)
def test_memory_of_another_kind_is_refused_by_its_own_name(network, images, message):
    with pytest.raises(DataError) as caught:
        Engine(network).predict(images)

    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("images", "message"),
    [
        (np.zeros((2, 28, 28), np.float32), "images must be uint8, got float32"),
        (np.zeros((2, 28, 28), np.int8), "images must be uint8, got int8"),
        (np.zeros((2, 783), np.uint8), "images must have shape (n, 28, 28), got (2, 783)"),
        (np.zeros((28, 29), np.uint8), "images must have shape (n, 28, 28), got (28, 29)"),
        (np.zeros((2, 28, 28, 3), np.uint8), "shape (n, 28, 28), got (2, 28, 28, 3)"),
    ],
)
def test_pictures_of_another_kind_are_refused_and_not_converted(network, images, message):
    with pytest.raises(DataError) as caught:
        Engine(network).predict(images)

    assert message in str(caught.value)


@pytest.mark.parametrize(
    "form",
    [
        lambda images: images.reshape(-1, 784),
        lambda images: images[..., None],
        lambda images: np.repeat(images, 2, axis=0)[::2],
        lambda images: np.ascontiguousarray(images.transpose(0, 2, 1)).transpose(0, 2, 1),
    ],
)
def test_pictures_in_another_form_are_answered_alike(network, images, form):
    engine = Engine(network)

    found = engine.predict(form(images)).probabilities

    assert found.tobytes() == engine.predict(images).probabilities.tobytes()
    assert engine.predict(images[0]).probabilities.tobytes() == found[:1].tobytes()
    assert engine.predict(images[0].ravel()).probabilities.tobytes() == found[:1].tobytes()


@pytest.mark.parametrize(
    ("dtype", "scale"), [(np.float64, 1.0), (np.float32, 255), (np.int64, 255), (np.float32, 2)]
)
def test_other_dtypes_are_taken_with_the_value_of_full_ink(network, images, dtype, scale):
    engine = Engine(network)
    values = (images * (scale / 255)).astype(dtype)

    found = engine.predict_proba(values, scale=scale)

    np.testing.assert_array_equal(found, engine.predict(images).probabilities)


@pytest.mark.parametrize(
    ("values", "scale", "words"),
    [
        (2.0, 1.0, "from 0 to scale=1"),
        (-0.1, 1.0, "from 0 to scale=1"),
        (np.nan, 1.0, "from 0 to scale=1"),
        (0.5, 0, "scale must be above 0"),
        (0.0, 1e-320, "scale must be above 0"),
        (0.5, np.inf, "above 0 and finite"),
        (0.5, None, "must be uint8"),
    ],
)
def test_a_scale_that_does_not_fit_is_refused(network, values, scale, words):
    with pytest.raises(DataError, match=words):
        Engine(network).predict(np.full((1, 28, 28), values), scale=scale)


def test_a_small_scale_of_16_bits_does_not_overflow(network, images):
    scale = 1e-3
    values = (images[:3] / 255 * scale).astype(np.float16)

    found = Engine(network).predict(values, scale=scale).probabilities

    exact = np.rint(values.astype(np.float64) * (255 / scale)).astype(np.uint8)
    np.testing.assert_allclose(found, Engine(network).predict(exact).probabilities, atol=0.05)
