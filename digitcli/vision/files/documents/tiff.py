"""The pages of a TIFF file: its directories, but for those of smaller copies and masks.

A page is read as a file of its own: its directory, what its tags name, and its strips or tiles.
So a file may be far larger than a page may be.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate
from struct import error, pack, unpack
from typing import BinaryIO, NamedTuple

from ....errors import DataError
from ..content import Content
from ..decode import Limits, decode_pixels, named_errors, too_many_bytes
from ..formats.essential import OverLimitError
from ..pixels import Pixels

_SUBFILE_TYPE = 254
_NOT_A_PAGE = 1 | 4  # bits of its value: a smaller copy, a mask
_MOST_TAGS = 4096
_MOST_TAG = 1 << 20  # bytes of a tag's values; larger ones are left out
_WIDTH, _HEIGHT, _BITS, _COMPRESSION, _SAMPLES, _OLD_JPEG = 256, 257, 258, 259, 277, 6
_PIECES = ((273, 279), (324, 325))  # where strips or tiles begin, and how long they are
_FIRST_OF_JPEG = 513  # where its bytes begin: offsets that nobody can move
_UNIT = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8}
_WHOLE = {3: "H", 4: "L", 16: "Q"}


class Form(NamedTuple):
    """How a TIFF file's numbers are written; `first` is where the first directory's place is."""

    order: str
    first: int
    offset: str
    counter: str
    entry: str

    @property
    def size(self) -> int:
        """Bytes of an entry of a directory."""
        return 20 if self.counter == "Q" else 12

    @property
    def inline(self) -> int:
        """Bytes of a value that stands in its entry."""
        return 8 if self.counter == "Q" else 4


def form_of(head: bytes) -> Form | None:
    """The form of the file that begins so; None where it is no TIFF file."""
    order = {b"II": "<", b"MM": ">"}.get(head[:2], "")
    if order and head[2:4] == pack(order + "H", 42):
        return Form(order, 4, "L", "H", "HHL4s")
    if order == "<" and head[2:4] == pack("<H", 43):
        return Form(order, 8, "Q", "Q", "HHQ8s")
    return None


class Page:
    """One page of a TIFF file; its number counts from 1."""

    def __init__(self, content: Content, number: int, place: int) -> None:
        self.name = f"{content.name}#{number}"
        self._content, self._place = content, place

    def pixels(self, limits: Limits) -> Pixels:
        """Its pixels."""
        with self._content.open(limits) as file:
            form = form_of(file.read(4))
            if form is None:
                raise DataError(f"{self.name}: the file has changed")
            with named_errors(self.name, "TIFF"):
                data = _alone(file, form, self._place, limits)
        if data is None:
            data = self._whole(form, limits)
        if len(data) > limits.file_bytes:
            raise too_many_bytes(self.name, limits)
        return decode_pixels(data, limits, self.name)

    def _whole(self, form: Form, limits: Limits) -> bytes:
        """The whole file, whose first directory is this page's."""
        data = self._content.data(limits)
        first = pack(form.order + form.offset, self._place)
        return data[: form.first] + first + data[form.first + len(first) :]


class _Entry(NamedTuple):
    number: int
    kind: int
    values: int  # how many
    value: bytes  # all of them


def _alone(file: BinaryIO, form: Form, place: int, limits: Limits) -> bytes | None:
    """A file of the page whose directory is at `place`, and no other.

    None where its parts cannot be moved, or are not all there. Raises OverLimitError.
    """
    entries = _directory(file, form, place, limits)
    if entries is None or not _can_move(entries, form):
        return None
    pieces: list[bytes] = []
    start = form.first + form.inline  # of the first piece, behind the header
    for places, sizes in _PIECES:
        if places not in entries:
            continue
        where, long = _values(entries[places], form), _values(entries.get(sizes), form)
        found = _read_all(file, where, long, limits)
        if found is None:
            return None
        moved = list(accumulate(map(len, found), initial=start))
        start, pieces = moved.pop(), [*pieces, *found]
        values = pack(f"{form.order}{len(moved)}{form.offset}", *moved)
        kind = 16 if form.inline == 8 else 4
        entries[places] = _Entry(places, kind, len(moved), values)
    return _written(file, form, sorted(entries.values()), b"".join(pieces))


def _directory(file: BinaryIO, form: Form, place: int, limits: Limits) -> dict[int, _Entry] | None:
    """The entries of a directory by number; None where it is cut short."""
    file.seek(place)
    count = _number(file, form.order + form.counter)
    tags = file.read(count * form.size) if count <= _MOST_TAGS else b""
    if not count or len(tags) < count * form.size:
        return None
    starts = range(0, len(tags), form.size)
    found = [_entry(file, form, tags[at : at + form.size], limits) for at in starts]
    return {one.number: one for one in reversed(found) if one is not None}


