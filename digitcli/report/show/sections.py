"""The sections of the page about one picture in a network: their contents, not their looks."""

from __future__ import annotations

import math
from pathlib import Path

from ...inference.insight import Insight
from ...inference.occlusion import covered
from ...model.layers import Conv, Dense, GlobalAveragePool, MaxPool, Shape, assert_never
from ...model.spec import INPUT_SHAPE, Step
from ...version import __version__
from ..kit.format import exact_probability
from ..kit.text import visible
from . import colours, filters, maps, texts
from .blocks import Block, Box, Flow, Paragraph, Section, Sheet, ShowPage, Tile
from .texts import an_answer

_LARGE = 252  # pixels, nine for each pixel of the picture
_LEAST = 1e-3  # probability; smaller effects do not get the full colours


def build_page(insight: Insight, weights: str, picture: str) -> ShowPage:
    """The page about `picture`, read with `weights`, both as the user named them."""
    weights = visible(weights)
    picture = "standard input" if picture == "-" else visible(Path(picture).name)
    spec, sure = insight.spec, exact_probability(float(insight.probabilities[insight.digit]))
    return ShowPage(
        title=f"{picture}: {an_answer(insight)}, {sure}",
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
        f"the picture as the network saw it: {an_answer(insight)}, light on dark",
    )
    blocks: tuple[Block, ...] = (Sheet((tile,), _LARGE), maps.probability_bars(insight))
    return Section(
        "What the network saw, and what it says", texts.picture(insight), blocks, "picture", True
    )


def _occlusion(insight: Insight) -> Section:
    found = insight.occlusion
    row, column = found.worst
    drop = found.drop
    largest = max(float(abs(drop).max()), _LEAST)
    then = found.probabilities[row, column]
    answer = int(then.argmax())
    name = insight.spec.classes[answer]
    tiles = (
        Tile(
            colours.tinted(drop, largest, insight.picture),
            "what mattered",
            f"map of what mattered for the answer {insight.name}: the largest drop, "
            f"{100 * drop.max():.2f} points, is at row {row + 1}, column {column + 1}",
        ),
        Tile(
            colours.grey(covered(insight.picture, row, column, found.patch)),
            f"the worst patch: {name}, {exact_probability(float(then[answer]))}",
            f"the picture under the patch that costs the most; the answer is then {name}",
        ),
    )
    scale = colours.signed_scale(100 * largest, " points")
    # Red is a drop, so the legend counts points that are lost as positive.
    sheet = Sheet(tiles, _LARGE, scale, "drop of the probability, in points of 100")
    return Section("What mattered", texts.occlusion(insight), (sheet,), "occlusion")


def _flow(insight: Insight) -> Section:
    boxes = [_box("picture", "picture", INPUT_SHAPE, "grey values")]
    for step in insight.spec.steps:
        detail = f"{step.parameters:,} weights" if step.parameters else "no weights"
        boxes.append(_box(step.name, step.name, step.output_shape, detail))
    boxes.append(_box("softmax", "picture", (len(insight.spec.classes),), "probabilities"))
    return Section("The flow of shapes", texts.FLOW, (Flow(tuple(boxes)),), "flow")


def _box(name: str, anchor: str, shape: Shape, detail: str) -> Box:
    height, width = _extent(shape)
    return Box(name, anchor, texts.shape(shape), detail, height, width)


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
            blocks += [Paragraph(texts.feature_maps(insight, step)), maps.map_sheet(insight, step)]
        case MaxPool():
            blocks.append(maps.map_sheet(insight, step))
        case GlobalAveragePool() | Dense():
            blocks.append(maps.logit_bars(insight) if last else maps.unit_sheet(insight, step))
        case other:
            assert_never(other)
    return Section(texts.title(step), text, tuple(filter(None, blocks)), step.name)
