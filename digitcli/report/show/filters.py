"""What the layers look for: weights of first layers, strongest answers of later filters."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ...inference.insight import Insight
from ...model.layers import Conv, Dense, GlobalAveragePool, MaxPool, assert_never
from ...model.receptive import ReceptiveField, receptive_fields
from ...model.spec import Step
from . import colours
from .blocks import Sheet, Strip, Strips, Tile
from .maps import map_tile, shown_channels

STRIPS = 4  # filters shown of a later layer
WINDOWS = 8  # windows shown of each of these filters
_FILTER = 56  # pixels
_TEMPLATE = 84


def filter_sheet(insight: Insight, step: Step) -> Sheet | None:
    """The weights of a convolution or dense layer that reads the picture itself, as pictures.

    None for other layers.
    """
    height, width, channels = step.input_shape if len(step.input_shape) == 3 else (1, 1, 0)
    if not step.tensors or channels != 1 or height * width == 1:
        return None
    weight = insight.weights.arrays[f"{step.name}.weight"]
    match step.layer:
        case Conv():
            windows, size, word = weight[:, :, 0], _FILTER, "filter"
        case Dense(units=units):
            windows, size, word = weight.reshape(height, width, units), _TEMPLATE, "unit"
        case MaxPool() | GlobalAveragePool():
            return None
        case other:
            assert_never(other)
    least, most = colours.finite_range(windows)
    largest = max(-least, most)
    shown = shown_channels(insight, step.name)
    tiles = [
        Tile(
            colours.signed(windows[..., channel], largest),
            str(channel + 1),
            f"weights of {word} {channel + 1}, from {colours.number(windows[..., channel].min())} "
            f"to {colours.number(windows[..., channel].max())}",
        )
        for channel in shown
    ]
    note = "" if len(shown) == windows.shape[2] else f"{len(shown)} of {windows.shape[2]} {word}s"
    return Sheet(tuple(tiles), size, colours.signed_scale(largest), note)


def filter_strips(insight: Insight, step: Step) -> Strips | None:
    """The filters of a later convolution that answered most strongly; None without an answer."""
    if not isinstance(step.layer, Conv) or step.input_shape[2] == 1:
        return None
    values = insight.values(step.name)
    peaks = np.nan_to_num(values.max(axis=(0, 1)))
    chosen = [int(c) for c in np.argsort(-peaks, kind="stable")[:STRIPS] if peaks[c] > 0]
    if not chosen:
        return None
    weight = insight.weights.arrays[f"{step.name}.weight"]
    largest = float(np.abs(weight).max())
    fields = receptive_fields(insight.spec)[step.name]
    strips = tuple(
        Strip(
            title=f"filter {channel + 1}",
            lead=_where_it_looked(insight, values[..., channel], fields),
            windows=_heaviest(weight[..., channel], largest),
            tail=map_tile(insight, step.name, channel, label="its map"),
        )
        for channel in chosen
    )
    note = f"{len(strips)} of {step.layer.filters} filters, {_windows_shown(step)}"
    return Strips(strips, colours.signed_scale(largest), note)


def _windows_shown(step: Step) -> str:
    channels = step.input_shape[2]
    if channels <= WINDOWS:
        return f"each with its {channels} windows"
    return f"each with the heaviest {WINDOWS} of its {channels} windows"


def _where_it_looked(
    insight: Insight,
    values: npt.NDArray[np.float32],
    fields: tuple[ReceptiveField, ReceptiveField],
) -> Tile:
    """The picture, dimmed outside the part with the filter's strongest answer."""
    row, column = divmod(int(np.nan_to_num(values).argmax()), values.shape[1])
    rows, columns = fields[0].pixels(row), fields[1].pixels(column)
    return Tile(
        colours.dimmed(colours.grey(insight.picture), rows, columns),
        "looked here",
        f"it answered most strongly to rows {rows.start + 1} to {rows.stop} and columns "
        f"{columns.start + 1} to {columns.stop} of the picture",
    )


def _heaviest(weight: npt.NDArray[np.float32], largest: float) -> tuple[Tile, ...]:
    """The windows of one filter (k, k, channels) with the largest weights, heaviest first."""
    heavy = np.sqrt(np.square(weight, dtype=np.float64).sum(axis=(0, 1)))
    order = np.argsort(-heavy, kind="stable")[:WINDOWS]
    return tuple(
        Tile(
            colours.signed(weight[..., channel], largest),
            str(channel + 1),
            f"its window on map {channel + 1} of the layer before",
        )
        for channel in map(int, order)
    )


def field_size(insight: Insight, step: Step) -> tuple[int, int]:
    """Height and width in pixels of what one output sees, at most the whole picture's."""
    rows, columns = receptive_fields(insight.spec)[step.name]
    return min(rows.size, rows.length), min(columns.size, columns.length)
