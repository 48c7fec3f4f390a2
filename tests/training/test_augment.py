"""Augmentation: what each change does to a picture, and who draws which random numbers."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys

import numpy as np
import pytest

from digitcli.data.drawn.synthetic import draw
from digitcli.training.augmentation import Augmentation

pytestmark = pytest.mark.train
pytest.importorskip("tensorflow", reason="needs TensorFlow (the train extra)")

from digitcli.training import augment as changes  # noqa: E402
from digitcli.training.compute.backend import keras, tensorflow  # noqa: E402

ALL = Augmentation(rotation=15, shift=2, scale=0.15, shear=0.2, elastic=0.8, stroke=0.8, noise=0.05)
KEY = np.array([3, 7], np.int32)
AFFINE = ("rotation", "wide", "high", "slant", "across", "down")


@pytest.fixture(scope="module")
def images():
    """Uint8 (24, 28, 28)."""
    return draw(24, seed=5)[0]


def augmented(images, key=KEY, settings=ALL, first=0):
    return keras.ops.convert_to_numpy(changes.augment(images, key, settings, first))


def warped(images, numbers, settings=Augmentation()):
    numbers = np.asarray(numbers, np.float32)
    return keras.ops.convert_to_numpy(
        changes.warp(images, keras.ops.convert_to_tensor(numbers), changes.basis(settings))
    )


def moved(image, settings, **amounts):
    """`image` with a share of the largest move of each kind; the rest is left alone."""
    share = np.array([[amounts.get(name, 0.0) for name in AFFINE]], np.float32)
    return warped(image[None], changes.affine(share, settings))[0]


def reference_warp(images, numbers, basis):
    """Float64: bilinear between the four pixels around each place; black outside."""
    count = len(images)
    padded = np.zeros((count, 32, 32))
    padded[:, 1:29, 1:29] = images
    x, y = np.moveaxis(numbers.astype(np.float64) @ basis.astype(np.float64) + 14.5, 1, 0)
    x, y = np.clip(x, 0, 29), np.clip(y, 0, 29)
    column, row = np.floor(x).astype(int), np.floor(y).astype(int)
    across, down = x - column, y - row
    each = np.arange(count)[:, None]
    upper = (1 - across) * padded[each, row, column] + across * padded[each, row, column + 1]
    lower = (1 - across) * padded[each, row + 1, column]
    lower += across * padded[each, row + 1, column + 1]
    return ((1 - down) * upper + down * lower).reshape(count, 28, 28)


def light_beside(rows):
    """Mean column of the light in rows (h, 28), from the centre."""
    return rows.sum(0) @ (np.arange(28) - 13.5) / rows.sum()


def centre_of(picture):
    """Mean column and row of a picture's light, from the picture's centre."""
    return light_beside(picture), light_beside(picture.T)


def test_a_warp_is_bilinear_to_float32_rounding(images):
    settings = Augmentation(rotation=30, shift=4, scale=0.3, shear=0.3, elastic=2)
    numbers = keras.ops.convert_to_numpy(changes.coefficients(KEY, len(images), settings))
    basis = changes.basis(settings)

    actual = warped(images, numbers, settings)

    # Two neighbours differ by up to 255, and a place is a sum of so many rounded products.
    largest = (np.abs(numbers) @ np.abs(basis)).max() + 29
    place = (basis.shape[0] + 3) * np.finfo(np.float32).eps * largest
    assert np.abs(actual - reference_warp(images, numbers, basis)).max() <= 255 * (2 * place + 1e-6)


def test_no_change_keeps_every_bit(images):
    assert (augmented(images, settings=Augmentation()) == images).all()
    assert (warped(images, np.tile([[1, 0, 0], [0, 1, 0]], (24, 1, 1))) == images).all()


@pytest.mark.parametrize(("across", "down"), [(3, -2), (-28, 0), (0, 5), (40, 40)])
def test_a_shift_by_whole_pixels_moves_them_and_leaves_black(images, across, down):
    frame = np.zeros((24, 28 * 5, 28 * 5), np.uint8)
    frame[:, 56:84, 56:84] = images
    expected = np.roll(frame, (down, across), (1, 2))[:, 56:84, 56:84]

    actual = warped(images, np.tile([[1, 0, -across], [0, 1, -down]], (24, 1, 1)))

    assert (actual == expected).all()


def test_moves_go_where_their_names_say():
    point, bar = np.zeros((2, 28, 28), np.uint8)
    point[2:5, 13:15] = 255  # straight above the centre
    bar[4:24, 13:15] = 255
    settings = Augmentation(rotation=90, shift=5, scale=0.5, shear=0.5)

    turned = centre_of(moved(point, settings, rotation=1))
    shifted = centre_of(moved(point, settings, across=1, down=0.4))
    wide = moved(bar, settings, wide=1)
    high = moved(bar, settings, high=-1)
    slanted = moved(bar, settings, slant=1)

    assert turned == pytest.approx((10.5, 0), abs=0.02), "clockwise, from the top to the right"
    assert shifted == pytest.approx((5, -10.5 + 2), abs=0.02)
    assert centre_of(wide) == centre_of(high) == pytest.approx((0, 0), abs=0.02)
    assert wide.sum() == pytest.approx(1.5 * bar.sum(), rel=0.02)
    assert high.sum() == pytest.approx(0.5 * bar.sum(), rel=0.02)
    assert light_beside(slanted[:14]) == pytest.approx(0.5 * 5, abs=0.3)
    assert light_beside(slanted[14:]) == pytest.approx(-0.5 * 5, abs=0.3)


def test_the_limits_are_kept_and_reached():
    settings = Augmentation(rotation=20, shift=3, scale=0.2, shear=0.3)

    numbers = keras.ops.convert_to_numpy(changes.coefficients(KEY, 4000, settings))

    shift = np.linalg.solve(numbers[:, :, :2].astype(float), -numbers[:, :, 2:])[..., 0]
    forward = np.linalg.inv(numbers[:, :, :2].astype(float))
    angle = np.degrees(np.arctan2(forward[:, 1, 0], forward[:, 0, 0]))  # where (1, 0) goes
    wide = np.hypot(forward[:, 0, 0], forward[:, 1, 0])
    assert 2.97 < np.abs(shift).max() <= 3.001
    assert 19.8 < np.abs(angle).max() <= 20.001
    assert wide.min() == pytest.approx(0.8, abs=0.005)
    assert wide.max() == pytest.approx(1.2, abs=0.005)
    assert np.linalg.det(forward).max() == pytest.approx(1.44, abs=0.03)


@pytest.mark.parametrize("smoothness", [2.5, 4.0, 7.0])
def test_elastic_displacements_have_the_deviation_and_smoothness_asked_for(smoothness):
    settings = Augmentation(elastic=1.5, elastic_smoothness=smoothness)

    numbers = keras.ops.convert_to_numpy(changes.coefficients(KEY, 4000, settings))
    field = (numbers[:, :, 3:] @ changes.basis(settings)[3:]).reshape(8000, 28, 28)

    assert field.std(0) == pytest.approx(1.5, rel=0.06), "at the border as in the middle"
    assert abs(field.mean()) < 0.02
    apart = round(smoothness)
    middle, beside = field[:, 14, 14], field[:, 14, 14 + apart]
    correlation = np.corrcoef(middle, beside)[0, 1]
    assert correlation == pytest.approx(np.exp(-((apart / smoothness) ** 2) / 4), abs=0.06)


def test_strokes_change_their_width_by_the_pixels_asked_for():
    bar = np.zeros((1, 28, 28), np.float32)
    bar[:, :, 10:14] = 255

    def width(change):
        pictures = changes.change_strokes(bar, np.full((1, 1, 1), change, np.float32))
        return float(keras.ops.convert_to_numpy(pictures)[0, 14].sum() / 255)

    assert [width(change) for change in (-1, -0.25, 0, 0.25, 1)] == [2, 3.5, 4, 4.5, 6]


def test_noise_has_the_deviation_asked_for():
    grey = np.full((50, 28, 28), 128, np.uint8)

    noise = augmented(grey, settings=Augmentation(noise=0.1)) - 128

    assert noise.std() == pytest.approx(25.5, rel=0.02)
    assert abs(noise.mean()) < 0.5


def test_pictures_stay_from_black_to_white(images):
    wild = Augmentation(180, 14, 0.75, 1, 8, 2, 2, 1)

    pictures = augmented(images, settings=wild)

    assert pictures.dtype == np.float32
    assert (pictures.min(), pictures.max()) == (0, 255)


def test_the_key_alone_decides_what_is_drawn(images):
    again, other_step, other_seed = augmented(images), np.array([3, 8]), np.array([4, 7])

    assert (augmented(images) == again).all()
    for key in (other_step, other_seed):
        assert (augmented(images, key) != again).any(axis=(1, 2)).all()


def test_pictures_of_one_batch_differ_in_their_changes(images):
    same = np.repeat(images[:1], 24, axis=0)

    different = np.unique(augmented(same).reshape(24, -1), axis=0)

    assert len(different) == 24


def test_parts_of_a_batch_add_up_to_the_whole(images):
    whole = augmented(images)

    parts = [augmented(images[at : at + 8], first=at) for at in (0, 8, 16)]

    # a product of smaller matrices may add in another order
    assert np.concatenate(parts) == pytest.approx(whole, abs=0.01)
    only_drawn = Augmentation(stroke=1, noise=0.1)
    whole = augmented(images, settings=only_drawn)
    assert (augmented(images[8:], settings=only_drawn, first=8) == whole[8:]).all()


@pytest.mark.parametrize("jit", [False, True], ids=["graph", "xla"])
def test_compiled_pictures_are_the_same(images, jit):
    tf = tensorflow()
    compiled = tf.function(
        lambda pixels, key, first: changes.augment(pixels, key, ALL, first), jit_compile=jit
    )

    actual = compiled(tf.constant(images[8:]), tf.constant(KEY), tf.constant(8)).numpy()

    assert actual == pytest.approx(augmented(images)[8:], abs=0.01)


def test_jax_makes_the_same_pictures(images, tmp_path):
    if importlib.util.find_spec("jax") is None:
        pytest.skip("JAX is not installed")
    np.save(tmp_path / "images.npy", images)
    code = f"""
import jax, numpy as np
from digitcli.training import augment
from digitcli.training.augmentation import Augmentation
change = jax.jit(lambda pixels, key: augment.augment(pixels, key, {ALL!r}))
np.save("changed.npy", change(np.load("images.npy"), np.array([3, 7], np.int32)))
"""
    environment = os.environ | {"KERAS_BACKEND": "jax", "JAX_PLATFORMS": "cpu"}

    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=environment, check=True)

    assert np.load(tmp_path / "changed.npy") == pytest.approx(augmented(images), abs=0.01)
