"""Digits that were read outside the grid of a photographed page.

Where the grid lies is not labelled. The digits that are aligned with the label's are in it, so it
reaches from the first to the last of them, and half a cell further.
"""

from __future__ import annotations

from digitcli.evaluation.alignment import align
from digitcli.vision.reading import Reading

_CELLS = 9  # of a row


def outside(label: str, reading: Reading) -> int:
    """How many of the digits that were read lie outside the grid with the rows `label`."""
    digits = [digit for digit in reading.digits if digit.is_digit]
    read = "".join(str(digit.digit) for digit in digits)
    hits, place = [], 0
    for truth, found in align(label.replace("\n", ""), read):
        if truth == found:
            hits.append(digits[place].box)
        place += found != ""
    if not hits:
        return len(digits)
    middles = [(x + wide / 2, y + tall / 2) for x, y, wide, tall in hits]
    left, top = (min(axis) for axis in zip(*middles, strict=True))
    right, bottom = (max(axis) for axis in zip(*middles, strict=True))
    spare_x, spare_y = (right - left) / (2 * (_CELLS - 1)), (bottom - top) / (2 * (_CELLS - 1))
    return sum(
        not left - spare_x <= x + wide / 2 <= right + spare_x
        or not top - spare_y <= y + tall / 2 <= bottom + spare_y
        for x, y, wide, tall in (digit.box for digit in digits)
    )
