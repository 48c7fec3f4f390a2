"""The page about one picture's way through a network: what stands on it, not how it is drawn."""

from __future__ import annotations

import math
from pathlib import Path

from ...inference.insight import Insight
from ...inference.occlusion import covered
from ...model.layers import Conv, Dense, GlobalAveragePool, MaxPool, Shape, assert_never
from ...model.spec import INPUT_SHAPE, Step
from ...version import __version__
from ..kit.text import visible
from . import colours, filters, maps, texts
from .blocks import Block, Box, Flow, PageOf, Section, Sheet, Tile, Words
from .typeset import a_digit

_LARGE = 252  # pixels: nine for each of the picture
_LEAST = 1e-3  # a smaller effect than this does not get full colours


def build(insight: Insight, weights: str, picture: str) -> PageOf:
    """The page about `picture`, read with `weights`, both as the user called them."""
    weights = visible(weights)
    picture = "standard input" if picture == "-" else visible(Path(picture).name)
    spec, sure = insight.spec, maps.percent(float(insight.probabilities[insight.digit]))
    return PageOf(
        title=f"{picture}: {a_digit(insight.digit)}, {sure}",
        subtitle=f"What the network {visible(spec.name)} ({len(spec.steps)} layers, "
        f"{spec.parameters:,} weights) makes of it, step by step",
        sections=(
            _picture(insight),
            _occlusion(insight),
            _flow(insight),
            *(_layer(insight, step) for step in spec.steps),
        ),
        footer=f"Computed by the C++ engine of digitcli {__version__} ({insight.isa}, float32) "
        f"with {weights}. Maps, filters and units are numbered from 1; rows and columns from the "
        "top left.",
    )


def _picture(insight: Insight) -> Section:
    tile = Tile(
        colours.grey(insight.picture),
        "28 x 28 pixels",
        f"the picture as the network saw it: {a_digit(insight.digit)}, light on dark",
    )
    blocks: tuple[Block, ...] = (Sheet((tile,), _LARGE), maps.probability_bars(insight))
    return Section("What the network saw, and what it says", texts.PICTURE, blocks, "picture", True)


def _occlusion(insight: Insight) -> Section:
    found = insight.occlusion
    row, column = found.worst
    drop = found.drop
    largest = max(float(abs(drop).max()), _LEAST)
    then = found.probabilities[row, column]
    answer = int(then.argmax())
    tiles = (
        Tile(
            colours.tinted(drop, largest, insight.picture),
            "what mattered",
            f"map of what mattered for the answer {found.digit}: the largest drop, "
            f"{100 * drop.max():.2f} points, is at row {row + 1}, column {column + 1}",
        ),
        Tile(
            colours.grey(covered(insight.picture, row, column, found.patch)),
            f"the worst patch: {answer}, {maps.percent(float(then[answer]))}",
            f"the picture under the patch that costs the most; the answer is then {answer}",
        ),
    )
    scale = colours.signed_scale(100 * largest, " points")
    # The drop is red, and it is the loss that the legend tells.
    sheet = Sheet(tiles, _LARGE, scale, "drop of the probability, in points of 100")
    return Section("What mattered", texts.occlusion(insight), (sheet,), "occlusion")


def _flow(insight: Insight) -> Section:
    boxes = [Box("picture", texts.shape(INPUT_SHAPE), "grey values", *_extent(INPUT_SHAPE))]
    for step in insight.spec.steps:
        detail = f"{step.parameters:,} weights" if step.parameters else "nothing learned"
        extent = _extent(step.output_shape)
        boxes.append(Box(step.name, texts.shape(step.output_shape), detail, *extent))
    boxes.append(Box("softmax", "10", "probabilities", *_extent((10,))))
    return Section("The flow of shapes", texts.FLOW, (Flow(tuple(boxes)),), "flow")


def _extent(shape: Shape) -> tuple[int, int]:
    """Height and width in pixels of the box that stands for a shape."""
    if len(shape) == 1:
        return 8 + round(4 * math.log2(shape[0] + 1)), 8
    return 6 + 2 * shape[0], 6 + round(5 * math.log2(shape[2] + 1))


def _layer(insight: Insight, step: Step) -> Section:
    last = step is insight.spec.steps[-1]
    blocks: list[Block | None] = [filters.filter_sheet(insight, step)]
    text = texts.layer(insight, step)
    match step.layer:
        case Conv():
            blocks.append(filters.filter_strips(insight, step))
            blocks += [Words(texts.feature_maps(insight, step)), maps.map_sheet(insight, step)]
        case MaxPool():
            blocks.append(maps.map_sheet(insight, step))
        case GlobalAveragePool() | Dense():
            blocks.append(maps.logit_bars(insight) if last else maps.unit_sheet(insight, step))
        case other:
            assert_never(other)
    return Section(texts.title(step), text, tuple(filter(None, blocks)), step.name)
