"""The pages of a file: the directories of a TIFF file, the frames of an animated GIF."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from struct import error, pack, unpack
from typing import BinaryIO, NamedTuple

from ...errors import DataError
from ...files.opening import open_regular, read_most
from .decode import Limits, decode_pixels, named_errors, too_many_bytes
from .formats import gif
from .formats.essential import OverLimitError
from .picture import Picture
from .pillow import Frames, quiet
from .pixels import Pixels

MOST_PAGES = 10_000
_SUBFILE_TYPE = 254
_NOT_A_PAGE = 1 | 4  # bits of its value: a smaller copy, a mask
_MOST_TAGS = 4096


class Page:
    """One page of a TIFF file; its number counts from 1."""

    def __init__(self, file: str, number: int, place: int) -> None:
        self.name = f"{file}#{number}"
        self._file, self._place = file, place

    def pixels(self, limits: Limits) -> Pixels:
        """Its pixels: those of the file whose first directory is this page's."""
        data = _content(self._file, self.name, limits)
        form = _form_of(data[:4])
        if form is None:
            raise DataError(f"{self.name}: the file has changed")
        first = pack(form.order + form.offset, self._place)
        data = data[: form.first] + first + data[form.first + len(first) :]
        return decode_pixels(data, limits, self.name)


class Animation:
    """A GIF file of several frames; it is open while they are read in turn."""

    def __init__(self, file: str) -> None:
        self.file = file
        self._lock = threading.Lock()
        self._frames: Frames | None = None

    def pixels(self, name: str, number: int, last: bool, limits: Limits) -> Pixels:
        """The pixels of frame `number`, from 0, called `name`."""
        with self._lock, named_errors(name, "GIF"), quiet():
            frames = self._frames or Frames(_content(self.file, name, limits), limits)
            self._frames = None if last else frames
            return frames.pixels(number)


class Frame:
    """One frame of an animation; its number counts from 1."""

    def __init__(self, animation: Animation, number: int, last: bool) -> None:
        self.name = f"{animation.file}#{number}"
        self._animation, self._number, self._last = animation, number, last

    def pixels(self, limits: Limits) -> Pixels:
        """What is seen while the frame is shown."""
        return self._animation.pixels(self.name, self._number - 1, self._last, limits)


class Rest:
    """The pages of a file that are not read: too many, or too much to count."""

    def __init__(self, file: str, read: int) -> None:
        self.name = f"{file}#{read + 1}"
        self._why = f"{self.name}: the pages from here on are not read; {read:,} are"

    def pixels(self, limits: Limits) -> Pixels:
        """Raises DataError."""
        raise DataError(self._why, "cut the file into smaller ones")


def _content(file: str, name: str, limits: Limits) -> bytes:
    try:
        with open_regular(file) as opened:
            data = read_most(opened, limits.file_bytes + 1)
    except (OSError, ValueError) as found:
        raise DataError(f"{name}: cannot be read ({found})") from found
    if len(data) > limits.file_bytes:
        raise too_many_bytes(name, limits)
    return data


class _Form(NamedTuple):
    """How a TIFF file's numbers are written; `first` is where the first directory's place is."""

    order: str
    first: int
    offset: str
    counter: str
    entry: str


def _form_of(head: bytes) -> _Form | None:
    order = {b"II": "<", b"MM": ">"}.get(head[:2], "")
    if order and head[2:4] == pack(order + "H", 42):
        return _Form(order, 4, "L", "H", "HHL4s")
    if order == "<" and head[2:4] == pack("<H", 43):
        return _Form(order, 8, "Q", "Q", "HHQ8s")
    return None


def pages_of(name: str) -> Sequence[Picture]:
    """The pages of the file `name`; none where it has only one, or is no whole TIFF or GIF file.

    Smaller copies and masks are no pages. What is wrong with such a file is said when it is
    decoded.
    """
    try:
        with open_regular(name) as file:
            head = file.read(4)
            if head == b"GIF8":
                return _frames_of(name)
            form = _form_of(head)
            places = [] if form is None else list(_places(file, form))
    except (OSError, ValueError, error):
        return []
    if len(places) < 2:
        return []
    pages = [Page(name, number, place) for number, place in enumerate(places[:MOST_PAGES], 1)]
    return [*pages, Rest(name, MOST_PAGES)] if len(places) > MOST_PAGES else pages


def _frames_of(name: str) -> Sequence[Picture]:
    limits = Limits()
    try:
        count = gif.frames(_content(name, name, limits), limits)
        read = min(count, MOST_PAGES)
    except OverLimitError:  # too much to count
        count, read = 2, 1
    except (ValueError, DataError):
        return []
    if count < 2:
        return []
    animation = Animation(name)
    frames = [Frame(animation, number, number == read) for number in range(1, read + 1)]
    return [*frames, Rest(name, read)] if count > read else frames


def _places(file: BinaryIO, form: _Form) -> Iterator[int]:
    """Where the directories of the pages begin, each once."""
    file.seek(form.first)
    place = _number(file, form.order + form.offset)
    seen: set[int] = set()
    while place and place not in seen and len(seen) <= MOST_PAGES:
        seen.add(place)
        file.seek(place)
        count = _number(file, form.order + form.counter)
        size = 20 if form.counter == "Q" else 12
        if count > _MOST_TAGS:
            return
        tags = file.read(count * size)
        if len(tags) < count * size:
            return
        entries = [tags[at : at + size] for at in range(0, len(tags), size)]
        if not any(_is_no_page(entry, form) for entry in entries):
            yield place
        place = _number(file, form.order + form.offset)


def _is_no_page(entry: bytes, form: _Form) -> bool:
    number, kind, _, value = unpack(form.order + form.entry, entry)
    if number != _SUBFILE_TYPE or kind not in (3, 4):
        return False
    found = unpack(form.order + ("H" if kind == 3 else "L"), value[: 2 if kind == 3 else 4])
    return bool(found[0] & _NOT_A_PAGE)


def _number(file: BinaryIO, form: str) -> int:
    size = {"H": 2, "L": 4, "Q": 8}[form[-1]]
    return int(unpack(form, file.read(size))[0])
