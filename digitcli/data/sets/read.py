"""Read one split of a data set as its publisher stores it; pictures come out upright.

`locate` gives the path of a file of the set, or raises DataError.
"""

from __future__ import annotations

import bz2
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ...errors import DataError
from ..idx import SIDE, parse_idx, parse_images, read_idx, read_images, read_pair
from .dataset import DataFile, DataSet, SplitName

Locate = Callable[[DataFile], Path]

_WRITER = 2  # column of QMNIST's labels; the class is in column 0
_MOST_MEMBER = 1 << 28  # bytes of a file in EMNIST's archive; the largest has 68 million
_MOST_TEXT = 1 << 27  # bytes of USPS, unpacked; the larger file has 20 million
_SMALL = 16  # pixels a side of USPS
_BOX = 20  # pixels a side that MNIST's digits have; a margin of 4 is around them


class Labelled(NamedTuple):
    """Pictures uint8 (n, 28, 28), light ink on dark; labels uint8 (n,); writers int32 (n,)."""

    images: npt.NDArray[np.uint8]
    labels: npt.NDArray[np.uint8]
    writers: npt.NDArray[np.int32] | None = None


def read(dataset: DataSet, split: SplitName, locate: Locate) -> Labelled:
    """Read one split. Raises DataError for files that are missing, damaged or of another kind."""
    match dataset.layout:
        case "idx":
            found = _idx(dataset, split, locate)
        case "qmnist":
            found = _qmnist(dataset, split, locate)
        case "emnist":
            found = _emnist(dataset, split, locate)
        case "libsvm":
            found = _libsvm(dataset, split, locate)
    if len(found.images) != len(found.labels):
        raise DataError(
            f"{dataset.name}, {split}: {len(found.images)} pictures, but {len(found.labels)} "
            "labels",
            f"run `digitcli fetch {dataset.name} --force`",
        )
    return found


def _idx(dataset: DataSet, split: SplitName, locate: Locate) -> Labelled:
    images, labels = _pair(dataset, split, locate)
    return Labelled(*read_pair(images, labels, len(dataset.classes)))


def _pair(dataset: DataSet, split: SplitName, locate: Locate) -> tuple[Path, Path]:
    """The paths of pictures and labels."""
    if split == "train":
        images, labels = dataset.file("train-images"), dataset.file("train-labels")
    else:
        images, labels = dataset.file("test-images"), dataset.file("test-labels")
    return locate(images), locate(labels)


def _qmnist(dataset: DataSet, split: SplitName, locate: Locate) -> Labelled:
    """Eight whole numbers describe each picture, among them its class and its writer."""
    images, path = _pair(dataset, split, locate)
    table = read_idx(path)
    if table.ndim != 2 or table.dtype != np.int32 or table.shape[1] <= _WRITER:
        raise DataError(f"{path}: found {table.dtype} {table.shape}, expected int32 (n, 8)")
    labels = _labels(table[:, 0], len(dataset.classes), str(path))
    return Labelled(read_images(images), labels, np.ascontiguousarray(table[:, _WRITER]))


def _emnist(dataset: DataSet, split: SplitName, locate: Locate) -> Labelled:
    """Files inside one archive: pictures are stored by columns, labels of letters begin at 1."""
    path = locate(dataset.file("archive"))
    stem, first = f"gzip/{dataset.name}-{split}", int(dataset.name == "emnist-letters")
    try:
        with zipfile.ZipFile(path) as archive:
            images = _member(archive, f"{stem}-images-idx3-ubyte.gz", path)
            labels = _member(archive, f"{stem}-labels-idx1-ubyte.gz", path)
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, zlib.error, EOFError) as error:
        raise DataError(f"{path}: not a ZIP archive that can be read ({error})") from error
    upright = parse_images(images, f"{path}/{stem}-images-idx3-ubyte.gz").transpose(0, 2, 1)
    where = f"{path}/{stem}-labels-idx1-ubyte.gz"
    numbers = parse_idx(labels, where).astype(np.int32) - first
    return Labelled(np.ascontiguousarray(upright), _labels(numbers, len(dataset.classes), where))


