"""Candidates that predict cuts from lines of digits, labelled: `lines` of `digitcli train --data`.

A network that chooses among over-segmented candidates must have seen wrong ones: Y. LeCun,
L. Bottou, Y. Bengio, P. Haffner, "Gradient-based learning applied to document recognition",
Proc. IEEE 86(11), 1998, section V, train theirs on what their own cuts make of strings.
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

_SAME = 0.78  # of two boxes' union is in both: one is the other
_WHOLE, _PART, _FREE = 0.7, 0.6, 0.1  # of a digit's box, in a candidate's
_BROAD = 0.5  # width over height: what is narrower may pass for a 1
_WRONG = 1.0  # candidates that are no digit, for each that is one


def cut(count: int, *seed: int) -> Iterator[Sample]:
    """`count` candidates of drawn amounts; at most half of them are no digit."""
    lines = amounts.draw(*seed)
    left, spare = count, 0.0  # how many wrong ones may still come
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
    """What predict would show the network of this amount, left out where the label is unsure."""
    page = prepare(amount.picture)
    found = segment(page)
    for candidate, picture in zip(found.candidates, _pictures(found.pictures), strict=True):
        label, kind = _judge(candidate.box, amount)
        if kind:
            yield Sample(picture, label, kind)


def _pictures(pixels: object) -> npt.NDArray[np.uint8]:
    if pixels is None:
        return np.zeros((0, 28, 28), np.uint8)
    return np.asarray(pixels)


def _judge(box: Box, amount: Amount) -> tuple[int, str]:
    """The label and kind of a candidate; no kind where a person might read it either way."""
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
