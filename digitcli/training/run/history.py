"""What a run measures, epoch by epoch, and its progress within an epoch."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Protocol

from ...files import atomic_write


@dataclass(frozen=True)
class EpochRow:
    """One epoch: mean training loss and accuracy (with dropout and the like), then what was tested.

    Accuracies are fractions; `learning_rate` is that of the epoch's end; `seconds` count this epoch
    alone, tests included; None where nothing was measured.
    """

    epoch: int
    step: int
    loss: float
    accuracy: float
    validation_loss: float | None
    validation_accuracy: float | None
    test_loss: float | None
    test_accuracy: float | None
    learning_rate: float
    images_per_s: float
    seconds: float


@dataclass(frozen=True)
class Progress:
    """Steps done, of how many, and the means of this epoch so far."""

    step: int
    total_steps: int
    epoch: int
    loss: float
    accuracy: float
    images_per_s: float


class Observer(Protocol):
    """What is called while a run goes on, always between two steps."""

    def on_start(self, what: str, device: str, total_steps: int, first_step: int) -> None:
        """The run begins, or goes on at `first_step`."""

    def on_note(self, text: str) -> None:
        """Something worth a line."""

    def on_progress(self, progress: Progress) -> None:
        """A few times a second."""

    def on_epoch(self, row: EpochRow, history: list[EpochRow]) -> None:
        """An epoch is over; `history` has the rows of all epochs so far, this one last."""


class Unwatched:
    """An observer that nobody asked for."""

    def on_start(self, what: str, device: str, total_steps: int, first_step: int) -> None:
        """The run begins."""

    def on_note(self, text: str) -> None:
        """Something worth a line."""

    def on_progress(self, progress: Progress) -> None:
        """A few times a second."""

    def on_epoch(self, row: EpochRow, history: list[EpochRow]) -> None:
        """An epoch is over."""


def best_epoch(rows: Sequence[EpochRow]) -> EpochRow | None:
    """The first epoch of the highest validation accuracy so far; None where nothing validates."""
    checked = [row for row in rows if row.validation_accuracy is not None]
    return max(checked, key=lambda row: row.validation_accuracy or 0.0, default=None)


def write_history(path: Path, rows: Sequence[EpochRow]) -> None:
    """Write `history.csv`: a header line, then one line for each epoch."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, [field.name for field in fields(EpochRow)], lineterminator="\n")
    writer.writeheader()
    writer.writerows(asdict(row) for row in rows)
    with atomic_write(path) as file:
        file.write(text.getvalue().encode())
