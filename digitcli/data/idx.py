"""Stand-in until data.idx lands."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import numpy as np

from ..files import atomic_write


def _read(path: Path) -> Any:
    data = path.read_bytes()
    if data[:2] == b"\x1f\x8b":
        data = gzip.decompress(data)
    dims = np.frombuffer(data, ">i4", data[3], 4)
    return np.frombuffer(data, np.uint8, offset=4 + 4 * data[3]).reshape(dims)


read_images = read_labels = _read


def write_idx(path: Path, array: Any) -> None:
    with atomic_write(path) as file:
        file.write(
            bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">i4").tobytes() + array.tobytes()
        )
