"""The orientation in a picture's metadata: one tag of EXIF, or one word of XMP.

Other metadata are not read: a directory of EXIF may name the same 64 kB thousands of times.
"""

from __future__ import annotations

import re
from struct import unpack_from

UPRIGHT = 1

_TAG = 0x0112
_EXIF_PREFIX = b"Exif\x00\x00"
_BYTE_ORDERS = {b"II*\x00": "<", b"II\x00*": "<", b"MM\x00*": ">", b"MM*\x00": ">"}
_WHOLE_NUMBERS = {3: "H", 4: "L", 6: "b", 8: "h", 9: "l"}  # types of a tag, as struct calls them
_XMP = re.compile(rb'tiff:Orientation(?:="|>)([0-9])')


def orientation_of(exif: bytes | None, xmp: bytes | None = None) -> int:
    """The orientation that EXIF has, or else XMP; 1, upright, where neither does. Never raises."""
    found = exif_orientation(exif) if exif else None
    if found is None and xmp:
        found = xmp_orientation(xmp)
    return UPRIGHT if found is None else found


def exif_orientation(exif: bytes) -> int | None:
    """The orientation in the first directory of an EXIF block, with or without its prefix."""
    start = 0
    while exif.startswith(_EXIF_PREFIX, start) and start < 2 * len(_EXIF_PREFIX):
        start += len(_EXIF_PREFIX)
    order = _BYTE_ORDERS.get(exif[start : start + 4])
    if order is None or len(exif) < start + 8:
        return UPRIGHT if len(exif) > start else None  # damaged, or empty
    directory = start + int(unpack_from(order + "L", exif, start + 4)[0])
    if directory + 2 > len(exif):
        return None
    entries = int(unpack_from(order + "H", exif, directory)[0])
    return _tag_in(exif, order, directory + 2, min(entries, (len(exif) - directory - 2) // 12))


def _tag_in(exif: bytes, order: str, start: int, entries: int) -> int | None:
    for place in range(start, start + 12 * entries, 12):
        tag, kind, count = unpack_from(order + "HHL", exif, place)
        if tag == _TAG and kind in _WHOLE_NUMBERS:
            return _value_at(exif, order + _WHOLE_NUMBERS[kind], place + 8) if count else None
    return None


def _value_at(exif: bytes, form: str, place: int) -> int:
    return int(unpack_from(form, exif, place)[0])


def xmp_orientation(xmp: bytes) -> int | None:
    """The orientation that an XMP packet names."""
    match = _XMP.search(xmp)
    return int(match[1]) if match else None
