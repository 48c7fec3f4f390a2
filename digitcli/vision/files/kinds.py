"""What a file is, by its first bytes, as far as it may hold several pictures."""

from __future__ import annotations

from typing import Literal, TypeAlias

Kind: TypeAlias = Literal[
    "zip", "tar", "gzip", "bzip2", "xz", "idx", "tiff", "gif", "pdf", "picture"
]
HEAD = 512  # bytes that tell

_BLOCK = 512  # bytes of a header of tar
_SUM = slice(148, 156)  # of a header: its checksum
_STARTS: tuple[tuple[bytes, Kind], ...] = (
    (b"\x89PNG", "picture"),
    (b"\xff\xd8\xff", "picture"),
    (b"PK", "zip"),
    *((bytes([0, 0, kind, 3]), "idx") for kind in (0x09, 0x0B, 0x0C, 0x0D, 0x0E)),
    (b"\x00\x00\x08", "idx"),
    (b"\x1f\x8b", "gzip"),
    (b"BZh", "bzip2"),
    (b"\xfd7zXZ\x00", "xz"),
    (b"GIF8", "gif"),
    *((start, "tiff") for start in (b"II*\x00", b"MM\x00*", b"II+\x00", b"MM\x00+")),
)
PAGED: frozenset[Kind] = frozenset(["tiff", "gif", "pdf"])  # may hold pages
ARCHIVES: frozenset[Kind] = frozenset(["zip", "tar", "gzip", "bzip2", "xz", "idx"])


def kind_of(head: bytes) -> Kind:
    """The kind of a file that begins with `head`, of HEAD bytes where it has as many."""
    for start, kind in _STARTS:
        if head.startswith(start):
            return kind
    if b"%PDF-" in head:  # other bytes may come before it
        return "pdf"
    return "tar" if is_tar(head) else "picture"


def is_tar(head: bytes) -> bool:
    """Whether these are the first bytes of a tar archive: its header has a checksum."""
    if len(head) < _BLOCK or not head[0]:
        return False
    try:
        said = int(head[_SUM].strip(b" \x00") or b"0", 8)
    except ValueError:
        return False
    return said == tar_sum(head)


def tar_sum(header: bytes) -> int:
    """The checksum of a header of tar, as if the one in it were spaces."""
    return sum(header[:_BLOCK]) - sum(header[_SUM]) + 8 * ord(" ")
