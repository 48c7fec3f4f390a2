"""Patterns of numbers, against Python's own regular expressions."""

from __future__ import annotations

import itertools
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digitcli.errors import UsageError
from digitcli.vision.rules.patterns import compile_pattern
from digitcli.vision.rules.rule import follows

ALPHABET = "0129"
SHORT = ["".join(p) for n in range(5) for p in itertools.product(ALPHABET, repeat=n)]

ATOMS = st.sampled_from(["0", "1", "9", r"\d", ".", "[12]", "[0-1]", "[^0-8]", "[^12]"])
COUNTS = st.sampled_from(["?", "*", "+", "{2}", "{0,1}", "{1,}", "{1,3}", "{0}"])
PATTERNS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map("".join),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: f"({'|'.join(parts)})"),
        st.tuples(inner, COUNTS).map(lambda both: f"(?:{both[0]}){both[1]}"),
    ),
    max_leaves=6,
)


@settings(max_examples=60, deadline=None)
@given(PATTERNS)
def test_pattern_accepts_what_a_regular_expression_matches(pattern):
    matching = [text for text in SHORT if re.fullmatch(pattern, text)]
    try:
        automaton = compile_pattern(pattern)
    except UsageError:
        assert not any(matching), pattern  # at most the empty text
        return

    assert [text for text in SHORT if follows(automaton, text)] == matching


@pytest.mark.parametrize("pattern", [r"\d{5}", r"^\d{5}$", "[0-9]{5}", "(?:.){5}", ".....|.{5}"])
def test_five_digits_can_be_written_in_many_ways(pattern):
    automaton = compile_pattern(pattern)

    assert follows(automaton, "01234")
    assert not follows(automaton, "0123")
    assert not follows(automaton, "012345")


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        (r"\d{5", "position 5: expected } or ,, found the end"),
        (r"\d{,5}", "position 4: expected a number, found ','"),
        (r"\d{3,2}", "position 3: {3,2} asks for at least 3, at most 2"),
        (r"\d{9999}", "position 4: at most 1000 repetitions, found 9999"),
        ("12a", "position 3: expected a digit, \\d, a dot, [ or (, found 'a'"),
        (r"1\w", "position 3: expected d (\\d is any digit), found 'w'"),
        ("(12", "position 4: expected ), found the end"),
        ("12)", "position 3: expected the end, found ')'"),
        ("*1", "position 1: nothing stands before '*' to repeat"),
        ("1**", "position 3: '*' repeats a repetition"),
        ("1+?", "position 3: '?' repeats a repetition"),
        ("[12", "position 4: expected a digit or ], found the end"),
        ("[a-z]", "position 2: expected a digit or ], found 'a'"),
        ("[3-1]", "position 2: the range 3-1 is empty"),
        ("5[^0-9]", "position 2: [^0-9] matches no digit"),
        ("5[]", "position 2: [] matches no digit"),
        ("(?P<a>1)", "position 3: expected :, found 'P'"),
        ("1$2", "position 3: expected the end, found '2'"),
        ("1^", "position 2: expected a digit, \\d, a dot, [ or (, found '^'"),
        ("\u0661", "position 1: expected a digit, \\d, a dot, [ or (, found '\u0661'"),
        ("(" * 99, "position 51: groups more than 50 deep"),
        ("1" * 1001, "1001 characters, at most 1000 expected"),
        ("", "no number with at least one digit matches it"),
        ("1{0}|()", "no number with at least one digit matches it"),
        ("(.{1000}){1000}", "its automaton has more than 10,000 states"),
        (".*1.{20}", "its automaton has more than 10,000 states"),
    ],
)
def test_an_invalid_pattern_is_refused_with_its_position(pattern, reason):
    with pytest.raises(UsageError) as refused:
        compile_pattern(pattern)

    assert str(refused.value) == f"pattern {pattern!r}: {reason}"


def test_no_step_leads_out_of_the_pattern():
    automaton = compile_pattern("1(23|45)")

    assert automaton.step(automaton.start, 2) is None
    assert automaton.step(automaton.start, 1) is not None
