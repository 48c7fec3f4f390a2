"""The end of the command line: exit codes, one-line errors, signals, broken and full streams."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

# A command of our own that misbehaves as it is told; the rest is the real application.
PROBE = """
import sys, time
from typing import Annotated
from pathlib import Path
import typer
from digitcli import errors
from digitcli.cli import console
from digitcli.cli.commands import app
from digitcli.cli.start import entry_point
Json = Annotated[bool, typer.Option("--json")]

@app.command()
def probe(what: str, number: int = 1, as_json: Json = False) -> None:
    if what == "bug":
        raise KeyError("lost")
    if what == "bad-data":
        raise errors.DataError("a.gz: not an IDX file", "run `digitcli fetch mnist`")
    if what == "markup":
        raise errors.DataError("[red]a[/]b\\x1b[31m\\nc.png: cannot be read", "see [/bold]")
    if what == "missing":
        Path("no/such/file").read_bytes()
    if what == "nameless":
        raise OSError("no position in a pipe")
    if what == "seek":
        sys.stdin.buffer.raw.seek(0)
    if what == "silent":
        raise OSError
    if what == "handle":
        raise OSError(9, "Bad file descriptor", 5)
    if what == "bytes":
        raise OSError(2, "No such file or directory", b"\\xff.png")
    if what == "memory":
        raise MemoryError
    if what == "gate":
        console.print_json({"schema": "probe/1"})
        raise errors.GateError("too slow")
    if what == "name":
        console.print_json({"name": "caf\\u00e9 \\udcff \\U0001f600"})
    if what == "lines":
        for _ in range(number):
            sys.stdout.write("a line of text\\n")
    if what == "complain":
        print("a note", file=sys.stderr, flush=True)
    if what == "sleep":
        from digitcli.files import atomic_write
        with atomic_write(Path("result")) as file:
            file.write(b"half")
            print("ready", file=sys.stderr, flush=True)
            time.sleep(60)

