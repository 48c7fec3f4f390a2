"""TIFF: the tags of the first directory that say how its pixels are stored, and the pixels.

A strip or tile is decoded as a whole, so its size is checked first. Strips or tiles that use the
same bytes many times are refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from struct import error, pack, unpack_from
from typing import NamedTuple

from ..notes import note
from .essential import Essential, Limits, OverLimitError, check_parts, check_size
from .orientation import orientation_of

_WIDTH, _HEIGHT, _BITS, _COMPRESSION, _PHOTOMETRIC = 256, 257, 258, 259, 262
_STRIPS, _SAMPLES, _ROWS, _STRIP_SIZES, _PLANES = 273, 277, 278, 279, 284
_TILE_WIDTH, _TILE_HEIGHT, _TILES, _TILE_SIZES = 322, 323, 324, 325
_ORIENTATION, _XMP = 274, 700
_X_RESOLUTION, _Y_RESOLUTION = 282, 283
_PLACES = frozenset([_STRIPS, _STRIP_SIZES, _TILES, _TILE_SIZES])
_OF_PIXELS = (
    frozenset([_WIDTH, _HEIGHT, _BITS, _COMPRESSION, _PHOTOMETRIC, _SAMPLES, _ROWS, _PLANES])
    | frozenset([_TILE_WIDTH, _TILE_HEIGHT, *_PLACES])
    | frozenset([266, 292, 293, 317, 320, 332, 338, 339, 347, 50674])  # order, fax, predictor, ...
    | frozenset(range(512, 522))  # JPEG of the old kind
    | frozenset(range(529, 533))  # YCbCr
)
_UNIT = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8}
_WHOLE = {3: "H", 4: "L", 13: "L", 16: "Q"}  # types that are whole numbers, as struct calls them
_YCBCR, _UNCOMPRESSED, _OLD_JPEG, _JPEG = 6, 1, 6, 7

_MOST_TAG = 1 << 20  # bytes of one tag, but for places
_RATIONAL = 5  # type of a tag
_NEARLY_SQUARE, _MOST_TALL = 1.05, 4.0  # a pixel's sides, one over the other; 204 x 98 dpi is 2.1
_FREE = 16 << 20  # bytes that a strip or tile may have in a picture of any size
_MOST_PIECE = 64 << 20  # and in the largest
_SLACK = 1 << 16  # bytes by which the sizes of all pieces may exceed the file's


class _Tag(NamedTuple):
    number: int
    kind: int
    length: int  # values
    start: int  # of the first
    entry: bytes


def essential(data: bytes, limits: Limits) -> Essential:
    """The file with a directory of the tags that pixels need.

    Raises OverLimitError, or ValueError for a directory that is cut short.
    """
    if data[:4] == b"MM\x00+":  # which Pillow takes for TIFF, and libtiff does not
        raise ValueError("BigTIFF is read in little-endian order only")
    layout = _Layout(data)
    entries = list(layout.entries(limits))
    tags = {tag.number: tag for tag in reversed(entries)}  # the first of two counts
    orientation, tall = _orientation(layout, tags), _tall(layout, tags)
    kept = [tag for tag in entries if tag is tags[tag.number] and tag.number in _OF_PIXELS]
    kept = [tag for tag in kept if tag.kind in _UNIT]
    if len(kept) < len(entries):  # the new directory may overwrite values: read them again
        layout = _Layout(layout.with_tags(kept))
        tags = {tag.number: tag for tag in layout.entries(limits)}
    _check(layout, tags, limits)
    return Essential(layout.data, orientation, tall=tall)


def _check(layout: _Layout, tags: dict[int, _Tag], limits: Limits) -> None:
    for tag in tags.values():
        layout.check(tag, limits)
    _check_pieces(layout, tags, limits)


class _Layout:
    """A TIFF file, or BigTIFF, and how its numbers are written."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self._order = "<" if data[:2] == b"II" else ">"
        big = data[2:3] == b"+"
        self._counter, self._offset = ("Q", "Q") if big else ("H", "L")
        self._entry = self._order + ("HHQ8s" if big else "HHL4s")
        self._inline = 8 if big else 4  # bytes of a value that stands in its entry
        self._start = self._number(self._offset, self._inline)  # of the directory
        self._first = self._start + (8 if big else 2)  # entry
        self._size = 20 if big else 12  # of an entry

    def _number(self, form: str, start: int) -> int:
        try:
            return int(unpack_from(self._order + form, self.data, start)[0])
        except error:
            raise ValueError("its directory is cut short") from None

    def entries(self, limits: Limits) -> Iterator[_Tag]:
        """The entries of the first directory."""
        count = self._number(self._counter, self._start)
        check_parts(count, "tags", limits)
        end = self._first + count * self._size
        if end > len(self.data):
            raise ValueError("its directory is cut short")
        for place in range(self._first, end, self._size):
            number, kind, values, _ = unpack_from(self._entry, self.data, place)
            start = place + self._size - self._inline
            if values * _UNIT.get(kind, 0) > self._inline:
                start = self._number(self._offset, start)
            yield _Tag(number, kind, values, start, self.data[place : place + self._size])

    def check(self, tag: _Tag, limits: Limits) -> None:
        """Raises OverLimitError for a tag of too many values, ValueError for one beyond the end."""
        size = tag.length * _UNIT.get(tag.kind, 0)
        if tag.number in _PLACES:
            check_parts(tag.length, "strips or tiles", limits)
        elif size > _MOST_TAG:
            raise OverLimitError(f"{size} bytes in tag {tag.number}, at most {_MOST_TAG} are read")
        if tag.start + size > len(self.data):
            raise ValueError(f"its tag {tag.number} is beyond its end")

    def ratio(self, tag: _Tag | None) -> float:
        """The first of its rational numbers; 0 if it has no such."""
        if tag is None or tag.kind != _RATIONAL or not tag.length:
            return 0.0
        try:
            above, below = unpack_from(f"{self._order}LL", self.data, tag.start)
        except error:
            return 0.0
        return float(above / below) if below else 0.0

    def values(self, tag: _Tag | None) -> tuple[int, ...]:
        """The whole numbers of a tag that was checked; none if it has no such."""
        if tag is None or tag.kind not in _WHOLE:
            return ()
        return unpack_from(f"{self._order}{tag.length}{_WHOLE[tag.kind]}", self.data, tag.start)

    def first(self, tag: _Tag | None, default: int) -> int:
        """The first of its whole numbers."""
        if tag is None or tag.kind not in _WHOLE or not tag.length:
            return default
        return self._number(_WHOLE[tag.kind], tag.start)

    def with_tags(self, tags: list[_Tag]) -> bytes:
        """A file of the same length whose directory has these of its tags, and no next one."""
        count = pack(self._order + self._counter, len(tags))
        directory = b"".join([count, *(tag.entry for tag in tags), bytes(self._inline)])
        view = memoryview(self.data)
        end = self._start + len(directory)
        return b"".join([view[: self._start], directory, view[end:]])


