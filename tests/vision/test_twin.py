"""The C++ that reads pictures gives what its slow twin in NumPy gives."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from pictures import digit_picture
from twin import grey as grey_twin
from twin import normalize as twin

from digitcli import _core
from digitcli.vision import grey
from digitcli.vision.decode import decode
from digitcli.vision.normalize import normalize

SHAPES = arrays.array_shapes(min_dims=2, max_dims=2, max_side=40)
BYTES = arrays.arrays(np.uint8, SHAPES)
thorough = settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])


@pytest.fixture
def rng():
    return np.random.default_rng(5)


def same_digit(pixels: np.ndarray) -> bool:
    """Whether both say the same about a picture, to the bit."""
    found, expected = normalize(pixels), twin.normalize(pixels)
    if found is None or expected is None:
        return found is expected
    return found.box == expected.box and np.array_equal(found.picture, expected.picture)


@thorough
@given(BYTES)
def test_any_picture_is_normalised_to_the_same_bits(pixels):
    assert same_digit(pixels)


@thorough
@given(
    st.integers(0, 9),
    st.integers(5, 300),
    st.integers(5, 300),
    st.integers(0, 2**32),
    st.booleans(),
)
def test_noisy_digits_of_any_size_are_normalised_to_the_same_bits(digit, h, w, seed, inverted):
    rng = np.random.default_rng(seed)
    picture = np.asarray(digit_picture(digit, h, w))
    noisy = picture * rng.uniform(0.3, 1) + rng.normal(0, rng.uniform(0, 9), picture.shape)
    pixels = np.clip(255 - noisy if inverted else noisy, 0, 255).astype(np.uint8)

    assert same_digit(pixels)


@pytest.mark.parametrize("shape", [(120, 90), (300, 400), (1300, 900)])
@pytest.mark.parametrize("direction", [(1, 0), (0, 1), (1, -1)])
def test_sloping_light_is_evened_out_alike(shape, direction):
    height, width = shape
    light = (
        direction[0] * np.linspace(0, 70, height)[:, None]
        + np.linspace(0, 60, width) * (direction[1])
    )
    pixels = np.clip(np.asarray(digit_picture(4, height, width)) * 0.6 + 20 + light, 0, 255)

    found, expected = normalize(pixels.astype(np.uint8)), twin.normalize(pixels.astype(np.uint8))

    # Two solvers agree on the plane to 1e-12, not to the bit: a pixel may round the other way.
    assert found is not None
    assert found.box == expected.box
    assert np.abs(found.picture.astype(int) - expected.picture).max() <= 1


@pytest.mark.parametrize("shape", [(1025, 7), (7, 1025), (2050, 2049), (1024, 1024)])
def test_large_pictures_are_averaged_alike(shape, rng):
    pixels = rng.integers(200, 256, shape, dtype=np.uint8)
    pixels[shape[0] // 4 : -shape[0] // 4, shape[1] // 2 :] = rng.integers(0, 60)

    assert same_digit(pixels)


def test_real_pictures_are_normalised_to_the_same_bits(real_dir):
    files = sorted(path for path in real_dir.rglob("*") if path.suffix in (".png", ".jpg"))[::40]
    assert files

    assert [path for path in files if not same_digit(decode(path))] == []


@thorough
@given(
    st.one_of(
        arrays.arrays(np.float32, SHAPES, elements=st.floats(width=32)),
        arrays.arrays(np.int32, SHAPES),
        arrays.arrays(np.uint16, SHAPES),
    )
)
def test_numbers_of_any_depth_become_the_same_grey(values):
    with np.errstate(all="ignore"):  # the twin overflows in float32 where the result is clipped
        expected = grey_twin.from_numbers(values)

    assert np.array_equal(grey.from_numbers(values), expected)


@thorough
@given(st.data())
def test_any_transparency_is_laid_on_the_same_background(data):
    shape = data.draw(SHAPES)
    tones = data.draw(arrays.arrays(np.uint8, shape))
    alpha = data.draw(arrays.arrays(np.uint8, shape))

    laid = grey.over_background(tones, alpha)

    assert np.array_equal(laid, grey_twin.over_background(tones, alpha))


@pytest.mark.parametrize("orientation", range(-1, 11))
def test_orientations_turn_as_exif_says(orientation, rng):
    pixels = rng.integers(0, 256, (3, 5), dtype=np.uint8)
    expected = pixels.T if orientation in (5, 6, 7, 8) else pixels
    expected = expected[::-1] if orientation in (3, 4, 7, 8) else expected
    expected = expected[:, ::-1] if orientation in (2, 3, 6, 7) else expected

    assert np.array_equal(grey.upright(pixels, orientation), expected)


@pytest.mark.parametrize("turn", [np.transpose, np.flipud, lambda a: a[::2, ::3]])
def test_an_array_in_another_order_is_read_as_it_looks(turn):
    turned = turn(np.asarray(digit_picture(5)))

    assert same_digit(turned)


@pytest.mark.parametrize(
    ("pixels", "error", "message"),
    [
        (np.zeros((2, 3, 4), np.uint8), ValueError, "shape (height, width), got (2, 3, 4)"),
        (np.zeros(9, np.uint8), ValueError, "grey must have shape (height, width), got (9,)"),
        (
            np.zeros((0, 5), np.uint8),
            ValueError,
            "grey must have shape (height, width), got (0, 5)",
        ),
        (np.zeros((5, 5), np.float32), TypeError, "grey must be uint8, got float32"),
        (np.zeros((5, 5), np.bool_), TypeError, "grey must be uint8, got bool"),
        ([[1, 2], [3, 4]], TypeError, "grey must be uint8, got list"),
        (np.zeros((8, 8), np.uint8).T[1:], ValueError, "grey must be C-contiguous"),
    ],
)
def test_memory_of_another_kind_is_refused(pixels, error, message):
    with pytest.raises(error) as caught:
        _core.normalize(pixels)

    assert message in str(caught.value)


def test_a_transparency_of_another_size_is_refused():
    with pytest.raises(ValueError, match=r"shape of grey, \(3, 4\), got \(4, 3\)"):
        _core.over_background(np.zeros((3, 4), np.uint8), np.zeros((4, 3), np.uint8))


@pytest.mark.parametrize("orientation", [0, 9])
def test_an_orientation_that_is_none_is_refused(orientation):
    with pytest.raises(ValueError, match=f"from 1 to 8, got {orientation}"):
        _core.upright(np.zeros((3, 4), np.uint8), orientation)


def test_numbers_of_an_unknown_type_are_refused():
    with pytest.raises(TypeError, match="values must be float32, got float64"):
        _core.grey_of(np.zeros((3, 4)))
