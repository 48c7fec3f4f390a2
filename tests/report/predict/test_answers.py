"""What is written about readings: rows, JSON, CSV, the list for review, and drawings."""

from __future__ import annotations

import csv
import io
import json
import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
from pictures import digit_picture, encoded
from PIL import Image

from digitcli.errors import DataError, UsageError
from digitcli.model.thresholds import Threshold
from digitcli.report.kit.printer import PlainPrinter
from digitcli.report.predict import answers
from digitcli.report.predict.annotate import annotated, show
from digitcli.report.predict.drawings import Drawings
from digitcli.report.predict.review import Review
from digitcli.report.predict.steps import contact_sheet
from digitcli.vision.digit import Digit
from digitcli.vision.field import Field
from digitcli.vision.files.decode import decode_pixels
from digitcli.vision.normalize import Normalized
from digitcli.vision.reading import Reading
from digitcli.vision.rules.valid import Valid
from digitcli.vision.stages import stages

PICTURE = encoded(digit_picture(7))
PIXELS = memoryview(bytes(784)).cast("B", (28, 28))


def digit(said: int = 7, sure: float = 0.9, *, reject: float = 0.0, box=(30, 20, 40, 60)) -> Digit:
    shares = [(1 - sure) / 9] * 10
    shares[said] = sure
    return Digit(said, box, tuple(shares), Normalized(PIXELS, box), reject)


def readings() -> list[Reading]:
    """A reading of every kind."""
    sure, doubt = digit(7), digit(1, 0.4, box=(80, 20, 10, 60))
    valid, spelled = Valid("74", 0.49, 0.06), (sure, replace(doubt, digit=4))
    return [
        Reading("sure.png", (sure,), source=PICTURE),
        Reading("doubt.png", (sure, doubt), source=PICTURE),
        Reading("letter.png", (digit(reject=0.9),), source=PICTURE),
        Reading("blank.png", source=PICTURE),
        Reading("rule.png", spelled, ruled=True, number=valid, source=PICTURE),
        Reading("none.png", (sure,), ruled=True, source=PICTURE),
        Reading("broken.png", error=DataError("broken.png: cut short", "again"), source=b""),
    ]


ANSWERS = ["digits", "unsure", "not a digit", "blank", "unsure", "not valid", "error"]


def written(make) -> str:
    stream = io.StringIO()
    sink, tally = make(stream), answers.Tally(0.5)
    for reading in readings():
        tally.add(reading)
        sink.add(reading)
    sink.finish(tally)
    return stream.getvalue()


def test_every_kind_of_answer_has_its_name():
    assert [reading.answer for reading in readings()] == ANSWERS


def test_json_lines_say_answer_confidence_and_number():
    lines = [json.loads(line) for line in written(answers.JsonLines).splitlines()]

    assert [line["text"] for line in lines] == ["7", "71", "", "", "74", "", ""]
    assert [line["answer"] for line in lines] == ANSWERS
    assert lines[1]["confidence"] == pytest.approx(0.4)
    assert "number" not in lines[0]
    assert lines[4]["number"]["text"] == "74"
    assert lines[4]["number"]["probability"] == pytest.approx(0.49)
    assert lines[5]["number"] is None
    assert lines[2]["digits"][0]["confidence"] == pytest.approx(0.09)


def test_json_document_counts_the_answers():
    document = json.loads(written(answers.Json))

    assert list(document) == ["schema", "results", "summary"]
    assert len(document["results"]) == 7
    summary = document["summary"]
    assert summary["answers"]["unsure"] == 2
    assert summary["coverage"] == pytest.approx(1 / 5)
    assert summary["threshold"] is None


