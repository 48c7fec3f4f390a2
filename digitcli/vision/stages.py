"""What becomes of a picture on its way to the network, one stage after the other.

The fast way (`reader`) keeps none of this. Whoever adds a step to it adds a function to `STAGES`:
it gets the upright grey picture and gives what there is to see.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from .normalize import Box, normalize
from .page import prepare
from .pixels import Pixels
from .segment import segment


@dataclass(frozen=True)
class Stage:
    """One picture, uint8 (h, w), and the boxes (x, y, width, height) that were found in it."""

    title: str
    pixels: Pixels
    boxes: tuple[Box, ...] = ()


def decoded(grey: Pixels) -> Iterator[Stage]:
    """The picture as it was read."""
    yield Stage("decoded, upright, grey", grey)


def one_digit(grey: Pixels) -> Iterator[Stage]:
    """The digit that was found, and what the network saw of it."""
    found = normalize(grey)
    if found is not None:
        yield Stage("where the digit is", grey, (found.box,))
        yield Stage("28 x 28, as MNIST", found.pixels)


def lines_of_ink(grey: Pixels) -> Iterator[Stage]:
    """The ink apart from its paper, and what may be digits in lines."""
    page = prepare(grey)
    yield Stage("ink apart from paper", page.ink)
    boxes = tuple(piece.box for piece in segment(page).pieces)
    if boxes:
        yield Stage("pieces of ink, in lines", page.ink, boxes)


STAGES: list[Callable[[Pixels], Iterator[Stage]]] = [decoded, one_digit, lines_of_ink]


def stages(grey: Pixels) -> Iterator[Stage]:
    """All stages of a grey picture uint8 (h, w), in order."""
    for stage in STAGES:
        yield from stage(grey)
