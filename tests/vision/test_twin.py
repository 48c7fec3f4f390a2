"""The C++ that reads pictures gives what its slow twin in NumPy gives."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from pictures import digit_picture
from twin import alone as alone_twin
from twin import grey as grey_twin
from twin import normalize as twin
from twin import page as page_twin

from digitcli import _core
from digitcli.vision.files import grey
from digitcli.vision.normalize import normalize, stands_alone
from digitcli.vision.page import prepare

SHAPES = arrays.array_shapes(min_dims=2, max_dims=2, max_side=40)
BYTES = arrays.arrays(np.uint8, SHAPES)
thorough = settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])
few = settings(thorough, max_examples=25)


@pytest.fixture
def rng():
    return np.random.default_rng(5)


def same_page(pixels: np.ndarray) -> bool:
    """Whether both find the same ink, to the bit."""
    found, expected = prepare(pixels, remove_ruled_lines=False), page_twin.prepare(pixels)
    facts = (found.light_ink, found.contrast, found.stroke)
    return (
        facts == (expected.light_ink, expected.contrast, expected.stroke)
        and np.array_equal(found.mask, expected.mask)
        and np.array_equal(found.ink, expected.ink)
    )


@few
@given(BYTES)
def test_any_picture_has_the_same_ink(pixels):
    assert same_page(pixels)


@few
@given(
    st.integers(0, 9),
    st.integers(12, 70),
    st.integers(12, 70),
    st.integers(0, 2**32),
    st.booleans(),
)
def test_noisy_digits_of_any_size_have_the_same_ink(digit, h, w, seed, inverted):
    rng = np.random.default_rng(seed)
    picture = np.asarray(digit_picture(digit, h, w))
    light = np.linspace(0, rng.uniform(0, 60), w)
    noisy = picture * rng.uniform(0.3, 0.7) + light + rng.normal(0, rng.uniform(0, 9), (h, w))
    pixels = np.clip(255 - noisy if inverted else noisy, 0, 255).astype(np.uint8)

    assert same_page(pixels)


@thorough
@given(st.data())
def test_any_part_of_a_page_becomes_the_same_digit(data):
    shape = data.draw(SHAPES)
    ink, mask, keep = (data.draw(arrays.arrays(np.uint8, shape)) for _ in range(3))
    mask, keep = mask & 1, keep & 1

    found = _core.normalize_ink(ink, mask, keep)

    expected = twin.crop(ink, mask, keep)
    assert (found is None) == (expected is None)
    if found is not None and expected is not None:
        assert found[1] == expected[1]
        assert bytes(found[0]) == expected[0].tobytes()


@pytest.mark.parametrize("inverted", [False, True])
def test_pictures_of_mnist_are_left_alone(inverted, rng):
    field = np.zeros((28, 28), np.uint8)
    field[4:24, 8:20] = rng.integers(1, 256, (20, 12))
    centred = twin.center(field[4:24, 8:20].astype(np.float32))
    expected = twin.mnist_picture(centred)
    assert expected is not None

    found = normalize(255 - centred if inverted else centred)

    assert found is not None
    assert np.array_equal(found.picture, centred)
    assert np.array_equal(expected, centred)


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
def test_an_array_in_any_memory_order_is_read_the_same(turn):
    turned = turn(np.asarray(digit_picture(5)))

    found, expected = normalize(turned), normalize(np.ascontiguousarray(turned))

    assert found is not None
    assert expected is not None
    assert np.array_equal(found.picture, expected.picture)


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


@pytest.mark.parametrize("other", ["mask", "keep"])
def test_marks_of_another_size_than_the_ink_are_refused(other):
    parts = {name: np.zeros((3, 4), np.uint8) for name in ("ink", "mask", "keep")}
    parts[other] = np.zeros((4, 3), np.uint8)

    with pytest.raises(ValueError, match=rf"{other} must .* ink, \(3, 4\), got \(4, 3\)"):
        _core.normalize_ink(*parts.values())


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


@thorough
@given(arrays.arrays(np.uint8, SHAPES, elements=st.sampled_from([0, 90, 128, 160, 255])), st.data())
def test_a_digit_stands_alone_where_its_twin_says_so(pixels, data):
    height, width = pixels.shape
    x, y = data.draw(st.integers(0, width - 1)), data.draw(st.integers(0, height - 1))
    wide, high = data.draw(st.integers(1, width - x)), data.draw(st.integers(1, height - y))
    assert stands_alone(pixels, (x, y, wide, high)) == alone_twin.stands_alone(
        pixels, (x, y, wide, high)
    )


@pytest.mark.parametrize("box", [(-1, 0, 2, 2), (0, 0, 0, 2), (3, 0, 3, 2), (0, 0, 2, 2**31 - 1)])
def test_a_box_outside_of_the_picture_is_refused(box):
    with pytest.raises(ValueError, match="box must lie in grey"):
        stands_alone(np.zeros((4, 5), np.uint8), box)
