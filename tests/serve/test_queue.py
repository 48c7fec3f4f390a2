"""Doubtful numbers are shown the least sure first, and corrected one at a time."""

from __future__ import annotations

import io
import json
from base64 import b64decode
from dataclasses import replace

import pytest
from pictures import digit_picture, encoded
from PIL import Image
from servers import served

import digitcli
from digitcli.errors import DataError
from digitcli.report.predict.review import Review
from digitcli.serve.corrections import Corrections
from digitcli.serve.queue import Queue, items_of
from digitcli.serve.refusal import RefusedError

HEAD = "file,answer,text,digit,box,guess,confidence,second,reason,number,number_box\n"
WITH_NUMBERS = HEAD.replace("number_box", "number_box,number_confidence")


@pytest.fixture
def page(tmp_path):
    """A page with two numbers, each of one digit."""
    sheet = Image.new("L", (300, 200), 255)
    sheet.paste(digit_picture(7, 80, 60), (20, 20))
    sheet.paste(digit_picture(3, 80, 60), (200, 110))
    path = tmp_path / "page.png"
    path.write_bytes(encoded(sheet))
    return path


@pytest.fixture
def listed(tmp_path, page):
    """What `predict --review` writes of it, each number doubtful."""
    path = tmp_path / "review.csv"
    rows = [
        f"{page},unsure,7 3,1,30 30 30 50,7,0.4,1 (0.3),less sure than 0.5,7,20 20 60 80",
        f"{page},unsure,7 3,2,210 120 30 50,8,0.2,3 (0.1),less sure than 0.5,8,200 110 60 80",
        f"{page},unsure,7 3,2,210 120 30 50,8,0.3,3 (0.1),less sure than 0.5,8,200 110 60 80",
        "gone.png,not a digit,,,,,,,looks like no digit,,",
        "broken.png,error,,,,,,,no picture,,",
    ]
    path.write_text(HEAD + "\n".join(rows) + "\n")
    return path


@pytest.fixture
def queue(tmp_path, listed):
    kept = Corrections(tmp_path / "mine")
    yield Queue(listed, kept)
    kept.close()


def test_each_doubtful_number_is_an_item_the_least_sure_first(queue):
    items = queue.to_dict()["items"]

    assert [(item["text"], item["confidence"]) for item in items] == [
        ("", None),
        ("8", 0.2),
        ("7", 0.4),
    ]


def test_a_list_that_says_how_sure_numbers_are_is_ordered_by_that(tmp_path, page):
    path = tmp_path / "review.csv"
    rows = [
        f"{page},unsure,7 3,1,30 30 30 50,7,0.2,1 (0.3),less sure than 0.5,7,20 20 60 80,0.9",
        f"{page},unsure,7 3,2,210 120 30 50,8,0.4,3 (0.1),less sure than 0.5,8,200 110 60 80,0.1",
    ]
    path.write_text(WITH_NUMBERS + "\n".join(rows) + "\n")
    kept = Corrections(tmp_path / "mine")

    items = Queue(path, kept).to_dict()["items"]

    kept.close()
    assert [(item["text"], item["confidence"]) for item in items] == [("8", 0.1), ("7", 0.9)]


@pytest.mark.parametrize("options", [{}, {"length": 2}, {"digits": "one"}])
def test_csv_and_json_of_the_same_answers_have_the_same_order(tmp_path, page, options):
    wide = Image.new("L", (220, 120), 255)
    wide.paste(digit_picture(4, 80, 60), (20, 20))
    wide.paste(digit_picture(2, 80, 60), (100, 20))
    pictures = {"wide": wide} if "length" in options else {"page": page, "wide": wide}
    readings = [
        replace(digitcli.read(picture, **options), least=1.1, file=name)
        for name, picture in pictures.items()
    ]
    table, lines = tmp_path / "a.csv", tmp_path / "a.jsonl"
    with table.open("w") as file:
        review = Review(file)
        for reading in readings:
            review.add(reading)
    lines.write_text("".join(json.dumps(reading.to_dict()) + "\n" for reading in readings))

    in_table, in_lines = ({i.text: i.confidence for i in items_of(path)} for path in (table, lines))

    assert len(in_table) == len(readings) + (options == {})
    assert in_table == pytest.approx(in_lines, rel=1e-5)


def test_a_number_is_shown_in_its_context(queue):
    shown = queue.shown(1)

    assert shown["picture"].startswith("data:image/png;base64,")
    picture = Image.open(io.BytesIO(b64decode(shown["picture"].partition(",")[2])))
    x, y, wide, high = shown["box"]
    assert (wide, high) == (60, 80)
    assert 0 <= x < x + wide <= picture.width
    assert 0 <= y < y + high <= picture.height


