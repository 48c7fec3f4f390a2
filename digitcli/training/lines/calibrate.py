"""The temperature with which a line network's probabilities are honest.

C. Guo et al., "On Calibration of Modern Neural Networks", ICML 2017, fit one number so for single
answers; here the likelihood is that of whole texts.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from ..compute.backend import NAME, to_numpy
from ..trainer import Trainer
from .batches import Batch
from .ctc import ctc_loss, sparse_ctc_loss

TRIED = tuple(round(0.6 + 0.1 * step, 1) for step in range(20))  # 0.6 to 2.5


def fitted(trainer: Trainer, batches: Iterable[Batch]) -> dict[str, Any]:
    """The best of `TRIED` by the mean -log P(text) of lines that taught nothing, as a record."""
    loss = sparse_ctc_loss if NAME == "tensorflow" else ctc_loss
    losses = np.zeros(len(TRIED))
    before, count = 0.0, 0
    for batch in batches:
        logits = trainer.outputs(batch.pictures)
        for place, temperature in enumerate(TRIED):
            each = to_numpy(loss(logits / np.float32(temperature), batch.signs, batch.lengths))
            losses[place] += each.sum()
        before = losses[TRIED.index(1.0)]
        count += len(batch.lengths)
    best = int(losses.argmin())
    return {
        "data": "lines",
        "n": count,
        "temperature": TRIED[best],
        "nll_before": float(before / count),
        "nll_after": float(losses[best] / count),
    }
