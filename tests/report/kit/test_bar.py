from __future__ import annotations

import contextlib
import io

from rich.console import Console
from rich.progress import TextColumn

from digitcli.report.kit.bar import BarReport


class Report(BarReport):
    def show(self) -> None:
        self._bar.add_task("reading")
        self._bar.refresh()


def report(*, terminal: bool) -> tuple[Report, io.StringIO]:
    stream = io.StringIO()
    console = Console(file=stream, force_terminal=terminal, width=60)
    return Report(console, TextColumn("{task.description}")), stream


def test_a_terminal_shows_the_bar_and_gets_its_cursor_back_after_an_error():
    bar, stream = report(terminal=True)

    with contextlib.suppress(ValueError), bar as entered:
        assert entered is bar
        bar.show()
        raise ValueError

    assert "reading" in stream.getvalue()
    assert stream.getvalue().rindex("\x1b[?25h") > stream.getvalue().rindex("\x1b[?25l")


def test_a_log_gets_nothing_of_the_bar():
    bar, stream = report(terminal=False)

    with bar:
        bar.show()

    assert stream.getvalue() == ""
