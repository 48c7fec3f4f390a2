"""Answers of `digitcli predict`: as blocks with the picture, as rows, or as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from ...signs import DIGITS
from ..kit.format import probability
from ..kit.pixels import draw
from ..kit.printer import Piece, Printer
from ..kit.text import brief, can_encode, cells

if TYPE_CHECKING:
    from ...vision.digit import Digit
    from ...vision.reading import NamedReading, Reading

SCHEMA = "digitcli.predict/1"
BLOCKS_UP_TO = 3  # files; with more the first answer would scroll out of sight
_DRAWN_UP_TO = 3  # digits of one file
_BAR = 24  # characters of a bar of 100 %
_NAME = 48  # columns for a file's name; answers after longer names are not aligned


def line(reading: Reading) -> dict[str, Any]:
    """One answer as a line of `--jsonl`, with the schema in each line."""
    return {"schema": SCHEMA, **reading.to_dict()}


def name_width(printer: Printer, names: Sequence[str]) -> int:
    """The width of the names in columns, for aligned answers."""
    return min(max((cells(brief(name, printer.encoding)) for name in names), default=0), _NAME)


def block(printer: Printer, reading: Reading, top: int) -> Iterator[list[Piece]]:
    """The file's name, then for up to three digits what the network saw and its probabilities."""
    yield [(brief(reading.file, printer.encoding), "bold")]
    if _one(reading) is None:
        yield [("  ", ""), *_whole(printer, reading)]
    for digit in reading.digits if len(reading.digits) <= _DRAWN_UP_TO else ():
        beside = [[_answer(digit, _style(reading, digit))], []]
        ranked = _ranked(digit, top)
        wide = max(cells(digit.names[other]) for other in ranked)
        beside += [
            bar(printer, digit.shares, other, digit.digit, padded(digit.names[other], wide))
            for other in ranked
        ]
        picture: Any = digit.pixels.tolist()
        drawn = draw(printer, picture)
        for row in range(max(len(drawn), len(beside) + 1)):
            left = drawn[row] if row < len(drawn) else [(" " * len(picture[0]), "")]
            right = beside[row - 1] if 0 < row <= len(beside) else []
            yield stripped([*left, ("   ", ""), *right])


def stripped(line: list[Piece]) -> list[Piece]:
    """`line` without the blanks at its end."""
    while line and not line[-1][0].rstrip():
        line = line[:-1]
    return [*line[:-1], (line[-1][0].rstrip(), line[-1][1])] if line else []


def row(printer: Printer, reading: Reading, width: int, top: int) -> list[Piece]:
    """One line: the name, the answer, and with `top` the next best digits."""
    name = brief(reading.file, printer.encoding)
    found: list[Piece] = [(name + " " * max(0, width - cells(name)) + "  ", "")]
    digit = _one(reading)
    if digit is None:
        return [*found, *_whole(printer, reading)]
    found.append(_answer(digit, "bold"))
    for other in _ranked(digit, top)[1:]:
        found.append((f"   {digit.names[other]} {probability(digit.shares[other])}", "dim"))
    return found


def _one(reading: Reading) -> Digit | None:
    """The digit of an answer that is one sure digit without a rule; None for others."""
    simple = reading.answer == "digits" and not reading.ruled and len(reading.digits) == 1
    return reading.digits[0] if simple else None


def _whole(printer: Printer, reading: Reading) -> list[Piece]:
    """The answer in one line: the number and its confidence, or why there is none."""
    if reading.error is not None:
        reason = str(reading.error).removeprefix(f"{reading.file}: ")
        return [(f"error: {brief(reason, printer.encoding)}", "red")]
    if reading.form is not None:
        return list(_form(reading.form))
    if not reading.digits:
        return [("no digit" if reading.names == DIGITS else "blank", "yellow")]
    if reading.answer in ("not a digit", "not valid"):
        return [(reading.answer, "yellow")]
    sure = reading.answer == "digits"
    found: list[Piece] = [] if sure else [("unsure  ", "yellow")]
    text = reading.written.replace("\n", "  ")
    found.append((f"{text}  {probability(reading.confidence or 0)}", "bold" if sure else ""))
    if reading.number is not None:
        found.append((f"   {probability(reading.number.unconditional)} without the rule", "dim"))
    return found


def _form(form: Sequence[NamedReading]) -> Iterator[Piece]:
    """Each field's name and what stands in it; doubtful ones with their answer."""
    for number, one in enumerate(form):
        sure = one.reading.answer in ("digits", "blank")
        said = one.reading.written.replace("\n", " ")
        yield f"{'   ' if number else ''}{one.name} ", "dim"
        yield said if sure else f"{said} ({one.reading.answer})".lstrip(), "" if sure else "yellow"


def _style(reading: Reading, digit: Digit) -> str:
    return "bold yellow" if digit in reading.doubtful or not digit.is_digit else "bold green"


def _answer(digit: Digit, style: str) -> Piece:
    return f"{digit.name}  {probability(digit.confidence)}", style


def _ranked(digit: Digit, top: int) -> list[int]:
    """The `top` most probable classes, best first, the smaller one first where they tie."""
    return sorted(range(len(digit.shares)), key=lambda other: -digit.shares[other])[:top]


def padded(name: str, width: int) -> str:
    """`name` in `width` columns."""
    return name + " " * max(0, width - cells(name))


def bar(
    printer: Printer, shares: Sequence[float], digit: int, answer: int, name: str = ""
) -> list[Piece]:
    """The probability of `digit`, called `name`, as a bar, green if it is the answer."""
    share = shares[digit]
    full, half = ("█", "▌") if can_encode(printer.encoding, "█▌") else ("#", "")
    halves = round(share * 2 * _BAR)
    drawn = full * (halves // 2) + half * (halves % 2)
    style = "green" if digit == answer else "blue"
    return [(f"{name or digit} ", ""), (f"{drawn:<{_BAR}}", style), (f" {probability(share)}", "")]
