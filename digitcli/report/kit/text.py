"""Text for output: no terminal obeys it, and every encoding can write it."""

from __future__ import annotations

import codecs
from typing import TextIO

HANDLER = "digitcli"  # the error handler of every stream and text file that we write
LONGEST = 400  # characters of a message; longer ones are shortened
_LONGEST_NAME = 255  # characters of a file's name, on every common file system
_LINE = 72  # characters that a longer name is shortened to

# ASCII characters in place of those that an encoding may lack: dashes, quotes, signs.
_PLAIN = {
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"),
    **dict.fromkeys("\u2018\u2019\u201a\u201b\u2039\u203a", "'"),
    **dict.fromkeys("\u201c\u201d\u201e\u201f\u00ab\u00bb", '"'),
    **dict.fromkeys("\u2500\u2501\u2504\u2505\u2508\u2509\u254c\u254d\u2550\u2574\u2576", "-"),
    **dict.fromkeys("\u2578\u257a\u257c\u257e", "-"),
    **dict.fromkeys("\u2502\u2503\u2506\u2507\u250a\u250b\u254e\u254f\u2551\u2575\u2577", "|"),
    **dict.fromkeys("\u2579\u257b\u257d\u257f", "|"),
    **{"\u2026": "...", "\u00d7": "x", "\u00b7": ".", "\u2022": "*", "\u00b5": "u", "\u03bc": "u"},
    **{"\u00b1": "+-", "\u2264": "<=", "\u2265": ">=", "\u2192": "->", "\u00a0": " "},
}
_RANGES = ((0x2500, 0x257F, "+"), (0x2580, 0x259F, "#"), (0x2800, 0x28FF, "*"))


def _instead(character: str) -> str:
    """The replacement of a character that an encoding lacks: an ASCII one, or an escape."""
    if character.isascii():
        return "?"  # an escape would need a backslash; code page 864 has no "%"
    if found := _PLAIN.get(character):
        return found
    for first, last, plain in _RANGES:  # corners of boxes, blocks, spinners
        if first <= ord(character) <= last:
            return plain
    return _escape(character)


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


def _replace(error: UnicodeError) -> tuple[str, int]:
    """The error handler for encoding. Errors of decoding are raised again."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(map(_instead, error.object[error.start : error.end])), error.end


codecs.register_error(HANDLER, _replace)


def visible(text: str, encoding: str = "utf-8") -> str:
    """`text` with escapes for what a terminal would obey or `encoding` lacks.

    Control characters, bidirectional marks and bytes that are not text become escapes such as
    \\x1b, so that a file name cannot control the terminal.
    """
    if not text.isprintable():
        text = "".join(c if c.isprintable() else _escape(c) for c in _from_utf8(text))
    return encodable(text, encoding)


def encodable(text: str, encoding: str | None = "utf-8") -> str:
    """`text` with escapes for what `encoding` (None: UTF-8) lacks, such as bytes that are not text.

    For names, whose characters are never replaced by similar ones.
    """
    encoding = encoding or "utf-8"
    return _from_utf8(text).encode(encoding, "backslashreplace").decode(encoding)


def _from_utf8(text: str) -> str:
    """`text` with the characters that a locale without UTF-8 read as bytes that are not text."""
    if text.isprintable():
        return text
    try:
        return text.encode("utf-8", "surrogateescape").decode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # other surrogates than those of bytes
        return text


def visible_lines(text: str) -> str:
    """The same as `visible`, but line feeds are kept."""
    return text if text.isprintable() else "\n".join(map(visible, text.split("\n")))


def brief(text: str, encoding: str = "utf-8") -> str:
    """`text` for a message: visible, and without its middle if it is very long.

    Words of more than 255 characters, which are no names of files, are cut to 72; then the text is
    cut to `LONGEST`.
    """
    text = visible(text, encoding)
    if len(text) <= _LONGEST_NAME:
        return text
    words = (_cut(word, _LINE) if len(word) > _LONGEST_NAME else word for word in text.split(" "))
    return _cut(" ".join(words), LONGEST)


def _cut(text: str, longest: int) -> str:
    """`text` without its middle, because the end of a message has the reason."""
    if len(text) <= longest:
        return text
    tail = longest // 3
    return f"{text[: longest - tail - 3]}...{text[-tail:]}"


def counted(number: int, noun: str) -> str:
    """A number with its noun: 1 shard, 2,000 shards."""
    return f"{number:,} {noun}{'s' * (number != 1)}"


def cells(text: str) -> int:
    """How many columns of a terminal `text` takes; some characters take two."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len  # here, because importing Rich is slow

    return cell_len(text)


def can_encode(encoding: str, characters: str) -> bool:
    """Whether an encoding has these characters."""
    try:
        characters.encode(encoding)
    except (UnicodeError, LookupError):
        return False
    return True


def write_data(stream: TextIO, text: str) -> None:
    """Write lines of data: as they are into files and pipes, `visible` on a terminal."""
    stream.write(visible_lines(text) if stream.isatty() else text)
