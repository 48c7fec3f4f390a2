"""Loss and accuracy within epochs: the points of `steps.csv`."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from ...files import atomic_write

PER_EPOCH = 20
MOST = 2_000  # in a run: points of longer ones are further apart
FILE = "steps.csv"


@dataclass(frozen=True)
class StepPoint:
    """Means of training loss and accuracy (a fraction) over the steps since the point before.

    `epoch` is how often all data have been seen, 2.5 in the middle of the third epoch;
    `learning_rate` is that of the next step.
    """

    step: int
    epoch: float
    loss: float
    accuracy: float
    learning_rate: float


@dataclass(frozen=True)
class Sums:
    """Sums since the epoch's begin: steps, their losses, right answers, and out of how many."""

    steps: int = 0
    loss: float = 0.0
    right: int = 0
    scored: int = 0

    def since(self, before: Sums) -> tuple[float, float]:
        """Mean loss and accuracy of the steps after `before`."""
        steps, scored = self.steps - before.steps, self.scored - before.scored
        return (self.loss - before.loss) / steps, (self.right - before.right) / max(1, scored)


def points_apart(steps_per_epoch: int, total_steps: int) -> int:
    """Steps from one point to the next; 0 where epochs are too many for points within them."""
    steps = max(-(-steps_per_epoch // PER_EPOCH), -(-total_steps // MOST))
    return steps if steps < steps_per_epoch else 0


def write_points(path: Path, points: Sequence[StepPoint]) -> None:
    """Write `steps.csv`: a header line, then one line for each point. Raises MachineError."""
    text = io.StringIO(newline="")
    names = [field.name for field in fields(StepPoint)]
    writer = csv.DictWriter(text, names, lineterminator="\n")
    writer.writeheader()
    writer.writerows(asdict(point) for point in points)
    with atomic_write(path) as file:
        file.write(text.getvalue().encode())
