"""Training a network that finds lines: for each place of a map, whether it is inside one.

The loss is cross-entropy and Dice's (F. Milletari et al., "V-Net", 3DV 2016): the first is smooth,
the second does not mind that few places are inside.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...model.spec import NetworkSpec
from ..compute.backend import ops
from ..compute.protocol import Compute
from ..compute.randomness import fold_in, key_of, uniform
from ..recipes import Recipe
from ..start import Start
from ..trainer import AUGMENTATION, Trainer

_INSIDE = 3.0  # weight of a place inside a line; one outside has 1
_ENTROPY = 4.0  # weight of the cross-entropy; Dice's loss has 1
_SMOOTH = 10.0  # places added to both sides of Dice's ratio, so that empty pages count little
_RIGHT = 0.5  # places marked rightly, of those that are marked or should be: a page that is right

# Changes of a page's greys.
_CURVE = 0.5  # of the logarithm of the exponent, either way
_BLACK = 0.25  # of full scale: the most that black becomes lighter
_WHITE = 0.6  # of full scale: the least that white becomes
_NOISE = 0.06  # of full scale: the most that a page's pixels are off, either way


class PageTrainer(Trainer):
    """A `Trainer` on batches of pages: pictures and maps, as `batches.Batch` has them."""

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
        super().__init__(spec, recipe, (), total_steps, compute, jit=jit, start=start)

    def _examples(self, arrays: Sequence[Any], step: Any, first: Any, share: int) -> Any:
        pictures, maps = (
            ops.slice(array, (first, 0, 0), (share, *tuple(array.shape)[1:])) for array in arrays
        )
        key = fold_in(key_of(self._recipe.seed, AUGMENTATION), step)
        return _other_tones(pictures, key, first), maps

    def _losses(self, answers: Any, logits: Any) -> Any:
        return _losses(logits, answers)

    def _right(self, answers: Any, logits: Any) -> Any:
        return _count_right(logits, answers)

    def _measured(self, logits: Any, labels: Sequence[Any]) -> tuple[Any, Any]:
        return ops.sum(_losses(logits, labels[0])), _count_right(logits, labels[0])


def _losses(logits: Any, maps: Any) -> Any:
    """Of each page, float32 (n,); `logits` (n, h, w, 2), `maps` uint8 (n, h, w)."""
    wanted = ops.cast(maps, "float32") / 255
    inside = logits[..., 1] - logits[..., 0]
    entropy = ops.maximum(inside, 0) - inside * wanted + ops.log1p(ops.exp(-ops.abs(inside)))
    found = ops.sigmoid(inside)
    shared, both = found * wanted, found * found + wanted * wanted
    dice = (2 * _sum(shared) + _SMOOTH) / (_sum(both) + _SMOOTH)
    weighted = ops.mean(entropy * (1 + (_INSIDE - 1) * wanted), axis=(1, 2))
    return _ENTROPY * weighted + 1 - dice


def _sum(values: Any) -> Any:
    return ops.sum(values, axis=(1, 2))


def _count_right(logits: Any, maps: Any) -> Any:
    """How many pages have more places right than _RIGHT of those marked or to be marked, int32."""
    marked, wanted = logits[..., 1] > logits[..., 0], maps > 127
    both = _sum(ops.cast(ops.logical_and(marked, wanted), "float32"))
    either = _sum(ops.cast(ops.logical_or(marked, wanted), "float32"))
    return ops.sum(ops.cast(both >= _RIGHT * either, "int32"))


def _other_tones(pictures: Any, key: Any, first: Any) -> Any:
    """Pictures uint8 (n, h, w) in other tones, float32 0..255."""
    shape = tuple(pictures.shape)
    each = (shape[0], 1, 1)

    def draw(part: int, low: float, high: float) -> Any:
        return uniform(fold_in(key, part), each, low, high, first)

    grey = ops.cast(pictures, "float32") / 255
    grey = ops.power(ops.maximum(grey, 1e-6), ops.exp(draw(0, -_CURVE, _CURVE)))
    black = draw(1, 0.0, _BLACK)
    grey = black + grey * (draw(2, _WHITE, 1.0) - black)
    noise = uniform(fold_in(key, 3), shape, -1.0, 1.0, first)
    reach = draw(4, 0.0, 1.0)
    return 255 * ops.clip(grey + noise * _NOISE * reach * reach, 0, 1)
