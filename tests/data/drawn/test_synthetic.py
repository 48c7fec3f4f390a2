"""The drawn digits: the same bytes everywhere, made as MNIST was, and varied."""

from __future__ import annotations

import numpy as np
import pytest

from digitcli.data.catalog import SYNTHETIC
from digitcli.data.drawn import synthetic
from digitcli.data.drawn.pen import MAX_POINTS, SAMPLES, pen_of
from digitcli.data.drawn.strokes import GLYPHS
from digitcli.data.integrity import inspect
from digitcli.data.store import load_split


@pytest.fixture(scope="module")
def drawn():
    return synthetic.draw(1000, seed=5)


def test_shapes_types_and_equal_classes(drawn):
    images, labels = drawn

    assert (images.shape, images.dtype) == ((1000, 28, 28), np.uint8)
    assert (labels.shape, labels.dtype) == ((1000,), np.uint8)
    assert np.bincount(labels).tolist() == [100] * 10


def test_labels_come_in_random_order(drawn):
    _, labels = drawn

    assert (labels[1:] == labels[:-1]).mean() == pytest.approx(0.1, abs=0.05)


def test_a_seed_gives_the_same_bytes_and_another_seed_others(drawn):
    images, labels = synthetic.draw(1000, seed=5)
    other, _ = synthetic.draw(1000, seed=6)

    assert np.array_equal(images, drawn[0])
    assert np.array_equal(labels, drawn[1])
    assert not np.array_equal(images, other)


@pytest.mark.parametrize("count", [0, 1, 7, 251])
def test_any_number_of_pictures_can_be_drawn(count):
    images, labels = synthetic.draw(count, seed=0)

    assert len(images) == len(labels) == count


def test_every_digit_fits_into_20_by_20_and_fills_it(drawn):
    ink = drawn[0] > 0
    height, width = (
        np.array([np.ptp(np.flatnonzero(lines)) + 1 for lines in ink.any(axis=axis)])
        for axis in (2, 1)
    )

    assert height.max() <= 20
    assert width.max() <= 20
    assert np.maximum(height, width).min() >= 18


def centres_of_mass(images):
    """Row and column, counted from the edge: float64 (n, 2)."""
    ink = images.astype(float)
    middles = np.arange(28) + 0.5
    moments = [(ink.sum(axis=axis) * middles).sum(axis=1) for axis in (2, 1)]
    return np.stack(moments, axis=1) / ink.sum(axis=(1, 2))[:, None]


def test_the_centre_of_mass_lies_in_pixel_14(drawn):
    centres = centres_of_mass(drawn[0])

    assert (np.floor(centres) == 14).mean() > 0.999
    assert np.abs(centres - 14.5).max() < 1  # a digit with all its ink at one end meets the border


def test_mnist_has_its_centres_of_mass_in_pixel_14_too(mnist_dir):
    centres = centres_of_mass(load_split("mnist", "test", mnist_dir).images)

    assert (np.floor(centres) == 14).mean() > 0.999


def test_the_ink_is_about_as_much_as_in_mnist(drawn):
    assert drawn[0].mean() == pytest.approx(33.3, abs=4)  # MNIST's training pictures: 33.32


def test_no_two_pictures_are_alike(drawn):
    assert len(np.unique(drawn[0].reshape(1000, -1), axis=0)) == 1000


def test_pictures_of_one_class_vary_in_pen_and_slant(drawn):
    images, labels = drawn
    for digit in range(10):
        ink = (images[labels == digit] > 127).sum(axis=(1, 2))
        assert np.quantile(ink, 0.9) > 1.4 * np.quantile(ink, 0.1)


def test_every_class_has_several_ways_to_be_written():
    assert sorted(GLYPHS) == list(range(10))
    assert min(len(glyphs) for glyphs in GLYPHS.values()) >= 5


@pytest.mark.parametrize(
    "glyph", [glyph for glyphs in GLYPHS.values() for glyph in glyphs], ids=lambda glyph: glyph.name
)
def test_a_pen_touches_the_paper_at_even_steps_along_the_strokes(glyph):
    pen = pen_of(glyph)
    points = (pen.weights[..., None] * pen.control[pen.index]).sum(axis=1)

    steps = np.hypot(*np.diff(points, axis=0).T)

    assert len(points) == SAMPLES
    assert len(pen.control) <= MAX_POINTS
    assert pen.weights.sum(axis=1) == pytest.approx(1)
    lifts = glyph.strokes.count("|")
    assert (steps > 3 * np.median(steps)).sum() <= lifts


def test_the_files_have_the_hashes_of_the_catalogue(tmp_path):
    synthetic.write(tmp_path)

    assert {found.status for found in inspect(SYNTHETIC, tmp_path)} == {"present"}
