"""Progress of many pictures: a bar that answers do not disturb, lines in a log, a summary."""

from __future__ import annotations

import io
import re

import pytest

from digitcli.errors import DataError
from digitcli.report.predict import progress as module
from digitcli.report.predict.answers import Tally
from digitcli.report.predict.progress import Progress
from digitcli.vision.reading import Reading


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


@pytest.fixture
def clock(monkeypatch):
    """Seconds that pass only when a test says so."""

    class Clock:
        now = 100.0

        def monotonic(self):
            return self.now

    clock = Clock()
    monkeypatch.setattr(module, "time", clock)
    return clock


def shown(stream) -> str:
    """What stands in the last line of a terminal."""
    line = ""
    for part in re.split(r"(\r)", stream.getvalue().rpartition("\n")[2]):
        line = "" if part == "\r" else part
    return line.rstrip()


def run(stream, clock, seconds, count=None, **options):
    """Progress after ten pictures in so many seconds."""
    progress = Progress(stream, count, **({"shares_terminal": False} | options))
    for _ in range(10):
        clock.now += seconds / 10
        progress.add(Reading("a.png"))
    return progress


def counts_at_once(monkeypatch):
    class Thread:
        def __init__(self, target, args, daemon):
            self.start = lambda: target(*args)

    monkeypatch.setattr("threading.Thread", Thread)


def test_nothing_is_said_in_the_first_second(clock):
    stream = Terminal()

    progress = run(stream, clock, 0.9)
    progress.finish(Tally(0.5))

    assert stream.getvalue() == ""


def test_the_bar_has_a_rate_and_the_time_that_is_left(clock, monkeypatch):
    counts_at_once(monkeypatch)
    stream = Terminal()

    run(stream, clock, 5, lambda stopped: 1000)

    assert shown(stream).endswith("10 of 1,000 pictures  2/s  8:15 left")


@pytest.mark.parametrize("columns", [30, 60, 80])
def test_the_bar_fits_the_terminal(clock, monkeypatch, columns):
    counts_at_once(monkeypatch)
    monkeypatch.setattr(module, "_room", lambda stream: (columns - 1, "utf-8"))
    stream = Terminal()

    run(stream, clock, 5, lambda stopped: 10**9)

    assert 0 < max(map(len, re.split(r"[\r\n]", stream.getvalue()))) < columns


def test_without_a_total_the_bar_counts(clock):
    stream = Terminal()

    run(stream, clock, 5)

    assert shown(stream) == "10 pictures  2/s"


def test_an_answer_on_the_same_terminal_stands_on_a_line_of_its_own(clock):
    stream = Terminal()
    progress = run(stream, clock, 5, shares_terminal=True)

    progress.before_answer()
    stream.write("a.png  7\n")
    progress.add(Reading("a.png"))

    lines = stream.getvalue().split("\n")
    assert re.sub(r".*\r", "", lines[-2]) == "a.png  7"
    assert shown(stream).startswith("10 pictures")


def test_the_bar_stays_where_answers_go_elsewhere(clock):
    stream = Terminal()
    progress = run(stream, clock, 5)

    progress.before_answer()
    progress.add(Reading("a.png"))

    assert shown(stream).startswith("10 pictures")


def test_the_bar_is_taken_away_at_the_end_and_on_errors(clock):
    stream = Terminal()

    with pytest.raises(ValueError, match="stop"), run(stream, clock, 5):
        raise ValueError("stop")

    assert shown(stream) == ""


def test_a_log_gets_a_line_after_ten_seconds_then_every_thirty(clock):
    stream = io.StringIO()

    progress = run(stream, clock, 100)

    lines = stream.getvalue().splitlines()
    assert lines == [f"{n} pictures  {s:.1f} s each" for n, s in [(2, 10), (5, 10), (8, 10)]]
    assert progress.skipped == 0


def test_pictures_of_an_earlier_run_count_but_not_for_the_rate(clock, monkeypatch):
    counts_at_once(monkeypatch)
    stream = io.StringIO()
    progress = Progress(stream, lambda stopped: 1000, shares_terminal=False)
    progress.skipped = 500
    for _ in range(2):
        clock.now += 10
        progress.add(Reading("a.png"))

    assert stream.getvalue() == "502 of 1,000 pictures  10.0 s each  1:23:00 left\n"


def test_the_summary_counts_each_kind_of_answer(clock):
    stream, tally = io.StringIO(), Tally(0.5)
    progress = Progress(stream, None, shares_terminal=False)
    for number in range(100):
        error = DataError("cut short") if number < 3 else None
        reading = Reading("a.png", error=error)
        clock.now += 0.1
        tally.add(reading)
        progress.add(reading)

    progress.finish(tally)

    last = stream.getvalue().splitlines()[-1]
    assert last == "100 pictures in 10.0 s, 10/s: 97 blank, 3 not readable"


def test_quiet_says_nothing(clock):
    stream = Terminal()

    run(stream, clock, 100, quiet=True).finish(Tally(0.5))

    assert stream.getvalue() == ""


def test_a_stream_that_refuses_ends_progress_and_nothing_else(clock):
    class Full(Terminal):
        def flush(self):
            raise OSError(28, "No space left on device")

    run(Full(), clock, 100).finish(Tally(0.5))
