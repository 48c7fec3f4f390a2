"""Check digits, against arithmetic on whole numbers and against published examples."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from digitcli.errors import UsageError
from digitcli.vision.rules.checks import find_check
from digitcli.vision.rules.options import rule_of
from digitcli.vision.rules.rule import All, Length, follows
from digitcli.vision.rules.rule import example as example_of

NUMBERS = st.text("0123456789", min_size=0, max_size=14)


def luhn(text: str) -> bool:
    digits = [int(c) for c in reversed(text)]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[1::2]]
    return len(text) >= 2 and (sum(digits[::2]) + sum(doubled)) % 10 == 0


def mod11(text: str) -> bool:
    weighted = sum(weight * int(c) for weight, c in enumerate(reversed(text), 1))
    return 2 <= len(text) <= 10 and weighted % 11 == 0


def iban(text: str) -> bool:
    return len(text) >= 3 and int(text) % 97 == 1


@pytest.mark.parametrize("oracle", [luhn, mod11, iban], ids=lambda oracle: oracle.__name__)
@given(text=NUMBERS)
@example(text="00")
@example(text="001")
@example(text="98")
def test_check_agrees_with_arithmetic(oracle, text):
    assert follows(find_check(oracle.__name__), text) == oracle(text)


@pytest.mark.parametrize(
    ("check", "number"),
    [
        ("luhn", "79927398713"),  # the example of most descriptions
        ("luhn", "4111111111111111"),  # the card number that shops test with
        ("luhn", "490154203237518"),  # an IMEI
        ("mod11", "0306406152"),  # ISBN 0-306-40615-2
        ("mod11", "03178471"),  # ISSN 0317-8471
        ("mod11", "9434765919"),  # NHS number
        ("iban", "3214282912345698765432161182"),  # GB82 WEST 1234 5698 7654 32, rearranged
        ("iban:DE", "89370400440532013000"),  # DE89 3704 0044 0532 0130 00
        ("iban:de", "89370400440532013000"),
        ("iban:NO", "9386011117947"),  # NO93 8601 1117 947
        ("iban:BE", "68539007547034"),  # BE68 5390 0754 7034
    ],
)
def test_published_numbers_are_valid_and_one_wrong_digit_is_not(check, number):
    rule = find_check(check)

    assert follows(rule, number)
    for place, digit in enumerate(number):
        wrong = str((int(digit) + 1) % 10)
        assert not follows(rule, number[:place] + wrong + number[place + 1 :])


def test_iban_of_a_country_has_its_length():
    assert not follows(find_check("iban:DE"), "893704004405320130001")
    assert len(example_of(find_check("iban:PL"))) == 26


def test_unknown_check_is_refused_with_the_choices():
    with pytest.raises(UsageError, match="unknown check 'lun'") as refused:
        find_check("lun")

    assert "luhn" in refused.value.hint
    with pytest.raises(UsageError, match="no country .* 'GB'"):
        find_check("iban:GB")


def test_rules_that_exclude_each_other_are_refused():
    with pytest.raises(UsageError) as refused:
        rule_of(r"\d{5}", 6, None)

    assert str(refused.value) == r"--pattern \d{5}, --length 6: no number obeys this"
    with pytest.raises(UsageError, match="--length 11, --check mod11"):
        rule_of(None, 11, "mod11")
    with pytest.raises(UsageError, match="no number obeys"):
        rule_of("0000", None, "iban")


def test_rules_together_are_their_intersection():
    rule = rule_of("[1-3]+", 4, "luhn")

    assert isinstance(rule, All)
    assert follows(rule, "1313") == luhn("1313")
    valid = example_of(rule)
    assert luhn(valid)
    assert len(valid) == 4
    assert set(valid) <= set("123")
    assert rule_of(None, None, None) is None
    assert rule_of(None, 4, None) == Length(4)
