"""The real pictures on which engines are compared and timed."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from .runtimes import Images, Labels

FALLBACK = "synthetic"
CALIBRATION = 512  # pictures on which every quantiser measures ranges: the first for training
ENLARGED = 4  # times, in the PNG files of the scope end-to-end


@dataclass(frozen=True, eq=False)
class Pictures:
    """Pictures uint8 (n, 28, 28), contiguous, with their labels uint8 (n,), and their source.

    `distinct` is how many there are before they start again from the first.
    """

    images: Images
    labels: Labels
    source: str
    distinct: int


def load_pictures(name: str, count: int) -> Pictures:
    """`count` test pictures of the data set `name`.

    MNIST that was never fetched is replaced by `synthetic`, which needs no download. A set with
    fewer pictures starts again from its first.

    Raises DataError when the files are there but cannot be used, UsageError for an unknown name.
    """
    from ..data.store import data_dir, load_split

    if name == "mnist" and not (data_dir() / name).is_dir():
        name = FALLBACK
    split = load_split(name, "test")
    images = np.resize(split.images, (count, *split.images.shape[1:]))
    labels = np.resize(split.labels, count)
    return Pictures(np.ascontiguousarray(images), labels, name, min(count, len(split.images)))


def load_calibration(name: str, count: int = CALIBRATION) -> Images:
    """The first `count` training pictures of the data set `name`, uint8 (count, 28, 28)."""
    from ..data.store import load_split

    return np.ascontiguousarray(load_split(name, "train").images[:count])


def as_files(images: Images) -> list[bytes]:
    """Each picture uint8 (28, 28) as the bytes of a grey PNG file, dark on light and enlarged."""
    ones = np.ones((ENLARGED, ENLARGED), np.uint8)
    return [_png(255 - np.kron(image, ones)) for image in images]


def _png(grey: npt.NDArray[np.uint8]) -> bytes:
    """A grey picture uint8 (h, w) as a PNG file."""
    height, width = grey.shape
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    lines = np.pad(grey, ((0, 0), (1, 0))).tobytes()  # each begins with its filter: 0, none
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(lines)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(kind, data) for kind, data in chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    checksum = zlib.crc32(kind + data)
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", checksum)
