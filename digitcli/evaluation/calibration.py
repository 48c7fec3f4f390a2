"""Calibration: how far probabilities are from frequencies, and the temperature that fits them.

C. Guo, G. Pleiss, Y. Sun, K. Q. Weinberger, "On Calibration of Modern Neural Networks", ICML 2017:
all logits are divided by one number, the temperature; the digits stay the same, and
probabilities come near to frequencies.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from ..model.thresholds import KEY
from ..model.weights import TEMPERATURES, Weights
from .metrics import check_pairs, cross_entropy
from .selective import threshold_table

BINS = 15

_HALVINGS = 60  # of an interval: far below the last digit of a float64

Values = npt.NDArray[np.floating[Any]]
Labels = npt.NDArray[np.integer[Any]]


@dataclass(frozen=True)
class Bin:
    """The pictures whose largest probability is above `low` and at most `high`.

    `confidence` is the mean of that probability, `accuracy` the share read correctly; both None
    where there are no pictures.
    """

    low: float
    high: float
    n: int
    correct: int
    confidence: float | None

    @property
    def accuracy(self) -> float | None:
        """The share of the bin's pictures read correctly."""
        return self.correct / self.n if self.n else None

    @property
    def gap(self) -> float:
        """How far the bin's confidence is from its accuracy; 0 without pictures."""
        if self.confidence is None:
            return 0.0
        return abs(self.correct / self.n - self.confidence)


@dataclass(frozen=True)
class Calibration:
    """How far probabilities are from the truth, on labelled pictures.

    `ece`, the expected calibration error: pictures go into 15 bins of equal width by their largest
    probability; it is the mean over pictures of their bin's |accuracy - mean confidence|, 0 to 1.
    `brier`: the sum over the classes of (probability - truth) squared, where the truth is 1 for
    the right class and else 0; the mean over pictures, 0 to 2. `nll`, the negative log-likelihood:
    the mean of -ln(probability of the right class), in nats.
    """

    ece: float
    brier: float
    nll: float
    bins: tuple[Bin, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain values only; the accuracy of each bin is added."""
        bins = [{**asdict(part), "accuracy": part.accuracy} for part in self.bins]
        return {"ece": self.ece, "brier": self.brier, "nll": self.nll, "bins": bins}


def measure_calibration(probabilities: Values, labels: Labels) -> Calibration:
    """Compare probabilities (n, classes) with labels (n,).

    Raises DataError as `metrics.measure` does.
    """
    check_pairs(probabilities, labels)
    bins = reliability_bins(probabilities, labels)
    return Calibration(
        ece=sum(part.n * part.gap for part in bins) / len(labels),
        brier=brier_score(probabilities, labels),
        nll=cross_entropy(probabilities, labels),
        bins=bins,
    )


def reliability_bins(probabilities: Values, labels: Labels, count: int = BINS) -> tuple[Bin, ...]:
    """The pictures in `count` bins of equal width by their largest probability, lowest first."""
    confidence = probabilities.max(axis=1).astype(np.float64)
    right = probabilities.argmax(axis=1) == labels
    edges = np.linspace(0, 1, count + 1)
    place = np.clip(np.searchsorted(edges, confidence, side="left") - 1, 0, count - 1)
    sizes = np.bincount(place, minlength=count)
    sums = np.bincount(place, weights=confidence, minlength=count)
    hits = np.bincount(place[right], minlength=count)
    return tuple(
        Bin(
            low=float(edges[i]),
            high=float(edges[i + 1]),
            n=int(sizes[i]),
            correct=int(hits[i]),
            confidence=float(sums[i] / sizes[i]) if sizes[i] else None,
        )
        for i in range(count)
    )


def brier_score(probabilities: Values, labels: Labels) -> float:
    """The squared distance from the truth, summed over classes, mean over pictures (n, classes)."""
    truth = np.eye(probabilities.shape[1])[labels]
    return float(((probabilities - truth) ** 2).sum(axis=1).mean())


def softmax(logits: Values, temperature: float = 1.0) -> npt.NDArray[np.float64]:
    """Probabilities float64 (n, classes) of logits divided by `temperature`."""
    scaled = _from_largest(logits) / temperature
    shares = np.exp(scaled)
    probabilities: npt.NDArray[np.float64] = shares / shares.sum(axis=1, keepdims=True)
    return probabilities


def fit_temperature(logits: Values, labels: Labels) -> float:
    """The temperature with the least negative log-likelihood of `labels` (n,) under `logits`.

    The likelihood is concave in 1 / temperature, so bisection by the sign of its slope finds it.
    Where none in TEMPERATURES is best, because all pictures are read correctly or the answers are
    random, 1 is returned.

    Use pictures that training has not used, and never the test set. Raises DataError when there is
    nothing to compare, when shapes do not fit or a logit is not finite.
    """
    check_pairs(logits, labels, "logits")
    values = _from_largest(logits)
    right = float(values[np.arange(len(labels)), labels].mean())

    def slope(beta: float) -> float:
        """Of the mean negative log-likelihood, over beta = 1 / temperature."""
        shares = np.exp(beta * values)
        return float((shares * values).sum(axis=1) @ (1 / shares.sum(axis=1))) / len(values) - right

    low, high = 1 / TEMPERATURES[1], 1 / TEMPERATURES[0]
    if slope(low) >= 0 or slope(high) <= 0:
        return 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (middle, high) if slope(middle) < 0 else (low, middle)
    return 2 / (low + high)


def calibration_record(
    logits: Values, labels: Labels, data: str, split: str = "validation"
) -> dict[str, Any]:
    """Fit a temperature; return what it changes, as `trained["calibration"]` of a weight file.

    `logits` (n, classes) and `labels` (n,) are those of the `split` of data set `data`. Raises
    DataError as `fit_temperature` does.
    """
    temperature = fit_temperature(logits, labels)
    before = measure_calibration(softmax(logits), labels)
    after = measure_calibration(softmax(logits, temperature), labels)
    record = {"data": data, "split": split, "n": len(labels), "temperature": temperature}
    for name in ("ece", "brier", "nll"):
        record |= {f"{name}_before": getattr(before, name), f"{name}_after": getattr(after, name)}
    return record


def calibrated(
    weights: Weights, logits: Values, labels: Labels, data: str, split: str = "validation"
) -> Weights:
    """`weights` with the temperature that fits their `logits` (n, classes), and the record of it.

    The same pictures give the thresholds for `predict --target-error`. The logits are those before
    any temperature. Raises DataError as `fit_temperature` does.
    """
    record = calibration_record(logits, labels, data, split)
    shares = softmax(logits, record["temperature"])
    table = threshold_table(shares, labels, data, split)
    trained = {**weights.trained, "calibration": record, KEY: table}
    return replace(weights, temperature=record["temperature"], trained=trained)


def _from_largest(logits: Values) -> npt.NDArray[np.float64]:
    """Each row minus its largest, float64: softmax stays the same, and no exp overflows."""
    values = logits.astype(np.float64)
    values -= values.max(axis=1, keepdims=True)
    return values
