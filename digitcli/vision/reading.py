"""The answer for one picture, and how certain it is."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from ..errors import DataError
from ..model.frozen import dataclass
from ..signs import DIGITS, Found
from .digit import LEAST, Digit
from .files.picture import Source

if TYPE_CHECKING:
    from .field import Field
    from .mark import Mark
    from .normalize import Box
    from .rules.valid import Valid

Answer: TypeAlias = Literal["digits", "unsure", "not valid", "not a digit", "blank", "error"]

_DOUBTFUL_FIRST: tuple[Answer, ...] = ("not valid", "unsure", "not a digit", "digits", "blank")


class NamedReading:
    """The reading of a form's field: `box` is the field's in the scan, (x, y, width, height).

    Not a dataclass: creating that class takes as long as reading a picture.
    """

    def __init__(self, name: str, box: Box, reading: Reading) -> None:
        self.name = name
        self.box = box
        self.reading = reading

    def to_dict(self) -> dict[str, Any]:
        """The same as plain JSON."""
        one = self.reading
        found: dict[str, Any] = {"text": one.text, "written": one.written, "answer": one.answer}
        return {**found, "confidence": one.confidence, "box": list(self.box)}


@dataclass(frozen=True, eq=False)
class Reading:
    """The answer for one file: its digits, none for a blank picture, or an error.

    `least` is the confidence below which an answer is "unsure". With a rule (`ruled`), `number` is
    the best valid reading, and `digits` spell it; None where no reading is valid. `mode` says
    whether the picture was read as one digit or as lines of many; `marks` are separators and other
    ink that was not read. `fields` are the lines that were read, each with its place; None where
    a picture was looked at as one digit. `source` is where it came from, `names` what the classes
    of the network are called. `notes` say what was odd about its file, such as missing last bytes.
    `form` has the readings of a form's fields, None for other pictures; the answer is then that of
    the most doubtful field.
    """

    file: str
    digits: tuple[Digit, ...] = ()
    error: DataError | None = None
    least: float = LEAST
    ruled: bool = False
    number: Valid | None = None
    source: Source = ""
    mode: Found = "one"
    marks: tuple[Mark, ...] = ()
    fields: tuple[Field, ...] | None = None
    names: tuple[str, ...] = DIGITS
    notes: tuple[str, ...] = ()
    form: tuple[NamedReading, ...] | None = None

    @property
    def text(self) -> str:
        """The digits, a line feed between lines, or a name; "" without, or if none is valid."""
        if self.form is not None:
            return "\n".join(one.reading.text for one in self.form)
        if self.ruled:
            return "" if self.number is None else self.number.text
        found = [digit for digit in self.digits if digit.is_digit]
        lines = groupby(found, key=lambda digit: digit.line)
        return "\n".join("".join(digit.name for digit in line) for _, line in lines)

    @property
    def written(self) -> str:
        """The text with the separators that stand in it, such as 20.5 or 12/3."""
        if self.form is not None:
            return "\n".join(one.reading.written for one in self.form)
        if self.fields is None or "\n".join(field.text for field in self.fields) != self.text:
            return self.text  # a rule spells it otherwise, or no separators were looked for
        return "\n".join(field.written for field in self.fields)

    @property
    def certainty(self) -> float | None:
        """The probability that each line says its digits and no others, of the least certain one.

        None where only the confidence of each digit is known.
        """
        return min((field.confidence for field in self.fields or ()), default=None)

    @property
    def confidence(self) -> float | None:
        """The confidence of the number, else of the least certain digit; None without either."""
        if self.form is not None:
            sure = (one.reading.confidence for one in self.form)
            return min((one for one in sure if one is not None), default=None)
        if self.number is not None:
            return self.number.probability
        if self.certainty is not None and self.text:
            return self.certainty
        return min((digit.confidence for digit in self.digits if digit.is_digit), default=None)

    @property
    def answer(self) -> Answer:
        """What kind of answer this is; rely on "digits" only."""
        if self.error is not None:
            return "error"
        if self.form is not None:
            answers = {one.reading.answer for one in self.form}
            return next(one for one in _DOUBTFUL_FIRST if one in answers)
        if not self.digits:
            return "blank"
        if not any(digit.is_digit for digit in self.digits):
            return "not a digit"
        if self.ruled and self.number is None:
            return "not valid"
        return "unsure" if self.doubtful else "digits"

    def to_dict(self) -> dict[str, Any]:
        """The same as plain JSON: an entry of `results` of `digitcli predict --json`.

        `error` is its reason, or None. `number` is there only with a rule: what it found, or None.
        `fields` are there only where lines were looked for, `notes` only where there are any.
        """
        found: dict[str, Any] = {
            "file": self.file,
            "text": self.text,
            "written": self.written,
            "digits": [digit.to_dict() for digit in self.digits],
            "error": None if self.error is None else str(self.error),
            "answer": self.answer,
            "confidence": self.confidence,
            "mode": self.mode,
            "marks": [mark.to_dict() for mark in self.marks],
        }
        if self.fields is not None:
            found["fields"] = [field.to_dict() for field in self.fields]
        if self.notes:
            found["notes"] = list(self.notes)
        if self.form is not None:
            found["form"] = {one.name: one.to_dict() for one in self.form}
        if self.ruled:
            found["number"] = None if self.number is None else self.number.to_dict()
        return found

    def _repr_html_(self) -> str:
        from .html import html_of

        doubtful = set(map(id, self.doubtful))
        boxes: list[tuple[Box, str, str]] = []
        boxes += ((mark.box, "other", mark.kind) for mark in self.marks)
        for digit in self.digits:
            kind = "doubt" if id(digit) in doubtful else "sure" if digit.is_digit else "other"
            boxes.append((digit.box, kind, f"{digit.name}: {100 * digit.confidence:.1f} %"))
        said: list[str] = [self.answer]
        if self.error is not None:
            said.append(str(self.error))
        if self.confidence is not None:
            said.append(f"{100 * self.confidence:.1f} %")
        return html_of(None if self.error else self.source, boxes, self.written, said)

    @property
    def doubtful(self) -> tuple[Digit, ...]:
        """The digits below the least confidence; all of them where the number is below it."""
        if self.form is not None:
            return tuple(digit for one in self.form for digit in one.reading.doubtful)
        digits = tuple(digit for digit in self.digits if digit.is_digit)
        if self.number is not None:
            return digits if self.number.probability < self.least else ()
        some = tuple(digit for digit in digits if digit.confidence < self.least)
        if some or self.certainty is None or self.certainty >= self.least:
            return some
        return digits
