"""Lists of file names, `@files.txt`: one name on each line, in UTF-8 or UTF-16, any length."""

from __future__ import annotations

import codecs
import os
from collections.abc import Iterator
from itertools import chain
from typing import BinaryIO

from ...errors import DataError

LONGEST_LINE = 64 * 2**10  # bytes; no system has names as long
MOST_LINES = 1_000_000

_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_AS_UTF8 = "save the list as UTF-8 text, one file name on each line"
_SPLIT = f"give several lists, each of at most {MOST_LINES:,} lines"


def names_in(file: BinaryIO, title: str) -> Iterator[str]:
    """The names in a list, as they come in; empty lines are skipped.

    Names are decoded as the system's file names are, usually UTF-8. A byte order mark is removed;
    one of UTF-16 makes the list UTF-16. Raises DataError, beginning with `title` and the line, for
    a line longer than LONGEST_LINE or with a NUL, for damaged UTF-16 and past MOST_LINES, after the
    names before it.
    """
    for number, line in enumerate(_lines(file, title), 1):
        if number > MOST_LINES:
            raise DataError(f"{title}: more than {MOST_LINES:,} lines", _SPLIT)
        if "\0" in line:
            raise DataError(f"{title}: line {number}: a NUL, which no file name has", _AS_UTF8)
        if name := line.rstrip("\r\n"):
            yield name


def _lines(file: BinaryIO, title: str) -> Iterator[str]:
    first = file.readline(LONGEST_LINE + 1)
    pieces = chain([first], iter(lambda: file.readline(LONGEST_LINE + 1), b""))
    if first.startswith(_UTF16):
        yield from _utf16_lines(pieces, title)
        return
    for number, line in enumerate(pieces, 1):
        _check_length(len(line), title, number)
        yield os.fsdecode(line.removeprefix(codecs.BOM_UTF8) if number == 1 else line)


def _utf16_lines(pieces: Iterator[bytes], title: str) -> Iterator[str]:
    """Lines of UTF-16 text, whose line feeds need not be where its bytes 0a are."""
    decoder = codecs.getincrementaldecoder("utf-16")("surrogatepass")
    number, rest = 1, ""
    for piece in chain(pieces, [b""]):
        try:
            rest += decoder.decode(piece, final=not piece)
            *whole, rest = rest.split("\n")
            for line in whole:
                line.encode()  # refuses halves of pairs
                yield line
                number += 1
        except UnicodeError as error:
            raise DataError(f"{title}: line {number}: not whole UTF-16 text", _AS_UTF8) from error
        _check_length(2 * len(rest), title, number)
    if rest:
        yield rest


def _check_length(length: int, title: str, number: int) -> None:
    if length > LONGEST_LINE:
        raise DataError(f"{title}: line {number} is longer than {LONGEST_LINE >> 10} KiB", _AS_UTF8)
