"""A list of what a person should check."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING, TextIO

from ..kit.text import encodable
from .answers import Sink

if TYPE_CHECKING:
    from ...vision.digit import Digit
    from ...vision.reading import Reading

COLUMNS = (
    *("file", "answer", "text", "digit", "box", "guess", "confidence", "second", "reason"),
    *("number", "number_box", "number_confidence"),
)


class Review(Sink):
    """CSV with a row for each doubtful digit, and for each picture without an answer.

    `digit` counts from 1; `second` is the next best guess; `number` is the one that the digit is
    in, where the picture was read as lines; `number_confidence` is that of the number, or of the
    picture where it has only one. Blank pictures are left out.
    """

    def __init__(self, stream: TextIO) -> None:
        self._rows = csv.writer(stream, lineterminator="\n")
        self._rows.writerow(COLUMNS)

    def add(self, reading: Reading) -> None:
        """Write the rows of one picture, if there are any."""
        if reading.answer in ("digits", "blank"):
            return
        if reading.answer != "unsure":
            reason = reading.error or "no number obeys the rule"
            if reading.answer == "not a digit":
                reason = "looks like no digit"
            head = (encodable(reading.file), reading.answer, reading.text)
            sure = _rounded(reading.confidence)
            self._rows.writerow([*head, "", "", "", "", "", encodable(str(reason)), "", "", sure])
            return
        for number, digit in enumerate(reading.digits, 1):
            if digit in reading.doubtful:
                self._rows.writerow(_row(reading, digit, number))


def _row(reading: Reading, digit: Digit, number: int) -> list[object]:
    others = sorted(
        set(range(len(digit.shares))) - {digit.digit}, key=lambda other: -digit.shares[other]
    )
    second = f"{digit.names[others[0]]} ({digit.shares[others[0]]:.3g})"
    box = " ".join(map(str, digit.box))
    reason = f"less sure than {reading.least:.6g}"
    found = [encodable(reading.file), reading.answer, reading.text, number, box, digit.name]
    fields = reading.fields or ()
    field = fields[digit.line] if digit.line < len(fields) else None
    within = ("", "") if field is None else (field.written, " ".join(map(str, field.box)))
    sure = reading.confidence if field is None or len(fields) == 1 else field.confidence
    return [*found, _rounded(digit.confidence), second, reason, *within, _rounded(sure)]


def _rounded(confidence: float | None) -> str:
    return "" if confidence is None else f"{confidence:.6g}"
