"""Pictures as plain memory, so that nothing between a file and its answer waits for NumPy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

# uint8 (h, w), C-contiguous; numpy.asarray takes it without a copy
Pixels: TypeAlias = "memoryview[int]"


def pixels_of(memory: bytes | bytearray, height: int, width: int) -> Pixels:
    """The view (height, width) of as many bytes."""
    return memoryview(memory).cast("B", (height, width))


def size_of(picture: Any) -> tuple[int, int]:
    """Height and width of a picture in any memory."""
    height, width = memoryview(picture).shape or ()
    return height, width


def plain(picture: Pixels | npt.NDArray[np.uint8]) -> Pixels:
    """A picture as C-contiguous memory, copied only where it is something else (a mirrored array).

    Its type and shape are checked by the function that reads it.
    """
    memory: Any = picture
    view: Pixels = memoryview(memory)
    if view.c_contiguous or view.format != "B":
        return view
    return memoryview(view.tobytes()).cast("B", view.shape or ())


def cut(picture: Pixels, box: tuple[int, int, int, int]) -> Pixels:
    """The part of a picture uint8 (h, w) inside a box (x, y, width, height), as far as it goes."""
    high, wide = size_of(picture)
    x, y, across, down = box
    left, top = max(0, x), max(0, y)
    right, foot = min(wide, x + across), min(high, y + down)
    if (left, top, right, foot) == (0, 0, wide, high):
        return picture
    rows = memoryview(picture).cast("B")
    part = b"".join(bytes(rows[row * wide + left : row * wide + right]) for row in range(top, foot))
    return pixels_of(part, foot - top, right - left)


def transposed(picture: Pixels) -> Pixels:
    """A picture uint8 (h, w) as one (w, h) with rows and columns swapped."""
    height, width = size_of(picture)
    flat = memoryview(picture).cast("B")
    return pixels_of(b"".join(bytes(flat[x::width]) for x in range(width)), width, height)