def _check_pieces(layout: _Layout, tags: dict[int, _Tag], limits: Limits) -> None:
    def first(number: int, default: int) -> int:
        return layout.first(tags.get(number), default)

    width, height, compression = first(_WIDTH, 0), first(_HEIGHT, 0), first(_COMPRESSION, 1)
    check_size((width, height), limits)
    tiled = (_TILE_WIDTH in tags or _TILE_HEIGHT in tags) and (
        compression != _UNCOMPRESSED or _STRIPS not in tags
    )
    if tiled:
        across, down = first(_TILE_WIDTH, 0), first(_TILE_HEIGHT, 0)
    else:
        across, down = width, min(first(_ROWS, height) or height, height)
    if min(across, down) < 1:
        raise ValueError("its tiles have no size")
    samples = first(_SAMPLES, 3 if compression in (_OLD_JPEG, _JPEG) else 1)
    bits = max(layout.values(tags.get(_BITS)) or (1,)) * samples
    planes = max(samples, 1) if first(_PLANES, 1) == 2 else 1
    count = -(-width // across) * -(-height // down) * planes
    check_parts(count, "strips or tiles", limits)
    places = max((tags[number].length for number in _PLACES if number in tags), default=0)
    if places > 2 * count + 16:
        raise OverLimitError(f"{places} strips or tiles for a picture of {count}")
    if compression == _UNCOMPRESSED:  # decoded line by line
        row = max(1, across * bits // planes // 8)
        return _check_places(layout.values(tags.get(_TILES if tiled else _STRIPS)), row)
    size = across * down * bits // 8 // planes
    if first(_PHOTOMETRIC, 0) == _YCBCR and compression != _JPEG:
        size += 4 * across * down  # RGBA
    _check_sizes(count, size, width * height * bits // 8)
    stored = sum(layout.values(tags.get(_TILE_SIZES if tiled else _STRIP_SIZES)))
    if stored > len(layout.data) + _SLACK:
        raise OverLimitError(f"strips or tiles of {stored} bytes in a file of {len(layout.data)}")


def _check_places(places: tuple[int, ...], row: int) -> None:
    """Raises OverLimitError for pieces that overlap: Pillow reads only up to the next one's start,
    then again."""
    if any(after - before < row for before, after in pairwise(sorted(set(places)))):
        raise OverLimitError("strips or tiles that overlap")


def _check_sizes(count: int, size: int, picture: int) -> None:
    """Of so many pieces of `size` decoded bytes, and of a picture of so many bytes."""
    most = min(_FREE + picture, _MOST_PIECE)
    if size > most:
        raise OverLimitError(
            f"a strip or tile of {size} bytes, at most {most} are read",
            "save it with smaller strips, or as PNG",
        )
    if count * size > _FREE + 4 * picture:
        raise OverLimitError(f"{count * size} bytes of strips or tiles for {picture} of pixels")


def _orientation(layout: _Layout, tags: dict[int, _Tag]) -> int:
    """Its own tag's value, or else what its XMP says."""
    xmp = tags.get(_XMP)
    text = layout.data[xmp.start : xmp.start + xmp.length] if xmp else b""
    try:
        return layout.first(tags.get(_ORIENTATION), 0) or orientation_of(None, text)
    except ValueError:
        return 1


def _tall(layout: _Layout, tags: dict[int, _Tag]) -> float:
    """The height of a pixel over its width, as its resolutions say; 1 for what no device has."""
    across, down = (layout.ratio(tags.get(number)) for number in (_X_RESOLUTION, _Y_RESOLUTION))
    if min(across, down) <= 0:
        return 1.0
    tall = across / down
    if not _NEARLY_SQUARE <= max(tall, 1 / tall) <= _MOST_TALL:
        return 1.0
    note(f"its pixels are not square ({across:g} x {down:g} dpi) and were scaled to be")
    return tall
