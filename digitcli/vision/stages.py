"""The stages of a picture on its way to the network, to be looked at.

`reader` does the same work and keeps none of it. A new step there needs a stage here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..signs import DIGITS
from .digit import Digit
from .field import Field
from .files.pixels import Pixels
from .normalize import Box
from .page import prepare

_SHOWN = 12  # digits; a page has hundreds


@dataclass(frozen=True)
class Stage:
    """One picture, uint8 (h, w), and the boxes (x, y, width, height) that were found in it."""

    title: str
    pixels: Pixels
    boxes: tuple[Box, ...] = ()


def stages(
    grey: Pixels, digits: Sequence[Digit] = (), fields: Sequence[Field] | None = None
) -> Iterator[Stage]:
    """All stages of a grey picture uint8 (h, w) in which `digits` were read, in order.

    `fields` are the lines that they stand in, None where the picture was looked at as one digit.
    """
    yield Stage("decoded, upright, grey", grey)
    if fields is None:
        if not any(digit.names != DIGITS for digit in digits):
            yield Stage("ink apart from paper", prepare(grey).ink)
    elif fields:
        yield Stage("lines that were read", grey, tuple(field.box for field in fields))
    if any(digit.names != DIGITS for digit in digits):
        yield from (Stage(f"28 x 28: {digit.name}", digit.pixels) for digit in digits)
        return
    if digits:
        yield Stage("where digits are", grey, tuple(digit.box for digit in digits))
    for digit in digits[:_SHOWN]:
        yield Stage(f"28 x 28, as MNIST: {digit.digit}", digit.pixels)
