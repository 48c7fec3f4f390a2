"""What the table of real pictures says can be relied on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from real import ocr, rapid, refusal, scenes
from real.readers import TESSERACT, ReaderProgram
from real.scores import edits, score
from real.sets import Labelled, grid_text
from real.table import Row, line_of

from digitcli.data.drawn import hands, outliers
from digitcli.data.drawn.fonts import installed
from digitcli.data.drawn.random_stream import RandomStream


@pytest.mark.parametrize(
    ("a", "b", "count"),
    [("", "", 0), ("123", "123", 0), ("123", "13", 1), ("13", "123", 1), ("12", "21", 2)],
)
def test_edit_distance_counts_insertions_deletions_and_replacements(a, b, count):
    assert edits(a, b) == count


def test_a_long_wrong_answer_costs_no_more_than_the_digits_that_were_to_be_read():
    found = score(["12", "3456"], ["99999999", "3456"])

    assert (found.pictures, found.exact, found.digits) == (2, 0.5, pytest.approx(4 / 6))


def test_where_a_line_ends_counts_for_the_exact_text_alone():
    assert score(["12\n34"], ["1234"]) == score(["12\n34"], ["123\n4"])
    assert score(["12\n34"], ["1234"]).exact == 0.0
    assert score(["12\n34"], ["1234"]).digits == 1.0


def test_a_grid_is_its_rows_without_empty_cells_and_small_notes():
    assert grid_text("1 0 10 | 0 0 0 | 2  3 0 |") == "1\n23"


def test_a_row_says_when_its_goal_is_missed_from_either_side():
    assert Row("a", "b", 0.95, 1, 0.96).met is False
    assert Row("a", "b", 0.96, 1, 0.96).met is True
    assert Row("a", "b", 0.06, 1, 0.05, at_most=True).met is False
    assert Row("a", "b", 0.5, 1).met is None
    assert line_of(Row("a", "b", 0.95, 1, 0.96)).endswith(">= 96%           MISSED")
    assert "MISSED" not in line_of(Row("a", "b", 0.5, 1))


@pytest.mark.parametrize("kind", refusal.KINDS)
def test_pictures_without_digits_are_the_same_each_time_and_not_each_other(kind):
    first, second = (list(refusal.pictures(kind, 3)) for _ in range(2))

    assert all(np.array_equal(a, b) for a, b in zip(first, second, strict=True))
    assert all(one.dtype == np.uint8 and one.ndim == 2 and min(one.shape) >= 8 for one in first)
    assert not np.array_equal(first[0], first[1])


def test_letters_to_be_refused_are_none_that_training_has():
    known = {file.name for files in installed() for file in files}

    assert known.isdisjoint(refusal.FONTS)
    assert {glyph.strokes for glyph in refusal.WRITTEN}.isdisjoint(
        glyph.strokes for glyph in hands.LETTERS
    )
    assert set(refusal.LETTERS).isdisjoint("".join(outliers.LOOK_ALIKES.values()) + "0123456789")


@pytest.mark.parametrize("name", scenes.SCENES)
def test_scenes_fill_pictures_of_many_sizes(name):
    sizes = {scenes.SCENES[name](RandomStream(1, n)).shape for n in range(4)}

    assert len(sizes) == 4


class Counted:
    """Stands in for programs that are started: answers as they read, and takes a second each."""

    def __init__(self, right: dict[str, bool]) -> None:
        self.right = right
        self.started: list[str] = []

    def __call__(self, command):
        name, names, mode = command
        self.started.append(name)
        count = len(Path(names).read_text().splitlines())
        good = self.right[name] and mode != "bad"
        texts = "\f".join(["7" if good else "1"] * count)
        return {"code": 0, "stdout": texts, "seconds": 1 + count, "cpu_seconds": count}


def program(name: str, *modes: str, prepares: bool = True) -> ReaderProgram:
    return ReaderProgram(
        *(name, lambda: "1", "", lambda: True, {"digit": modes, "page": modes}),
        command=lambda names, mode: [name, str(names), mode],
        texts=lambda output: output.split("\f"),
        prepares=prepares,
    )


def sevens(folder, count: int) -> list[Labelled]:
    Image.new("L", (16, 16), 255).save(folder / "seven.png")
    return [Labelled(folder / "seven.png", "7")] * count


def test_a_peer_gets_its_best_mode_and_programs_take_turns(tmp_path):
    launch = Counted({"ours": True, "theirs": True})
    programs = [program("ours", "one", prepares=False), program("theirs", "bad", "good")]
    pictures = sevens(tmp_path, 3)
    chosen = ocr.Set("sevens", "digit", False, pictures, pictures)

    ours, theirs = ocr.compare(chosen, programs, launch, 2, tmp_path / "work")

    assert (ours.how, theirs.how) == ("one, as it is", "good, as it is")
    assert (ours.score.pictures, ours.score.exact, theirs.score.exact) == (3, 1.0, 1.0)
    assert (ours.start_milliseconds, ours.milliseconds) == (2000, 1000)
    assert (ours.start_cpu_milliseconds, ours.cpu_milliseconds) == (1000, 1000)
    assert launch.started[-8:] == ["ours", "ours", "theirs", "theirs"] * 2


def test_only_tesseract_has_to_be_left_behind():
    results = [
        ocr.Result("a", name, "", score(["7"], [text]), 9.0, 1.0, 9.0, start)
        for name, text, start in (
            ("ours", "7", 10.0),
            ("tesseract", "1", 20.0),
            ("rapid", "7", 5.0),
        )
    ]

    rows = list(ocr.ahead(results))

    assert [row.value for row in rows] == [1.0, 1.0, 2.0, 0.0, 1.0, 0.5]
    assert [row.met for row in rows] == [True, True, True, None, None, None]


def test_a_program_that_fails_ends_with_its_last_words(tmp_path):
    names = tmp_path / "list.txt"
    names.write_text("a.png\n")
    failed = {"code": 1, "stdout": "", "last_words": "no such language", "seconds": 0}

    with pytest.raises(SystemExit, match=r"^tesseract: exit code 1 \(no such language\)$"):
        ocr.run(TESSERACT, lambda command: failed, names, "psm 7")


def test_tesseract_texts_keep_lines_and_empty_pictures():
    assert TESSERACT.texts("1 2\n3\n\f\f4\n") == ["12\n3", "", "4"]


def test_lines_that_rapidocr_finds_are_put_into_reading_order():
    def box(x, y):
        return np.array([(x, y), (x + 10, y), (x + 10, y + 20), (x, y + 20)], float)

    boxes = [box(50, 103), box(0, 0), box(0, 100), box(50, 4)]

    assert rapid.in_order(boxes, ["4", "1", "3", "2"]) == ["12", "34"]
    assert rapid.digits_of("l0 B2,x") == "1082"
