"""Tags as cameras and programs write them into picture files."""

from __future__ import annotations

from pictures import digit_picture, encoded
from PIL import Image
from PIL.PngImagePlugin import PngInfo

PLAIN = digit_picture(7, 60, 44)


def exif(orientation: int) -> Image.Exif:
    tags = Image.Exif()
    tags[0x010F] = "a maker of cameras"
    tags[0x0112] = orientation
    return tags


def xmp(orientation: int) -> bytes:
    return b'<rdf:Description tiff:Orientation="%d"/>' % orientation


def with_text(keyword: str, text: str | bytes, *, packed: bool) -> bytes:
    notes = PngInfo()
    notes.add_text(keyword, text, zip=packed)
    return encoded(PLAIN, pnginfo=notes)


def profile(orientation: int) -> str:
    """EXIF as ImageMagick writes it into a PNG."""
    data = exif(orientation).tobytes()
    return f"\nexif\n{len(data):8}\n" + "\n".join(data.hex()[n : n + 72] for n in range(0, 999, 72))
