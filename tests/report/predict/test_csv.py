"""CSV for programs and for spreadsheets, and tables that go on after an interruption."""

from __future__ import annotations

import csv
import io
import re

import pytest

from digitcli.errors import DataError, UsageError
from digitcli.files.outputs import may_replace
from digitcli.report.predict.answers import CSV_COLUMNS, Csv
from digitcli.report.predict.csv_style import csv_row, name_cell, number_cell
from digitcli.report.predict.resume import EarlierRows, continue_answers
from digitcli.vision.digit import Digit
from digitcli.vision.field import Field
from digitcli.vision.normalize import Normalized
from digitcli.vision.reading import NamedReading, Reading

PIXELS = memoryview(bytes(784)).cast("B", (28, 28))
NAMES = ["=1+1.png", "-2+3.png", "+1.png", "@SUM(A1).png", "\t=1.png", "007", 'a,"b".png', "ä.png"]


def reading(name: str, text: str = "7") -> Reading:
    lines = text.split("\n")
    digits = tuple(
        Digit(int(sign), (1, 2, 3, 4), (0.1,) * 10, Normalized(PIXELS, (1, 2, 3, 4)), line=line)
        for line, signs in enumerate(lines)
        for sign in signs
    )
    fields = tuple(Field(one, one, 0.9, (1, 2, 3, 4)) for one in lines)
    return Reading(name, digits, fields=fields)


def table(readings, **options) -> str:
    stream = io.StringIO()
    sink = Csv(stream, **options)
    for one in readings:
        sink.add(one)
    return stream.getvalue()


@pytest.mark.parametrize("name", NAMES)
def test_no_name_is_a_formula_in_a_spreadsheet(name):
    cell = name_cell(name, spreadsheet=True)

    assert not cell.startswith(tuple("+-@\t\r\n"))
    if cell.startswith("="):  # a formula that is a text, and nothing else
        assert re.fullmatch(r'="([^"]|"")*"', cell)
        assert cell[2:-1].replace('""', '"') == name
    assert name_cell(name, spreadsheet=False) == name


@pytest.mark.parametrize("name", ["=" + "a" * 300, "=a\nb.png", '=cmd|"/C calc"!A0'])
def test_long_and_odd_names_are_no_formulas_either(name):
    cell = name_cell(name, spreadsheet=True)

    assert cell == f"'{name}" or re.fullmatch(r'="([^"]|"")*"', cell)


@pytest.mark.parametrize("text", ["007", "1-2", "12/3", "20.5", "-6"])
def test_numbers_are_texts_in_a_spreadsheet(text):
    assert number_cell(text, spreadsheet=True) == f'="{text}"'
    assert number_cell(text, spreadsheet=False) == text


def test_a_table_for_spreadsheets_has_the_mark_of_utf_8_and_may_be_replaced(tmp_path):
    written = table([reading("ä.png", "007")], spreadsheet=True)
    (tmp_path / "a.csv").write_text(written, encoding="utf-8")

    (row,) = csv.DictReader(io.StringIO(written.removeprefix("\ufeff")))
    assert written.startswith("\ufefffile,text,")
    assert (row["file"], row["text"], row["written"]) == ("ä.png", '="007"', '="007"')
    assert may_replace(tmp_path / "a.csv", "answer")


def test_a_form_has_a_column_for_each_field(tmp_path):
    form = (NamedReading("total", (0, 0, 9, 9), reading("", "12")),)
    filled = Reading("a.png", form=form)

    written = table([filled, reading("b.png")], form=["total", "year"])

    rows = list(csv.DictReader(io.StringIO(written)))
    assert list(rows[0]) == [*CSV_COLUMNS, "total", "year"]
    assert [(row["total"], row["year"]) for row in rows] == [("12", ""), ("", "")]
    (tmp_path / "a.csv").write_text(written)
    assert may_replace(tmp_path / "a.csv", "answer")


READINGS = [reading(name, text) for name, text in zip(NAMES, ["7", "12\n34"] * 4, strict=True)]


@pytest.mark.parametrize("spreadsheet", [False, True])
def test_a_table_cut_anywhere_goes_on_to_the_same_bytes(tmp_path, spreadsheet):
    whole = table(READINGS, spreadsheet=spreadsheet).encode()
    path = tmp_path / "a.csv"
    for size in range(len(whole) + 1):
        path.write_bytes(whole[:size])
        with continue_answers(EarlierRows(path, spreadsheet=spreadsheet)) as earlier:
            sink = Csv(earlier.stream, spreadsheet=spreadsheet, head=earlier.is_new, flush=True)
            for one in READINGS:
                if not earlier.has(one.file):
                    sink.add(one)

        assert path.read_bytes() == whole, size


@pytest.mark.parametrize(
    ("before", "message"),
    [
        (b"a,b\n1,2\n", "row 1 is not the header"),
        (b"\xef\xbb\xbffile,text,answer,confidence,boxes,error,written\n", "row 1 is not the head"),
        (",".join(CSV_COLUMNS).encode() + b"\na.png,7\n", "row 2 is no answer"),
        (",".join(CSV_COLUMNS).encode() + b"\nmy notes: 7, 8\n\n", "row 2 is no answer"),
        (",".join(CSV_COLUMNS).encode() + b"\n\xff\xfe,,,,,,\n", "row 2 is no answer"),
        (b'{"schema": "digitcli.predict/1"}\n', "row 1 is not the header"),
    ],
)
def test_another_table_is_refused_and_left_as_it_was(tmp_path, before, message):
    path = tmp_path / "a.csv"
    path.write_bytes(before)

    with pytest.raises(DataError, match=message), continue_answers(EarlierRows(path)):
        raise AssertionError("opened")

    assert path.read_bytes() == before


def test_a_stray_quotation_mark_does_not_cost_the_rows_behind_it(tmp_path):
    rows = table(READINGS[:1]) + 'b".png,7,digits,1,,,7\n' + csv_row(["c.png", *["x"] * 6]) * 100
    (tmp_path / "a.csv").write_text(rows)

    with (
        pytest.raises(DataError, match="is no answer"),
        continue_answers(EarlierRows(tmp_path / "a.csv")),
    ):
        raise AssertionError("opened")

    assert (tmp_path / "a.csv").read_text() == rows


def test_a_row_with_the_boxes_of_a_whole_page_goes_on(tmp_path):
    page = reading("page.png", "7" * 20_000)
    (tmp_path / "a.csv").write_text(table([page, reading("b.png")]))

    with continue_answers(EarlierRows(tmp_path / "a.csv")) as earlier:
        assert earlier.has("page.png")
        assert earlier.has("b.png")


def test_a_second_writer_is_refused(tmp_path):
    with (
        continue_answers(EarlierRows(tmp_path / "a.csv")),
        pytest.raises(UsageError, match="another process writes"),
        continue_answers(EarlierRows(tmp_path / "a.csv")),
    ):
        raise AssertionError("opened twice")