def test_csv_has_a_row_for_each_picture():
    rows = list(csv.DictReader(io.StringIO(written(answers.Csv))))

    assert list(rows[0]) == list(answers.CSV_COLUMNS)
    assert [row["file"] for row in rows] == [reading.file for reading in readings()]
    assert rows[1]["boxes"] == "30 20 40 60; 80 20 10 60"
    assert rows[1]["confidence"] == "0.4"
    assert rows[3] == dict.fromkeys(rows[3], "") | {"file": "blank.png", "answer": "blank"}
    assert rows[6]["error"] == "broken.png: cut short"


def test_csv_holds_names_that_are_not_utf8():
    stream = io.StringIO()
    answers.Csv(stream).add(Reading("a,\n\udce9.png"))

    _, row = csv.reader(io.StringIO(stream.getvalue()))
    assert row[0] == "a,\n\\udce9.png"


def test_rows_say_why_there_is_no_answer():
    lines = written(
        lambda stream: answers.Text(PlainPrinter(stream), ["x"] * 9, top=1, picture=True)
    )

    rows = [line.split(maxsplit=1)[1] for line in lines.splitlines()]
    assert rows[0] == "7   90.0 %"
    assert rows[1] == "unsure  71   40.0 %"
    assert rows[2:4] == ["not a digit", "no digit"]
    assert rows[4].startswith("unsure  74   49.0 %")
    assert "without the rule" in rows[4]
    assert rows[5:] == ["not valid", "error: cut short"]


def test_review_lists_doubtful_digits_and_pictures_without_answer():
    rows = list(csv.DictReader(io.StringIO(written(Review))))

    assert [row["file"] for row in rows] == [
        *("doubt.png", "letter.png", "rule.png", "rule.png", "none.png", "broken.png")
    ]
    assert (rows[0]["digit"], rows[0]["guess"], rows[0]["box"]) == ("2", "1", "80 20 10 60")
    assert rows[0]["second"] == "0 (0.0667)"
    assert rows[1]["reason"] == "looks like no digit"
    assert rows[5]["reason"] == "broken.png: cut short"


def test_tally_states_threshold_and_coverage():
    tally = answers.Tally(0.9, Threshold(0.9, 0.001, 0.98, 0.0005, 5000))
    for reading in readings():
        tally.add(reading)

    promised, here = tally.sentences()
    assert promised == (
        "answers have a confidence of 0.9 or more: of 5,000 pictures (validation) 98 % do, "
        "0.05 % of them wrong"
    )
    assert here == "here 20 % are answered"
    assert (tally.pictures, tally.errors, tally.hint) == (7, 1, "again")


