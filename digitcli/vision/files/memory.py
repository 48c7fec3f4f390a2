"""Pictures that Python already holds: arrays, lists of rows, Pillow's images, open files.

Greys go from 0, black, to full scale, white; dark ink on light paper and light on dark are both
read. Nobody guesses a scale: whole numbers are 0 to 255 (uint16: 0 to 65535), floating-point ones
0 to 1, true is white.
"""

from __future__ import annotations

import io
import os
from typing import TYPE_CHECKING, Any, TypeAlias

from ...errors import DataError
from . import grey, pillow
from .decode import Limits, decode_pixels, named_errors, too_many_bytes
from .formats.essential import check_size
from .picture import Bytes, Source
from .pixels import Pixels, pixels_of

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

Readable: TypeAlias = Any  # see `source_of`

_LUMINANCE = 19595, 38470, 7471  # of red, green and blue, over 65536: Pillow's (BT.601)
_SHAPES = "(height, width), or (height, width, 1, 3 or 4)"


def source_of(picture: Readable, name: str = "picture") -> Source:
    """A source for `Reader`: a path; a picture file's bytes, or one that is open for reading bytes;
    a Pillow image; an array or nested rows of shape (h, w), (h, w, 1), (h, w, 3) or (h, w, 4).

    `name` is what answers call it, where it has no name of its own. Raises TypeError for anything
    else; what is wrong with a picture is said when it is read.
    """
    if isinstance(picture, (str, os.PathLike)) or _is_source(picture):
        source: Source = picture
        return source
    if isinstance(picture, (bytes, bytearray)):
        return Bytes(name, bytes(picture))
    if isinstance(picture, memoryview) and picture.ndim == 1:
        return Bytes(name, picture.tobytes())
    if hasattr(picture, "read"):
        return _Opened(str(getattr(picture, "name", name)), picture)
    if hasattr(picture, "convert") and hasattr(picture, "getbands"):
        return _Image(str(getattr(picture, "filename", "") or name), picture)
    if hasattr(picture, "__array__") or isinstance(picture, (list, tuple, memoryview)):
        return _Array(name, picture)
    raise TypeError(
        f"expected a path, the bytes of a picture file, an open file, a Pillow image or an array "
        f"{_SHAPES}, got {type(picture).__name__}"
    )


def _is_source(picture: Readable) -> bool:
    return callable(getattr(picture, "pixels", None)) and hasattr(picture, "name")


class _Opened:
    """A file that somebody opened; it is read once, from where it stands."""

    def __init__(self, name: str, file: Any) -> None:
        self.name, self._file = name, file
        self._data: bytes | None = None

    def pixels(self, limits: Limits) -> Pixels:
        """What the file holds from here on."""
        if self._data is None:
            if isinstance(self._file, io.TextIOBase):
                raise DataError(f"{self.name}: opened as text", "open it with mode 'rb'")
            data = self._file.read(limits.file_bytes + 1)
            self._data = bytes(data)
        if len(self._data) > limits.file_bytes:
            raise too_many_bytes(self.name, limits)
        return decode_pixels(self._data, limits, self.name)


class _Image:
    """A Pillow image, upright as its EXIF data say."""

    def __init__(self, name: str, image: Any) -> None:
        self.name, self._image = name, image

    def pixels(self, limits: Limits) -> Pixels:
        """Its luminance, with transparency resolved as in a file."""
        with named_errors(self.name, self._image.format or "Pillow"):
            check_size(self._image.size, limits)
            return pillow.image_pixels(self._image)


class _Array:
    """An array or nested rows."""

    def __init__(self, name: str, values: Any) -> None:
        self.name, self._values = name, values

    def pixels(self, limits: Limits) -> Pixels:
        """Its luminance. Raises DataError for another shape, dtype or range."""
        import numpy as np

        try:
            values = np.asarray(self._values)
        except ValueError as error:  # rows of several lengths
            raise DataError(f"{self.name}: expected rows of one length ({error})") from error
        if values.ndim not in (2, 3) or not values.size or values.shape[2:] not in _DEPTHS:
            raise DataError(
                f"{self.name}: expected an array {_SHAPES}, got {values.shape}",
                "several pictures go to read_many" if values.ndim > 2 else "",
            )
        with named_errors(self.name, "array"):
            check_size((values.shape[1], values.shape[0]), limits)
        return self._grey(self._scaled(values))

    def _scaled(self, values: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
        """The values as uint8, by the rule of their dtype."""
        import numpy as np

        kind, low, high = values.dtype.kind, values.min(), values.max()
        scaled: Any
        if values.dtype == np.uint8:
            scaled = values
        elif kind == "b":
            scaled = np.where(values, 255, 0)
        elif values.dtype == np.uint16:
            scaled = np.rint(values / 257)
        elif kind in "iu":
            if low < 0 or high > 255 or high == 1:
                raise self._refused(f"whole numbers from {low} to {high}", "0 to 255")
            scaled = values
        elif kind == "f":
            if not (low >= 0 and high <= 1):  # NaN too
                raise self._refused(f"numbers from {low:g} to {high:g}", "0 to 1")
            scaled = np.rint(values * 255)
        else:
            raise DataError(f"{self.name}: expected numbers, got dtype {values.dtype}")
        found: npt.NDArray[np.uint8] = np.ascontiguousarray(scaled, np.uint8)
        return found

    def _refused(self, found: str, expected: str) -> DataError:
        return DataError(
            f"{self.name}: {found}, expected {expected} from black to white",
            "scale them so, or pass uint8",
        )

    def _grey(self, values: npt.NDArray[np.uint8]) -> Pixels:
        import numpy as np

        height, width = values.shape[:2]
        channels = values.shape[2] if values.ndim == 3 else 1
        if channels == 1:
            return pixels_of(values.tobytes(), height, width)
        total: Any = values[..., :3].astype(np.uint32) @ np.array(_LUMINANCE, np.uint32)
        plain = pixels_of((total + 0x8000 >> 16).astype(np.uint8).tobytes(), height, width)
        if channels == 3:
            return plain
        return grey.over_background(plain, pixels_of(values[..., 3].tobytes(), height, width))


_DEPTHS = ((), (1,), (3,), (4,))
