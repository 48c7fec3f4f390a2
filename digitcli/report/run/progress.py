"""Progress of a training run, for people: a bar, and a line for each epoch."""

from __future__ import annotations

import time

from rich.console import Console
from rich.progress import BarColumn, TaskID, TextColumn, TimeRemainingColumn
from rich.text import Text

from ...training.run.history import EpochRow, Progress
from ..kit.bar import BarReport

PLAIN_SECONDS = 30.0  # between lines of progress in a log, where no bar can be redrawn
_WIDE = 76  # columns of a terminal on which all columns fit


class TrainingReport(BarReport):
    """Shows a run on `console`: on a terminal a bar below a table of epochs, lines elsewhere.

    The bar and the table fit a terminal of 60 columns; from 76 on they say more.
    """

    def __init__(self, console: Console) -> None:
        super().__init__(
            console,
            TextColumn("epoch {task.fields[epoch]}"),
            BarColumn(bar_width=None),
            TextColumn("step {task.completed:,.0f}/{task.total:,.0f}"),
            TextColumn("{task.fields[measured]}"),
            TimeRemainingColumn(compact=True),
            expand=True,
        )
        self._task: TaskID | None = None
        self._said = time.monotonic()
        self._wide = console.width >= _WIDE
        self._headed = False

    def on_start(self, what: str, device: str, total_steps: int, first_step: int) -> None:
        """Write what is trained, on which device, and from which step."""
        self._line(what)
        self._line(device)
        if first_step >= total_steps:
            self._line("already trained to the end")
        elif first_step:
            self._line(f"going on after step {first_step:,}")
        self._task = self._bar.add_task(
            "", total=total_steps, completed=first_step, epoch="-", measured=""
        )

    def on_note(self, text: str) -> None:
        """Write a note."""
        self._line(f"note: {text}")

    def on_progress(self, progress: Progress) -> None:
        """Move the bar, or write a line when it is time for one."""
        if self._task is not None and self._console.is_terminal:
            measured = f"loss {progress.loss:.3f} {progress.accuracy:.1%}"
            if self._wide:
                measured += f" {progress.images_per_s:,.0f}/s"
            self._bar.update(
                self._task, completed=progress.step, epoch=progress.epoch, measured=measured
            )
        elif time.monotonic() - self._said > PLAIN_SECONDS:
            self._line(
                f"step {progress.step:,}/{progress.total_steps:,}  loss {progress.loss:.4f}  "
                f"accuracy {progress.accuracy:.2%}  {progress.images_per_s:,.0f} images/s"
            )

    def on_epoch(self, row: EpochRow, history: list[EpochRow]) -> None:
        """Write a line for an epoch."""
        if self._console.is_terminal:
            cells = self._cells(row)
            if not self._headed:
                self._line("  ".join(name.rjust(width) for name, (width, _) in cells.items()))
                self._headed = True
            self._line("  ".join(value.rjust(width) for width, value in cells.values()))
            return
        parts = [f"epoch {row.epoch:>3}", f"loss {row.loss:.4f}", f"accuracy {row.accuracy:.2%}"]
        if row.validation_accuracy is not None:
            parts.append(f"validation {row.validation_accuracy:.2%}")
        if row.test_accuracy is not None:
            parts.append(f"test {row.test_accuracy:.2%}")
        parts += [f"{row.images_per_s:,.0f} images/s", f"{row.seconds:.1f} s"]
        self._line("  ".join(parts))

    def _cells(self, row: EpochRow) -> dict[str, tuple[int, str]]:
        """The columns of an epoch's line: heading, width, value; 58 characters, or 69."""
        cells = {
            "epoch": (5, str(row.epoch)),
            "loss": (6, f"{row.loss:.4f}"),
            "accuracy": (8, f"{row.accuracy:.2%}"),
        }
        for name, share in (("validation", row.validation_accuracy), ("test", row.test_accuracy)):
            if share is not None:
                cells[name] = (max(len(name), 7), f"{share:.2%}")
        if self._wide:
            cells["images/s"] = (9, f"{row.images_per_s:,.0f}")
        return cells | {"seconds": (8, f"{row.seconds:,.1f}")}

    def _line(self, text: str) -> None:
        """Write a line: on a terminal wrapped between words, in a log as long as it is."""
        self._said = time.monotonic()
        self._console.print(Text(text), soft_wrap=not self._console.is_terminal)
