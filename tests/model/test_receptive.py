"""Receptive fields, found out by changing one pixel after the other."""

from __future__ import annotations

import numpy as np
import pytest

from digitcli.inference.engine import Engine
from digitcli.model.layers import Conv, Dense, MaxPool
from digitcli.model.receptive import receptive_fields
from digitcli.model.spec import NetworkSpec
from digitcli.model.weights import Weights


@pytest.mark.parametrize(
    "layers",
    [
        [Conv(2, 3), MaxPool(), Conv(2, 5)],
        [Conv(2, 4, 3, "valid"), MaxPool(3, 2, "same")],
        [MaxPool(2, 1, "same"), Conv(2, 3, 2), Conv(2, 2)],
    ],
)
def test_an_output_changes_with_the_pixels_of_its_field_and_no_others(layers):
    spec = NetworkSpec("test", (*replace_linear(layers), Dense(10)))
    tensors = {name: np.ones(shape, np.float32) for name, shape in spec.tensors.items()}
    engine = Engine(Weights(spec, tensors))
    pixels = np.zeros((28, 28, 28), np.uint8)
    for row in range(28):
        pixels[row, row] = 255  # a bright line

    for layer in engine.activations(pixels)[: len(layers)]:
        dark = engine.activations(np.zeros((1, 28, 28), np.uint8))
        base = next(other for other in dark if other.name == layer.name).values[0]
        seen = (layer.values != base).any(axis=(2, 3))  # (line, row of the output)
        for row in range(layer.shape[0]):
            field = receptive_fields(spec)[layer.name][0].pixels(row)
            assert np.flatnonzero(seen[:, row]).tolist() == [*range(field.start, field.stop)]


def replace_linear(layers):
    """Without ReLU, which would hide what has no effect."""
    for layer in layers:
        if isinstance(layer, Conv):
            yield Conv(layer.filters, layer.kernel, layer.stride, layer.padding, "linear")
        else:
            yield layer


def test_rows_and_columns_have_fields_of_their_own():
    layers = (
        Conv(1, (5, 3), padding="valid"),
        MaxPool((2, 1), (2, 1)),
        Conv(1, (1, 5), (1, 2)),
        Dense(10),
    )
    rows, columns = receptive_fields(NetworkSpec("test", layers))["conv2"]

    assert (rows.size, rows.step, columns.size, columns.step) == (6, 2, 7, 2)
    assert (rows.pixels(0), columns.pixels(0)) == (slice(0, 6), slice(0, 6))
