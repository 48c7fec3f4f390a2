"""BMP: the whole file is decoded; run lengths are decoded in Python, so their number is limited."""

from __future__ import annotations

from .essential import Essential, Limits, OverLimitError

_COMPRESSION = slice(30, 34)  # of a file with a header of 40 bytes or more
_RUN_LENGTHS = (1, 2)  # RLE8, RLE4
_MOST_CODED = 1 << 20  # bytes of run lengths: two for each run
_MOST_PIXELS = 8_000_000  # of such a picture; an empty line costs as many steps as it has pixels


def essential(data: bytes, limits: Limits) -> Essential:
    """The file itself. Raises OverLimitError for too many run lengths."""
    compressed = int.from_bytes(data[_COMPRESSION], "little") in _RUN_LENGTHS
    if compressed and len(data) >= 54 and int.from_bytes(data[14:18], "little") >= 40:
        _check_run_lengths(data)
    return Essential(data)


def _check_run_lengths(data: bytes) -> None:
    width = int.from_bytes(data[18:22], "little", signed=True)
    height = int.from_bytes(data[22:26], "little", signed=True)
    coded = len(data) - int.from_bytes(data[10:14], "little")
    if abs(width * height) > _MOST_PIXELS or coded > _MOST_CODED:
        raise OverLimitError(
            f"{abs(width * height) / 1e6:.3g} megapixels in {coded} bytes of run lengths; at most "
            f"{_MOST_PIXELS / 1e6:g} megapixels in {_MOST_CODED} bytes are read"
        )
