"""No output replaces an input, another output, or what is not digitcli's."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from PIL import Image

from digitcli.errors import UsageError
from digitcli.files.outputs import Output, Outputs, may_replace
from digitcli.report.kit.marked import png_mark
from digitcli.report.sheet import write_sheet


def answer(path, option="--output"):
    return Output(option, path, "answer")


def drawings(path, option="--annotate"):
    return Output(option, path, "drawing", folder=True)


@pytest.fixture
def picture(tmp_path):
    path = tmp_path / "a.png"
    Image.new("L", (9, 9)).save(path)
    return path


@pytest.mark.parametrize("way", ["same", "dots", "symbolic", "hard"])
def test_an_input_is_found_through_links(tmp_path, way):
    read, written = tmp_path / "a.jsonl", tmp_path / "b.jsonl"
    read.write_text('{"schema": "digitcli.predict/1"')
    if way == "symbolic":
        written.symlink_to(read)
    elif way == "hard":
        written.hardlink_to(read)
    else:
        written = read if way == "same" else Path(f"{tmp_path}/x/../a.jsonl")
        (tmp_path / "x").mkdir()

    with pytest.raises(UsageError, match=r"--output: .* is read, and would be lost"):
        Outputs([answer(written)], [read])


def test_a_folder_of_drawings_may_not_hold_what_is_read(tmp_path, picture):
    outputs = Outputs([drawings(tmp_path)], [])

    for name in (picture, tmp_path):
        with pytest.raises(UsageError, match="holds pictures that are read"):
            outputs.read(str(name))

    for name in (__file__, str(tmp_path / "missing"), "nul\0"):
        outputs.read(name)


def test_two_outputs_may_not_be_one(tmp_path):
    link, drawn = tmp_path / "link.csv", tmp_path / "drawn"
    link.symlink_to(tmp_path / "a.csv")  # neither is there yet
    drawn.symlink_to(tmp_path / "out" / "seven.png")
    (tmp_path / "out").mkdir()

    for one, other in (
        (answer(tmp_path / "a.csv"), answer(tmp_path / "a.csv", "--review")),
        (answer(tmp_path / "a.csv"), answer(link, "--review")),
        (drawings(tmp_path / "out"), drawings(tmp_path / "out", "--steps")),
        (drawings(tmp_path / "out"), answer(tmp_path / "out" / "seven.png", "--steps")),
        (drawings(tmp_path / "out"), answer(drawn, "--review")),
    ):
        with pytest.raises(UsageError, match=f"{other.option}: .* is written by {one.option} too"):
            Outputs([one, other], [])

    Outputs([drawings(tmp_path / "out"), answer(tmp_path / "out" / "answers.csv")], [])


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b'{"schema": "digitcli.predict/1", "results": []}',
        b'{\n  "schema": "digitcli.eval/1",\n',
        b"file,text,answer,confidence,boxes,error,written\n",
        b"file,answer,text,digit,box,guess,confidence,second,reason\n",
        b"file,answer,text,digit,box,guess,confidence,second,reason,number,number_box\n",
        b"file,answer,text,digit,box,guess,confidence,second,reason,number,number_box,"
        b"number_confidence\n",
        b"engine,variant,version,median_us,agrees\n",
    ],
)
def test_answers_replace_answers(tmp_path, content):
    path = tmp_path / "answers"
    path.write_bytes(content)

    Outputs([answer(path)], [])


@pytest.mark.parametrize(
    "content",
    [
        b"file,label\na.png,7\n",
        b"file,label,writer\na.png,7,digitcli-user\n",
        b"file,text,answer\n",
        b"My thesis about digitcli: 50 % of all digits.\nerror: no digit\n",
        b"#!/bin/sh\ndigitcli predict\n",
        b'{"step": 1, "schema": "digitcli.predict/1"}',
        b"seven.png  7   99.9 %\n",
        b"PK\3\4digitcli\0",
        b"\x89PNG\r\n\0",
    ],
)
def test_answers_replace_nothing_else(tmp_path, content):
    path = tmp_path / "precious"
    path.write_bytes(content)

    with pytest.raises(UsageError, match="exists and is no document or table of digitcli"):
        Outputs([answer(path)], [])

    assert path.read_bytes() == content


def test_a_drawing_replaces_a_drawing_and_no_picture(tmp_path, picture):
    with pytest.raises(UsageError, match="exists and is no drawing of digitcli"):
        Outputs([Output("--annotate", picture, "drawing")], [])

    Image.new("L", (9, 9)).save(picture, pnginfo=png_mark())

    Outputs([Output("--annotate", picture, "drawing")], [])
    assert not may_replace(tmp_path, "drawing")


@pytest.mark.parametrize(
    "content",
    [
        b"<!doctype html><title>about digitcli</title>",
        b"%PDF-1.4 digitcli",
        b"<?xml version='1.0'?><svg>digitcli</svg>",
    ],
)
def test_a_page_that_mentions_us_is_no_drawing_of_ours(tmp_path, content):
    path = tmp_path / "index.html"
    path.write_bytes(content)

    assert not may_replace(path, "drawing")


def test_a_link_to_a_picture_in_the_folder_of_drawings_is_found(tmp_path, picture):
    (tmp_path / "in").mkdir()
    link = tmp_path / "in" / "b.png"
    link.symlink_to(picture)

    with pytest.raises(UsageError, match="holds pictures that are read"):
        Outputs([drawings(tmp_path)], [link])


def test_works_replace_works_only_with_force(tmp_path, picture, repository):
    weights = tmp_path / "mine.npz"
    weights.write_bytes((repository / "digitcli/model/zoo/tiny.npz").read_bytes())

    with pytest.raises(UsageError, match="--out: .* exists") as refused:
        Outputs([Output("--out", weights, "work")], [])
    with pytest.raises(UsageError, match="is read"):
        Outputs([Output("--out", weights, "work")], [weights], force=True)
    with pytest.raises(UsageError, match="is no weights, export or sheet of digitcli"):
        Outputs([Output("--out", picture, "work")], [], force=True)

    Outputs([Output("--out", weights, "work")], [], force=True)
    assert refused.value.hint == "--force replaces it"


def test_nothing_in_a_tree_that_is_read_is_replaced(tmp_path, picture):
    Image.new("L", (9, 9)).save(picture, pnginfo=png_mark())
    (tmp_path / "elsewhere").mkdir()
    link = tmp_path / "elsewhere" / "link.png"
    link.symlink_to(picture)

    for path in (picture, link):
        with pytest.raises(UsageError, match="which is read, and would be lost"):
            Outputs([Output("--reliability", path, "drawing")], [], trees=[tmp_path])

    Outputs([Output("--reliability", tmp_path / "new.png", "drawing")], [], trees=[tmp_path])


def test_standard_input_is_an_input(tmp_path, picture, monkeypatch):
    handle = os.open(picture, os.O_RDONLY)
    before = os.dup(0)
    os.dup2(handle, 0)
    try:
        with pytest.raises(UsageError, match="is read"):
            Outputs([Output("--out", picture, "work")], ["-"], force=True)
    finally:
        os.dup2(before, 0)
        os.close(before)
        os.close(handle)


def test_a_printed_sheet_may_replace_a_sheet_and_no_other_pdf(tmp_path):
    write_sheet(tmp_path / "sheet.pdf")
    Image.new("L", (9, 9)).save(tmp_path / "letter.pdf", title="a letter")

    assert may_replace(tmp_path / "sheet.pdf", "work")
    assert not may_replace(tmp_path / "sheet.pdf", "answer")
    assert not may_replace(tmp_path / "letter.pdf", "work")
