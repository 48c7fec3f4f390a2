"""PNM: numbers written as text, or of unusual depth, become bytes that a decoder copies.

Pillow reads such files one number at a time in Python: 5 s for nine megapixels.
"""

from __future__ import annotations

import re
import sys
from array import array
from collections.abc import Callable, Iterator
from typing import NamedTuple, NoReturn

from .essential import Essential, Limits, check_parts, check_size

_MAGIC = re.compile(rb"P([1-6f])(?=[\s#])")
_NOT_SPACE = re.compile(rb"\S")
_WORD = re.compile(rb"[^\s#]{1,11}")
_LINE_END = re.compile(rb"[\r\n]")
_COMMENT = re.compile(rb"#[^\r\n]*[\r\n]")
_NOT_BITS = re.compile(rb"[^01]")
_LONGEST = 10  # characters of a number
_BLOCK = 1 << 18  # bytes of text that become words at a time
_SHORT = 4_096  # bytes of a header that is left as it is
_BITS, _GREYS, _COLOURS = b"14", b"25", b"36"
_IN_WORDS = b"123"


class _Header(NamedTuple):
    kind: bytes  # the digit of the magic, or f
    width: int
    height: int
    scale: bytes  # the largest value; nothing for bits
    end: int

    @property
    def numbers(self) -> int:
        """How many numbers the picture has."""
        return self.width * self.height * (3 if self.kind in _COLOURS else 1)


def essential(data: bytes, limits: Limits) -> Essential:
    """The same picture as bytes that are only copied.

    Raises OverLimitError, or ValueError for a header or a number that is none.
    """
    header = _header(data, limits)
    check_size((header.width, header.height), limits)
    if header.kind == b"1":
        return Essential(_file(header, b"5", 255, _from_bits(data, header)))
    if header.kind in b"4f":
        return _as_it_is(data, header)
    largest = int(header.scale)
    if not 0 < largest < 65_536:
        raise ValueError("its largest value is not in 1 to 65535")
    if header.kind in _IN_WORDS:
        return Essential(_scaled(header, largest, _from_words(data, header, largest)))
    if largest == 255 or (largest == 65_535 and header.kind in _GREYS):
        return _as_it_is(data, header)
    return Essential(_scaled(header, largest, _from_bytes(data, header, largest)))


def _header(data: bytes, limits: Limits) -> _Header:
    magic = _MAGIC.match(data)
    if not magic:
        raise ValueError("not a PNM file")
    words: list[bytes] = []
    position, comments = magic.end(), 0
    while len(words) < (2 if magic[1] in _BITS else 3):
        position = _after_space(data, position)
        if data[position : position + 1] == b"#":
            position = _after_line(data, position)
            comments += 1
            check_parts(comments, "comments", limits)
            continue
        word = _WORD.match(data, position)
        if not word:
            raise ValueError("its header is cut short")
        if len(word[0]) > _LONGEST:
            raise ValueError(f"token too long in file header: {word[0]!r}")
        words.append(word[0])
        position = word.end()
    comment = data[position : position + 1] == b"#"
    end = _after_line(data, position) if comment else position + 1
    return _Header(magic[1], int(words[0]), int(words[1]), b"".join(words[2:]), end)


def _after_space(data: bytes, position: int) -> int:
    match = _NOT_SPACE.search(data, position)
    return match.start() if match else len(data)


def _after_line(data: bytes, position: int) -> int:
    match = _LINE_END.search(data, position)
    return match.end() if match else len(data)


def _file(header: _Header, kind: bytes, largest: int, pixels: bytes | bytearray) -> bytes:
    return b"P%s %d %d %d\n" % (kind, header.width, header.height, largest) + pixels


def _as_it_is(data: bytes, header: _Header) -> Essential:
    """The file, but for the comments of a long header."""
    if header.end <= _SHORT:
        return Essential(data)
    words = b" ".join([b"P" + header.kind, b"%d %d" % header[1:3], header.scale]).rstrip()
    return Essential(words + b"\n" + data[header.end :])


def _enough(pixels: bytes | bytearray, count: int) -> None:
    if len(pixels) < count:
        raise ValueError("it has fewer pixels than its header says")


def _texts(data: bytes, start: int) -> Iterator[bytes]:
    """What stands from `start` on without comments, in blocks."""
    inside = False  # a comment that began in the block before
    for place in range(start, len(data), _BLOCK):
        block = data[place : place + _BLOCK]
        if inside:
            end = _after_line(block, 0)
            inside = end == len(block) and block[-1:] not in b"\r\n"
            block = block[end:]
        if b"#" in block:
            block = _COMMENT.sub(b"", block)
            block, sign, _ = block.partition(b"#")
            inside = bool(sign)
        yield block


