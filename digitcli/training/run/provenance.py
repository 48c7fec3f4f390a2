"""What a weight file says about the run that made it."""

from __future__ import annotations

from typing import Any

from ...data.store import Split
from ...evaluation.metrics import wilson_interval
from ...version import __version__
from ..compute.backend import versions
from .history import EpochRow


def provenance(
    last: EpochRow, train: Split, test: Split, loss: float, accuracy: float
) -> dict[str, Any]:
    """How long a run took, on what, and how well it reads the test set, as plain JSON.

    `last` is its last epoch; `loss` is the test set's mean cross-entropy at temperature 1,
    `accuracy` a fraction, which gets Wilson's 95 % interval.
    """
    n = len(test.labels)
    interval = list(wilson_interval(round(accuracy * n), n))
    return {
        "steps": last.step,
        "epochs": last.epoch,
        "data": {"name": train.name, "sha256": train.sha256},
        "validation_accuracy": last.validation_accuracy,
        "test": {
            "data": test.name,
            "n": n,
            "accuracy": accuracy,
            "interval": interval,
            "loss": loss,
        },
        "versions": {"digitcli": __version__, **versions()},
    }
