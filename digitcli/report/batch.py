"""Progress of `digitcli batch`, for people: a bar on a terminal, lines in a log."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, TaskID, TextColumn, TimeRemainingColumn
from rich.text import Text

from .kit.bar import BarReport
from .kit.text import counted, visible

PLAIN_SECONDS = 10.0  # between lines of progress in a log
_NAMED = 3  # files that were passed over


class Batch(Protocol):
    """What there is to do, and what has been done: `digitcli.batch.run.Batch`."""

    rows: int
    errors: int
    earlier_rows: int

    @property
    def passed_over(self) -> list[str]:
        """Files of kinds that are not read."""

    @property
    def shards(self) -> Sequence[object]:
        """All of them."""

    @property
    def parts(self) -> int:
        """How many of them have been read."""


class BatchReport(BarReport):
    """Watches a batch on `console`."""

    def __init__(self, console: Console) -> None:
        super().__init__(
            console,
            TextColumn("{task.completed:,.0f}/{task.total:,.0f} shards"),
            BarColumn(),
            TextColumn("{task.fields[counted]}"),
            TimeRemainingColumn(),
        )
        self._task: TaskID | None = None
        self._begin = self._said = time.monotonic()

    def on_plan(self, batch: Batch) -> None:
        """Write how many shards there are, what is there already, and what is passed over."""
        earlier = f"; parts that are there already: {batch.parts:,}" if batch.parts else ""
        self._line(f"{counted(len(batch.shards), 'shard')}{earlier}")
        if batch.passed_over:
            some = ", ".join(map(visible, batch.passed_over[:_NAMED]))
            more = ", ..." if len(batch.passed_over) > _NAMED else ""
            files = counted(len(batch.passed_over), "file")
            self._line(f"{files} of other kinds: {some}{more}")
        if batch.parts < len(batch.shards):
            self._line("Ray starts ...")

    def on_workers(self, workers: int) -> None:
        """Write how many read."""
        self._begin = time.monotonic()
        self._line(counted(workers, "worker"))

    def on_done(self, batch: Batch) -> None:
        """Move the bar, or write a line when it is time for one."""
        total = len(batch.shards)
        if self._task is None:
            self._task = self._bar.add_task("", total=total, counted="")
        rate = (batch.rows - batch.earlier_rows) / max(time.monotonic() - self._begin, 1e-9)
        read = f"{counted(batch.rows, 'picture')}  {rate:,.0f}/s"
        self._bar.update(self._task, completed=batch.parts, counted=read)
        ends = batch.parts == total or time.monotonic() - self._said > PLAIN_SECONDS
        if ends and not self._console.is_terminal:
            self._line(f"{batch.parts:,}/{counted(total, 'shard')}  {read}")

    def _line(self, text: str) -> None:
        self._said = time.monotonic()
        self._console.print(Text(text), soft_wrap=True)


def summary(batch: Batch, output: str) -> Text:
    """What there is at the end, in one line."""
    pictures, parts = counted(batch.rows, "picture"), counted(batch.parts, "part")
    return Text(f"{output}: {pictures} in {parts}")
