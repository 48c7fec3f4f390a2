"""Lists of names from any editor, and hostile ones."""

from __future__ import annotations

import io
import os
import tracemalloc

import pytest

from digitcli.errors import DataError
from digitcli.vision.files import listed
from digitcli.vision.files.listed import LONGEST_LINE, names_in

NAMES = ["seven.png", "größe 7.png", "数字/十.png", "last"]


class Endless(io.RawIOBase):
    """Repeats the same bytes without end; counts those that were read."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.taken = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:
        piece = (self.data * (len(buffer) // len(self.data) + 1))[: len(buffer)]
        buffer[:] = piece
        self.taken += len(piece)
        return len(piece)


def names(data: bytes) -> list[str]:
    return list(names_in(io.BytesIO(data), "@list"))


def refusal(data: bytes) -> str:
    with pytest.raises(DataError) as caught:
        names(data)
    return str(caught.value)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be-bom"])
def test_a_list_has_the_same_names_in_every_encoding(encoding, end):
    text = end.join(NAMES[:2]) + end + end + end.join(NAMES[2:])
    data = (
        b"\xfe\xff" + text.encode("utf-16-be")
        if encoding == "utf-16-be-bom"
        else text.encode(encoding)
    )

    assert names(data) == NAMES


def test_names_that_are_no_text_are_kept():
    assert names(b"a\xff.png\n") == [os.fsdecode(b"a\xff.png")]


def test_only_the_first_line_loses_a_byte_order_mark():
    assert names("\ufeffa\n\ufeffb\n".encode()) == ["a", "\ufeffb"]


def test_line_feeds_of_utf16_are_found_inside_other_characters():
    wanted = ["\u0a0a\u0d0a", "\u010a.png"]  # all of their bytes could be line ends

    assert names("\n".join(wanted).encode("utf-16")) == wanted


def test_an_empty_list_names_nothing():
    assert names(b"") == names(b"\n\r\n") == names(b"\xef\xbb\xbf") == names(b"\xff\xfe") == []


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"a\nb\0c\n", "@list: line 2: a NUL, which no file name has"),
        ("a\nb\n".encode("utf-16-le"), "@list: line 1: a NUL"),
        ("a\nb\n".encode("utf-32"), "@list: line 1: a NUL"),
        ("a\nb\n".encode("utf-16")[:-1], "@list: line 2: not whole UTF-16 text"),
        (b"\xff\xfea\0\n\0\x00\xd8b\0\n\0c\0", "@list: line 2: not whole UTF-16 text"),
        (b"a\n" + b"x" * (LONGEST_LINE + 1), "@list: line 2 is longer than 64 KiB"),
        (("a\n" + "x" * LONGEST_LINE).encode("utf-16"), "@list: line 2 is longer than 64 KiB"),
    ],
)
def test_what_is_no_list_names_the_line(data, message):
    assert refusal(data).startswith(message)


def test_names_before_a_fault_are_yielded():
    found = names_in(io.BytesIO(b"a\nb\nc\0\n"), "@list")

    assert [next(found), next(found)] == ["a", "b"]


def test_a_list_of_too_many_lines_is_refused(monkeypatch):
    monkeypatch.setattr(listed, "MOST_LINES", 3)

    assert names(b"a\nb\nc") == ["a", "b", "c"]
    assert refusal(b"a\n\nb\nc\n") == "@list: more than 3 lines"
    assert refusal("a\n\nb\nc\n".encode("utf-16")) == "@list: more than 3 lines"


@pytest.mark.parametrize("data", [b"\0", b"\n", b"x", b"\xff\xfe", b"\xff\xfea\0"])
def test_endless_input_ends_soon_and_in_little_memory(monkeypatch, data):
    monkeypatch.setattr(listed, "MOST_LINES", 10_000)
    source = Endless(data)
    tracemalloc.start()
    try:
        with pytest.raises(DataError):
            list(names_in(io.BufferedReader(source), "@-"))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert source.taken < 2**20
    assert peak < 4 * 2**20
