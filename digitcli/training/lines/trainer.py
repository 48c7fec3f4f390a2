"""Training a network that reads lines by CTC.

A. Graves, S. Fernandez, F. Gomez, J. Schmidhuber, "Connectionist Temporal Classification", ICML
2006: the loss is minus the logarithm of the probability of all ways to spell a line's text.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...model.spec import NetworkSpec
from ..compute.backend import NAME, ops
from ..compute.protocol import Compute
from ..compute.randomness import fold_in, key_of, uniform
from ..recipes import Recipe
from ..start import Start
from ..trainer import AUGMENTATION, Trainer
from .batches import MOST_SIGNS
from .ctc import BLANK, ctc_loss, sparse_ctc_loss

# Changes of a line's greys: no two scanners, pens and papers have the same tone curve.
_CURVE = 0.45  # of the logarithm of the exponent, either way
_CONTRAST = 0.75, 1.1  # ink's strength
_LIGHT = 0.05  # of full ink, either way
_NOISE = 0.1  # of full ink: the most that a line's pixels are off, either way


class LineTrainer(Trainer):
    """A `Trainer` on batches of lines: pictures, signs and lengths, as `batches.Batch` has them."""

    def __init__(
        self,
        spec: NetworkSpec,
        recipe: Recipe,
        total_steps: int,
        compute: Compute,
        *,
        jit: bool = False,
        start: Start | None = None,
    ) -> None:
        plain = NAME == "tensorflow" and compute.kind == "cpu" and not jit
        self._ctc = sparse_ctc_loss if plain else ctc_loss
        super().__init__(spec, recipe, (), total_steps, compute, jit=jit, start=start)

    def _examples(self, arrays: Sequence[Any], step: Any, first: Any, share: int) -> Any:
        pictures, signs, lengths = arrays
        width = tuple(pictures.shape)[1:]
        pictures = ops.slice(pictures, (first, 0, 0), (share, *width))
        signs = ops.slice(signs, (first, 0), (share, MOST_SIGNS))
        lengths = ops.slice(lengths, (first,), (share,))
        key = fold_in(key_of(self._recipe.seed, AUGMENTATION), step)
        return _other_tones(pictures, key, first), (signs, lengths)

    def _losses(self, answers: Any, logits: Any) -> Any:
        """CTC's loss over the root of the line's length: long lines weigh more, but not as much."""
        return self._ctc(logits, *answers) / ops.sqrt(ops.cast(answers[1], "float32") + 1)

    def _right(self, answers: Any, logits: Any) -> Any:
        return _count_right(logits, *answers)

    def _measured(self, logits: Any, labels: Sequence[Any]) -> tuple[Any, Any]:
        return ops.sum(self._losses(labels, logits)), _count_right(logits, *labels)


def _other_tones(pictures: Any, key: Any, first: Any) -> Any:
    """Pictures uint8 (n, h, w) in other tones, float32 0..255; paper stays nearly paper."""
    shape = tuple(pictures.shape)
    each = (shape[0], 1, 1)

    def draw(part: int, low: float, high: float) -> Any:
        return uniform(fold_in(key, part), each, low, high, first)

    ink = ops.cast(pictures, "float32") / 255
    ink = ops.power(ops.maximum(ink, 1e-6), ops.exp(draw(0, -_CURVE, _CURVE)))
    ink = ops.clip(ink * draw(1, *_CONTRAST) + draw(2, -_LIGHT, _LIGHT), 0, 1)
    noise = uniform(fold_in(key, 3), shape, -1.0, 1.0, first)
    return 255 * (ink + noise * draw(4, 0.0, _NOISE))


def _count_right(logits: Any, signs: Any, lengths: Any) -> Any:
    """How many lines the most probable class of each column spells, int32."""
    best = ops.argmax(logits, axis=2)
    before = ops.pad(best[:, :-1], ((0, 0), (1, 0)), constant_values=BLANK)
    kept = ops.logical_and(best != before, best != BLANK)
    place = ops.cumsum(ops.cast(kept, "int32"), axis=1) - 1  # of each sign that is kept
    here = ops.logical_and(kept[..., None], place[..., None] == ops.arange(MOST_SIGNS))
    spelled = ops.sum(ops.cast(here, "int32") * ops.cast(best, "int32")[..., None], axis=1)
    count = ops.sum(ops.cast(kept, "int32"), axis=1)
    asked = ops.arange(MOST_SIGNS) < lengths[:, None]
    same = ops.all(ops.logical_or(spelled == ops.cast(signs, "int32"), ~asked), axis=1)
    return ops.sum(ops.cast(ops.logical_and(same, count == lengths), "int32"))
