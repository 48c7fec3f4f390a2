"""What `digitcli predict` writes about many pictures: progress, tables that go on, forms."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from class_weights import class_weights
from pictures import digit_picture, encoded, save_template_weights
from terminal import in_a_terminal

from digitcli.model.weights import save_weights

WEIGHTS = ("--weights", "templates.npz", "--digits", "one")


@pytest.fixture
def folder(tmp_path):
    save_template_weights(tmp_path / "templates.npz")
    for digit in range(10):
        (tmp_path / f"{digit}.png").write_bytes(encoded(digit_picture(digit)))
    return tmp_path


def names(folder, count):
    """A list of so many pictures, all different to --resume, few on the disk."""
    files = [f"{'./' * (n // 10)}{n % 10}.png" for n in range(count)]
    (folder / "files.txt").write_text("\n".join(files))
    return files


def test_a_table_goes_on_where_a_killed_run_ended(run_cli, folder):
    files = [*(f"{n}.png" for n in range(10)), "missing.png"]
    whole = run_cli("predict", *files, "--csv", *WEIGHTS).stdout
    (folder / "out.csv").write_text(whole[: len(whole) // 2])

    first = run_cli("predict", *files, "--resume", "out.csv", *WEIGHTS)
    again = run_cli("predict", *files, "--resume", "out.csv", *WEIGHTS)

    assert (first.returncode, again.returncode, first.stdout) == (7, 7, "")
    assert (folder / "out.csv").read_text() == whole


def test_a_table_for_spreadsheets_goes_on_as_it_was_begun(run_cli, folder):
    shutil.copy(folder / "1.png", folder / "=1+1.png")
    files = ["7.png", "=1+1.png"]
    whole = run_cli("predict", *files, "--spreadsheet", "-o", "whole.csv", *WEIGHTS)
    run_cli("predict", "7.png", "--resume", "out.csv", "--spreadsheet", *WEIGHTS)
    plain = run_cli("predict", *files, "--resume", "out.csv", *WEIGHTS)
    run_cli("predict", *files, "--resume", "out.csv", "--spreadsheet", *WEIGHTS)

    text = (folder / "out.csv").read_bytes()
    assert whole.returncode == 0, whole.stderr
    assert plain.returncode == 3
    assert "row 1 is not the header that this command writes" in plain.stderr
    assert text == (folder / "whole.csv").read_bytes()
    assert text.startswith(b"\xef\xbb\xbffile,text,")
    assert b'"=""7"""' in text
    assert b'\n"=""=1+1.png""",' in text


def test_another_run_may_replace_a_table_for_spreadsheets(run_cli, folder):
    for _ in range(2):
        done = run_cli("predict", "7.png", "--spreadsheet", "-o", "out.csv", *WEIGHTS)

    assert done.returncode == 0, done.stderr


