"""Normalisation makes of any picture what MNIST would have made of it."""

from __future__ import annotations

import gzip
import time

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from pictures import digit_picture, templates
from PIL import Image

from digitcli.vision.normalize import normalize

PLAIN = np.asarray(digit_picture())
TEMPLATES = templates()
STEPS = [(down, right) for down in (-1, 0, 1) for right in (-1, 0, 1)]
quick = settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])


def _found(pixels):
    found = normalize(pixels)
    assert found is not None
    return found


def _box(picture):
    rows, columns = np.flatnonzero(picture.any(axis=1)), np.flatnonzero(picture.any(axis=0))
    return rows[-1] - rows[0] + 1, columns[-1] - columns[0] + 1


def _mass_centre(picture):
    down, across = picture.sum(axis=1, dtype=float), picture.sum(axis=0, dtype=float)
    return down @ np.arange(28) / down.sum(), across @ np.arange(28) / across.sum()


def _distance(a, b):
    """Mean difference of two pictures; half a pixel more or less may round to a step of one."""
    return min(np.abs(np.roll(a, step, (0, 1)).astype(int) - b).mean() for step in STEPS)


def _nearest(found):
    """The printed digit whose ink correlates best: small print has strokes a pixel wider."""
    moved = [np.roll(found.picture, step, (0, 1)).ravel() for step in STEPS]
    alike = np.corrcoef(np.vstack([*moved, TEMPLATES.reshape(10, -1)]))[: len(moved), len(moved) :]
    return int(alike.max(axis=0).argmax())


@quick
@given(
    arrays.arrays(np.uint8, arrays.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=60))
)
def test_any_array_gives_a_picture_or_nothing(pixels):
    found = normalize(pixels)

    if found is not None:
        assert found.picture.shape == (28, 28)
        assert found.picture.dtype == np.uint8
        assert found.picture.max() > 0
        x, y, width, height = found.box
        assert width > 0
        assert height > 0
        assert 0 <= x <= x + width <= pixels.shape[1]
        assert 0 <= y <= y + height <= pixels.shape[0]