def _from_bits(data: bytes, header: _Header) -> bytes:
    """Grey pixels of bits that are written as 0 (white) and 1, with or without spaces."""
    digits = b"".join(b"".join(text.split()) for text in _texts(data, header.end))
    digits = digits[: header.numbers]
    if wrong := _NOT_BITS.search(digits):
        raise ValueError(f"invalid token for this mode: {wrong[0]!r}")
    _enough(digits, header.numbers)
    return digits.translate(bytes.maketrans(b"01", b"\xff\x00"))


def _value(word: bytes, largest: int) -> int:
    """The number that a word is. Raises ValueError if it is none, or not in 0 to `largest`."""
    if len(word) > _LONGEST:
        _refuse_long(word)
    value = int(word)
    if not 0 <= value <= largest:
        what = "is negative" if value < 0 else "too large for this mode"
        raise ValueError(f"channel value {what}: {value}")
    return value


class _Scale(dict[bytes, int]):
    """From the text of a number to its share of 255; filled as numbers come.

    256 numbers can be written in some thousand ways, so it stays small.
    """

    def __init__(self, largest: int) -> None:
        super().__init__()
        self._largest = largest

    def __missing__(self, word: bytes) -> int:
        value = _value(word, self._largest)
        self[word] = share = _share(value, self._largest, 255)
        return share


def _whole_numbers(words: list[bytes], largest: int) -> list[int]:
    """The numbers of words: what `_value` gives for each, or raises."""
    try:
        values = list(map(int, words))
        if max(map(len, words)) <= _LONGEST and min(values) >= 0 and max(values) <= largest:
            return values
    except ValueError:
        pass
    return [_value(word, largest) for word in words]


def _full(header: _Header, largest: int) -> int:
    """What the largest value becomes: grey of more than eight bits keeps sixteen."""
    return 65_535 if header.kind in _GREYS and largest > 255 else 255


def _scaled(header: _Header, largest: int, values: Iterator[array[int]]) -> bytes:
    """A file of values that were brought to the full scale."""
    full = _full(header, largest)
    pixels = bytearray()
    for block in values:
        if full > 255 and sys.byteorder == "little":
            block.byteswap()
        pixels += block.tobytes()
    size = header.numbers * (2 if full > 255 else 1)
    _enough(pixels, size)
    del pixels[size:]
    return _file(header, b"5" if header.kind in _GREYS else b"6", full, pixels)


def _from_words(data: bytes, header: _Header, largest: int) -> Iterator[array[int]]:
    left, code = header.numbers, "H" if _full(header, largest) > 255 else "B"
    known, scale = _Scale(largest), _scale(header, largest)
    for words in _words(data, header.end):
        wanted = words[:left]
        if largest < 256:
            yield array(code, map(known.__getitem__, wanted))
        elif wanted:
            yield array(code, map(scale, _whole_numbers(wanted, largest)))
        left -= len(wanted)
        if not left:
            return


def _share(value: int, largest: int, full: int) -> int:
    return min(full, round(value / largest * full))


def _scale(header: _Header, largest: int) -> Callable[[int], int]:
    """From values to what they become; a table, where the picture has more than that."""
    full = _full(header, largest)
    if header.numbers <= 65_536:
        return lambda value: _share(value, largest, full)
    return [_share(value, largest, full) for value in range(65_536)].__getitem__


def _words(data: bytes, start: int) -> Iterator[list[bytes]]:
    """All words from `start` on, some thousands at a time."""
    cut = b""  # the beginning of a word at the end of the block before
    for text in _texts(data, start):
        words = (cut + text).split()
        cut = words.pop() if words and not text[-1:].isspace() else b""
        if len(cut) > _LONGEST:
            _refuse_long(cut)
        yield words
    yield [cut] if cut else []


def _refuse_long(word: bytes) -> NoReturn:
    raise ValueError(f"token too long found in data: {word[: _LONGEST + 1]!r}")


def _from_bytes(data: bytes, header: _Header, largest: int) -> Iterator[array[int]]:
    """Values of one byte, or two where the largest needs them."""
    view = memoryview(data)[header.end :]
    if largest < 256:
        table = bytes(_share(value, largest, 255) for value in range(256))
        yield array("B", bytes(view[: header.numbers]).translate(table))
        return
    scale, code = _scale(header, largest), "H" if _full(header, largest) > 255 else "B"
    for start in range(0, 2 * header.numbers, _BLOCK):
        block = array("H", bytes(view[start : min(start + _BLOCK, len(view) & ~1)]))
        if sys.byteorder == "little":
            block.byteswap()
        yield array(code, map(scale, block))