SLOW = """
import sys, time
from digitcli.cli import app
from digitcli.vision.reader import Reader
read = Reader.read_batch

def slow(self, sources, stopped):
    time.sleep(0.01 * len(sources))
    return read(self, sources, stopped)

Reader.read_batch = slow
app.open_streams()
sys.exit(app.main(sys.argv[1:]))
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no pseudo-terminals")
@pytest.mark.parametrize("columns", [60, 80])
def test_a_terminal_shows_a_bar_that_goes_away(folder, columns):
    names(folder, 300)
    command = [sys.executable, "-c", SLOW, "predict", "@files.txt", "--csv", "-o", "out.csv"]

    code, shown = in_a_terminal([*command, *WEIGHTS], folder, columns=columns)

    parts = re.split(r"[\r\n]+", shown.decode())
    assert code == 0, shown
    assert any(re.search(r"\d+ of 300 pictures +[\d.]+/s +0:\d\d left", part) for part in parts)
    assert max(map(len, parts)) < columns
    assert re.fullmatch(r"300 pictures in [\d.]+ s, [\d.]+/s: .*", parts[-2])


@pytest.mark.skipif(os.name == "nt", reason="Windows has no pseudo-terminals")
def test_answers_on_the_same_terminal_keep_their_lines(folder):
    files = names(folder, 300)
    command = [sys.executable, "-c", SLOW, "predict", "@files.txt", "--csv", *WEIGHTS]

    code, shown = in_a_terminal(command, folder)

    assert code == 0, shown
    lines = [line.rpartition("\r")[2] for line in shown.decode().replace("\r\n", "\n").split("\n")]
    assert [line.partition(",")[0] for line in lines[1:301]] == files
    assert "pictures" in shown.decode().split("\n")[200], "the bar is drawn again below answers"


@pytest.mark.parametrize("quiet", [(), ("--quiet",)])
def test_a_log_gets_a_summary_unless_quiet(folder, quiet):
    names(folder, 300)
    command = [sys.executable, "-c", SLOW, "predict", "@files.txt", "--jsonl", *WEIGHTS, *quiet]

    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)

    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == 300
    said = r"" if quiet else r"(.* pictures .*\n)*300 pictures in [\d.]+ s, [\d.]+/s: .*\n"
    assert re.fullmatch(said, done.stderr)


@pytest.mark.parametrize("quiet", [(), ("-q",)])
def test_notes_are_said_unless_quiet(run_cli, folder, quiet):
    (folder / "scans").mkdir()
    (folder / "scans" / "cut.png").write_bytes(encoded(digit_picture(7))[:-12])
    (folder / "scans" / "notes.txt").touch()

    done = run_cli("predict", "scans", "--csv", *quiet, *WEIGHTS)

    said = (
        "passed over: 1 file of other kinds (1 .txt)\n"
        "note: scans/cut.png: cut short: its end marker is missing\n"
    )
    assert done.returncode == 0
    assert done.stderr == ("" if quiet else said)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks for processes in /proc")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_signals_end_the_processes_too_and_the_table_goes_on(folder, run_cli, number, code):
    (folder / "in").mkdir()
    for n in range(10):
        (folder / "in" / f"{n}.png").write_bytes(encoded(digit_picture(7).resize((28, 28))))
    for n in range(3000):
        (folder / f"d{n}").symlink_to("in")
    files = [f"d{n // 10}/{n % 10}.png" for n in range(30_000)]
    (folder / "files.txt").write_text("\n".join(files))
    command = [sys.executable, "-m", "digitcli", "predict", "@files.txt", "--resume", "out.csv"]
    process = subprocess.Popen(
        [*command, "--threads", "2", *WEIGHTS],
        cwd=folder, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    children: list[int] = []
    deadline = time.monotonic() + 60
    while len(children) < 2 and time.monotonic() < deadline and process.poll() is None:
        time.sleep(0.05)
        children = children_of(process.pid)
    time.sleep(0.3)

    os.killpg(process.pid, number)
    begin = time.monotonic()
    _, said = process.communicate(timeout=60)

    assert children, "no process was started"
    assert process.returncode == code, said
    assert time.monotonic() - begin < 10
    assert "Traceback" not in said
    while any(is_running(child) for child in children):
        assert time.monotonic() - begin < 20
        time.sleep(0.05)
    rows = (folder / "out.csv").read_text().splitlines()
    assert rows[1].startswith("d0/0.png,7,digits,")
    assert [row.partition(",")[0] for row in rows[1:]] == files[: len(rows) - 1]


def children_of(parent):
    """The processes that a process has started, and that read pictures."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
            words = (stat.parent / "cmdline").read_bytes()
        except OSError:
            continue
        if fields[1] == str(parent) and b"spawn_main" in words:
            found.append(int(stat.parent.name))
    return found


def is_running(number):
    try:
        status = Path(f"/proc/{number}/stat").read_text()
    except OSError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


def test_a_form_gives_a_column_for_each_field(run_cli, tmp_path, repository):
    shutil.copytree(repository / "samples" / "form", tmp_path / "form")
    scans = ["form/scan-1.png", "form/scan-2.png", "form/none.png"]

    table = run_cli("predict", *scans, "--form", "form/form.toml", "--csv")
    lines = run_cli("predict", *scans, "--form", "form/form.toml", "--jsonl")

    rows = list(csv.DictReader(io.StringIO(table.stdout)))
    assert (table.returncode, lines.returncode) == (7, 7)
    assert [(row["member"], row["books"], row["fee"]) for row in rows] == [
        ("481530", "3", "0250"),
        ("007216", "", "1200"),
        ("", "", ""),
    ]
    first, second, third = map(json.loads, lines.stdout.splitlines())
    assert {name: one["text"] for name, one in second["form"].items()} == {
        "member": "007216",
        "books": "",
        "fee": "1200",
    }
    assert first["answer"] == "digits"
    assert "form" not in third


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--form", "none.toml"), "none.toml: the form cannot be read (no such file"),
        (("--form", "wrong.toml"), "wrong.toml: line 2: field 'a': unknown key 'bix'"),
        (("--form", "wrong.toml", "--length", "3"), "--form has rules of its own"),
        (("--form", "any.toml", "-o", "a.parquet"), "--form: Parquet has no columns"),
        (("--form", "any.toml", "--resume", "a.parquet"), "--form: Parquet has no columns"),
    ],
)
def test_a_wrong_form_is_exit_2(run_cli, folder, options, message):
    (folder / "wrong.toml").write_text("[fields.a]\nbix = 3\n")

    done = run_cli("predict", "7.png", *options, *WEIGHTS)

    assert done.returncode == 2
    assert message in done.stderr


def test_a_form_wants_a_network_of_digits(run_cli, folder):
    save_weights(folder / "clothes.npz", class_weights())
    (folder / "form.toml").write_text("[fields.a]\nbox = [0.1, 0.1, 0.5, 0.5]\n")

    done = run_cli("predict", "7.png", "--form", "form.toml", "--weights", "clothes.npz")

    assert done.returncode == 2
    assert "--form: only for digits; clothes names 3 classes" in done.stderr
