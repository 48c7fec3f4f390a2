"""What `digitcli predict` says: as blocks with the picture, as rows, or as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from ..kit.page import Page, Piece
from ..kit.pixels import draw
from ..kit.text import brief, can_encode, cells

if TYPE_CHECKING:
    from ...vision.digit import Digit
    from ...vision.reading import Reading

SCHEMA = "digitcli.predict/1"
BLOCKS_UP_TO = 3  # files; more would scroll the first answer away
_DRAWN_UP_TO = 3  # digits of one file
_BAR = 24  # characters of a bar that stands for 100 %
_NAME = 48  # columns a file's name may take before the answers stop lining up


def result(reading: Reading) -> dict[str, Any]:
    """One file's answer, ready for JSON; `error` is its reason, or null.

    `number`, what the rule found or null, is there only with a rule; `marks`, ink that is no digit,
    only where many digits were looked for.
    """
    found = {
        "file": reading.file,
        "text": reading.text,
        "digits": [_digit(digit) for digit in reading.digits],
        "error": None if reading.error is None else str(reading.error),
        "answer": reading.answer,
        "confidence": reading.confidence,
        "mode": reading.mode,
        "marks": [
            {"kind": mark.kind, "box": list(mark.box), "line": mark.line} for mark in reading.marks
        ],
    }
    return found | {"number": _number(reading)} if reading.ruled else found


def _digit(digit: Digit) -> dict[str, Any]:
    return {
        "digit": digit.digit,
        "probability": digit.probability,
        "box": list(digit.box),
        "probabilities": list(digit.shares),
        "confidence": digit.confidence,
        "line": digit.line,
    }


def _number(reading: Reading) -> dict[str, Any] | None:
    number = reading.number
    if number is None:
        return None
    shares = {"probability": number.probability, "unconditional": number.unconditional}
    return {"text": number.text, **shares}


def line(reading: Reading) -> dict[str, Any]:
    """One answer as a line of `--jsonl`, which carries its schema itself."""
    return {"schema": SCHEMA, **result(reading)}


def name_width(page: Page, names: Sequence[str]) -> int:
    """The columns that rows with these names need so that their answers line up."""
    return min(max((cells(brief(name, page.encoding)) for name in names), default=0), _NAME)


def block(page: Page, reading: Reading, top: int) -> Iterator[list[Piece]]:
    """The file's name, then each of a few digits: what the network saw, and how sure it is."""
    yield [(brief(reading.file, page.encoding), "bold")]
    if _one(reading) is None:
        yield [("  ", ""), *_whole(page, reading)]
    for digit in reading.digits if len(reading.digits) <= _DRAWN_UP_TO else ():
        beside = [[_answer(digit, _style(reading, digit))], []]
        beside += [bar(page, digit.shares, other, digit.digit) for other in _ranked(digit, top)]
        picture: Any = digit.pixels.tolist()
        drawn = draw(page, picture)
        for row in range(max(len(drawn), len(beside) + 1)):
            left = drawn[row] if row < len(drawn) else [(" " * len(picture[0]), "")]
            right = beside[row - 1] if 0 < row <= len(beside) else []
            yield stripped([*left, ("   ", ""), *right])


def stripped(line: list[Piece]) -> list[Piece]:
    """`line` without the blanks at its end."""
    while line and not line[-1][0].rstrip():
        line = line[:-1]
    return [*line[:-1], (line[-1][0].rstrip(), line[-1][1])] if line else []


def row(page: Page, reading: Reading, width: int, top: int) -> list[Piece]:
    """One line: the name, the answer, and the next best digits where they are asked for."""
    name = brief(reading.file, page.encoding)
    found: list[Piece] = [(name + " " * max(0, width - cells(name)) + "  ", "")]
    digit = _one(reading)
    if digit is None:
        return [*found, *_whole(page, reading)]
    found.append(_answer(digit, "bold"))
    for other in _ranked(digit, top)[1:]:
        found.append((f"   {other} {percent(digit.shares[other])}", "dim"))
    return found


def _one(reading: Reading) -> Digit | None:
    """The digit that is the whole answer, where there is nothing more to say."""
    simple = reading.answer == "digits" and not reading.ruled and len(reading.digits) == 1
    return reading.digits[0] if simple else None


def _whole(page: Page, reading: Reading) -> list[Piece]:
    """The answer in one line: the number and how sure it is, or why there is none."""
    if reading.error is not None:
        reason = str(reading.error).removeprefix(f"{reading.file}: ")
        return [(f"error: {brief(reason, page.encoding)}", "red")]
    if not reading.digits:
        return [("no digit", "yellow")]
    if reading.answer in ("not a digit", "not valid"):
        return [(reading.answer, "yellow")]
    sure = reading.answer == "digits"
    found: list[Piece] = [] if sure else [("unsure  ", "yellow")]
    text = reading.text.replace("\n", " / ")
    found.append((f"{text}  {percent(reading.confidence or 0)}", "bold" if sure else ""))
    if reading.number is not None:
        found.append((f"   {percent(reading.number.unconditional)} without the rule", "dim"))
    return found


def _style(reading: Reading, digit: Digit) -> str:
    return "bold yellow" if digit in reading.doubtful or not digit.is_digit else "bold green"


def _answer(digit: Digit, style: str) -> Piece:
    return f"{digit.digit}  {percent(digit.confidence)}", style


def _ranked(digit: Digit, top: int) -> list[int]:
    """The `top` most probable digits, best first, the smaller digit first where they tie."""
    return sorted(range(10), key=lambda other: -digit.shares[other])[:top]


def bar(page: Page, shares: Sequence[float], digit: int, answer: int) -> list[Piece]:
    """How probable `digit` is, as a bar; green if it is the answer."""
    share = shares[digit]
    full, half = ("█", "▌") if can_encode(page.encoding, "█▌") else ("#", "")
    halves = round(share * 2 * _BAR)
    drawn = full * (halves // 2) + half * (halves % 2)
    style = "green" if digit == answer else "blue"
    return [(f"{digit} ", ""), (f"{drawn:<{_BAR}}", style), (f" {percent(share)}", "")]


def percent(share: float) -> str:
    """A share as people read it; 100.0 % is kept for what is exactly certain."""
    return f"{min(share * 100, 99.9) if share < 1 else 100:5.1f} %"
