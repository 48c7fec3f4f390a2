"""How well numbers of any length are read: exact strings, and digits by edit distance."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from ..errors import DataError
from .alignment import StringAnswer
from .metrics import CLASSES, wilson_interval
from .selective import risk_points

NOTHING = CLASSES  # the row of insertions and the column of deletions in a confusion matrix
LONG = 10  # labels of so many digits or more are one group
RESAMPLES = 1_000  # of a bootstrap

Interval: TypeAlias = tuple[float, float]
Counts: TypeAlias = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Share:
    """`count` of `n`, and the 95 % Wilson interval of that share; None of nothing."""

    count: int
    n: int

    @property
    def value(self) -> float | None:
        """0 to 1."""
        return self.count / self.n if self.n else None

    @property
    def interval(self) -> Interval | None:
        """Both ends, 0 to 1."""
        return wilson_interval(self.count, self.n) if self.n else None

    def to_json(self) -> dict[str, Any]:
        """The counts, the share and its interval."""
        interval = self.interval and list(self.interval)
        return {"count": self.count, "n": self.n, "share": self.value, "interval": interval}


@dataclass(frozen=True)
class DigitScore:
    """Digits of the labels, and the edits that turn them into what was read.

    `interval` is the 95 % interval of the accuracy, by the bootstrap over pictures; Wilson's where
    there is no edit, None where all pictures are alike.
    """

    n: int
    edits: int
    interval: Interval | None = None

    @property
    def accuracy(self) -> float | None:
        """1 - edits / digits, which insertions can bring below 0; None without digits."""
        return 1 - self.edits / self.n if self.n else None

    def to_json(self) -> dict[str, Any]:
        """Counts, accuracy and interval."""
        interval = self.interval and list(self.interval)
        found = {"n": self.n, "edits": self.edits}
        return {**found, "accuracy": self.accuracy, "interval": interval}


@dataclass(frozen=True)
class LengthScore:
    """The pictures whose labels have `digits` digits; with `more`, so many or more."""

    digits: int
    more: bool
    exact: Share
    score: DigitScore

    @property
    def name(self) -> str:
        """ "3", or "10+"."""
        return f"{self.digits}{'+' * self.more}"

    def to_json(self) -> dict[str, Any]:
        """The name, and both scores."""
        return {
            "length": self.name,
            "exact": self.exact.to_json(),
            "digits": self.score.to_json(),
        }


@dataclass(frozen=True)
class StringMetrics:
    """The results of a reader on labelled pictures of numbers.

    `confusion` int64 (11, 11) counts pairs of digits: rows are the truth, columns what was read;
    the last row are insertions, the last column deletions. `answered` are the pictures whose
    confidence is at least `least`; `wrong` of them are not exact. `worst` are the indices of all
    pictures that are not exact, the most confident first. `points` are the risk at each
    coverage, as `selective.risk_points` gives them. `written` counts labels with separators
    alone, None where the reader gives none.
    """

    answers: tuple[StringAnswer, ...]
    exact: Share
    digits: DigitScore
    by_length: tuple[LengthScore, ...]
    confusion: Counts
    least: float
    answered: Share
    wrong: Share
    written: Share | None
    worst: tuple[int, ...]
    points: list[list[float]]

    @property
    def n(self) -> int:
        """Pictures."""
        return self.exact.n

    @property
    def unreadable(self) -> tuple[StringAnswer, ...]:
        """The pictures that could not be read."""
        return tuple(answer for answer in self.answers if answer.error)

    @property
    def substitutions(self) -> int:
        """Digits read as another digit."""
        return int(self.confusion[:NOTHING, :NOTHING].sum() - self.confusion.trace())

    @property
    def insertions(self) -> int:
        """Digits read where none stands."""
        return int(self.confusion[NOTHING].sum())

    @property
    def deletions(self) -> int:
        """Digits that were missed."""
        return int(self.confusion[:, NOTHING].sum())

    def confusions(self) -> list[tuple[int, int, int]]:
        """(truth, read, count) of all edits, the most frequent first; 10 stands for nothing."""
        wrong = self.confusion - np.diag(self.confusion.diagonal())
        cells = [(int(i), int(j), int(wrong[i, j])) for i, j in np.argwhere(wrong)]
        return sorted(cells, key=lambda cell: -cell[2])

    def reaches(self, percent: float) -> bool:
        """Whether at least `percent` of the pictures are exact."""
        return 100 * self.exact.count / self.exact.n >= percent

    def to_json(self, worst: int = 100) -> dict[str, Any]:
        """Plain values; of the pictures that are not exact the `worst` first ones."""
        digits = self.digits.to_json() | {
            "substitutions": self.substitutions,
            "insertions": self.insertions,
            "deletions": self.deletions,
        }
        return {
            "n": self.n,
            "exact": self.exact.to_json(),
            "digits": digits,
            "written": self.written and self.written.to_json(),
            "by_length": [score.to_json() for score in self.by_length],
            "confusion": self.confusion.tolist(),
            "threshold": self.least,
            "answered": self.answered.to_json(),
            "answered_wrong": self.wrong.to_json(),
            "risk": self.points,
            "unreadable": len(self.unreadable),
            "worst": [_line(self.answers[index]) for index in self.worst[:worst]],
        }


def measure_strings(
    answers: Iterable[StringAnswer], least: float = 0.5, seed: int = 0
) -> StringMetrics:
    """Compare what was read with the labels; answers below the confidence `least` are "unsure".

    `seed` is that of the bootstrap. Raises DataError when there is nothing to compare.
    """
    found = tuple(answers)
    if not found:
        raise DataError("accuracy: needs at least one picture, got none")
    sure = [answer for answer in found if answer.text and (answer.confidence or 0.0) >= least]
    confidence = np.array([answer.confidence or 0.0 for answer in found], np.float32)
    wrong = np.array([not answer.exact for answer in found])
    return StringMetrics(
        answers=found,
        exact=_exact(found),
        digits=_digits(found, seed),
        by_length=_by_length(found, seed),
        confusion=_confusion(found),
        least=least,
        answered=Share(len(sure), len(found)),
        wrong=Share(sum(not answer.exact for answer in sure), len(sure)),
        written=_written(found),
        worst=tuple(int(i) for i in np.argsort(-confidence, kind="stable") if wrong[i]),
        points=risk_points(confidence, wrong),
    )


def _exact(answers: Sequence[StringAnswer]) -> Share:
    return Share(sum(answer.exact for answer in answers), len(answers))


def _written(answers: Sequence[StringAnswer]) -> Share | None:
    asked = [answer for answer in answers if answer.has_separators]
    if not asked or all(answer.written is None for answer in asked):
        return None
    return Share(sum(answer.exact_as_written for answer in asked), len(asked))


def _by_length(answers: Sequence[StringAnswer], seed: int) -> tuple[LengthScore, ...]:
    groups: dict[int, list[StringAnswer]] = {}
    for answer in answers:
        groups.setdefault(min(len(answer.digits), LONG), []).append(answer)
    return tuple(
        LengthScore(digits, digits == LONG, _exact(group), _digits(group, seed))
        for digits, group in sorted(groups.items())
    )


def _confusion(answers: Sequence[StringAnswer]) -> Counts:
    matrix = np.zeros((CLASSES + 1, CLASSES + 1), np.int64)
    for answer in answers:
        for truth, read in answer.pairs:
            matrix[int(truth or NOTHING), int(read or NOTHING)] += 1
    return matrix


def _digits(answers: Sequence[StringAnswer], seed: int) -> DigitScore:
    kinds = Counter((len(answer.digits), answer.edits) for answer in answers)
    n = sum(digits * count for (digits, _), count in kinds.items())
    edits = sum(wrong * count for (_, wrong), count in kinds.items())
    if not n:
        return DigitScore(n, edits)
    if not edits:
        return DigitScore(n, edits, wilson_interval(n, n))  # resampling would give no width
    return DigitScore(n, edits, bootstrap(kinds, seed) if len(kinds) > 1 else None)


def bootstrap(kinds: Counter[tuple[int, int]], seed: int = 0) -> Interval:
    """The 95 % interval of 1 - edits / digits: percentiles over resampled pictures.

    `kinds` counts pictures by (digits of the label, edits). How often each kind is drawn in a
    sample of as many pictures, with replacement, is a multinomial variable, so that the time does
    not grow with the number of pictures. B. Efron, "Bootstrap Methods: Another Look at the
    Jackknife", Annals of Statistics 7 (1979), 1-26.
    """
    counts = np.array(list(kinds.values()), np.float64)
    digits, edits = np.array(list(kinds), np.float64).T
    n = int(counts.sum())
    drawn = np.random.default_rng(seed).multinomial(n, counts / n, RESAMPLES)
    accuracy = 1 - (drawn @ edits) / np.maximum(drawn @ digits, 1)
    low, high = np.quantile(accuracy, (0.025, 0.975))
    return float(low), float(high)


def _line(answer: StringAnswer) -> dict[str, Any]:
    names = "file", "label", "text", "written", "confidence", "error"
    return {name: getattr(answer, name) for name in names}
