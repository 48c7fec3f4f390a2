"""What is written on a line: numbers as people write them, as a string of signs."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Sequence
from itertools import accumulate

from ..drawn.random_stream import RandomStream

# How often a number has 1, 2, 3, ... digits, in parts of their sum.
LENGTHS = (13, 18, 16, 14, 14, 12, 7, 4, 2, 2, 1)


def number(random: RandomStream) -> str:
    """One number."""
    kind = random.values(1)[0]
    share = 0.0
    for make, weight in _KINDS:
        share += weight
        if kind < share:
            return make(random)
    return digits(random)


def digits(random: RandomStream, lengths: Sequence[int] = LENGTHS) -> str:
    """Digits alone; half of the longer ones end in noughts, as most sums do."""
    where, round_sum, noughts = random.values(3)
    ends = list(accumulate(lengths))
    count = 1 + bisect_right(ends, where * ends[-1])
    found = list(random.below(*[10] * count))
    if round_sum < 0.45 and count > 2:
        ending = 1 + int(noughts * min(4, count - 1))
        found[-ending:] = [0] * ending
    if 0.45 <= round_sum < 0.55 and count > 1:  # one digit again and again
        found[1:] = [
            found[0] if twice < 6 else digit
            for twice, digit in zip(random.below(*[10] * (count - 1)), found[1:], strict=True)
        ]
    return "".join(map(str, found))


def _grouped(random: RandomStream) -> str:
    """Thousands apart by dots or commas, some with two decimals behind the other sign."""
    sign, decimals = random.below(2, 3)
    plain = digits(random, (0, 0, 0, 5, 6, 6, 3))
    groups = [plain[max(0, end - 3) : end] for end in range(len(plain), 0, -3)][::-1]
    text = ".,"[sign].join(groups)
    return text + ",."[sign] + _two(random) if decimals == 0 else text


def _decimal(random: RandomStream) -> str:
    sign, places = random.below(3, 4)
    behind = digits(random, (1,)) if places < 2 else _two(random)
    return digits(random, (4, 5, 3, 2, 1)) + ".,."[sign] + behind


def _two(random: RandomStream) -> str:
    tens, ones = random.below(10, 10)
    kind = random.values(1)[0]
    return "00" if kind < 0.5 else f"{tens}{0 if kind < 0.7 else ones}"


def _negative(random: RandomStream) -> str:
    return "-" + digits(random, (6, 5, 2))


def _fraction(random: RandomStream) -> str:
    return digits(random, (4, 5, 3)) + "/" + digits(random, (4, 4, 1, 2))


def _date(random: RandomStream) -> str:
    day, month, year, sign, short = random.below(31, 12, 100, 4, 3)
    joint = "./-."[sign]
    century = "" if short < 2 else "19" if year > 40 else "20"
    return f"{day + 1}{joint}{month + 1}{joint}{century}{year:02}"


def _time(random: RandomStream) -> str:
    hour, minute, sign = random.below(24, 60, 3)
    return f"{hour}{'::.'[sign]}{minute:02}"


def _numbered(random: RandomStream) -> str:
    """As rows of a list are: a dot behind."""
    return digits(random, (5, 6, 3)) + "."


_KINDS: tuple[tuple[Callable[[RandomStream], str], float], ...] = (
    (_grouped, 0.12),
    (_decimal, 0.07),
    (_negative, 0.02),
    (_fraction, 0.012),
    (_date, 0.015),
    (_time, 0.015),
    (_numbered, 0.05),
)
