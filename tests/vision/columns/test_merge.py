"""Several looks at one line, and slashes where no slash can be."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digitcli import _core
from digitcli.signs import SIGNS
from digitcli.vision.columns.merge import merged, plausible

CLASSES = len(SIGNS) + 1


def looks_of(seed: int, count: int, columns: int) -> np.ndarray:
    values = np.random.default_rng(seed).random((count, columns, CLASSES)) ** 8
    return (values / values.sum(axis=2, keepdims=True)).astype(np.float32)


@settings(max_examples=40)
@given(st.integers(0, 999), st.integers(1, 4), st.integers(1, 9), st.integers(0, (1 << 15) - 1))
def test_the_mean_is_geometric_and_what_is_left_out_gets_nothing(seed, count, columns, without):
    looks = looks_of(seed, count, columns)

    found = np.frombuffer(merged(list(looks), without), np.float32).reshape(columns, CLASSES)

    kept = np.array([not without >> c & 1 for c in range(CLASSES)])
    expected = np.exp(np.log(np.maximum(looks.astype(float), 1e-6)).mean(axis=0)) * kept
    expected /= expected.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(found, expected, rtol=1e-5)
    assert not found[:, ~kept].any()


def test_one_look_stays_as_it_is():
    look = looks_of(1, 1, 7)[0]

    np.testing.assert_allclose(
        np.frombuffer(merged([look.tobytes()]), np.float32), look.ravel(), atol=2e-6
    )


@pytest.mark.parametrize("looks", [[], [looks_of(0, 1, 3)[0], looks_of(0, 1, 4)[0]]])
def test_looks_that_are_none_or_differ_in_length_are_refused(looks):
    with pytest.raises(ValueError, match="look"):
        _core.merge_columns(looks)


def columns_of(*signs: tuple[str, str]) -> bytearray:
    """A sign, and what it might be instead with a fifth of the probability, then a blank, ..."""
    rows = np.full((2 * len(signs), CLASSES), 1e-4, np.float32)
    rows[1::2, -1] = 1
    for place, (sign, other) in enumerate(signs):
        rows[2 * place, SIGNS.index(sign)] = 0.8
        rows[2 * place, SIGNS.index(other)] += 0.19
    rows /= rows.sum(axis=1, keepdims=True)
    return bytearray(rows.tobytes())


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("/5400", "15400"),
        ("5.3/5", "5.315"),
        ("12/", "121"),
        ("1/2/3", "11213"),
        ("12345/6", "1234516"),
        ("12/3", "12/3"),
        ("-1/2", "-1/2"),
        ("3/11/26", "3/11/26"),
        ("31/12/2026", "31/12/2026"),
    ],
)
def test_a_slash_that_parts_no_fraction_or_date_is_a_leaning_1(written, read):
    columns, text = plausible(columns_of(*((sign, "1") for sign in written)))

    assert text.written == read
    values = np.frombuffer(columns, np.float32).reshape(-1, CLASSES)
    assert values[:, SIGNS.index("/")].any() == ("/" in read)
