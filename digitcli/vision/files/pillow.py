"""Decode with Pillow what `formats` keeps of a file. No other module reads pictures with Pillow.

Only the plugin of the format at hand is imported: that is quick, and no other decoder can be
reached (EPS would start Ghostscript).
"""

from __future__ import annotations

import contextlib
import warnings
from functools import lru_cache
from importlib import import_module
from io import BytesIO
from typing import TYPE_CHECKING, Any

from ...thread_locks import shared_by_threads
from . import grey
from .formats.essential import Limits, MissingExtraError, check_size
from .pixels import Pixels, pixels_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from PIL.Image import Image
    from PIL.ImageFile import ImageFile

_ORIENTATION = 0x0112  # EXIF's tag

# The plugin and the class that read a format.
_READERS = {  # a plugin of Pillow's, or a module
    "PNG": ("PngImagePlugin", "PngImageFile"),
    "JPEG": ("JpegImagePlugin", "JpegImageFile"),
    "WebP": ("WebPImagePlugin", "WebPImageFile"),
    "TIFF": ("TiffImagePlugin", "TiffImageFile"),
    "BMP": ("BmpImagePlugin", "BmpImageFile"),
    "GIF": ("GifImagePlugin", "GifImageFile"),
    "PNM": ("PpmImagePlugin", "PpmImageFile"),
    "AVIF": ("AvifImagePlugin", "AvifImageFile"),
    "HEIC": ("pillow_heif.as_plugin", "HeifImageFile"),
}


@shared_by_threads
@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Silences warnings inside the block: Pillow warns of harmless damage."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@lru_cache
def load_reader(kind: str) -> Callable[..., ImageFile]:
    """The class that reads a format. Raises MissingExtraError where it is not installed."""
    plugin, reader = _READERS[kind]
    try:
        module: Any = import_module(plugin if "." in plugin else f"PIL.{plugin}")
    except ImportError:
        raise MissingExtraError(kind) from None
    if kind == "HEIC":
        module.options.DECODE_THREADS = 1
    elif kind == "AVIF" and not module.SUPPORTED:
        raise MissingExtraError(kind)
    elif kind == "AVIF":
        module.DEFAULT_MAX_THREADS = 1  # pictures are read side by side
    found: Callable[..., ImageFile] = getattr(module, reader)
    return found


def plain_pixels(kind: str, data: bytes, limits: Limits) -> Pixels:
    """The grey pixels of what `formats` kept of a file, not turned.

    Raises OverLimitError, and any exception of Pillow on a broken file.
    """
    image = load_reader(kind)(BytesIO(data))
    check_size(image.size, limits)
    if kind == "JPEG":  # in one piece: libjpeg reads again what it could not use
        image.decodermaxblock = max(len(data), image.decodermaxblock)
    elif kind == "WebP":
        _forget_decoder_in_time(image)
    del data
    if kind == "AVIF":  # Pillow says how a file is turned, whatever in it says so
        return image_pixels(image)
    image.load()
    return _grey_of(image)


def image_pixels(image: Image) -> Pixels:
    """The grey pixels of an image that is open already, turned as its EXIF data ask.

    Raises any exception of Pillow on a broken file.
    """
    image.load()
    return grey.upright(_grey_of(image), image.getexif().get(_ORIENTATION, 1))


def with_square_pixels(pixels: Pixels, tall: float, limits: Limits) -> Pixels:
    """A picture whose pixels are `tall` times as high as wide, scaled so that they are square.

    The shorter side of a pixel grows, or, past the limits, the longer one shrinks.
    """
    from PIL import Image

    height, width = pixels.shape or (0, 0)
    size = (width, round(height * tall)) if tall > 1 else (round(width / tall), height)
    if max(size) > limits.side or size[0] * size[1] > limits.pixels:
        size = (round(width / tall), height) if tall > 1 else (width, round(height * tall))
    image = Image.frombuffer("L", (width, height), pixels.tobytes())
    return _pixels(image.resize((max(1, size[0]), max(1, size[1])), Image.Resampling.BILINEAR))


def png_of(pixels: Pixels) -> bytes:
    """Grey pixels as a PNG file."""
    import io

    from PIL import Image

    height, width = pixels.shape or (0, 0)
    file = io.BytesIO()
    Image.frombuffer("L", (width, height), pixels.tobytes()).save(file, "PNG")
    return file.getvalue()


class Frames:
    """The frames of an animated GIF, decoded one after the other: each is drawn on the last."""

    def __init__(self, data: bytes, limits: Limits) -> None:
        """Raises OverLimitError, and any exception of Pillow on a broken file."""
        from .formats import gif

        self._image = load_reader("GIF")(BytesIO(data))
        check_size(self._image.size, limits)
        self._extents, self._known = gif.extents(data, limits), list[tuple[int, int]]()
        self._limits = limits

    def pixels(self, number: int) -> Pixels:
        """The grey pixels of frame `number`, from 0; going back starts at the first one again.

        Raises OverLimitError before Pillow makes a canvas past the limits, and any exception of
        Pillow on a broken file.
        """
        while number > 0 and len(self._known) <= number:
            self._known.append(next(self._extents))
        if number > 0:
            check_size(self._known[number], self._limits)
        self._image.seek(number)
        self._image.load()
        return _grey_of(self._image)


def _forget_decoder_in_time(image: ImageFile) -> None:
    """Free libwebp's two canvases before Pillow copies their pixels into its own."""
    prepare = image.load_prepare

    def load_prepare() -> None:
        image._decoder = None  # type: ignore[attr-defined]
        prepare()

    image.load_prepare = load_prepare  # type: ignore[method-assign]


def _grey_of(image: Image) -> Pixels:
    """Luminance of a loaded picture, with transparency resolved."""
    if image.mode in ("I", "F") or image.mode.startswith("I;16"):
        return _with_key(grey.from_numbers(_numbers(image)), image)
    if image.mode == "LAB":
        return _pixels(image.getchannel(0))
    if image.mode in ("1", "L") and "transparency" in image.info:
        return _with_key(_pixels(image.convert("L")), image)
    if image.mode in ("1", "L"):
        return _pixels(image.convert("L"))
    if _has_alpha(image):
        plain = image.convert("RGBA")
        return grey.over_background(
            _pixels(plain.convert("RGB").convert("L")), _pixels(plain.getchannel(3))
        )
    return _pixels(image.convert("RGB").convert("L"))


def _has_alpha(image: Image) -> bool:
    palette = getattr(image, "palette", None)
    return (
        image.mode in ("RGBA", "LA", "PA", "RGBa", "La")
        or "transparency" in image.info
        or (image.mode == "P" and palette is not None and palette.mode == "RGBA")
    )


def _with_key(pixels: Pixels, image: Image) -> Pixels:
    """Make the one grey value transparent that a PNG may name so (by its stored number)."""
    key = image.info.get("transparency")
    if not isinstance(key, int):
        return pixels
    return grey.over_key(pixels, _numbers(image), key)


def _numbers(image: Image) -> grey.Numbers:
    """The stored numbers (h, w): int32, or float32 for mode F."""
    whole = image.mode != "F"
    data = image.convert("I").tobytes() if whole else image.tobytes()
    return memoryview(data).cast("i" if whole else "f", (image.height, image.width))


def _pixels(image: Image) -> Pixels:
    return pixels_of(image.tobytes(), image.height, image.width)
