"""Training a network that names one picture: single digits, or other classes.

The data set is on the device as uint8; a step takes the indices of its batch.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from ..model.spec import NetworkSpec
from .augment import augment
from .compute.backend import ops
from .compute.protocol import Compute
from .compute.randomness import fold_in, key_of
from .losses import count_right, cross_entropy, even_for_outliers, shows_class, smoothed
from .recipes import Recipe
from .start import Start
from .trainer import AUGMENTATION, Trainer

TEST_BATCH = 1000


class DigitTrainer(Trainer):
    """A `Trainer` on pictures of digits.

    `images` uint8 (n, 28, 28) and `labels` uint8 (n,) are the part that is learnt from; a label
    past the classes means none of them: the target is then uniform. `teacher` maps pixels 0..255
    (n, 28, 28), inside the step, to the probabilities (n, classes) to distil.
    """

    def __init__(
        self,
        spec: NetworkSpec,
        recipe: Recipe,
        images: npt.NDArray[np.uint8],
        labels: npt.NDArray[np.uint8],
        total_steps: int,
        compute: Compute,
        *,
        jit: bool = False,
        teacher: Callable[[Any], Any] | None = None,
        start: Start | None = None,
    ) -> None:
        self._teacher = teacher
        self._classes = len(spec.classes)
        self._outliers = bool((labels >= self._classes).any())
        self._augment = compute.fuse(self._augmented) if recipe.augmentation else self._augmented
        super().__init__(spec, recipe, (images, labels), total_steps, compute, jit=jit, start=start)

    def test(
        self, images: npt.NDArray[np.uint8], labels: npt.NDArray[np.uint8], chunks: int
    ) -> tuple[float, float]:
        """Mean cross-entropy and accuracy, computed in `chunks` chunks to save memory."""
        parts = np.array_split(np.arange(len(labels)), min(chunks, len(labels)))
        spans = (slice(int(part[0]), int(part[-1]) + 1) for part in parts)
        return self.measure((images[span], labels[span]) for span in spans)

    def logits(self, images: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
        """Logits float32 (n, classes) of uint8 (n, 28, 28), of the weights that `test` tests."""
        starts = range(0, len(images), TEST_BATCH)
        parts = [self.outputs(images[at : at + TEST_BATCH]) for at in starts]
        return np.concatenate([*parts, np.zeros((0, self._classes), np.float32)])

    def _examples(self, arrays: Sequence[Any], step: Any, first: Any, share: int) -> Any:
        images, labels, indices = arrays
        indices = ops.slice(indices, (first,), (share,))
        pixels = self._augment(ops.take(images, indices, axis=0), step, first)
        labels = ops.take(labels, indices, axis=0)
        return pixels, (self._target(pixels, labels), labels)

    def _losses(self, answers: Any, logits: Any) -> Any:
        target, labels = answers
        losses = cross_entropy(target, logits)
        if not self._outliers:
            return losses
        return losses * ops.where(
            shows_class(labels, self._classes), 1.0, self._recipe.outlier_weight
        )

    def _right(self, answers: Any, logits: Any) -> Any:
        return count_right(logits, answers[1])

    def _measured(self, logits: Any, labels: Sequence[Any]) -> tuple[Any, Any]:
        losses = cross_entropy(smoothed(labels[0], 0, self._classes), logits)
        return ops.sum(losses), count_right(logits, labels[0])

    def _augmented(self, images: Any, step: Any, first: Any) -> Any:
        """Changed copies of a batch, float32 0..255; `first` is its place in the global one."""
        key = fold_in(key_of(self._recipe.seed, AUGMENTATION), step)
        return augment(images, key, self._recipe.augmentation, first)

    def _target(self, pixels: Any, labels: Any) -> Any:
        """What the answers should be, float32 (n, classes)."""
        share = self._recipe.teacher_share
        target = smoothed(labels, self._recipe.label_smoothing, self._classes)
        if self._teacher is not None:
            target = (1 - share) * target + share * self._teacher(pixels)
        return even_for_outliers(target, labels, self._classes) if self._outliers else target