@example(digit=6, height=41, left=0, top=0, inverted=False)
@example(digit=6, height=49, left=0, top=0, inverted=False)
@quick
@given(
    digit=st.integers(0, 9),
    height=st.integers(40, 400),
    left=st.integers(0, 60),
    top=st.integers(0, 60),
    inverted=st.booleans(),
)
def test_place_size_and_polarity_do_not_matter(digit, height, left, top, inverted):
    other = np.asarray(digit_picture(digit, height, height * 3 // 4))
    other = np.pad(other, ((top, 10), (left, 10)), constant_values=255)

    found = _found(255 - other if inverted else other)

    assert _distance(found.picture, TEMPLATES[digit]) < 20
    assert _nearest(found) == digit
    assert max(_box(found.picture)) <= 20
    row, column = _mass_centre(found.picture)
    assert abs(row - 14) <= 0.55
    assert abs(column - 14) <= 0.55


def test_inversion_changes_no_bit():
    assert np.array_equal(_found(PLAIN).picture, _found(255 - PLAIN).picture)


def test_the_box_is_where_the_digit_was():
    pixels = np.full((100, 200), 250, np.uint8)
    pixels[30:70, 120:130] = 10

    assert _found(pixels).box == (120, 30, 10, 40)


def test_the_box_of_a_large_picture_is_in_its_own_pixels():
    pixels = np.full((3000, 4000), 250, np.uint8)
    pixels[1000:1800, 2000:2400] = 10

    x, y, width, height = _found(pixels).box

    assert np.abs(np.subtract((x, y, width, height), (2000, 1000, 400, 800))).max() <= 8


@pytest.mark.parametrize("side", [8, 14, 28, 56, 1200])
def test_a_digit_of_any_size_fills_twenty_pixels(side):
    pixels = np.zeros((side, side), np.uint8)
    pixels[side // 8 : -side // 8, side * 3 // 8 : side * 5 // 8] = 255

    assert max(_box(_found(pixels).picture)) == 20


@pytest.mark.parametrize(
    "pixels",
    [
        np.zeros((1, 1), np.uint8),
        np.full((1, 1), 255, np.uint8),
        np.zeros((1, 2000), np.uint8),
        np.full((2000, 1), 200, np.uint8),
        np.zeros((300, 300), np.uint8),
        np.full((300, 300), 255, np.uint8),
        np.random.default_rng(0).integers(0, 256, (200, 200), dtype=np.uint8),
        np.random.default_rng(0).normal(200, 10, (200, 200)).astype(np.uint8),
        np.linspace(60, 250, 200).astype(np.uint8) * np.ones((200, 1), np.uint8),
    ],
    ids=[
        "1x1",
        "1x1-white",
        "1x2000",
        "2000x1",
        "black",
        "white",
        "uniform-noise",
        "grain",
        "shade",
    ],
)
def test_a_picture_without_ink_has_no_digit(pixels):
    assert normalize(pixels) is None


def test_lone_dust_does_not_move_the_digit():
    dusty = np.pad(PLAIN, 60, constant_values=255)
    clean = _found(dusty).picture
    dusty[3, 3] = dusty[-5, 9] = dusty[20, -2] = 0

    assert np.array_equal(_found(dusty).picture, clean)


def test_grain_and_sloping_light_do_not_change_the_digit():
    rng = np.random.default_rng(3)
    light = np.linspace(1, 0.6, PLAIN.shape[0])[:, None]
    shaded = 20 + (PLAIN * 0.85) * light + rng.normal(0, 3, PLAIN.shape)

    assert _distance(_found(np.clip(shaded, 0, 255).astype(np.uint8)).picture, TEMPLATES[7]) < 8


def test_faint_pencil_comes_out_white():
    pencil = (200 + (PLAIN.astype(int) - 255) * 40 // 255).astype(np.uint8)

    assert _found(pencil).picture.max() >= 230


def test_a_tight_cut_keeps_its_polarity():
    y, x = np.mgrid[-1:1:16j, -1:1:16j]
    ring = np.clip(1 - np.abs(np.hypot(x, y) - 0.85) / 0.3, 0, 1)  # covers most of the rim
    pixels = np.rint(255 * ring).astype(np.uint8)

    for tight in (pixels, 255 - pixels):
        picture = _found(tight).picture
        assert picture[13:15, 13:15].max() < 40 < 200 < picture.max()


def test_proportions_are_kept():
    bar = np.zeros((100, 100), np.uint8)
    bar[10:90, 45:55] = 255

    assert _box(_found(bar).picture) == (20, 2)


def test_sixteen_megapixels_take_bounded_time():
    large = np.full((4000, 4000), 240, np.uint8)
    large[1000:3000, 1900:2100] = 20
    start = time.perf_counter()

    assert _found(large).picture.max() > 200

    assert time.perf_counter() - start < 5


@pytest.fixture(scope="module")
def mnist(mnist_dir):
    data = gzip.decompress((mnist_dir / "t10k-images-idx3-ubyte.gz").read_bytes())
    return np.frombuffer(data, np.uint8, offset=16).reshape(-1, 28, 28)[:1500]


def test_mnist_comes_out_bit_for_bit(mnist):
    same = [np.array_equal(_found(picture).picture, picture) for picture in mnist]

    assert np.mean(same) > 0.998


def test_inverted_mnist_comes_out_bit_for_bit(mnist):
    same = [np.array_equal(_found(255 - picture).picture, picture) for picture in mnist]

    assert np.mean(same) > 0.998


def test_enlarged_mnist_comes_out_much_the_same(mnist):
    distances = []
    for picture in mnist[:200]:
        large = Image.fromarray(picture).resize((140, 140), Image.Resampling.BICUBIC)
        distances.append(_distance(_found(np.asarray(large)).picture, picture))

    assert np.mean(distances) < 8
    assert max(distances) < 20
