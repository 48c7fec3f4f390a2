"""How a picture is looked at: as one digit, or as lines of any number of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Literal, TypeAlias

from .files.pixels import Pixels, size_of
from .seen_digit import look_at_digit

if TYPE_CHECKING:
    from ..inference.networks import Networks
    from ..model.spec import Task
    from .finding.places import Place
    from .normalize import Box
    from .seen import Seen

Mode: TypeAlias = Literal["one", "many", "auto"]
Look: TypeAlias = "Callable[[Pixels], Seen]"

_CROP = 32  # pixels a side: in mode "auto" a picture of at most this size is one digit
_WIDE = 1.3  # width over height of its ink, past which it may be several
_OTHER = 0.5  # of the digit's contrast: ink beside it, so that it may be one of several


def _is_several(grey: Pixels, box: Box) -> bool:
    """Whether a small picture may show several digits: wide ink in `box`, or ink apart from it."""
    wide = size_of(grey)[1]
    x, y, across, down = box
    if across > _WIDE * down:
        return True
    every = grey.tobytes()
    first, last = max(0, y - 1) * wide, (y + down + 1) * wide
    left, right = max(0, x - 1), min(wide, x + across + 1)
    starts = range(first, min(last, len(every)), wide)
    inside = b"".join([every[at + left : at + right] for at in starts])
    sides = [every[at : at + left] + every[at + right : at + wide] for at in starts]
    outside = every[:first] + b"".join(sides) + every[last:]
    if not outside:
        return False
    paper = sorted(outside)[len(outside) // 2]
    ink, other = (max(max(part) - paper, paper - min(part)) for part in (inside, outside))
    return other > _OTHER * ink


def tasks_of(mode: Mode) -> tuple[Task, ...]:
    """The networks whose probabilities answers come from."""
    return ("digit",) if mode == "one" else ("digit", "line")


def look_with(networks: Networks, mode: Mode) -> Look:
    """A function that does all work on the pixels of a grey picture uint8 (h, w).

    It raises TypeError or ValueError for anything but at least one uint8 pixel in rows and columns.
    """
    if mode == "one":
        return look_at_digit

    def find(grey: Pixels) -> list[Place]:
        from .finding.find import find_lines
        from .finding.places import places

        return places(find_lines(grey, networks.map), *size_of(grey))

    def look(grey: Pixels) -> Seen:
        if mode == "auto" and max(size_of(grey)) <= _CROP:
            digit = look_at_digit(grey)
            if digit.normalized is None or not _is_several(grey, digit.normalized.box):
                return digit
        from .lines import look_at_lines  # a crop of one digit does without them

        return look_at_lines(grey, networks.line, find)

    return look
