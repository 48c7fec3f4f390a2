"""The outputs of the layers: feature maps, and units as squares in rows."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ...inference.insight import Insight
from ...model.layers import Conv, MaxPool
from ...model.spec import Step
from ..kit.format import exact_probability
from . import colours
from .blocks import Bar, Bars, Sheet, Tile

MAPS = 32  # feature maps shown of one layer
UNITS = 4096  # units shown of one layer
COLUMNS = 64  # units in a row
_MAP = 56  # pixels
_SQUARE = 14  # pixels


def shown_channels(insight: Insight, name: str) -> list[int]:
    """The channels of layer `name` that are drawn, in order: all, or the MAPS strongest.

    A pool shows the same maps as the convolution before it, for comparison.
    """
    steps = insight.spec.steps
    place = next(n for n, step in enumerate(steps) if step.name == name)
    while isinstance(steps[place].layer, MaxPool) and place > 0:
        place -= 1
    values = insight.values(steps[place].name)
    if isinstance(steps[place].layer, MaxPool):
        return [0]  # the picture is its only channel
    peaks = np.nan_to_num(values.reshape(-1, values.shape[-1]).max(axis=0))
    return sorted(int(channel) for channel in np.argsort(-peaks, kind="stable")[:MAPS])


def map_sheet(insight: Insight, step: Step) -> Sheet:
    """The feature maps of a convolution or a pool, on one scale."""
    values = insight.values(step.name)
    shown, count = shown_channels(insight, step.name), values.shape[2]
    tiles = tuple(map_tile(insight, step.name, channel) for channel in shown)
    notes = []
    if len(shown) < count:
        notes.append(f"{len(shown)} of {count} maps are shown, those that answered most strongly")
    silent = int((values.reshape(-1, count).max(axis=0) <= 0).sum())
    if silent and isinstance(step.layer, Conv):
        notes.append(f"{silent} of {count} maps have no value above zero")
    return Sheet(tiles, _MAP, colours.output_scale(*_range(values)), "; ".join(notes))


def map_tile(insight: Insight, name: str, channel: int, label: str = "") -> Tile:
    """One feature map, coloured on the scale of its layer."""
    values = insight.values(name)
    own = values[..., channel]
    return Tile(
        colours.output(own, *_range(values)),
        label or str(channel + 1),
        f"map {channel + 1} of {name}: largest value {colours.number(own.max())}",
    )


def unit_sheet(insight: Insight, step: Step) -> Sheet:
    """The units of a dense layer or an average, as squares in reading order."""
    values = insight.values(step.name)
    shown = values[:UNITS]
    columns = min(COLUMNS, len(shown))
    rows = -(-len(shown) // columns)
    coloured = np.zeros((rows * columns, 4), np.uint8)  # transparent behind the last unit
    coloured[: len(shown), :3] = colours.output(shown, *_range(values))
    coloured[: len(shown), 3] = 255
    above = int((values > 0).sum())
    tile = Tile(
        coloured.reshape(rows, columns, 4),
        f"units 1 to {len(shown):,}, {columns} in a row" if rows > 1 else f"units 1 to {columns}",
        f"the values of {len(shown):,} units of {step.name}, {above:,} of them above zero",
    )
    note = f"{above:,} of {len(values):,} units are above zero"
    if len(shown) < len(values):
        note += f"; the first {len(shown):,} are shown"
    return Sheet((tile,), columns * _SQUARE, colours.output_scale(*_range(values)), note)


def logit_bars(insight: Insight) -> Bars:
    """The values of the last layer."""
    logits = insight.layers[-1].values[0]
    least, most = colours.finite_range(logits)
    largest, names = max(-least, most) or 1.0, insight.spec.classes
    rows = tuple(
        Bar(
            label=names[digit],
            share=float(np.clip(np.nan_to_num(value / largest), -1, 1)),
            text=f"{value:.2f}".replace("-", "\u2212"),
            chosen=digit == insight.digit,
        )
        for digit, value in enumerate(logits)
    )
    return Bars(rows, "logits: " + ", ".join(f"{bar.label}: {bar.text}" for bar in rows))


def probability_bars(insight: Insight) -> Bars:
    """All probabilities."""
    rows = tuple(
        Bar(name, float(share), exact_probability(float(share)), chosen=digit == insight.digit)
        for digit, (name, share) in enumerate(
            zip(insight.spec.classes, insight.probabilities, strict=True)
        )
    )
    return Bars(rows, "probabilities: " + ", ".join(f"{bar.label}: {bar.text}" for bar in rows))


def _range(values: npt.NDArray[np.float32]) -> tuple[float, float]:
    return colours.finite_range(values)
