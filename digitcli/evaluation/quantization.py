"""The accuracy that quantising costs, on pictures that neither calibration nor training used."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from operator import eq
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from ..data.splits import validation_split
from ..errors import UsageError
from ..inference.engine import Engine
from ..inference.quantize import Quantized, quantize
from ..model.weights import Weights
from .evaluate import check_classes

if TYPE_CHECKING:
    from ..data.store import Split

VALIDATION = 5_000  # pictures, where the training run had no validation pictures


@dataclass(frozen=True)
class Comparison:
    """Two engines on the same `n` labelled pictures: how many each reads right, how many agree.

    Of lines, right are those whose number is exact; of pages, those whose lines are found.
    """

    n: int
    before: int
    after: int
    agree: int

    @property
    def drop(self) -> float:
        """Accuracy lost, in percentage points; negative if the second engine is the better one."""
        return 100 * (self.before - self.after) / self.n

    def to_json(self) -> dict[str, Any]:
        """Counts, and accuracies as fractions."""
        accuracy = {"before": self.before / self.n, "after": self.after / self.n}
        return {"n": self.n, "accuracy": accuracy, "drop": self.drop, "agree": self.agree}


@dataclass(frozen=True)
class Outcome:
    """Quantised weights, and their accuracy on the validation pictures."""

    quantized: Quantized
    validation: Comparison

    def to_json(self) -> dict[str, Any]:
        """The fields of the `digitcli.quantize/1` document that do not depend on the options."""
        return {
            "layers": [asdict(layer) for layer in self.quantized.layers],
            "folded": [list(chain) for chain in self.quantized.folded],
            "validation": self.validation.to_json(),
        }


def quantize_and_compare(weights: Weights, train: Split, images: int) -> Outcome:
    """Quantise `weights` on `images` of the training split, and compare on its validation pictures.

    These are the validation pictures of the training run if the weights record them, else
    VALIDATION of its pictures. Raises UsageError when the split has too few pictures, and whatever
    `quantize` raises.
    """
    check_classes(weights.spec.classes, train)
    rest, validation = validation_split(train.labels, *validation_of(weights, len(train.labels)))
    if images > len(rest):
        raise UsageError(
            f"images: {images} to calibrate on, but {train.name} has {len(rest)} beside the "
            f"{len(validation)} to validate on"
        )
    chosen = rest[np.arange(images) * len(rest) // max(images, 1)]
    quantized = quantize(weights, train.images[chosen])
    pictures = train.images[validation], train.labels[validation]
    return Outcome(quantized, compare(weights, quantized.weights, *pictures))


def compare(
    before: Weights,
    after: Weights,
    images: npt.NDArray[np.uint8],
    labels: npt.NDArray[np.uint8],
) -> Comparison:
    """Classify uint8 images (n, 28, 28) with both, and count."""
    first, second = (Engine(weights).predict(images, 0).classes for weights in (before, after))
    return compared(first.tolist(), second.tolist(), labels.tolist())


def compared(
    before: Sequence[object], after: Sequence[object], labels: Sequence[object]
) -> Comparison:
    """Count two engines' answers about the same pictures."""
    return Comparison(
        len(labels),
        sum(map(eq, before, labels)),
        sum(map(eq, after, labels)),
        sum(map(eq, before, after)),
    )


def validation_of(weights: Weights, pictures: int) -> tuple[int, int]:
    """Count and seed of the validation pictures of the run that made `weights`.

    As `validation_split` takes them; VALIDATION of the training set's `pictures`, or half, where
    the weights do not record them.
    """
    recipe = weights.trained.get("recipe")
    known = recipe if isinstance(recipe, dict) else {}
    count, seed = known.get("validation"), known.get("validation_seed", known.get("seed"))
    if not isinstance(count, int) or not 0 < count < pictures:
        count = min(VALIDATION, pictures // 2)
    return count, seed if isinstance(seed, int) and seed >= 0 else 0
