"""What is no matrix of probabilities is refused, and says where it is not."""

from __future__ import annotations

import math

import pytest

from digitcli.errors import DataError
from digitcli.vision.columns.decode import decode

SIXTEEN = b"\0\0\x80\x3f" + bytes(60)  # a sure 0
BAD = {
    "no columns": (b"", "got 0 bytes"),
    "a cut column": (SIXTEEN[:-1], "got 63 bytes"),
    "fifteen classes": (memoryview(bytes(60)).cast("f", (1, 15)), r"got \(1, 15\)"),
    "one axis": (memoryview(SIXTEEN).cast("f"), r"got \(16,\)"),
    "integers": (memoryview(SIXTEEN).cast("i", (1, 16)), "must be float32, got format 'i'"),
    "no buffer": ([[1.0] * 16], "must be float32, got list"),
    "not a number": (memoryview(b"\0\0\xc0\x7f" + SIXTEEN[4:]), "class 0: nan is no probability"),
    "infinity": (memoryview(b"\0\0\x80\x7f" + SIXTEEN[4:]), "class 0: inf is no probability"),
    "below zero": (memoryview(SIXTEEN[:60] + b"\0\0\x80\xbf"), "class 15: -1.0+ is no probability"),
    "logits": (SIXTEEN + SIXTEEN[:4] * 16, "column 1: the probabilities sum to 16.0+, expected 1"),
    "all zero": (bytes(64), "column 0: the probabilities sum to 0.0+, expected 1"),
}


@pytest.mark.parametrize("bad", BAD)
def test_what_are_no_columns_is_refused(bad):
    columns, message = BAD[bad]

    with pytest.raises(DataError, match=message):
        decode(columns)


@pytest.mark.parametrize("temperature", [0, -1, math.nan, math.inf])
def test_a_temperature_is_above_zero(temperature):
    with pytest.raises(DataError, match="temperature must be above 0"):
        decode(SIXTEEN, temperature=temperature)


@pytest.mark.parametrize("beam", [0, -3, 1 << 30])
def test_a_beam_holds_at_least_one_prefix(beam):
    with pytest.raises(DataError, match="beam must be from 1 to"):
        decode(SIXTEEN, beam=beam)
