"""The bytes of an open file, read on demand.

Not a memory map: when somebody cuts a mapped file short, touching it kills the process (SIGBUS).
"""

from __future__ import annotations

import os
from typing import Any, BinaryIO, Protocol, cast

import numpy as np

from ..errors import DataError


class Slices(Protocol):
    """Bytes in memory or in a file, of which slices can be taken."""

    def __len__(self) -> int:
        """How many bytes there are."""

    def __getitem__(self, part: slice, /) -> memoryview:
        """The bytes of a slice, fewer where it goes past the end."""


class FileSlices:
    """An open file with the size that it had at first: what is appended later does not count.

    Slices have no step. Reading raises DataError, which begins with `name`, if the file has become
    shorter since then, and OSError as the system does.
    """

    def __init__(self, file: BinaryIO, name: str) -> None:
        self._file = file
        self._name = name
        self._size = file.seek(0, os.SEEK_END)

    def __len__(self) -> int:
        return self._size

    def __getitem__(self, part: slice) -> memoryview:
        start, stop, _ = part.indices(self._size)
        self._file.seek(start)
        data = self._file.read(max(0, stop - start))
        self._check(start, len(data), stop)
        return memoryview(data)

    def whole(self) -> memoryview:
        """All bytes, in memory of their own."""
        data: Any = np.empty(self._size, np.uint8)  # not zeroed first, unlike a bytearray
        view, file = memoryview(data), cast(Any, self._file)
        self._file.seek(0)
        self._check(0, file.readinto(view) if self._size else 0, self._size)
        return view

    def _check(self, start: int, found: int, stop: int) -> None:
        if start + found < stop:
            raise DataError(
                f"{self._name}: became shorter while it was read: {start + found} bytes, "
                f"{self._size} at the beginning",
                hint="try again when nobody writes it any more",
            )
