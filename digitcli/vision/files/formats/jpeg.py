"""JPEG: tables, frame and scans; comments and the segments of applications are left out.

APP0 (JFIF) and APP14 (Adobe) stay: they define the colours.
"""

from __future__ import annotations

import re

from .essential import Essential, Limits, OverLimitError, Spans, check_parts
from .orientation import orientation_of

_SCAN, _END, _APP1 = 0xDA, 0xD9, 0xE1
_LEFT_OUT = frozenset([0, *range(0xE1, 0xEE), 0xEF, 0xFE])  # 0: no marker, an FF that was data
_WITHOUT_LENGTH = frozenset([*range(0xD0, 0xDA), 0xC8, *range(0xF0, 0xFE)])
_ARITHMETIC = frozenset([0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF])  # frames that are coded so
_SLOWER = 4  # times: how much longer decoding an arithmetic scan takes, at worst

_MOST_TABLES = 1 << 20  # bytes before the first scan; a picture needs about 1,500
_MOST_EXIF = 64  # segments that are one EXIF block
_NOT_FILL = re.compile(rb"[^\xff]")
_MARKER_IN_SCANS = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")
_EXIF, _XMP = b"Exif\x00\x00", b"http://ns.adobe.com/xap/1.0/\x00"
_CUT = "it ends before its first scan"


def essential(data: bytes, limits: Limits) -> Essential:
    """The segments that make the picture. Raises OverLimitError, or ValueError without a scan."""
    header = _Header()
    position, count = 2, 0
    start, marker = _next_marker(data, position)
    while marker != _SCAN:
        position = _end_of(data, start, marker)
        header.take(data, start, position, marker)
        count += 1
        if count > limits.parts:
            check_parts(count, "segments", limits)
        start, marker = _next_marker(data, position)
    if header.tables > _MOST_TABLES:
        raise OverLimitError(f"{header.tables} bytes of tables, at most {_MOST_TABLES} are read")
    _check_scans(data, start, header.scans(limits), limits)
    header.spans.keep(start, len(data))
    return Essential(header.spans.of(data), orientation_of(b"".join(header.exif), header.xmp))


class _Header:
    """What comes before the first scan."""

    def __init__(self) -> None:
        self.spans = Spans(2)
        self.tables = 0  # bytes
        self.exif: list[bytes] = []
        self.xmp = b""
        self._arithmetic = False

    def take(self, data: bytes, start: int, end: int, marker: int) -> None:
        """Keep a segment, or what it says about the orientation."""
        if marker not in _LEFT_OUT:
            self.spans.keep(start, end)
            self.tables += end - start
            self._arithmetic |= marker in _ARITHMETIC
        elif marker == _APP1 and data.startswith(_EXIF, start + 4) and len(self.exif) < _MOST_EXIF:
            self.exif.append(data[start + 4 + bool(self.exif) * len(_EXIF) : end])
        elif marker == _APP1 and data.startswith(_XMP, start + 4):
            self.xmp = data[start + 4 + len(_XMP) : end]

    def scans(self, limits: Limits) -> int:
        """How many scans can be decoded within the time limit."""
        return limits.scans // _SLOWER if self._arithmetic else limits.scans


def _next_marker(data: bytes, position: int) -> tuple[int, int]:
    """Where the next marker's FF stands (the last, of several), and the byte that follows it."""
    start = data.find(b"\xff", position)
    if start < 0 or start + 1 == len(data):
        raise ValueError(_CUT)
    if data[start + 1] == 0xFF:
        match = _NOT_FILL.search(data, start)
        if match is None:
            raise ValueError(_CUT)
        start = match.start() - 1
    return start, data[start + 1]


def _end_of(data: bytes, start: int, marker: int) -> int:
    """Where a segment of the header ends."""
    if marker == 0 or marker in _WITHOUT_LENGTH:
        return start + 2
    if marker < 0xC0:
        raise ValueError(f"unknown marker ff {marker:02x}")
    end = start + 2 + max(2, int.from_bytes(data[start + 2 : start + 4], "big"))
    if end > len(data):
        raise ValueError(_CUT)
    return end


def _check_scans(data: bytes, start: int, most: int, limits: Limits) -> None:
    """Each scan of a progressive JPEG goes over all of the picture again."""
    if data.count(b"\xff\xda", start) <= most:
        return  # the usual case; here those of thumbnails behind the picture count, below not
    scans = segments = 0
    while (match := _MARKER_IN_SCANS.search(data, start)) and data[match.start() + 1] != _END:
        marker = data[match.start() + 1]
        start = match.end()
        if marker >= 0xC0 and marker not in _WITHOUT_LENGTH:
            start += max(2, int.from_bytes(data[start : start + 2], "big"))
        scans += marker == _SCAN
        segments += 1
        check_parts(segments, "segments", limits)
        if scans > most:
            raise OverLimitError(f"more than {most} scans; no picture needs so many")
