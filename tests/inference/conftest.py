"""Layers and networks to run, with random weights."""

from __future__ import annotations

import ctypes
import mmap
from functools import partial

import networks
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
