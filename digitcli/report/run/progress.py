"""Progress of a training run, for people: a bar, and a line for each epoch."""

from __future__ import annotations

import time
from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.text import Text

from ...training.run.history import EpochRow
from ...training.run.history import Progress as RunProgress

PLAIN_SECONDS = 30.0  # between lines of progress in a log, where no bar can be redrawn


class TrainingReport:
    """Shows a run on `console`: a bar on a terminal, lines elsewhere."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._task: TaskID | None = None
        self._said = time.monotonic()
        self._bar = Progress(
            TextColumn("epoch {task.fields[epoch]}"),
            BarColumn(),
            TextColumn("{task.completed:,.0f}/{task.total:,.0f} steps"),
            TextColumn("{task.fields[measured]}"),
            TimeRemainingColumn(),
            console=console,
            disable=not console.is_terminal,
        )

    def __enter__(self) -> TrainingReport:
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bar.stop()

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

    def on_progress(self, progress: RunProgress) -> None:
        """Move the bar, or write a line when it is time for one."""
        measured = (
            f"loss {progress.loss:.4f}  accuracy {progress.accuracy:.2%}  "
            f"{progress.images_per_s:,.0f} images/s"
        )
        if self._task is not None and self._console.is_terminal:
            self._bar.update(
                self._task, completed=progress.step, epoch=progress.epoch, measured=measured
            )
        elif time.monotonic() - self._said > PLAIN_SECONDS:
            self._line(f"step {progress.step:,}/{progress.total_steps:,}  {measured}")

    def on_epoch(self, row: EpochRow, history: list[EpochRow]) -> None:
        """Write a line for an epoch."""
        parts = [f"epoch {row.epoch:>3}", f"loss {row.loss:.4f}", f"accuracy {row.accuracy:.2%}"]
        if row.validation_accuracy is not None:
            parts.append(f"validation {row.validation_accuracy:.2%}")
        if row.test_accuracy is not None:
            parts.append(f"test {row.test_accuracy:.2%}")
        parts += [f"{row.images_per_s:,.0f} images/s", f"{row.seconds:.1f} s"]
        self._line("  ".join(parts))

    def _line(self, text: str) -> None:
        self._said = time.monotonic()
        self._console.print(Text(text), soft_wrap=True)