def _member(archive: zipfile.ZipFile, name: str, path: Path) -> bytes:
    try:
        size = archive.getinfo(name).file_size
    except KeyError as error:
        raise DataError(f"{path}: has no {name}") from error
    if size > _MOST_MEMBER:
        raise DataError(f"{path}: {name} has {size:,} bytes, at most {_MOST_MEMBER:,} expected")
    return archive.read(name)


def _libsvm(dataset: DataSet, split: SplitName, locate: Locate) -> Labelled:
    """Lines of "label 1:value ... 256:value": labels from 1, values from -1 (paper) to 1 (ink).

    A feature that is left out is 0. Digits fill 16 x 16 pixels; they are scaled to the 20 x 20 that
    MNIST's digits have.
    """
    path = locate(dataset.file(split))
    try:
        with bz2.open(path) as file:
            text = file.read(_MOST_TEXT + 1)
    except (OSError, EOFError) as error:
        raise DataError(f"{path}: not a bzip2 file that can be read ({error})") from error
    if len(text) > _MOST_TEXT:
        raise DataError(f"{path}: unpacks to more than {_MOST_TEXT:,} bytes")
    lines = [line.split() for line in text.splitlines() if line.strip()]
    values = np.zeros((len(lines), _SMALL * _SMALL), np.float32)
    numbers = np.empty(len(lines), np.int32)
    for row, (label, *pixels) in enumerate(lines):
        try:
            numbers[row] = int(float(label)) - 1
            for pixel in pixels:
                index, _, value = pixel.partition(b":")
                values[row, _place(index)] = float(value)
        except (ValueError, OverflowError) as error:
            raise DataError(f"{path}: line {row + 1}: {error}") from error
    labels = _labels(numbers, len(dataset.classes), str(path))
    return Labelled(_enlarged(values.reshape(-1, _SMALL, _SMALL)), labels)


def _place(index: bytes) -> int:
    place = int(index) - 1
    if not 0 <= place < _SMALL * _SMALL:
        raise ValueError(f"feature {place + 1}, expected 1 to {_SMALL * _SMALL}")
    return place


def _enlarged(values: npt.NDArray[np.float32]) -> npt.NDArray[np.uint8]:
    """Values (n, 16, 16) from -1 to 1 as uint8 (n, 28, 28), by straight lines between pixels."""
    at = (np.arange(_BOX) + 0.5) * _SMALL / _BOX - 0.5
    near = np.clip(np.floor(at).astype(int), 0, _SMALL - 2)
    share = np.clip(at - near, 0, 1)
    weights = np.zeros((_BOX, _SMALL), np.float32)
    weights[np.arange(_BOX), near] = 1 - share
    weights[np.arange(_BOX), near + 1] += share
    if not np.isfinite(values).all():
        raise DataError("usps: a value is not finite")
    large = np.clip((weights @ values @ weights.T + 1) * 127.5, 0, 255)
    margin = (SIDE - _BOX) // 2
    images = np.zeros((len(values), SIDE, SIDE), np.uint8)
    images[:, margin:-margin, margin:-margin] = np.rint(large)
    return images


def _labels(numbers: npt.NDArray[Any], classes: int, where: str) -> npt.NDArray[np.uint8]:
    """Whole numbers as labels. Raises DataError for one that no class has."""
    if numbers.ndim != 1:
        raise DataError(f"{where}: labels have the shape {numbers.shape}, expected (n,)")
    if (wrong := np.flatnonzero((numbers < 0) | (numbers >= classes))).size:
        first = wrong[0]
        raise DataError(
            f"{where}: label {first} is class {numbers[first]}, expected 0 to {classes - 1}"
        )
    return numbers.astype(np.uint8)
