"""Layers and networks to run, with random weights."""

from __future__ import annotations

import ctypes
import mmap
from functools import partial

import networks
import numpy as np
import pytest

from digitcli import _core
from digitcli.model.spec import NetworkSpec
from digitcli.model.weights import Weights


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
    return partial(networks.conv, rng)


@pytest.fixture
def dense(rng):
    """Make a dense layer as the C++ module takes it."""
    return partial(networks.dense, rng)


@pytest.fixture
def before_a_guard_page():
    """Copy an array so that its last byte is the last one that may be read."""
    if not hasattr(mmap, "PROT_READ"):
        pytest.skip("needs POSIX memory protection")
    kept = []

    def place(array):
        page = mmap.PAGESIZE
        pages = -(-array.nbytes // page)
        memory = mmap.mmap(-1, (pages + 1) * page)
        start = ctypes.addressof(ctypes.c_char.from_buffer(memory))
        libc = ctypes.CDLL(None, use_errno=True)
        guard = ctypes.c_void_p(start + pages * page)
        assert libc.mprotect(guard, ctypes.c_size_t(page), 0) == 0
        kept.append((memory, libc, guard, page))
        offset = pages * page - array.nbytes
        copy = np.frombuffer(memory, array.dtype, array.size, offset).reshape(array.shape)
        copy[...] = array
        return copy

    yield place
    for _, libc, guard, page in kept:
        libc.mprotect(guard, ctypes.c_size_t(page), mmap.PROT_READ | mmap.PROT_WRITE)


@pytest.fixture
def network(rng):
    """A small network with every kind of layer and random weights."""
    conv = {"type": "conv", "filters": 12, "kernel": 5, "stride": 2}
    layers = [conv, {"type": "max_pool", "padding": "same"}, {"type": "conv", "filters": 20}]
    layers += [{"type": "dense", "units": 40, "activation": "relu"}, {"type": "dense", "units": 10}]
    spec = NetworkSpec.from_json({"name": "test", "layers": layers})
    tensors = {
        name: np.float32(rng.standard_normal(shape) / np.sqrt(np.prod(shape[:-1])))
        for name, shape in spec.tensors.items()
    }
    return Weights(spec, tensors)


@pytest.fixture
def images(rng):
    return rng.integers(0, 256, (131, 28, 28), dtype=np.uint8)