def test_what_is_kept_is_a_folder_that_eval_reads(queue, tmp_path):
    assert queue.correct(1, "3", None)["count"] == 1
    assert queue.correct(2, "7", None)["label"] == "7"

    found = digitcli.evaluate(data=tmp_path / "mine")

    assert (found.accuracy, found.to_dict()["n"]) == (1.0, 2)


def test_a_correction_is_changed_or_taken_back_by_who_knows_of_it(queue, tmp_path):
    queue.correct(1, "9", None)
    with pytest.raises(RefusedError) as other:
        queue.correct(1, "4", None)
    assert other.value.status == 409
    assert queue.correct(1, "3", "9")["count"] == 1
    with pytest.raises(RefusedError):
        queue.take_back(1, "9")

    assert queue.take_back(1, "3") == {**queue.to_dict()["items"][1], "count": 0}
    assert (tmp_path / "mine" / "labels.csv").read_text() == "file,label\n"


def test_who_comes_back_goes_on_where_they_were(queue, listed, tmp_path):
    queue.correct(1, "3", None)
    queue._corrections.close()

    kept = Corrections(tmp_path / "mine")
    again = Queue(listed, kept)
    kept.close()

    assert [item["label"] for item in again.to_dict()["items"]] == [None, "3", None]


def test_two_items_that_look_alike_are_two(tmp_path):
    for name in ("a.png", "b.png"):
        (tmp_path / name).write_bytes(encoded(digit_picture(7)))
    path = tmp_path / "review.csv"
    rows = [
        f"{tmp_path / name},not a digit,,,,,,,looks like no digit,," for name in ("a.png", "b.png")
    ]
    path.write_text(HEAD + "\n".join(rows) + "\n")
    kept = Corrections(tmp_path / "mine")
    queue = Queue(path, kept)

    queue.correct(0, "7", None)
    assert queue.correct(1, "7", None)["count"] == 2
    assert queue.take_back(0, "7")["count"] == 1
    assert queue.to_dict()["items"][1]["label"] == "7"
    kept.close()


def test_answers_as_json_or_in_lines_are_lists_too(tmp_path, page):
    answer = digitcli.read(page).to_dict()
    lines, document = tmp_path / "a.jsonl", tmp_path / "a.json"
    lines.write_text(json.dumps(answer) + "\n" + json.dumps(answer) + "\n")
    document.write_text(json.dumps({"schema": "digitcli.predict/1", "results": [answer]}, indent=2))

    assert len(items_of(lines)) == 2 * len(items_of(document)) == 4
    assert {item.text for item in items_of(document)} == {"7", "3"}


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "{", "[1]", '{"a": 1}\n', HEAD, "\x00"])
def test_what_is_no_list_is_refused(tmp_path, text):
    path = tmp_path / "list"
    path.write_text(text)
    kept = Corrections(tmp_path / "mine")
    with pytest.raises(DataError):
        Queue(path, kept)
    kept.close()


def test_a_list_whose_pictures_are_elsewhere_is_refused(tmp_path):
    path = tmp_path / "review.csv"
    path.write_text(HEAD + "gone.png,not a digit,,,,,,,looks like no digit,,\n")
    kept = Corrections(tmp_path / "mine")
    with pytest.raises(DataError) as caught:
        Queue(path, kept)
    assert "in which `predict` ran" in caught.value.hint
    kept.close()


def test_a_list_of_what_to_look_at_says_how_it_gets_labels(listed):
    with pytest.raises(DataError) as caught:
        digitcli.evaluate(data=listed.parent)
    assert "labels.csv" in caught.value.hint
    from digitcli.vision.sheet.labels import read_labels

    with pytest.raises(DataError) as caught:
        read_labels(listed)
    assert f"digitcli review {listed} --out FOLDER" in caught.value.hint


def test_a_server_shows_the_queue_and_writes_every_step(listed, tmp_path):
    options = ["--out", str(tmp_path / "out"), "--no-browser"]
    with served(command=("review", str(listed), *options)) as client:
        assert client.get("/settings").json["review"] is True
        assert len(client.get("/queue").json["items"]) == 3
        assert client.get("/queue/0").status == 404  # its file is gone
        assert client.ask("POST", "/queue/0?label=3").status == 404
        assert client.get("/queue/7").status == 404
        allowed = client.ask("PUT", "/queue/1").headers["allow"]
        assert set(allowed.split(", ")) == {"GET", "HEAD", "POST", "DELETE"}
        assert client.get("/queue/1").json["box"]
        assert client.ask("POST", "/queue/1?label=3").status == 201
        assert client.ask("POST", "/queue/1?label=4").status == 409
        rows = (tmp_path / "out" / "labels.csv").read_text().splitlines()
        assert [row.rpartition(",")[2] for row in rows] == ["label", "3"]
        assert client.ask("DELETE", "/queue/1?was=3").json["count"] == 0
