"""One number on a page, and where it stands."""

from __future__ import annotations

from typing import Any

from ..model.frozen import dataclass
from .normalize import Box


@dataclass(frozen=True)
class Field:
    """A line of digits: `text` has the digits, `written` the separators too.

    `confidence` is the probability that it says these digits and no others; `box` is (x, y, width,
    height) in pixels of the picture; `row` and `column` count from 0 across the page.
    """

    text: str
    written: str
    confidence: float
    box: Box
    row: int = 0
    column: int = 0

    def to_dict(self) -> dict[str, Any]:
        """The same as plain JSON."""
        return {**vars(self), "box": list(self.box)}
