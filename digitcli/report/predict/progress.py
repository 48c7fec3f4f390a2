"""How far `digitcli predict` is: a bar on a terminal, lines in a log, and a summary at the end."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import TYPE_CHECKING, TextIO

from ..kit.text import can_encode
from .answers import Sink, Tally

if TYPE_CHECKING:
    from ...vision.reading import Reading

AFTER = 1.0  # seconds of reading before anything is shown
_EVERY = 0.2  # seconds between two states of the bar
_FIRST_LINE, _LINES = 10.0, 30.0  # seconds to the first line in a log, and between lines
_MANY = 64  # pictures: fewer have a summary only where a bar or line was shown
_BAR = 24  # columns
_WORDS = {
    "digits": "read",
    "unsure": "unsure",
    "not valid": "not valid",
    "not a digit": "no digit",
    "blank": "blank",
    "error": "not readable",
}


class Progress(Sink):
    """Says on `stream` how many pictures are read, how fast, and how long the rest takes.

    Nothing in the first second. `count` gives all pictures that there are, and is called in a
    thread of its own; None where that is not known before. With `shares_terminal` answers appear
    on the same terminal: call `before_answer` before each.
    """

    def __init__(
        self,
        stream: TextIO,
        count: Callable[[Callable[[], bool]], int] | None,
        *,
        shares_terminal: bool,
        quiet: bool = False,
    ) -> None:
        self._stream = stream
        self._quiet = quiet
        self._count = count
        self._shares_terminal = shares_terminal
        self._is_terminal = stream.isatty()
        self._begun = time.monotonic()
        self._next = self._begun + (AFTER if self._is_terminal else _FIRST_LINE)
        self._done, self.skipped = 0, 0
        self._total: int | None = None
        self._stopped = self._has_said = False
        self._bar = ""  # what is drawn
        self._is_drawn = False

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *error: object) -> None:
        self._stopped = True
        self._clear()

    def before_answer(self) -> None:
        """Take the bar away where an answer is to stand; `add` draws it again."""
        if self._shares_terminal:
            self._clear()

    def _clear(self) -> None:
        if self._is_drawn:
            self._write("\r" + " " * len(self._bar) + "\r")
            self._is_drawn = False

    def add(self, reading: Reading) -> None:
        """Count one; now and then say how far we are."""
        self._done += 1
        if self._quiet or self._done == 1:
            return
        now = time.monotonic()
        if now >= self._next:
            self._say(now)
        elif self._shares_terminal and self._bar and not self._is_drawn:
            self._draw(self._bar)

    def finish(self, tally: Tally) -> None:
        """Write the summary, if it took long."""
        self._stopped = True
        self._clear()
        seconds = time.monotonic() - self._begun
        if self._quiet or self._done < 2:
            return
        if self._has_said or (seconds > AFTER and self._done >= _MANY):
            self._write(_summary(self._done, seconds, tally) + "\n")

    def _say(self, now: float) -> None:
        if not self._has_said and self._count is not None:
            import threading

            counting = threading.Thread(target=self._find_total, args=(self._count,), daemon=True)
            with suppress(RuntimeError):  # the system has no thread left: no total is shown
                counting.start()
        self._has_said = True
        seconds = now - self._begun
        if self._is_terminal:
            self._next = now + _EVERY
            self._clear()
            self._draw(_line(self._done, self.skipped, self._total, seconds, _room(self._stream)))
        else:
            self._next = now + _LINES
            self._write(_line(self._done, self.skipped, self._total, seconds, None) + "\n")

    def _draw(self, bar: str) -> None:
        self._bar, self._is_drawn = bar, True
        self._write(bar)

    def _write(self, text: str) -> None:
        """Write it; where that fails, answers go on without progress."""
        try:
            self._stream.write(text)
            self._stream.flush()
        except OSError:
            self._quiet = True

    def _find_total(self, count: Callable[[Callable[[], bool]], int]) -> None:
        try:
            found = count(lambda: self._stopped)
        except Exception:  # reading the pictures says what is wrong
            return
        self._total = found


def counted(find: Callable[[], Iterable[object]]) -> Callable[[Callable[[], bool]], int]:
    """A function that counts what `find` gives, until it is told to stop."""

    def count(stopped: Callable[[], bool]) -> int:
        number = 0
        for _ in find():
            number += 1
            if stopped():
                raise InterruptedError
        return number

    return count


def _room(stream: TextIO) -> tuple[int, str]:
    """How many columns a bar may take, and the encoding."""
    try:
        columns = os.get_terminal_size(stream.fileno()).columns
    except (OSError, ValueError):
        columns = 80
    return (columns or 80) - 1, stream.encoding or "ascii"


def _line(
    done: int, skipped: int, total: int | None, seconds: float, room: tuple[int, str] | None
) -> str:
    rate = done / max(seconds, 1e-9)
    at = done + skipped
    all_of_it = "" if total is None or total < at else f"{total:,}"
    words = [f"{at:,} of {all_of_it} pictures" if all_of_it else f"{at:,} pictures"]
    words.append(_speed(rate))
    if total is not None and all_of_it and rate:
        words.append(f"{_time((total - at) / rate)} left")
    text = "  ".join(words)
    if room is None:
        return text
    columns, encoding = room
    if total and all_of_it and len(text) + _BAR + 2 <= columns:
        text = f"{_drawn(at / total, encoding)}  {text}"
    return text[:columns]


def _drawn(share: float, encoding: str) -> str:
    full, rest = ("━", "╌") if can_encode(encoding, "━╌") else ("#", "-")
    filled = int(share * _BAR)
    return full * filled + rest * (_BAR - filled)


def _summary(done: int, seconds: float, tally: Tally) -> str:
    counts = [
        f"{tally.answers[key]:,} {word}" for key, word in _WORDS.items() if key in tally.answers
    ]
    speed = _speed(done / max(seconds, 1e-9))
    return f"{done:,} pictures in {_seconds(seconds)}, {speed}: {', '.join(counts)}"


def _speed(rate: float) -> str:
    """Pictures a second, or seconds a picture."""
    if rate < 1:
        return f"{1 / rate:.1f} s each"
    return f"{rate:,.0f}/s" if rate >= 100 else f"{rate:.3g}/s"


def _seconds(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds < 60 else _time(seconds)


def _time(seconds: float) -> str:
    """Minutes and seconds, with hours where there are any."""
    whole = round(seconds)
    hours, minutes = whole // 3600, whole // 60 % 60
    return f"{hours}:{minutes:02}:{whole % 60:02}" if hours else f"{minutes}:{whole % 60:02}"
