"""What a layer's rate is compared with."""

from __future__ import annotations

import pytest

from digitcli.bench.profile import layer_rows, peak_of, reached
from digitcli.inference.layer_times import LayerTime
from digitcli.machine.peaks import Peaks

PEAKS = Peaks(100.0, 400.0, 0, 0.0, 0, 0.0, 0, 0.0)


def layer(algorithm, mflop=1.0, us=10.0):
    return LayerTime("conv1", algorithm, us, mflop, mflop)


@pytest.mark.parametrize(
    ("algorithm", "peak"),
    [
        ("winograd F(4x4,5x5)", 100),
        ("direct int8", 400),
        ("dense int8", 400),
        ("winograd F(4x4,5x5) int8", 200),  # numbers of 16 bits: half as many in a vector
    ],
)
def test_a_layer_is_held_to_the_peak_of_the_numbers_that_it_multiplies(algorithm, peak):
    assert peak_of(layer(algorithm), PEAKS) == peak


def test_no_layer_is_beyond_a_peak_that_counts_what_layers_reached():
    layers = [layer("winograd F(4x4,3x3) int8", mflop=5.0), layer("direct", mflop=2.0)]

    peaks = PEAKS.best_of(reached(layers))

    assert (peaks.fma_gflops, peaks.int8_gops) == (200, 1000)
    assert [row["share_of_peak"] for row in layer_rows(layers, 1, peaks)] == [1, 1]