def _can_move(entries: dict[int, _Entry], form: Form) -> bool:
    """Whether all that makes the picture is in pieces of the sizes that are said.

    Sizes of pieces that are not compressed are often wrong, and no reader looks at them.
    """

    def first(number: int, default: int) -> int:
        return next(iter(_values(entries.get(number), form)), default)

    compression = first(_COMPRESSION, 1)
    if _FIRST_OF_JPEG in entries or compression == _OLD_JPEG:
        return False
    if compression != 1:
        return True
    said = sum(sum(_values(entries.get(sizes), form)) for _, sizes in _PIECES)
    bits = max(_values(entries.get(_BITS), form), default=1) * first(_SAMPLES, 1)
    return said >= first(_HEIGHT, 0) * -(-first(_WIDTH, 0) * bits // 8)


def _read_all(
    file: BinaryIO, where: tuple[int, ...], long: tuple[int, ...], limits: Limits
) -> list[bytes] | None:
    """The pieces that begin at these places; None where one is not whole. Raises OverLimitError."""
    if len(where) != len(long):
        return None
    if sum(long) > limits.file_bytes:
        most = limits.file_bytes / 2**20
        raise OverLimitError(f"{sum(long)} bytes of strips or tiles, at most {most:g} MiB are read")
    pieces = []
    for at, size in zip(where, long, strict=True):
        file.seek(at)
        pieces.append(file.read(size))
        if len(pieces[-1]) < size:
            return None
    return pieces


def _entry(file: BinaryIO, form: Form, tag: bytes, limits: Limits) -> _Entry | None:
    number, kind, count, value = unpack(form.order + form.entry, tag)
    size = count * _UNIT.get(kind, 0)
    most = 8 * limits.parts if any(number in pair for pair in _PIECES) else _MOST_TAG
    if not size or size > most:
        return None
    if size > form.inline:
        file.seek(unpack(form.order + form.offset, value)[0])
        value = file.read(size)
    return _Entry(number, kind, count, value[:size]) if len(value) >= size else None


def _values(entry: _Entry | None, form: Form) -> tuple[int, ...]:
    if entry is None or entry.kind not in _WHOLE:
        return ()
    return unpack(f"{form.order}{entry.values}{_WHOLE[entry.kind]}", entry.value)


def _written(file: BinaryIO, form: Form, entries: list[_Entry], pieces: bytes) -> bytes:
    """A file of these entries; `pieces` stand behind its header."""
    file.seek(0)
    head = file.read(form.first)
    directory = form.first + form.inline + len(pieces)
    after = directory + (8 if form.counter == "Q" else 2) + form.size * len(entries) + form.inline
    written, values = b"", b""
    for entry in entries:
        value = entry.value
        if len(value) > form.inline:
            value = pack(form.order + form.offset, after + len(values))
            values += entry.value
        head_of = (entry.number, entry.kind, entry.values)
        written += pack(form.order + form.entry, *head_of, value.ljust(form.inline, b"\x00"))
    return b"".join(
        [
            head,
            pack(form.order + form.offset, directory),
            pieces,
            pack(form.order + form.counter, len(entries)),
            written,
            bytes(form.inline),
            values,
        ]
    )


def places_of(file: BinaryIO, most: int) -> list[int]:
    """Where the directories of the pages begin, each once; at most one more than `most`."""
    form = form_of(file.read(4))
    try:
        return [] if form is None else list(_places(file, form, most))
    except (OSError, ValueError, OverflowError, error):
        return []


def _places(file: BinaryIO, form: Form, most: int) -> Iterator[int]:
    file.seek(form.first)
    place = _number(file, form.order + form.offset)
    seen: set[int] = set()
    while place and place not in seen and len(seen) <= most:
        seen.add(place)
        file.seek(place)
        count = _number(file, form.order + form.counter)
        if count > _MOST_TAGS:
            return
        tags = file.read(count * form.size)
        if len(tags) < count * form.size:
            return
        entries = [tags[at : at + form.size] for at in range(0, len(tags), form.size)]
        if not any(_is_no_page(entry, form) for entry in entries):
            yield place
        place = _number(file, form.order + form.offset)


def _is_no_page(entry: bytes, form: Form) -> bool:
    number, kind, _, value = unpack(form.order + form.entry, entry)
    if number != _SUBFILE_TYPE or kind not in (3, 4):
        return False
    found = unpack(form.order + ("H" if kind == 3 else "L"), value[: 2 if kind == 3 else 4])
    return bool(found[0] & _NOT_A_PAGE)


def _number(file: BinaryIO, form: str) -> int:
    size = {"H": 2, "L": 4, "Q": 8}[form[-1]]
    return int(unpack(form, file.read(size))[0])
