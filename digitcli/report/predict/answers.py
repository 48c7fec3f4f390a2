"""Where answers go while they stream: text for people, JSON, JSON Lines or CSV."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Protocol, TextIO

from ..kit.printer import Printer
from ..kit.text import can_encode, encodable, visible
from . import csv_style, predictions

if TYPE_CHECKING:
    from ...model.thresholds import Threshold
    from ...vision.files.decode import Limits
    from ...vision.reading import Reading

_PIECE = 1 << 16  # characters copied at a time
_NOTES = 3  # that are said
CSV_COLUMNS = ("file", "text", "answer", "confidence", "boxes", "error", "written")


def csv_columns(form: Sequence[str] = ()) -> tuple[str, ...]:
    """The columns of a table of answers, those of a form's fields last."""
    return (*CSV_COLUMNS, *form)


class Sink:
    """Takes answers as they come."""

    def add(self, reading: Reading) -> None:
        """Write one, or keep it."""
        raise NotImplementedError

    def finish(self, tally: Tally) -> None:
        """Write what follows the last answer. By default that is nothing."""


class Tally(Sink):
    """Counts the answers of each kind, and the errors of a run that this one continues."""

    def __init__(self, least: float, threshold: Threshold | None = None) -> None:
        self.answers: dict[str, int] = {}
        self.least = least
        self.threshold = threshold
        self.earlier_errors = 0
        self.hint = ""
        self._noted = 0
        self._notes: list[str] = []  # the first

    def add(self, reading: Reading) -> None:
        """Count one, and keep the hint of the first error."""
        self.answers[reading.answer] = self.answers.get(reading.answer, 0) + 1
        if reading.error is not None:
            self.hint = self.hint or reading.error.hint
        self._noted += bool(reading.notes)
        if reading.notes and len(self._notes) < _NOTES:
            self._notes.append(f"note: {reading.file}: {'; '.join(reading.notes)}")

    @property
    def pictures(self) -> int:
        """All pictures of this run, and those that an earlier run could not read."""
        return sum(self.answers.values()) + self.earlier_errors

    @property
    def errors(self) -> int:
        """Pictures that could not be read."""
        return self.answers.get("error", 0) + self.earlier_errors

    @property
    def coverage(self) -> float | None:
        """The share of answered pictures among those with digits; None without any."""
        empty = self.answers.get("error", 0) + self.answers.get("blank", 0)
        seen = sum(self.answers.values()) - empty
        return self.answers.get("digits", 0) / seen if seen else None

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        found: dict[str, Any] = {"answers": self.answers, "coverage": self.coverage}
        found["least_confidence"] = self.least
        found["threshold"] = None if self.threshold is None else self.threshold.to_json()
        return found

    def noted(self) -> Iterator[str]:
        """What was odd about the first pictures of which there is something to say."""
        yield from self._notes
        if self._noted > len(self._notes):
            yield f"note: {self._noted - len(self._notes):,} more such pictures; --json has `notes`"

    def sentences(self) -> Iterator[str]:
        """What the threshold promises, and the coverage of this run."""
        if self.threshold is not None:
            yield self.threshold.sentence
        if self.coverage is not None:
            yield f"here {100 * self.coverage:.4g} % are answered"


class Text(Sink):
    """Text for people: a block for each file if there are few, otherwise a row."""

    def __init__(
        self,
        printer: Printer,
        names: list[str],
        *,
        top: int,
        picture: bool,
        show: bool = False,
        limits: Limits | None = None,
    ) -> None:
        self._limits = limits
        self._printer = printer
        self._top = top
        self._show = show
        self._blocks = picture and len(names) <= predictions.BLOCKS_UP_TO
        self._width = 0 if self._blocks else predictions.name_width(printer, names)
        self._first = True

    def add(self, reading: Reading) -> None:
        """Write one answer, and draw the picture below it with `show`."""
        self._write(reading)
        if self._show:
            from .annotate import show

            show(self._printer, reading, *([self._limits] if self._limits else []))

    def _write(self, reading: Reading) -> None:
        if not self._blocks:
            self._printer.write(*predictions.row(self._printer, reading, self._width, self._top))
            return
        if not self._first:
            self._printer.write()
        self._first = False
        for line in predictions.block(self._printer, reading, self._top):
            self._printer.write(*line)


