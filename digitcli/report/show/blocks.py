"""What a page of `digitcli show` is made of. `report/templates/show.html` draws each block."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import ClassVar, TypeAlias

import numpy as np
import numpy.typing as npt

RGB: TypeAlias = npt.NDArray[np.uint8]  # (height, width, 3), or 4 with transparency

_LARGE = 100  # pixels; larger tiles stand further apart


@dataclass(frozen=True)
class Tile:
    """One small picture with the label below it; `alt` describes it to those who cannot see it."""

    image: RGB
    label: str
    alt: str

    @property
    def png(self) -> bytes:
        """The picture as a file, one pixel for each value."""
        return _png(self.image)

    def height(self, width: int) -> int:
        """How high the picture is on a page, where it is so wide, in pixels."""
        rows, columns, _ = self.image.shape
        return max(1, round(width * int(rows) / int(columns)))


@dataclass(frozen=True)
class Scale:
    """What the colours of some tiles mean: `ramp` is RGB (1, n, 3) from `low` to `high`."""

    ramp: RGB
    low: str
    high: str

    @property
    def png(self) -> bytes:
        """The ramp as a file."""
        return _png(self.ramp)


@dataclass(frozen=True)
class Sheet:
    """Tiles side by side in rows, all `size` pixels wide."""

    kind: ClassVar = "sheet"
    tiles: tuple[Tile, ...]
    size: int
    scale: Scale | None = None
    note: str = ""

    @property
    def is_large(self) -> bool:
        """Whether the tiles need more room between them."""
        return self.size > _LARGE


@dataclass(frozen=True)
class Strip:
    """One filter, from left to right: where it looked, its windows, its map."""

    title: str
    lead: Tile
    windows: tuple[Tile, ...]
    tail: Tile


@dataclass(frozen=True)
class Strips:
    """Some filters of one layer."""

    kind: ClassVar = "strips"
    strips: tuple[Strip, ...]
    scale: Scale
    note: str = ""


@dataclass(frozen=True)
class Bar:
    """A labelled value; `share` is the length, from -1 to 1, and `chosen` the network's answer."""

    label: str
    share: float
    text: str
    chosen: bool = False


@dataclass(frozen=True)
class Bars:
    """Values to compare. Where one is negative, zero is in the middle."""

    kind: ClassVar = "bars"
    bars: tuple[Bar, ...]
    alt: str

    @property
    def _full(self) -> float:
        """The length of a bar of share 1, in percent of the width."""
        return 50.0 if any(bar.share < 0 for bar in self.bars) else 100.0

    def length(self, bar: Bar) -> float:
        """How long a bar is, in percent of the width."""
        return self._full * abs(bar.share)

    def start(self, bar: Bar) -> float:
        """Where a bar begins, in percent of the width."""
        return 100 - self._full + self._full * min(bar.share, 0.0)


@dataclass(frozen=True)
class Box:
    """One step from the picture to the answer; sizes are those of its output, in pixels.

    `anchor` is that of the section about it.
    """

    name: str
    anchor: str
    shape: str
    detail: str
    height: int
    width: int


@dataclass(frozen=True)
class Flow:
    """The shapes from the picture to the answer."""

    kind: ClassVar = "flow"
    boxes: tuple[Box, ...]


@dataclass(frozen=True)
class Paragraph:
    """A text that says how to read what follows."""

    kind: ClassVar = "paragraph"
    text: str


Block: TypeAlias = Paragraph | Sheet | Strips | Bars | Flow


@dataclass(frozen=True)
class Section:
    """A heading, a text, and blocks that the text explains. `anchor` is a name without blanks."""

    title: str
    text: str
    blocks: tuple[Block, ...]
    anchor: str
    beside: bool = False  # blocks next to each other where there is room


@dataclass(frozen=True)
class ShowPage:
    """The whole page."""

    title: str
    subtitle: str
    sections: tuple[Section, ...]
    footer: str


def _png(image: RGB) -> bytes:
    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(image).save(file, format="PNG")
    return file.getvalue()
