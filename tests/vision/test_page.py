"""A page's ink stays what it is under any light, polarity and rules around it."""

from __future__ import annotations

import numpy as np
import pytest
from pictures import digit_picture

from digitcli import _core
from digitcli.vision.normalize import normalize
from digitcli.vision.page import prepare


def number(height: int = 240, width: int = 480) -> np.ndarray:
    """Four digits in a row, uint8 (height, width), black on white."""
    parts = [np.asarray(digit_picture(d, height, width // 4)) for d in (2, 5, 8, 3)]
    return np.hstack(parts)


def overlap(one, other) -> float:
    """Shared ink of two masks over all of it."""
    one, other = np.asarray(one) > 0, np.asarray(other) > 0
    return float((one & other).sum() / max(1, (one | other).sum()))


def test_sloping_light_and_a_shadow_change_no_ink():
    plain = number()
    light = (
        np.linspace(0.4, 1, plain.shape[1])[None, :]
        * np.where(np.arange(plain.shape[0]) < 100, 0.75, 1.0)[:, None]
    )

    assert overlap(prepare(plain).mask, prepare((plain * light).astype(np.uint8)).mask) > 0.9


def test_light_on_dark_has_the_same_ink_and_says_so():
    plain = number() // 2 + 60

    dark, light = prepare(plain), prepare(255 - plain)

    assert (dark.light_ink, light.light_ink) == (False, True)
    assert overlap(dark.mask, light.mask) > 0.9


@pytest.mark.parametrize("degrees", [-5, 0, 5])
def test_rules_are_taken_out_without_cutting_the_digits(degrees):
    plain = np.pad(number(), 60, constant_values=255)
    ruled = plain.copy()
    across = np.arange(plain.shape[1])
    for y in (40, 250):
        line = np.round(y + (across - across.mean()) * np.tan(np.radians(degrees))).astype(int)
        for thick in range(3):
            ruled[np.clip(line + thick, 0, len(ruled) - 1), across] = 40

    found, wanted = prepare(ruled), prepare(plain)

    assert len(found.ruled_lines) >= 2
    assert overlap(found.mask, wanted.mask) > 0.9


def test_specks_are_dropped():
    rng = np.random.default_rng(3)
    plain = number()
    dusty = plain.copy()
    dusty[rng.integers(0, 240, 60), rng.integers(0, 480, 60)] = 0

    assert overlap(prepare(dusty).mask, prepare(plain).mask) > 0.95


@pytest.mark.parametrize("sides", ["left", "left top", "left top right bottom", "top bottom"])
@pytest.mark.parametrize("digit", [None, 1, 4, 7])
def test_a_cell_is_its_digit_and_blank_without_one(sides, digit):
    inner = np.full((128, 128), 200, np.uint8)
    if digit is not None:
        inner[20:110, 30:98] = np.minimum(np.asarray(digit_picture(digit, 90, 68)), 200)
    cell = inner.copy()
    for side in sides.split():
        place = {"left": np.s_[:, 3:8], "right": np.s_[:, -8:-3]}
        place |= {"top": np.s_[3:8], "bottom": np.s_[-8:-3]}
        cell[place[side]] = 50

    found = normalize(cell)

    if digit is None:
        assert found is None
    else:
        plain = normalize(inner)
        assert found is not None
        assert plain is not None
        assert np.abs(found.picture.astype(int) - plain.picture).mean() < 3


@pytest.mark.parametrize("shape", [(1, 1), (1, 2000), (2000, 1), (2, 2), (3000, 7), (64, 64)])
@pytest.mark.parametrize("kind", ["white", "black", "noise", "stripes"])
def test_hostile_pictures_are_prepared(shape, kind):
    pixels = np.full(shape, 255 * (kind == "white"), np.uint8)
    if kind == "noise":
        pixels = np.random.default_rng(2).integers(0, 256, shape, np.uint8)
    if kind == "stripes":
        pixels[::2, ::2] = 255

    page = prepare(pixels)
    found = normalize(pixels)

    height, width = memoryview(page.ink).shape or (0, 0)
    assert (height, width) == tuple(-(-side // page.factor) for side in shape)
    if kind in ("white", "black"):
        assert not np.asarray(page.mask).any()
        assert found is None


def test_marked_pixels_without_any_ink_are_no_digit():
    ink, mask = np.zeros((9, 9), np.uint8), np.ones((9, 9), np.uint8)

    assert _core.normalize_ink(ink, mask, mask) is None


def test_ink_outlives_its_page():
    expected = bytes(prepare(number()).ink)

    ink = prepare(number()).ink
    prepare(number(700, 900))  # would take the memory, if it were free

    assert ink.readonly
    assert bytes(ink) == expected
