"""Digits as small pictures in text files: optdigits and Semeion, as UCI keeps them.

E. Alpaydin, C. Kaynak, "Optical Recognition of Handwritten Digits", UCI 80, 1998, CC BY 4.0.
"Semeion Handwritten Digit", UCI 178, Semeion Research Center and Tactile, 1994, CC BY 4.0.
"""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ...errors import DataError
from ...files.opening import open_regular

Pictures = npt.NDArray[np.uint8]
Labels = npt.NDArray[np.uint8]


def read_optdigits(path: Path) -> tuple[Pictures, Labels]:
    """Pictures uint8 (n, 32, 32), 255 is ink, and labels uint8 (n,), of `optdigits-orig.*.gz`.

    Raises DataError when the file is no such file.
    """
    lines = [line for line in _text(path).splitlines() if line]
    rows = [line for line in lines if len(line) == 32 and set(line) <= {"0", "1"}]
    labels = [int(line) for line in lines if len(line) == 2 and line.strip().isdigit()]
    if not labels or len(rows) != 32 * len(labels):
        raise DataError(f"{path}: expected 32 rows of bits and a label for each digit")
    bits = np.frombuffer("".join(rows).encode(), np.uint8).reshape(-1, 32, 32)
    return (bits - ord("0")) * np.uint8(255), np.array(labels, np.uint8)


def read_semeion(path: Path) -> tuple[Pictures, Labels]:
    """Pictures uint8 (n, 16, 16), 255 is ink, and labels uint8 (n,), of `semeion.data.gz`.

    Raises DataError when the file is no such file.
    """
    bits = [word for word in _text(path).split() if len(word) == 1]  # some copies join the flags
    if not bits or len(bits) % 266 or not set(bits) <= {"0", "1"}:
        raise DataError(f"{path}: expected 256 pixels and ten flags for each digit")
    table = np.array(bits, np.uint8).reshape(-1, 266)
    pixels = table[:, :256].reshape(-1, 16, 16)
    return pixels * np.uint8(255), table[:, 256:].argmax(axis=1).astype(np.uint8)


def _text(path: Path) -> str:
    try:
        with open_regular(path) as file:
            return gzip.decompress(file.read()).decode("ascii", errors="replace")
    except (OSError, EOFError) as error:
        raise DataError(f"{path}: the file cannot be read ({error})") from error
