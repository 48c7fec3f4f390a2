"""What fuzzers of the Python readers call with bytes, and what they hold.

Bytes of any kind are a DigitError or the right answer, within SECONDS and BYTES.
"""

from __future__ import annotations

import contextlib
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
from data import idx_oracle
from data.idx_samples import answer

from digitcli.data import idx, inflate
from digitcli.errors import DataError, ModelError
from digitcli.model.weights import load_weights

SECONDS = 1.0  # of a processor
BYTES = 64 * 2**20  # more than before, of what Python and NumPy allocate


@contextlib.contextmanager
def traced() -> Iterator[None]:
    """Trace memory, if nobody does: each start of a tracer keeps some memory for ever."""
    if tracemalloc.is_tracing():
        yield
        return
    tracemalloc.start()
    try:
        yield
    finally:
        tracemalloc.stop()


@contextlib.contextmanager
def bounds() -> Iterator[None]:
    """Raise AssertionError if the block needs more than SECONDS or BYTES."""
    with traced():
        tracemalloc.reset_peak()
        before, start = tracemalloc.get_traced_memory()[0], time.process_time()
        yield
        seconds = time.process_time() - start
        peak = tracemalloc.get_traced_memory()[1] - before
    assert seconds <= SECONDS, f"{seconds:.2f} s"
    assert peak <= BYTES, f"{peak >> 20} MiB"


def check_idx(data: bytes) -> None:
    """An IDX file, compressed or not: the strict oracle's verdict and bytes by every decoder."""
    try:
        expected = idx_oracle.read(data)
    except idx_oracle.RefusedError:
        expected = None
    for decoder in inflate.decoders():
        found = None
        with bounds(), contextlib.suppress(DataError):
            found = answer(idx.parse_idx(data, "x", decoder=decoder))
        assert found == expected, decoder


def check_weights(data: bytes) -> None:
    """A weight file: refused, or the arrays that NumPy finds in it."""
    with tempfile.TemporaryDirectory(dir=_memory()) as folder:
        path = Path(folder, "weights.npz")
        path.write_bytes(data)
        try:
            with bounds():
                tensors = load_weights(path).arrays
        except ModelError:
            return
        with np.load(path, allow_pickle=False) as expected:
            for name, tensor in tensors.items():
                assert tensor.dtype == expected[name].dtype, name
                assert tensor.shape == expected[name].shape, name
                assert tensor.tobytes() == expected[name].tobytes(), name


def _memory() -> str | None:
    """A folder that lies in memory, where the system has one."""
    return "/dev/shm" if Path("/dev/shm").is_dir() else None


TARGETS: dict[str, Callable[[bytes], None]] = {
    "idx_python": check_idx,
    "weights": check_weights,
}