def coloured(picture: Image.Image, colour: str) -> np.ndarray:
    wanted = tuple(int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return (np.asarray(picture) == wanted).all(axis=2)


def test_annotated_picture_has_a_box_around_each_digit():
    picture = annotated(readings()[1])

    scale = 480 // 120
    assert picture.size == (90 * scale, 120 * scale)
    rows, columns = np.nonzero(coloured(picture, "#00a040"))
    assert columns.min() in range(28 * scale, 30 * scale)
    assert rows.max() in range(80 * scale, 82 * scale)
    assert coloured(picture, "#d55e00").any(), "the doubtful one is orange"
    inside = np.asarray(picture.convert("L"))[24 * scale : 78 * scale, 34 * scale : 66 * scale]
    plain = digit_picture(7).resize(picture.size, 0)
    assert (inside == np.asarray(plain)[24 * scale : 78 * scale, 34 * scale : 66 * scale]).all()


@pytest.mark.parametrize("size", [(1, 1), (2000, 1), (1, 2000), (3, 700)])
def test_odd_shapes_can_be_drawn(size):
    source = encoded(Image.new("L", size, 255))
    found = Reading("odd.png", (digit(box=(0, 0, *size)),), source=source)

    for reading in (found, Reading("odd.png", source=source)):
        assert min(annotated(reading).size) >= 1
        assert contact_sheet(reading).width > 300


def test_sheet_shows_every_stage_of_one_digit():
    reading = readings()[0]

    sheet = contact_sheet(reading)

    found = list(stages(decode_pixels(PICTURE), reading.digits))
    assert [stage.title for stage in found[:2]] == [
        "decoded, upright, grey",
        "ink apart from paper",
    ]
    assert [stage.boxes for stage in found if "digits" in stage.title] == [((30, 20, 40, 60),)]
    assert (28, 28) in [stage.pixels.shape for stage in found]
    assert sheet.width == 16 + 352 * 4
    assert sheet.height > 336
    assert coloured(sheet, "#00a040").any(), "the box of the digit"


def test_sheet_of_lines_shows_where_they_are():
    box = (10, 10, 90, 80)
    fields = (Field("71", "71", 0.4, box),)
    reading = replace(readings()[1], fields=fields, mode="many")

    sheet = contact_sheet(reading)

    found = {stage.title: stage for stage in stages(decode_pixels(PICTURE), reading.digits, fields)}
    assert found["lines that were read"].boxes == (box,)
    assert "ink apart from paper" not in found
    assert sheet.height > 2 * 336, "two digits need a second row"


def test_one_picture_makes_a_file_and_several_a_folder(tmp_path):
    one, other, *_, broken = readings()
    single = Drawings(tmp_path / "one.png", annotated, "--annotate", alone=True)
    several = Drawings(tmp_path / "all", annotated, "--annotate", alone=False)

    single.add(one)
    for reading in (one, other, replace(other, file="b/sure.jpg"), broken):
        several.add(reading)

    with Image.open(tmp_path / "one.png") as drawn:
        assert drawn.size == (360, 480)
    names = sorted(path.name for path in (tmp_path / "all").iterdir())
    assert names == ["doubt.png", "sure-2.png", "sure.png"]


def test_impossible_names_for_drawings_are_refused(tmp_path):
    with pytest.raises(UsageError, match=r"--steps: expected a name that ends in \.png"):
        Drawings(tmp_path / "one.jpg", contact_sheet, "--steps", alone=True)
    with pytest.raises(UsageError, match="--steps: several pictures need a folder"):
        Drawings(tmp_path / "one.png", contact_sheet, "--steps", alone=False)


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_the_terminal_shows_the_whole_picture(encoding, monkeypatch):
    monkeypatch.setenv("COLUMNS", "61")
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    page = PlainPrinter(stream)

    show(page, readings()[0])
    stream.flush()

    lines = stream.buffer.getvalue().decode(encoding).splitlines()
    assert len(lines) == 40
    assert {len(line) for line in lines} == {60}
    assert len(set("".join(lines))) > 1
    show(page, readings()[-1])  # nothing: it was not read


@pytest.mark.parametrize("in_memory", [0, 1, 1000, 10**6])
def test_the_document_is_the_same_for_answers_kept_in_memory_and_on_disk(in_memory):
    said = [*readings(), Reading("b.png", error=DataError("b.png: bad"))] * 3
    tally = answers.Tally(0.5)
    texts = []
    for limit in (10**9, in_memory):
        stream = io.StringIO()
        document = answers.Json(stream, in_memory=limit)
        for reading in said:
            document.add(reading)
        assert stream.getvalue() == ""
        document.finish(tally)
        texts.append(stream.getvalue())

    assert texts[0] == texts[1]
    assert [one["file"] for one in json.loads(texts[1])["results"]] == [one.file for one in said]


def test_a_hundred_thousand_answers_take_little_memory(tmp_path):
    bad = Reading("bad.png", error=DataError("bad.png: not a picture that can be read"))
    with (tmp_path / "out.json").open("w") as stream:
        document = answers.Json(stream)
        document.add(bad)
        tracemalloc.start()
        try:
            for _ in range(20_000):
                document.add(bad)
            document.finish(answers.Tally(0.5))
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    assert len(json.loads((tmp_path / "out.json").read_text())["results"]) == 20_001
    assert peak < 4 * 2**20
