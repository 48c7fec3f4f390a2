"""A reader that stops reading: exit 0 and no message, whatever was being written."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from pictures import digit_picture, save_template_weights
from terminal import in_a_terminal

from digitcli.cli.commands import COMMANDS

# Runs each command with a stdout that nobody reads; what Rich makes of it must not reach the next.
WITHOUT_READER = """
import json, os, sys
from digitcli.cli.app import main, open_streams

codes = []
for arguments in json.loads(sys.argv[1]):
    reader, writer = os.pipe()
    os.close(reader)
    os.dup2(writer, 1)
    os.close(writer)
    sys.stdout = open(1, "w", buffering=int(sys.argv[2]), closefd=False)
    open_streams()
    codes.append(main(arguments))
print(json.dumps(codes), file=sys.stderr)
"""
PICTURES = ["seven.png"] * 4
W = ["-w", "templates.npz"]
WRITING = [
    *([], ["--version"], *([name, "--help"] for name in COMMANDS), ["data", "preview", "--help"]),
    *(["fetch", "--list"], ["fetch", "--list", "--json"], ["--show-completion", "bash"]),
    *(["info", "--plan", "templates.npz"], ["info", *W], ["show", "templates.npz", "seven.png"]),
    *(["predict", *PICTURES, *W, form] for form in ("--csv", "--json", "--jsonl", "--show")),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A picture and weights."""
    found = tmp_path_factory.mktemp("pipes")
    digit_picture(7).save(found / "seven.png")
    save_template_weights(found / "templates.npz")
    return found


@pytest.mark.parametrize("buffering", [1, -1], ids=["lines", "blocks"])
@pytest.mark.parametrize("force", ["", "1"], ids=["plain", "colours"])
def test_no_command_minds_that_nobody_reads(folder, buffering, force):
    command = [sys.executable, "-c", WITHOUT_READER, json.dumps(WRITING), str(buffering)]
    env = os.environ | {"FORCE_COLOR": force}

    done = subprocess.run(command, cwd=folder, env=env, stderr=subprocess.PIPE, timeout=60)

    assert json.loads(done.stderr) == [0] * len(WRITING)


def piped(arguments: str, errors: str = "") -> list[str]:
    """`digitcli ARGUMENTS | head -1`, and then the exit code of digitcli."""
    ours = f"{sys.executable} -m digitcli {arguments} {errors}"
    return ["bash", "-c", f"{ours} | head -1; echo ${{PIPESTATUS[0]}}"]


@pytest.mark.parametrize("errors", ["", "2>&1"])
@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("arguments", ["--help", "fetch --list"])
def test_head_takes_the_first_line_and_that_is_success(folder, arguments, errors, unbuffered):
    env = os.environ | {"PYTHONUNBUFFERED": unbuffered, "FORCE_COLOR": ""}

    done = subprocess.run(piped(arguments, errors), cwd=folder, env=env, capture_output=True)

    assert done.stderr == b""
    assert done.stdout.endswith(b"\n0\n")


def test_head_is_quiet_where_errors_go_to_a_terminal(folder):
    code, shown = in_a_terminal(piped("--help"), folder)

    assert code == 0
    assert shown.split() == [b"0"]


def test_a_lost_stderr_leaves_the_data_on_stdout_whole(folder):
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "digitcli", "bench", "--layers", "--data", "none", "--json"]

    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=writer, cwd=folder) as process:
        os.close(writer)
        out, _ = process.communicate(timeout=60)

    assert json.loads(out)["schema"] == "digitcli.error/1"
    assert process.returncode == json.loads(out)["exit_code"]
