"""The best valid text of a line, against the enumeration of every path of short lines."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from digitcli import _core
from digitcli.errors import DataError, UsageError
from digitcli.signs import SIGNS
from digitcli.vision.columns.decode import search
from digitcli.vision.columns.ruled import best_valid
from digitcli.vision.columns.table import FREE, MOST_STATES, table_for
from digitcli.vision.rules.checks import Luhn
from digitcli.vision.rules.options import rule_of
from digitcli.vision.rules.rule import All, Length, Literal, follows
from tests.twin.ctc import BLANK, buffer_of, line_of

RULES = [
    (r"\d{2}", None, None),
    ("[13579]+", None, None),
    ("(12|21)*7?", None, None),
    (None, 1, None),
    (None, 3, None),
    (None, None, "luhn"),
    (None, None, "mod11"),
    (None, None, "iban"),
    (r"[0-4]\d*", 3, "luhn"),
]


@st.composite
def columns(draw: st.DrawFn) -> memoryview:
    """Up to four columns, of eight classes each, a few of them impossible."""
    few = [*draw(st.permutations(range(10)))[:5], SIGNS.index("."), SIGNS.index("/"), BLANK]
    rows = []
    for _ in range(draw(st.integers(1, 4))):
        weights = draw(st.lists(st.integers(0, 9), min_size=8, max_size=8).filter(any))
        row = [0.0] * (BLANK + 1)
        for sign, weight in zip(few, weights, strict=True):
            row[sign] = weight
        rows.append(row)
    return buffer_of(rows)


@settings(max_examples=150, deadline=None)
@given(columns(), st.sampled_from(RULES))
def test_the_search_finds_the_best_of_all_valid_texts(columns, options):
    rule = rule_of(*options)
    texts = line_of(columns).texts
    valid = {text: mass for text, mass in texts.items() if follows(rule, text)}

    found = best_valid(columns, rule)

    if not valid:
        assert found is None
        return
    assert valid[found.text] == pytest.approx(max(valid.values()))
    assert found.probability == pytest.approx(valid[found.text] / sum(valid.values()))
    assert found.unconditional == pytest.approx(texts[found.text])


@settings(max_examples=40, deadline=None)
@given(columns(), st.sampled_from(RULES))
def test_under_a_rule_the_exact_search_finds_what_a_beam_of_one_prefix_loses(columns, options):
    rule = rule_of(*options)
    texts = line_of(columns).texts
    valid = [mass for text, mass in texts.items() if follows(rule, text)]

    found = search(columns, table_for(rule, 4), 1, 20_000, 1.0)

    assert (found and found[2]) == (pytest.approx(max(valid)) if valid else None)


def sure(text: str, share: float = 0.99) -> memoryview:
    """Two columns for each sign, one of them blank; the rest is spread over all other classes."""
    rows = []
    for sign in text:
        for top in (SIGNS.index(sign), BLANK):
            rows.append([share if c == top else (1 - share) / BLANK for c in range(BLANK + 1)])
    return buffer_of(rows)


def test_a_rule_corrects_the_least_certain_digit():
    rows = sure("4111111111111112").tolist()
    rows[-2] = [0.6 if c == 2 else 0.39 if c == 1 else 0.01 / 14 for c in range(16)]

    found = best_valid(buffer_of(rows), rule_of(None, 16, "luhn"))

    assert found.text == "4111111111111111"
    assert found.signs[-1].shares[1] == pytest.approx(0.39, abs=0.01)
    assert found.probability > 0.9 > 0.4 > found.unconditional


def test_separators_do_not_change_what_a_rule_sees():
    found = best_valid(sure("4111-1111-1111-1111"), rule_of(r"\d{16}", None, "luhn"))

    assert found.written == "4111-1111-1111-1111"
    assert [sign.first for sign in found.signs] == list(range(0, 38, 2))


def test_the_only_valid_number_is_certain_however_improbable_it_is():
    found = best_valid(sure("1" * 400, 1 - 1e-6), Literal("2" * 400))

    assert found.text == "2" * 400
    assert found.probability == pytest.approx(1)
    assert found.unconditional == 0  # some 1e-2600: below a double
    assert found.signs[7].shares[1] == pytest.approx(1)


def test_shares_of_a_long_line_are_those_of_the_texts_with_one_digit_exchanged():
    text = "90210" * 18
    columns = sure(text, 0.9)

    found = best_valid(columns, Literal(text))

    for place in (0, 31, 32, 63, 89):  # the columns are worked on in blocks of 64
        texts = [text[:place] + str(d) + text[place + 1 :] for d in range(10)]
        masses = [best_valid(columns, Literal(other)).unconditional for other in texts]
        expected = [mass / sum(masses) for mass in masses]
        assert found.signs[place].shares == pytest.approx(expected, rel=1e-9)


def test_columns_that_say_nothing_give_some_valid_text():
    found = best_valid(buffer_of([[1.0] * 16] * 60), rule_of(None, 8, "luhn"))

    assert follows(rule_of(None, 8, "luhn"), found.text)
    assert 0 < found.unconditional < found.probability < 1e-3


def test_too_few_columns_for_any_valid_number_give_none():
    assert best_valid(sure("12"), Length(5)) is None


def test_a_number_without_digits_may_be_valid():
    blank = buffer_of([[0.0] * BLANK + [1.0]])

    assert best_valid(blank, rule_of(r"\d?", None, None)).text == ""
    assert best_valid(blank, rule_of(r"\d+", None, None)) is None


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(RULES), st.text("0123456789", max_size=6))
def test_a_table_accepts_what_its_rule_accepts(options, text):
    rule = rule_of(*options)
    table = table_for(rule, 6)
    steps = table.steps.tolist()

    state = 0
    for digit in text:
        state = steps[10 * state + int(digit)] if state >= 0 else -1

    assert (state >= 0 and bool(table.accepts[state])) == follows(rule, text)


def test_a_table_ends_at_the_number_of_digits_that_columns_can_hold():
    assert table_for(Length(1000), 60).states == 65
    assert table_for(Length(8), 60).states == 9
    assert table_for(Length(8), 60) is table_for(Length(8), 33)


def test_rules_with_too_many_states_are_refused():
    rule = All((Length(1000), Luhn()))

    with pytest.raises(UsageError, match=f"more than {MOST_STATES:,} states together"):
        best_valid(sure("1" * 500), rule)


def test_a_line_too_long_for_a_rules_states_is_refused():
    with pytest.raises(UsageError, match="8,193 states is too much for a line of 8,000 columns"):
        best_valid(sure("1" * 4000), Length(9000))


@pytest.mark.parametrize("bad", [b"", 7, [1.0]])
def test_what_are_no_columns_is_refused_under_a_rule(bad):
    with pytest.raises(DataError, match="columns must"):
        best_valid(bad, Length(3))


@pytest.mark.parametrize(
    ("steps", "accepts", "message"),
    [
        ([0] * 9, b"\1", "10 values for each"),
        ([0] * 9 + [1], b"\1", "there is no state 1"),
        ([0] * 9 + [-2], b"\1", "there is no state -2"),
        ([], b"", "10 values for each"),
    ],
)
def test_a_table_that_leads_nowhere_is_refused(steps, accepts, message):
    steps = memoryview(b"".join(step.to_bytes(4, "little", signed=True) for step in steps))

    with pytest.raises(ValueError, match=message):
        _core.decode_columns(sure("1"), steps.cast("i"), accepts, 16, 10)


def test_any_digits_obey_the_free_rule():
    assert search(sure("12"), FREE, 16, 10, 1.0)[1] == pytest.approx(0.99**4, rel=0.03)
