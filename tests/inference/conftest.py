"""Layers and networks to run, with random weights."""

from __future__ import annotations

import numpy as np
import pytest

from digitcli import _core


@pytest.fixture(params=_core.available_isas())
def isa(request):
    """Every instruction set this CPU can run; the id shows in the report."""
    return request.param


@pytest.fixture
def rng():
    return np.random.default_rng(20261122)


@pytest.fixture
def conv(rng):
    """Make a convolution as the C++ module takes it."""

    def make(channels, filters, window=3, stride=1, same=True, relu=True):
        shape = (window, window, channels, filters)
        scale = np.sqrt(2 / (window * window * channels))
        return {
            "name": "conv",
            "kind": "conv",
            "units": filters,
            "window": window,
            "stride": stride,
            "same": same,
            "relu": relu,
            "weight": np.float32(rng.standard_normal(shape) * scale),
            "bias": np.float32(rng.standard_normal(filters)),
        }

    return make


@pytest.fixture
def dense(rng):
    """Make a dense layer as the C++ module takes it."""

    def make(depth, units, relu=False):
        return {
            "name": "dense",
            "kind": "dense",
            "units": units,
            "relu": relu,
            "weight": np.float32(rng.standard_normal((depth, units)) / np.sqrt(depth)),
            "bias": np.float32(rng.standard_normal(units)),
        }

    return make
