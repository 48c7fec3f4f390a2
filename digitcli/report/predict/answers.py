"""Where answers go while they stream: a page of blocks or rows, JSON, JSON Lines or CSV."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Protocol, TextIO

from ..kit.page import Page
from ..kit.text import encodable, visible
from . import predictions

if TYPE_CHECKING:
    from ...model.thresholds import Threshold
    from ...vision.reading import Reading

_PIECE = 1 << 16  # characters that are copied at a time
CSV_COLUMNS = ("file", "text", "answer", "confidence", "boxes", "error")


class Tally:
    """How many answers of each kind there were, and in runs that this one goes on with."""

    def __init__(self, least: float, threshold: Threshold | None = None) -> None:
        self.answers: dict[str, int] = {}
        self.least = least
        self.threshold = threshold
        self.earlier_errors = 0
        self.hint = ""

    def add(self, reading: Reading) -> None:
        """Count one, and keep the hint of the first error."""
        self.answers[reading.answer] = self.answers.get(reading.answer, 0) + 1
        if reading.error is not None:
            self.hint = self.hint or reading.error.hint

    def finish(self, tally: Tally) -> None:
        """Nothing comes last."""

    @property
    def pictures(self) -> int:
        """All pictures, read or not; of earlier runs only those that were not."""
        return sum(self.answers.values()) + self.earlier_errors

    @property
    def errors(self) -> int:
        """Pictures that could not be read."""
        return self.answers.get("error", 0) + self.earlier_errors

    @property
    def coverage(self) -> float | None:
        """The share of pictures with digits that have an answer to rely on; None without any."""
        empty = self.answers.get("error", 0) + self.answers.get("blank", 0)
        seen = sum(self.answers.values()) - empty
        return self.answers.get("digits", 0) / seen if seen else None

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        found: dict[str, Any] = {"answers": self.answers, "coverage": self.coverage}
        found["least_confidence"] = self.least
        found["threshold"] = None if self.threshold is None else self.threshold.to_json()
        return found

    def sentences(self) -> Iterator[str]:
        """What the threshold promises, and what it did here."""
        if self.threshold is not None:
            yield self.threshold.sentence
        if self.coverage is not None:
            yield f"here {100 * self.coverage:.4g} % are answered"


class Sink(Protocol):
    """Takes answers as they come."""

    def add(self, reading: Reading) -> None:
        """Write one, or keep it."""

    def finish(self, tally: Tally) -> None:
        """Write what comes last."""


class Pages:
    """Lines for people: a block for each of a few files, else a row for each."""

    def __init__(
        self, page: Page, names: list[str], *, top: int, picture: bool, show: bool = False
    ) -> None:
        self._page = page
        self._top = top
        self._show = show
        self._blocks = picture and len(names) <= predictions.BLOCKS_UP_TO
        self._width = 0 if self._blocks else predictions.name_width(page, names)
        self._first = True

    def add(self, reading: Reading) -> None:
        """Write it, and draw it below if that is wanted."""
        self._write(reading)
        if self._show:
            from .annotate import show

            show(self._page, reading)

    def _write(self, reading: Reading) -> None:
        if not self._blocks:
            self._page.write(*predictions.row(self._page, reading, self._width, self._top))
            return
        if not self._first:
            self._page.write()
        self._first = False
        for line in predictions.block(self._page, reading, self._top):
            self._page.write(*line)

    def finish(self, tally: Tally) -> None:
        """Nothing comes last."""


class Document:
    """The one JSON document of `--json`: it is written when all answers are there.

    Until then they wait in memory, and on disk (a file without a name) when there are many.
    """

    def __init__(self, stream: TextIO, in_memory: int = 2**20) -> None:
        self._stream = stream
        self._in_memory = in_memory  # characters
        self._length = 0
        self._waiting: list[str] = []
        self._spool: TextIO | None = None

    def add(self, reading: Reading) -> None:
        """Keep it, as text."""
        text = _dumped(predictions.result(reading))
        self._waiting.append(f", {text}" if self._length else text)
        self._length += len(text)
        if self._spool is not None or self._length > self._in_memory:
            self._spill()

    def _spill(self) -> None:
        """Move what waits in memory to the disk. Raises OSError when that refuses."""
        if self._spool is None:
            from tempfile import TemporaryFile  # ten milliseconds, which few files should not cost

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
    """Takes text, and hands over what it has."""

    def write(self, text: str, /) -> object:
        """Take it."""

    def flush(self) -> None:
        """Hand it over."""


class Lines:
    """JSON Lines; with `flush` each is handed to the system at once."""

    def __init__(self, stream: Stream, *, flush: bool = False) -> None:
        self._stream = stream
        self._flush = flush

    def add(self, reading: Reading) -> None:
        """Write it."""
        self._stream.write(_dumped(predictions.line(reading)) + "\n")
        if self._flush:
            self._stream.flush()

    def finish(self, tally: Tally) -> None:
        """Nothing comes last."""


class Csv:
    """One row for each picture under `CSV_COLUMNS`; boxes are "x y w h", separated by "; ".

    Names are written as they are into files and pipes; a terminal gets escapes for what it would
    obey.
    """

    def __init__(self, stream: TextIO) -> None:
        import csv

        self._name = visible if stream.isatty() else encodable
        self._encoding = stream.encoding or "utf-8"
        self._rows = csv.writer(stream, lineterminator="\n")
        self._rows.writerow(CSV_COLUMNS)

    def add(self, reading: Reading) -> None:
        """Write it."""
        boxes = "; ".join(" ".join(map(str, digit.box)) for digit in reading.digits)
        sure = "" if reading.confidence is None else f"{reading.confidence:.6g}"
        error = "" if reading.error is None else self._name(str(reading.error), self._encoding)
        name = self._name(reading.file, self._encoding)
        self._rows.writerow([name, reading.text, reading.answer, sure, boxes, error])

    def finish(self, tally: Tally) -> None:
        """Nothing comes last."""


def _dumped(value: Any) -> str:
    """JSON in ASCII: a name that is no UTF-8, and a terminal that takes none, must not break it."""
    return json.dumps(value, allow_nan=False)
