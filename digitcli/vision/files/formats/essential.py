"""The result and the limits that the modules of all formats share."""

from __future__ import annotations

from ....model.frozen import dataclass

EXTRA = 'pip install "digitcli[formats]"'

_MEGAPIXELS, _SIDE, _MIB = 64, 16_384, 40  # of a picture, unless more is asked for
MOST_MEGAPIXELS = 200


@dataclass(frozen=True)
class Limits:
    """The largest picture that is taken; checked before any pixel is decoded.

    A file within them costs at most 64 MiB and 2 s more than the same picture as a plain PNG,
    whatever it holds. `parts` counts what a file is made of: PNG and WebP chunks, JPEG segments,
    GIF blocks, TIFF strips and tiles, comments of a PNM header. `scans` are those of a JPEG.
    """

    file_bytes: int = _MIB * 2**20
    side: int = _SIDE
    pixels: int = _MEGAPIXELS * 1_000_000
    parts: int = 100_000
    scans: int = 50

    @classmethod
    def of(cls, megapixels: float) -> Limits:
        """Limits for so many megapixels; larger files and sides too, where that is over 64."""
        more = max(1.0, megapixels / _MEGAPIXELS)
        return cls(
            file_bytes=int(_MIB * more * 2**20),
            side=_SIDE if more == 1 else 2 * _SIDE,
            pixels=int(megapixels * 1_000_000),
        )


@dataclass(frozen=True)
class Essential:
    """A file that decodes to the same pixels, and the EXIF orientation to turn them by.

    `confined` is not 0 but the number of pixels where the file does not tell what its decoder will
    take (confined.py). `tall` is the height of a pixel over its width.
    """

    data: bytes
    orientation: int = 1
    confined: int = 0
    tall: float = 1.0


class RefusedError(Exception):
    """A picture that is not read, whole or not: what was found, and what to do."""

    def __init__(self, message: str, hint: str = "save it again as PNG or JPEG") -> None:
        super().__init__(message)
        self.hint = hint


class OverLimitError(RefusedError):
    """A picture exceeds the limits: what was found, and what is allowed."""


class MissingExtraError(RefusedError):
    """A format whose decoder is in the extra `formats`, which is not installed."""

    def __init__(self, kind: str) -> None:
        super().__init__(f"{kind} is read with the extra formats, which is not installed", EXTRA)


def check_size(size: tuple[int, int], limits: Limits) -> None:
    """Raises OverLimitError unless `size` (width, height) has pixels, and not too many."""
    width, height = size
    if width < 1 or height < 1:
        raise OverLimitError(f"the picture has no pixels ({width} x {height})", "")
    if max(size) > limits.side or width * height > limits.pixels:
        raise OverLimitError(
            f"{width} x {height} pixels; at most {limits.side} a side and "
            f"{limits.pixels / 1e6:g} megapixels are read",
            "scale the picture down, or cut out the part with the digit; `digitcli predict` takes "
            f"--max-megapixels up to {MOST_MEGAPIXELS}",
        )


def check_parts(count: int, what: str, limits: Limits) -> None:
    """Raises OverLimitError for more than `limits.parts` chunks, segments, ... of a file."""
    if count > limits.parts:
        raise OverLimitError(f"more than {limits.parts} {what}; no picture needs so many")


class Spans:
    """The parts of a file that are kept, in order."""

    def __init__(self, first: int) -> None:
        """Begin with the file's first bytes, so many."""
        self._spans = [(0, first)]

    def keep(self, start: int, end: int) -> None:
        """Keep the bytes [start, end) too."""
        first, last = self._spans[-1]
        if last == start:
            self._spans[-1] = (first, end)
        else:
            self._spans.append((start, end))

    def of(self, data: bytes) -> bytes:
        """What is kept of the file; the file itself, not a copy, if that is all of it."""
        if self._spans == [(0, len(data))]:
            return data
        view = memoryview(data)
        return b"".join([view[start:end] for start, end in self._spans])
