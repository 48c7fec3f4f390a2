"""Alignment by edit distance, against a recursive twin."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitcli.evaluation.alignment import StringAnswer, align

FEW_DIGITS = st.text("012", max_size=7)


@cache
def distance(a: str, b: str) -> int:
    """The definition, without a table."""
    if not a or not b:
        return len(a) + len(b)
    here = distance(a[1:], b[1:]) + (a[0] != b[0])
    return min(here, distance(a[1:], b) + 1, distance(a, b[1:]) + 1)


@given(FEW_DIGITS, FEW_DIGITS)
def test_an_alignment_has_as_few_edits_as_there_can_be(a, b):
    assert sum(truth != read for truth, read in align(a, b)) == distance(a, b)


@given(FEW_DIGITS, FEW_DIGITS)
def test_an_alignment_spells_both_strings_and_never_pairs_nothing_with_nothing(a, b):
    pairs = align(a, b)

    assert "".join(truth for truth, _ in pairs) == a
    assert "".join(read for _, read in pairs) == b
    assert ("", "") not in pairs


@pytest.mark.parametrize(
    ("label", "text", "edits"),
    [
        ("4172", "4172", []),
        ("4172", "4772", [("1", "7")]),
        ("21", "2", [("1", "")]),
        ("821", "1821", [("", "1")]),
        ("", "1", [("", "1")]),
        ("305", "", [("3", ""), ("0", ""), ("5", "")]),
    ],
)
def test_edits_name_what_was_read_for_what(label, text, edits):
    assert [pair for pair in align(label, text) if pair[0] != pair[1]] == edits


@pytest.mark.parametrize(
    ("label", "text", "exact"),
    [
        ("20.5", "205", True),
        ("20.5", "25", False),
        ("12\n34", "12\n34", True),
        ("1234", "12\n34", False),
        ("12\n34", "1234", False),
        ("", "", True),
        ("", "1", False),
        ("-", "", True),
    ],
)
def test_separators_do_not_count_but_ends_of_lines_do(label, text, exact):
    assert StringAnswer(label, text, 0.9).exact is exact


def test_separators_count_as_written():
    assert StringAnswer("20.5", "205", 0.9, "20.5").exact_as_written
    assert not StringAnswer("20.5", "205", 0.9, "205").exact_as_written
    assert StringAnswer("1 000,-", "1000", 0.9, "1000,-").exact_as_written


def test_a_picture_that_cannot_be_read_is_not_exact_even_without_a_number():
    assert not StringAnswer("", "", None, error="a.png: no picture").exact
