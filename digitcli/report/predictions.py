"""What `digitcli predict` says: as blocks with the picture, as rows, or as JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from rich.text import Text

from .pixels import can_encode, draw
from .text import visible

if TYPE_CHECKING:
    from rich.console import Console

    from ..vision.reader import Digit, Reading

SCHEMA = "digitcli.predict/1"
_BLOCKS_UP_TO = 3  # files; more would scroll the first answer away
_BAR = 24  # characters of a bar that stands for 100 %
_NAME = 48  # columns a file's name may take before the answers stop lining up


def result(reading: Reading) -> dict[str, Any]:
    """One file's answer, ready for JSON; `error` is its reason, or null."""
    return {
        "file": reading.file,
        "text": reading.text,
        "digits": [_digit(digit) for digit in reading.digits],
        "error": None if reading.error is None else str(reading.error),
    }


def _digit(digit: Digit) -> dict[str, Any]:
    return {
        "digit": digit.digit,
        "probability": digit.probability,
        "box": list(digit.box),
        "probabilities": [float(value) for value in digit.probabilities],
    }


def document(readings: Iterable[Reading]) -> dict[str, Any]:
    """All answers as the one document of `--json`."""
    return {"schema": SCHEMA, "results": [result(reading) for reading in readings]}


def line(reading: Reading) -> dict[str, Any]:
    """One answer as a line of `--jsonl`, which carries its schema itself."""
    return {"schema": SCHEMA, **result(reading)}


def show(
    console: Console, readings: Iterable[Reading], names: list[str], *, top: int, picture: bool
) -> None:
    """Print the answers as they come: a block for each of a few files, else a row for each.

    `names` are all the files that will come, so that rows line up from the first one on.
    """
    if len(names) <= _BLOCKS_UP_TO and picture:
        for number, reading in enumerate(readings):
            if number:
                console.print()
            for text in _block(console, reading, top):
                console.print(text, no_wrap=True, overflow="ignore", crop=False)
        return
    shown = (Text(visible(name, console.encoding)).cell_len for name in names)
    width = min(max(shown, default=0), _NAME)
    for reading in readings:
        console.print(_row(console, reading, width, top), soft_wrap=True)


def _block(console: Console, reading: Reading, top: int) -> Iterator[Text]:
    """The file's name, then each digit: what the network saw, and beside it how sure it is."""
    yield Text(visible(reading.file, console.encoding), style="bold")
    if not reading.digits:
        yield Text.assemble("  ", _without_digits(console, reading))
    for digit in reading.digits:
        beside = [Text.assemble(_answer(digit, "bold green")), Text()]
        beside += [_bar(console, digit, other) for other in _ranked(digit, top)]
        drawn = draw(console, digit.picture)
        for row in range(max(len(drawn), len(beside) + 1)):
            left = drawn[row] if row < len(drawn) else Text(" " * digit.picture.shape[1])
            right = beside[row - 1] if 0 < row <= len(beside) else Text()
            combined = Text.assemble(left, "   ", right)
            combined.rstrip()
            yield combined


def _row(console: Console, reading: Reading, width: int, top: int) -> Text:
    """One line: the name, the answer, and the next best digits where they are asked for."""
    row = Text(visible(reading.file, console.encoding))
    row.append(" " * max(0, width - row.cell_len))
    row.append("  ")
    if not reading.digits:
        return row.append_text(_without_digits(console, reading))
    for digit in reading.digits:
        row.append(*_answer(digit, "bold"))
        for other in _ranked(digit, top)[1:]:
            row.append(f"   {other} {_percent(digit.probabilities[other])}", style="dim")
    return row


def _without_digits(console: Console, reading: Reading) -> Text:
    if reading.error is None:
        return Text("no digit", style="yellow")
    reason = str(reading.error).removeprefix(f"{reading.file}: ")
    return Text(f"error: {visible(reason, console.encoding)}", style="red")


def _answer(digit: Digit, style: str) -> tuple[str, str]:
    return f"{digit.digit}  {_percent(digit.probability)}", style


def _ranked(digit: Digit, top: int) -> list[int]:
    """The `top` most probable digits, best first, the smaller digit first where they tie."""
    return sorted(range(10), key=lambda other: -digit.probabilities[other])[:top]


def _bar(console: Console, digit: Digit, other: int) -> Text:
    share = float(digit.probabilities[other])
    full, half = ("█", "▌") if can_encode(console, "█▌") else ("#", "")
    halves = round(share * 2 * _BAR)
    bar = full * (halves // 2) + half * (halves % 2)
    style = "green" if other == digit.digit else "blue"
    return Text.assemble(f"{other} ", (f"{bar:<{_BAR}}", style), f" {_percent(share)}")


def _percent(share: float) -> str:
    """A share as people read it; 100.0 % is kept for what is exactly certain."""
    return f"{min(share * 100, 99.9) if share < 1 else 100:5.1f} %"