class Json(Sink):
    """The JSON document of `--json`, written after the last answer.

    Answers are kept in memory until then, and in a temporary file without a name when there are
    many.
    """

    def __init__(self, stream: TextIO, in_memory: int = 2**20) -> None:
        self._stream = stream
        self._in_memory = in_memory  # characters
        self._length = 0
        self._waiting: list[str] = []
        self._spool: TextIO | None = None

    def add(self, reading: Reading) -> None:
        """Keep it, as text."""
        text = _dumped(reading.to_dict())
        self._waiting.append(f", {text}" if self._length else text)
        self._length += len(text)
        if self._spool is not None or self._length > self._in_memory:
            self._spill()

    def _spill(self) -> None:
        """Move answers from memory to the disk. Raises OSError when they cannot be written."""
        if self._spool is None:
            from tempfile import (
                TemporaryFile,
            )  # its import takes ten milliseconds, so few files avoid it

            self._spool = TemporaryFile("w+", encoding="ascii")  # noqa: SIM115 (closed in `finish`)
        self._spool.write("".join(self._waiting))
        self._waiting.clear()

    def finish(self, tally: Tally) -> None:
        """Write the document."""
        head, summary = _dumped(predictions.SCHEMA), _dumped(tally.to_json())
        self._stream.write(f'{{"schema": {head}, "results": [')
        if self._spool is not None:
            self._spool.seek(0)
            while piece := self._spool.read(_PIECE):
                self._stream.write(piece)
            self._spool.close()
        self._stream.write("".join(self._waiting))
        self._stream.write(f'], "summary": {summary}}}\n')


class Stream(Protocol):
    """A text stream."""

    def write(self, text: str, /) -> object:
        """Write to the buffer."""

    def flush(self) -> None:
        """Write the buffer to the system."""


class JsonLines(Sink):
    """JSON Lines; with `flush` each line is written to the system at once."""

    def __init__(self, stream: Stream, *, flush: bool = False) -> None:
        self._stream = stream
        self._flush = flush

    def add(self, reading: Reading) -> None:
        """Write it."""
        self._stream.write(_dumped(predictions.line(reading)) + "\n")
        if self._flush:
            self._stream.flush()


class Csv(Sink):
    """One row for each picture under `csv_columns`; boxes are "x y w h", separated by "; ".

    Files and pipes get names as they are; a terminal gets escapes for what it would obey. With
    `spreadsheet` a spreadsheet shows every text as it is (`csv_style`). `form` are the names of a
    form's fields, each of which has a column. Without `head` the rows go on after earlier ones;
    with `flush` each row is written to the system at once.
    """

    def __init__(
        self,
        stream: Stream,
        *,
        spreadsheet: bool = False,
        form: Sequence[str] = (),
        head: bool = True,
        flush: bool = False,
    ) -> None:
        self._stream, self._flush = stream, flush
        self._spreadsheet, self._form = spreadsheet, form
        self._is_terminal = isinstance(stream, io.TextIOBase) and stream.isatty()
        self._encoding = getattr(stream, "encoding", None) or "utf-8"
        if head:
            can_mark = not self._is_terminal and can_encode(self._encoding, csv_style.MARK)
            line = csv_style.csv_head(csv_columns(form), spreadsheet=spreadsheet and can_mark)
            self._stream.write(line)

    def add(self, reading: Reading) -> None:
        """Write it."""
        boxes = "; ".join(" ".join(map(str, digit.box)) for digit in reading.digits)
        sure = "" if reading.confidence is None else f"{reading.confidence:.6g}"
        error = "" if reading.error is None else self._named(str(reading.error))
        text, written = self._number(reading.text), self._number(reading.written)
        cells = [self._named(reading.file), text, reading.answer, sure, boxes, error, written]
        named = {one.name: one.reading.written for one in reading.form or ()}
        cells += [self._number(named.get(name, "")) for name in self._form]
        self._stream.write(csv_style.csv_row(cells))
        if self._flush:
            self._stream.flush()

    def _number(self, text: str) -> str:
        return csv_style.number_cell(text, spreadsheet=self._spreadsheet)

    def _named(self, name: str) -> str:
        shown = visible if self._is_terminal else encodable
        return csv_style.name_cell(shown(name, self._encoding), spreadsheet=self._spreadsheet)


def _dumped(value: Any) -> str:
    """JSON in ASCII, which names and terminals that are not UTF-8 cannot break."""
    return json.dumps(value, allow_nan=False)
