"""The result of adapting a network to somebody's handwriting."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from ...evaluation.quantization import Comparison
from ...inference.engine import Engine
from ...model.weights import Weights
from ...vision.labelled.pictures import LabelledPictures

SURE = 0.99  # a label that the network contradicts with this confidence may be wrong


@dataclass(frozen=True)
class Doubt:
    """A picture whose label the adapted network contradicts: is the label right?"""

    file: str
    label: int
    read: int
    confidence: float


@dataclass(frozen=True)
class Adapted:
    """Adapted weights, and how they compare with those that they were made from.

    `held_out` are pictures of the same writers, `writers` other writers of the folder, by name, and
    `validation` pictures of the training set, none of them learnt. None where there are no such
    pictures.
    """

    weights: Weights
    learnt: int
    validation: Comparison
    held_out: Comparison | None
    writers: dict[str, Comparison]
    doubts: tuple[Doubt, ...]
    seconds: float

    @property
    def others(self) -> Comparison | None:
        """All other writers together."""
        parts = list(self.writers.values())
        if not parts:
            return None
        names = ("n", "before", "after", "agree")
        return Comparison(*(sum(getattr(part, name) for part in parts) for name in names))

    def to_json(self) -> dict[str, Any]:
        """The fields of the `digitcli.adapt/1` document that do not depend on the options."""
        others = self.others
        return {
            "learnt": self.learnt,
            "validation": self.validation.to_json(),
            "held_out": self.held_out.to_json() if self.held_out else None,
            "others": others.to_json() if others else None,
            "writers": {name: found.to_json() for name, found in self.writers.items()},
            "doubts": [asdict(doubt) for doubt in self.doubts],
            "seconds": self.seconds,
        }


def doubts(weights: Weights, hand: LabelledPictures) -> tuple[Doubt, ...]:
    """The least likely labels first."""
    found = Engine(weights).predict(hand.images, 0)
    sure = found.probabilities.max(axis=1)
    wrong = np.flatnonzero((found.classes != hand.labels) & (sure >= SURE))
    order = wrong[np.argsort(-sure[wrong], kind="stable")].tolist()
    return tuple(
        Doubt(hand.files[i], int(hand.labels[i]), int(found.classes[i]), float(sure[i]))
        for i in order
    )
