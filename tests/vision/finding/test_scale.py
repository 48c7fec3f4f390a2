"""Pictures at other sizes, against slow twins."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitcli import _core


def shares(old, new):
    """How much each of `old` pixels is part of each of `new`: a matrix (new, old)."""
    edges = np.arange(new + 1) * old / new
    if new < old:
        covered = np.minimum(edges[1:, None], np.arange(old) + 1) - np.maximum(
            edges[:-1, None], np.arange(old)
        )
        return np.maximum(covered, 0) * new / old
    middles = np.clip((np.arange(new) + 0.5) * old / new - 0.5, 0, old - 1)
    return np.maximum(0, 1 - np.abs(middles[:, None] - np.arange(old)))


@given(
    *(st.integers(1, 40) for _ in range(4)),
    st.integers(0, 2**32 - 1),
)
def test_a_scaled_picture_is_the_twins(height, width, rows, columns, seed):
    grey = np.random.default_rng(seed).integers(0, 256, (height, width), np.uint8)

    found = np.frombuffer(_core.scaled(grey, rows, columns), np.uint8).reshape(rows, columns)

    exact = shares(height, rows) @ grey @ shares(width, columns).T
    assert np.abs(found - exact).max() <= 0.51


@given(*(st.integers(1, 30) for _ in range(4)))
def test_a_picture_is_filled_up_with_its_median(height, width, more, wider):
    grey = np.arange(height * width, dtype=np.uint8).reshape(height, width) // 2

    found = _core.filled_up(grey, height + more, width + wider)

    found = np.frombuffer(found, np.uint8).reshape(height + more, width + wider)
    np.testing.assert_array_equal(found[:height, :width], grey)
    rest = np.ones(found.shape, bool)
    rest[:height, :width] = False
    assert set(found[rest]) == {np.sort(grey, axis=None)[(grey.size - 1) // 2]}


@pytest.mark.parametrize("size", [(0, 5), (5, 0), (-1, 5), (1 << 21, 5)])
def test_impossible_sizes_are_refused(size):
    grey = np.zeros((4, 4), np.uint8)

    with pytest.raises(ValueError, match="height and width must be"):
        _core.scaled(grey, *size)
    with pytest.raises(ValueError, match="height and width must be"):
        _core.filled_up(grey, *size)


def test_a_picture_is_not_filled_up_to_a_smaller_one():
    with pytest.raises(ValueError, match="grey must fit"):
        _core.filled_up(np.zeros((4, 4), np.uint8), 3, 8)


def test_only_pairs_that_are_there_are_read():
    values = np.arange(24, dtype=np.float32)

    found = np.frombuffer(_core.inside_of(values, 4, 2, 3), np.float32)

    assert found.tolist() == [1, 3, 5, 9, 11, 13]
    for wrong in ((4, 4, 3), (2, 2, 3), (13, 1, 13)):
        with pytest.raises(ValueError, match="values must hold"):
            _core.inside_of(values, *wrong)
