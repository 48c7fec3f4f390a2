"""Labelled candidates that `predict` cuts from drawn lines, for networks that name digits.

A network that chooses among over-segmented candidates must have learnt wrong ones too: Y. LeCun,
L. Bottou, Y. Bengio, P. Haffner, "Gradient-based learning applied to document recognition",
Proc. IEEE 86(11), 1998, section V, train theirs on the cuts of their own segmentation.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from ...data.drawn import amounts
from ...data.drawn.amounts import Amount, Box
from ...data.drawn.drawn_picture import NO_DIGIT
from ...data.drawn.outliers import HALVES
from ...vision.lattice import common_area, overlap
from ...vision.page import prepare
from ...vision.segment import segment
from .sample import Sample

_SAME = 0.78  # intersection over union from which a candidate is a digit's box
_WHOLE = 0.7  # share of a digit's box from which a candidate holds all of it
_PART = 0.6  # share of a digit's box up to which a candidate holds a part of it
_FREE = 0.1  # share of a digit's box below which a candidate holds none of it
_BROAD = 0.5  # width over height; a narrower candidate may look like a 1
_WRONG = 1.0  # candidates that are no digit, for each that is one


def cut(count: int, *seed: int) -> Iterator[Sample]:
    """`count` candidates of drawn amounts; at most half of them are no digit."""
    lines = amounts.draw(*seed)
    left, spare = count, 0.0  # `spare`: how many that are no digit may follow
    while left > 0:
        for one in labelled(next(lines)):
            if left == 0:
                return
            if one.label == NO_DIGIT:
                if spare < 1:
                    continue
                spare -= 1
            else:
                spare += _WRONG
            left -= 1
            yield one


def labelled(amount: Amount) -> Iterator[Sample]:
    """The candidates that `predict` would classify, without those whose label is unclear."""
    page = prepare(amount.picture)
    found = segment(page)
    for candidate, picture in zip(found.candidates, _pictures(found.pictures), strict=True):
        label, kind = _label_of(candidate.box, amount)
        if kind:
            yield Sample(picture, label, kind)


def _pictures(pixels: object) -> npt.NDArray[np.uint8]:
    if pixels is None:
        return np.zeros((0, 28, 28), np.uint8)
    return np.asarray(pixels)


def _label_of(box: Box, amount: Amount) -> tuple[int, str]:
    """The label and kind of a candidate; no kind where the label is unclear."""
    covered = [common_area(box, other) / (other[2] * other[3]) for other in amount.boxes]
    best = int(np.argmax(covered))
    digit, other = amount.digits[best], amount.boxes[best]
    if overlap(box, other) >= _SAME:
        return digit, str(digit)
    if sum(share >= _WHOLE for share in covered) >= 2:
        return NO_DIGIT, "merged"
    if box[2] < _BROAD * box[3]:
        return NO_DIGIT, ""
    if covered[best] < _FREE:
        return NO_DIGIT, "mark"
    alone = common_area(box, other) >= 0.9 * box[2] * box[3]
    side = "left" if 2 * box[0] + box[2] < 2 * other[0] + other[2] else "right"
    if covered[best] <= _PART and alone and str(digit) in HALVES[side]:
        return NO_DIGIT, "part"
    return NO_DIGIT, ""
