"""The best valid reading of one digit, against every reading that it has."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digitcli.vision.digit import Digit
from digitcli.vision.normalize import Normalized
from digitcli.vision.rules.options import rule_of
from digitcli.vision.rules.rule import follows
from digitcli.vision.rules.valid import best_digit

PIXELS = memoryview(bytes(784)).cast("B", (28, 28))
RULES = [
    (r"\d", None, None),
    ("[13579]", None, None),
    ("7?", None, None),
    (None, 1, None),
    (None, 2, None),
    (None, None, "luhn"),
    (r"[0-4]\d*", None, None),
]


def digit_of(shares: list[float], reject: float = 0.0) -> Digit:
    said = shares.index(max(shares))
    box = (3, 4, 5, 6)
    shown = Normalized(PIXELS, box)
    return Digit(said, box, tuple(share / sum(shares) for share in shares), shown, reject)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.floats(1e-6, 1), min_size=10, max_size=10),
    st.sampled_from([0.0, 0.2, 0.9, 1.0]),
    st.sampled_from(RULES),
)
def test_the_best_of_all_valid_readings_is_found(shares, reject, options):
    digit, rule = digit_of(shares, reject), rule_of(*options)
    every = {str(n): (1 - reject) * share for n, share in enumerate(digit.shares)} | {"": reject}
    valid = {text: p for text, p in every.items() if p > 0 and follows(rule, text)}

    found, spelled = best_digit(rule, digit)

    if not valid:
        assert (found, spelled) == (None, (digit,))
        return
    best = max(valid.values())
    assert valid[found.text] == pytest.approx(best)
    assert found.probability == pytest.approx(best / sum(valid.values()))
    assert found.unconditional == pytest.approx(best)
    assert [(one.digit, one.box) for one in spelled] == [(int(d), digit.box) for d in found.text]


def test_the_only_valid_digit_may_be_impossible():
    found, (spelled,) = best_digit(rule_of("2", None, None), digit_of([0.0] * 9 + [1.0]))

    assert (found.text, found.probability, spelled.digit) == ("2", 1.0, 2)
    assert found.unconditional < 1e-6
