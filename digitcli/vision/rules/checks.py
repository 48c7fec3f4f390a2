"""Check digits, as automata that read a number from its first digit on.

`luhn`: every second digit from the right doubled (less 9 when above 9), the sum divisible by 10;
the last digit is the check digit. At least two digits. Cards, IMEI; ISO/IEC 7812-1, annex B;
H. P. Luhn, US patent 2,950,048 (1960).

`mod11`: the weights 1, 2, 3, ... from the right, the sum divisible by 11; the last digit is the
check digit. Two to ten digits (the eleventh weight would be 0 and check nothing). ISBN-10 (ISO
2108:1992), ISSN (ISO 3297), the NHS number. A check character X (for 10) is no digit: such numbers
are not valid here.

`iban`: the whole number leaves 1 when divided by 97, which is ISO/IEC 7064 MOD 97-10; at least
three digits. An IBAN (ISO 13616-1) is checked in this form: its first four characters moved to the
end, letters written as numbers (A = 10 ... Z = 35). On paper it begins with the letters of its
country, which this program does not read. So `iban:DE` takes the digits behind them: two check
digits and the account number, for countries whose account numbers are all digits, in the length
that the SWIFT IBAN registry gives.
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches

from ...errors import UsageError
from .rule import Rule

CHECKS = ("luhn", "mod11", "iban")

# Digits behind the country's letters, where all of them are digits (SWIFT IBAN registry).
IBAN_DIGITS = {
    **{"AT": 18, "BA": 18, "BE": 14, "CR": 20, "CZ": 22, "DE": 20, "DK": 16, "EE": 18, "ES": 22},
    **{"FI": 16, "HR": 19, "HU": 26, "IL": 21, "IS": 24, "LT": 18, "ME": 20, "NO": 13, "PL": 26},
    **{"PT": 23, "RS": 20, "SE": 22, "SI": 17, "SK": 22, "TN": 22, "XK": 18},
}

_DOUBLED = tuple(2 * digit - 9 * (digit > 4) for digit in range(10))
_MOD11_MOST = 10
_MODULUS = 97


def find_check(name: str) -> Rule:
    """The rule called `name`: "luhn", "mod11", "iban" or "iban:DE".

    Raises UsageError for any other.
    """
    kind, _, country = name.partition(":")
    if kind == "iban" and country:
        return _iban_of(name, country)
    rules: dict[str, Rule] = {"luhn": Luhn(), "mod11": Mod11(), "iban": Mod97()}
    if name not in rules:
        near = get_close_matches(name, CHECKS, n=1)
        guess = f"did you mean {near[0]}? " if near else ""
        raise UsageError(
            f"--check: unknown check {name!r}", f"{guess}choose from: {', '.join(CHECKS)}, iban:DE"
        )
    return rules[name]


def _iban_of(name: str, country: str) -> Rule:
    if country.upper() not in IBAN_DIGITS:
        raise UsageError(
            f"--check: {name}: no country whose IBAN has only digits behind {country!r}",
            f"choose from: {', '.join(IBAN_DIGITS)}",
        )
    return Iban(country.upper())


@dataclass(frozen=True)
class Luhn:
    """The state: the sum if the latest digit is the last, the sum if it is not, digits up to 2.

    Which digits are doubled depends on where the number ends, so both sums are carried.
    """

    start: tuple[int, int, int] = (0, 0, 0)

    def step(self, state: tuple[int, int, int], digit: int) -> tuple[int, int, int]:
        """The latest digit becomes the last but one."""
        plain, doubled, count = state
        return (doubled + digit) % 10, (plain + _DOUBLED[digit]) % 10, min(count + 1, 2)

    def accepts(self, state: tuple[int, int, int]) -> bool:
        """Whether the sum is divisible by 10."""
        return state[0] == 0 and state[2] == 2


@dataclass(frozen=True)
class Mod11:
    """The state: the weighted sum and the plain sum, modulo 11, and the number of digits."""

    start: tuple[int, int, int] = (0, 0, 0)

    def step(self, state: tuple[int, int, int], digit: int) -> tuple[int, int, int] | None:
        """Every weight so far grows by one, which adds the plain sum once more."""
        weighted, plain, count = state
        if count == _MOD11_MOST:
            return None
        return (weighted + plain + digit) % 11, (plain + digit) % 11, count + 1

    def accepts(self, state: tuple[int, int, int]) -> bool:
        """Whether the weighted sum is divisible by 11."""
        return state[0] == 0 and state[2] >= 2


@dataclass(frozen=True)
class Mod97:
    """The state: the remainder so far, and the number of digits up to 3."""

    start: tuple[int, int] = (0, 0)

    def step(self, state: tuple[int, int], digit: int) -> tuple[int, int]:
        """The remainder of ten times as much and the digit."""
        return (state[0] * 10 + digit) % _MODULUS, min(state[1] + 1, 3)

    def accepts(self, state: tuple[int, int]) -> bool:
        """Whether 1 is left."""
        return state == (1, 3)


@dataclass(frozen=True)
class Iban:
    """The digits of an IBAN of one country. The state: the remainder and the number of digits."""

    country: str

    @property
    def start(self) -> tuple[int, int]:
        """The remainder that the country's letters leave, and no digits."""
        letters = "".join(str(int(letter, 36)) for letter in self.country)
        return int(letters + "00") % _MODULUS, 0

    def step(self, state: tuple[int, int], digit: int) -> tuple[int, int] | None:
        """Add the digit in its place: for the check, the first two digits come last."""
        remainder, count = state
        length = IBAN_DIGITS[self.country]
        if count == length:
            return None
        power = 1 - count if count < 2 else length - 1 - count + 6
        return (remainder + digit * pow(10, power, _MODULUS)) % _MODULUS, count + 1

    def accepts(self, state: tuple[int, int]) -> bool:
        """Whether 1 is left of a whole number."""
        return state == (1, IBAN_DIGITS[self.country])