entry_point()
"""


@pytest.fixture
def start(tmp_path):
    """Start `digitcli ARGS...` with the probe command in an empty folder."""

    def popen(*args: str, env: dict[str, str] | None = None, **options) -> subprocess.Popen[str]:
        # Buffered, as users have it: what is left in the buffer is what fails at exit.
        environment = {k: v for k, v in os.environ.items() if k != "PYTHONUNBUFFERED"}
        streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | options
        command = [sys.executable, "-c", PROBE, *args]
        environment |= env or {}
        return subprocess.Popen(command, env=environment, cwd=tmp_path, text=True, **streams)

    return popen


@pytest.fixture
def run(start):
    """Run it to its end: (exit code, stdout, stderr)."""

    def run_probe(*args: str, **options) -> tuple[int, str, str]:
        with start(*args, **options) as process:
            out, err = process.communicate(timeout=60)
        return process.returncode, out, err

    return run_probe


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["nope"], "No such command 'nope'"),
        (["probe"], "Missing argument"),
        (["probe", "x", "--nope"], "No such option: --nope"),
        (["probe", "x", "--number", "many"], "Invalid value for '--number'"),
    ],
)
def test_wrong_usage_is_exit_2_with_one_line_and_the_help_to_see(run, args, message):
    code, out, err = run(*args)

    assert (code, out) == (2, "")
    first, second = err.splitlines()
    assert first.startswith("error: ")
    assert message in first
    assert second.startswith("hint:  see `digitcli")


def test_wrong_usage_with_json_is_one_json_document(run):
    code, out, _ = run("probe", "x", "--nope", "--json")

    document = json.loads(out)
    assert code == document["exit_code"] == 2
    assert document["schema"] == "digitcli.error/1"
    assert "--nope" in document["error"]


def test_an_error_is_two_lines_on_stderr_and_its_exit_code(run):
    code, out, err = run("probe", "bad-data")

    assert (code, out) == (3, "")
    assert err == "error: a.gz: not an IDX file\nhint:  run `digitcli fetch mnist`\n"


def test_an_internal_error_is_one_line_and_says_how_to_report_it(run):
    code, out, err = run("probe", "bug")

    assert (code, out) == (1, "")
    assert "internal error: KeyError: 'lost'" in err
    assert "digitcli --debug" in err
    assert "Traceback" not in err


@pytest.mark.parametrize(("what", "code"), [("bug", 1), ("bad-data", 3)])
def test_debug_shows_the_traceback_and_keeps_the_exit_code(run, what, code):
    ended, _, err = run("--debug", "probe", what)

    assert ended == code
    assert "Traceback (most recent call last)" in err
    assert "in probe" in err


@pytest.mark.parametrize(
    ("what", "message"),
    [
        ("missing", "no/such/file: no such file or directory"),
        ("nameless", "input or output failed: no position in a pipe"),
        ("seek", "input or output failed: illegal seek"),
        ("silent", "input or output failed: OSError"),
        ("handle", "5: bad file descriptor"),
        ("bytes", "\\udcff.png: no such file or directory"),
        ("memory", "not enough memory"),
    ],
)
def test_what_the_system_refuses_is_exit_6_without_a_traceback(run, what, message):
    code, _, err = run("probe", what, stdin=subprocess.PIPE)

    assert code == 6
    assert message in err
    assert "None" not in err
    assert "Traceback" not in err


def test_a_missed_gate_adds_no_second_document(run):
    code, out, err = run("probe", "gate", "--json")

    assert code == 8
    assert json.loads(out) == {"schema": "probe/1"}
    assert "too slow" in err


def test_names_with_markup_and_control_characters_are_shown_as_text(run):
    _, _, err = run("probe", "markup", env={"FORCE_COLOR": "1"})

    assert "[red]a[/]b\\x1b[31m\\nc.png" in err
    assert "see [/bold]" in err


@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
def test_json_survives_names_that_are_not_utf8_and_terminals_that_are_not(run, encoding):
    code, out, _ = run("probe", "name", env={"PYTHONIOENCODING": encoding})

    assert code == 0
    assert json.loads(out) == {"name": "caf\u00e9 \udcff \U0001f600"}


def test_no_arguments_show_the_help(run):
    code, out, err = run()

    assert (code, err) == (0, "")
    assert "Usage: digitcli" in out


def test_version_is_the_one_of_the_package(run):
    from digitcli import __version__

    assert run("--version") == (0, f"digitcli {__version__}\n", "")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_signals_end_within_two_seconds_without_a_half_file(start, tmp_path, number, code):
    with start("probe", "sleep") as process:
        assert process.stderr.readline() == "ready\n"
        sent = time.monotonic()
        process.send_signal(number)
        out, err = process.communicate(timeout=30)

    assert process.returncode == code
    assert time.monotonic() - sent < 2
    assert (out, err) == ("", "interrupted\n" if number == signal.SIGINT else "")
    assert list(tmp_path.iterdir()) == []


def test_a_closed_stderr_pipe_is_an_error(start):
    read_end, write_end = os.pipe()
    os.close(read_end)
    with start("probe", "complain", stderr=write_end) as process:
        os.close(write_end)
        process.communicate(timeout=60)

    assert process.returncode == 6


@pytest.mark.parametrize("full", [True, False])
def test_an_error_keeps_its_exit_code_when_stderr_is_full_or_closed(start, full):
    read_end, write_end = os.pipe()
    os.close(read_end)
    with Path("/dev/full").open("w") as device:
        process = start("probe", "bad-data", stderr=device if full else write_end)
    os.close(write_end)
    process.communicate(timeout=60)

    assert process.returncode == 3


# 1 line fails when stdout is flushed at the end, 100,000 lines in the middle of the command.
@pytest.mark.parametrize("number", [1, 100_000])
def test_a_closed_pipe_is_quiet(start, number):
    read_end, write_end = os.pipe()
    os.close(read_end)
    with start("probe", "lines", "--number", str(number), stdout=write_end) as process:
        os.close(write_end)
        _, err = process.communicate(timeout=60)

    assert (process.returncode, err) == (0, "")


@pytest.mark.parametrize(
    "args", [["probe", "lines"], ["probe", "lines", "--number", "100000"], ["--help"]]
)
def test_a_full_stdout_is_exit_6_and_says_so_once(run, args):
    with Path("/dev/full").open("w") as full:
        code, _, err = run(*args, stdout=full)

    assert code == 6
    assert err == "error: output could not be written: no space left on device\n"


def test_an_error_with_json_keeps_its_exit_code_when_stdout_is_full(run):
    with Path("/dev/full").open("w") as full:
        code, _, err = run("nope", "--json", stdout=full)

    assert code == 2
    assert err.startswith("error: No such command")
    assert "Exception ignored" not in err


def test_a_closed_stdout_is_not_an_error(tmp_path):
    command = f"{sys.executable} -m digitcli --version >&-"

    done = subprocess.run(["sh", "-c", command], cwd=tmp_path, capture_output=True, text=True)

    assert (done.returncode, done.stderr) == (0, "")
