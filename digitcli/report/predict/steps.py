"""Every stage of a picture on its way to the network, on one sheet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...vision.files.decode import Limits
from ...vision.files.picture import pixels_of_source
from ...vision.stages import Stage, stages
from ..kit.format import probability
from ..kit.text import brief
from .sketch import SURE, Sketch, sheet

if TYPE_CHECKING:
    from ...vision.reading import Reading
    from .sketch import Picture

_TILE = 336  # pixels
_COLUMNS = 4


def contact_sheet(reading: Reading, limits: Limits = Limits()) -> Picture:
    """Every stage of the picture of `reading`, mode RGB: up to four in a row, titles above.

    Raises DataError when the picture cannot be read again.
    """
    grey = pixels_of_source(reading.source, limits)
    found = stages(grey, reading.digits, reading.fields)
    tiles = [(f"{number}  {stage.title}", _tile(stage)) for number, stage in enumerate(found, 1)]
    sure = "" if reading.confidence is None else f"  {probability(reading.confidence).strip()}"
    title = f"{brief(reading.file)}: {reading.answer}  {reading.text}{sure}"
    return sheet(title, tiles, _TILE, _COLUMNS)


def _tile(stage: Stage) -> Picture:
    """The stage, enlarged or reduced to fit on the sheet."""
    sketch = Sketch(stage.pixels, least=_TILE)
    for box in stage.boxes:
        sketch.box(box, SURE)
    sketch.picture.thumbnail((_TILE, _TILE))
    return sketch.picture
