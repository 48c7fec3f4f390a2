"""Text for output: every encoding can write it, no terminal obeys it, lines are bounded."""

from __future__ import annotations

import csv
import io
from types import SimpleNamespace

import pytest
from bench.documents import document, row
from rich.table import Table
from rich.text import Text

from digitcli.cli import console
from digitcli.cli.bench import run as bench_run
from digitcli.errors import DataError
from digitcli.report.kit.printer import PlainPrinter
from digitcli.report.kit.safe_console import SafeConsole
from digitcli.report.kit.text import HANDLER, LONGEST, brief, encodable, visible
from digitcli.report.predict import answers
from digitcli.report.predict.review import Review
from digitcli.vision.reading import Reading

# Everything between a name in Latin-1 and a byte that is no text.
ALL = "100 % \u2026\u2500\u256d\u2588\u2801\u00d7\u2013\u201c\u00e9\u6f22\U0001f600\udce9 ~\\{}"
NAME = "a\x1b]0;x\x07\x9b1m\u202e\u2028[red]x:smile:\udcff.png"
OBEYED = set("\x1b\x07\x9b\u202e\u2028")


class Screen(io.StringIO):
    """A stream that says it is a terminal."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize(
    "encoding",
    ["ascii", "cp932", "cp1252", "koi8-r", "latin-1", "utf-16", "utf-8", "cp864", "cp037"],
)
def test_every_text_can_be_written_in_every_encoding(encoding):
    raw = io.BytesIO()
    stream = io.TextIOWrapper(raw, encoding, errors=HANDLER)

    stream.write(ALL)
    stream.flush()

    shown = raw.getvalue().decode(encoding)
    assert shown.startswith("100 ")
    assert "\\udce9" in shown


def test_our_own_signs_become_plain_ones_where_an_encoding_lacks_them():
    boxes = "\u256d\u2500\u252c\u2550\u2502 \u2588\u2580"
    drawn = f"{boxes} 3 \u00d7 3 \u00b5s \u2212 \u2026 \u201cx\u201d"

    assert drawn.encode("ascii", HANDLER) == b'+-+-| ## 3 x 3 us - ... "x"'
    assert drawn.encode("utf-8", HANDLER).decode() == drawn


def test_the_handler_raises_errors_of_decoding_again():
    with pytest.raises(UnicodeDecodeError):
        b"\xff".decode("utf-8", HANDLER)


def test_characters_of_names_are_never_replaced_by_similar_ones():
    assert encodable("caf\u00e9 \u2013 \u00d7\udce9\x1b", "ascii") == (
        "caf\\xe9 \\u2013 \\xd7\\udce9\x1b"
    )
    assert visible("caf\u00e9 \u2013\x1b", "latin-1") == "caf\u00e9 \\u2013\\x1b"


def test_csv_is_data_in_a_file_and_visible_on_a_terminal():
    reading = Reading(NAME, error=DataError(f"{NAME}: cut short"), source=b"")
    written = []
    for stream in (io.StringIO(), Screen()):
        answers.Csv(stream).add(reading)
        written.append(stream.getvalue())

    _, data = csv.reader(io.StringIO(written[0], newline=""))
    assert data[0] == NAME.replace("\udcff", "\\udcff")
    _, seen = csv.reader(io.StringIO(written[1]))
    assert seen[0] == visible(NAME)
    assert not OBEYED & set(written[1])


def test_the_review_keeps_names_as_data():
    stream = io.StringIO()
    Review(stream).add(Reading(NAME, error=DataError("cut short"), source=b""))

    _, line = csv.reader(io.StringIO(stream.getvalue(), newline=""))
    assert line[0] == NAME.replace("\udcff", "\\udcff")


@pytest.mark.parametrize("form", ["csv", "markdown"])
def test_bench_writes_no_control_characters_to_a_terminal(form, monkeypatch):
    measured = document(row(engine=NAME), network=NAME, notes=[NAME])
    screen = Screen()
    monkeypatch.setattr("sys.stdout", screen)

    bench_run.show(measured, form)

    assert "\\x1b]0;x" in screen.getvalue()
    assert not OBEYED & set(screen.getvalue())


def test_a_plain_printer_writes_control_characters_as_escapes():
    stream = io.StringIO()
    PlainPrinter(stream).write((NAME, "bold"), (" 7", ""))

    assert stream.getvalue() == f"{visible(NAME)} 7\n"


@pytest.mark.parametrize("thing", [NAME, Text(NAME), "table", "status"])
def test_the_console_writes_control_characters_and_markup_of_a_text_as_text(thing):
    table = Table(NAME, title=NAME)
    table.add_row(NAME)
    found = SafeConsole()
    found.file = io.StringIO()

    if thing == "status":
        with found.status(NAME):
            found.print("done")
    else:
        found.print(table if thing == "table" else thing)

    shown = found.file.getvalue()
    assert "[red]" in shown or thing == "status"
    assert ":smile:" in shown or thing == "status"
    assert not OBEYED & set(shown)


def test_a_broken_pipe_of_the_console_is_an_error_and_stdout_is_kept(monkeypatch):
    class Lost(io.StringIO):
        def write(self, text: str) -> int:
            raise BrokenPipeError

    def stdout_is_left_alone() -> int:
        raise AssertionError

    monkeypatch.setattr("sys.stdout", SimpleNamespace(fileno=stdout_is_left_alone))
    found = SafeConsole()
    found.file = Lost()

    with pytest.raises(BrokenPipeError):
        found.print("x")


@pytest.mark.parametrize("length", [256, 300, 5_000])
def test_a_name_longer_than_any_file_has_is_cut_to_a_line(length):
    shown = brief("start" + length * "a" + "end.png: file name too long")

    assert len(shown) < 100
    assert shown.startswith("startaaa")
    assert shown.endswith("aaaend.png: file name too long")


def test_names_of_up_to_255_characters_stay_whole():
    assert brief("a" * 255) == "a" * 255


def test_a_message_of_many_words_loses_its_middle_and_keeps_its_reason():
    shown = brief("word " * 1_000 + "is the reason")

    assert len(shown) == LONGEST
    assert shown.startswith("word word")
    assert shown.endswith("is the reason")


def test_an_error_cuts_names_in_message_details_and_hint(capsys):
    console.print_error("a" * 5_000, "b" * 5_000, ("c" * 5_000,))

    lines = capsys.readouterr().err.splitlines()
    assert [line.split()[-1][0] for line in lines] == ["a", "c", "b"]
    assert max(map(len, lines)) < 100


def test_json_and_csv_keep_names_whole():
    name = "a" * 5_000
    for kind in (answers.Csv, answers.JsonLines):
        stream = io.StringIO()
        kind(stream).add(Reading(name, source=b""))
        assert name in stream.getvalue()
