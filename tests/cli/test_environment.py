"""Any environment: every command works in it, or names the variable that stops it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys

import pytest
from terminal import each_in_a_pipe, each_in_a_terminal, in_a_terminal

ISA = "is not available on this machine (choose from: "
BASH = {"_DIGITCLI_COMPLETE": "complete_bash"}


@pytest.fixture
def digitcli(folder):
    """Run `digitcli ARGUMENTS` with other variables; None removes one."""

    def run(*arguments, cwd=folder, **variables):
        env = {k: v for k, v in (os.environ | variables).items() if v is not None}
        command = [sys.executable, "-m", "digitcli", *arguments]
        return subprocess.run(command, env=env, cwd=cwd, capture_output=True, text=True, timeout=60)

    return run


TABLES = [
    *([], ["predict", "--help"], ["train", "--help"], ["data", "--help"], ["fetch", "--list"]),
    ["predict", "seven.png", "-w", "templates.npz"],
    ["predict", "seven.png", "-w", "templates.npz", "--show"],
    ["predict", *["seven.png"] * 4, "-w", "templates.npz", "--csv"],
    *(["eval", "--data", "own", "-w", "templates.npz"], ["info", "-w", "templates.npz"]),
    *(["info", "--plan", "small"], ["show", "templates.npz", "seven.png"], ["nope"]),
    ["data", "preview", "--data", "own", "--columns", "1"],
]


def test_a_terminal_of_one_column_gets_every_table_and_no_more_than_that(folder):
    ended = each_in_a_terminal(TABLES, folder, columns=1)

    for arguments, (code, shown) in zip(TABLES, ended, strict=True):
        assert code == (2 if arguments == ["nope"] else 0), shown
        assert 10 < len(shown) < 50_000, arguments


@pytest.mark.parametrize("width", ["1", "0", "abc", "\u00b2", "9" * 20, "100000000"])
def test_invalid_widths_are_ignored(folder, width):
    variables = dict.fromkeys(["COLUMNS", "LINES", "TERMINAL_WIDTH"], width)

    ended = each_in_a_pipe(TABLES[:5] + TABLES[8:10], folder, **variables)

    assert {code for code, _ in ended} == {0}
    assert sum(len(shown) for _, shown in ended) < 50_000
    assert width == "1" or "Usage: digitcli" in ended[0][1]


@pytest.mark.parametrize(
    "variables",
    [
        *({"TERM": "dumb"}, {"TERM": ""}, {"NO_COLOR": "1"}, {"FORCE_COLOR": "1"}),
        *({"LC_ALL": "nonsense"}, {"PYTHONDONTWRITEBYTECODE": "1"}, {"TYPER_USE_RICH": "maybe"}),
    ],
    ids=str,
)
def test_names_of_terminals_and_locales_change_no_answer(folder, variables):
    asked = ["predict", "seven.png", "-w", "templates.npz", "--no-picture"]

    ((code, answer), (help_code, _)) = each_in_a_pipe([asked, ["--help"]], folder, **variables)

    assert (code, help_code) == (0, 0)
    assert "seven.png" in answer
    assert "7 " in answer


def test_a_dumb_terminal_gets_no_colours(folder):
    command = [sys.executable, "-m", "digitcli", "predict", "seven.png", "-w", "templates.npz"]

    code, shown = in_a_terminal(command, folder, TERM="dumb")

    assert code == 0
    assert b"seven.png" in shown
    assert b"\x1b" not in shown


@pytest.mark.parametrize(
    ("variables", "code", "message"),
    [
        ({"DIGITCLI_ISA": "sse9"}, 6, f"DIGITCLI_ISA=sse9 {ISA}"),
        ({"DIGITCLI_ISA": "\x1b[31m"}, 6, f"DIGITCLI_ISA=\\x1b[31m {ISA}"),
        ({"DIGITCLI_ISA": ""}, 0, ""),
        *(({"HOME": home}, 0, "") for home in (None, "", "/proc/none", "seven.png/x")),
        *(({"TMPDIR": folder}, 0, "") for folder in (None, "", "/proc/none", "seven.png/x")),
    ],
    ids=str,
)
def test_predict_needs_no_home_and_no_temporary_folder(digitcli, variables, code, message):
    done = digitcli("predict", "seven.png", "--csv", "-o", "out.csv", **variables)

    assert done.returncode == code
    assert message in done.stderr
    assert done.stderr.count("\n") == (2 if code else 0)


@pytest.mark.parametrize("place", ["none", "seven.png", "/proc/none"])
def test_a_data_folder_that_is_not_there_or_not_ours_is_named(digitcli, place):
    missing = digitcli("eval", DIGITCLI_DATA=place)
    refused = digitcli("fetch", "synthetic", DIGITCLI_DATA="seven.png")

    assert missing.returncode == 3
    assert f"{place}/mnist/t10k-images-idx3-ubyte.gz: not found" in missing.stderr
    assert refused.returncode == 6
    assert "seven.png/synthetic: cannot be written" in refused.stderr


def test_a_home_that_is_not_writable_is_named(digitcli):
    done = digitcli("fetch", "synthetic", HOME="/proc", DIGITCLI_DATA=None, XDG_DATA_HOME=None)

    assert done.returncode == 6
    assert "/proc/.local/share/digitcli/synthetic: cannot be written" in done.stderr


@pytest.mark.slow
@pytest.mark.train
@pytest.mark.parametrize(
    ("variables", "message"),
    [
        ({"KERAS_BACKEND": "nope"}, "KERAS_BACKEND=nope: training runs on tensorflow or jax"),
        ({"TF_CONFIG": "nope"}, "TF_CONFIG: not JSON"),
    ],
    ids=str,
)
def test_what_training_cannot_use_is_named(digitcli, variables, message):
    pytest.importorskip("tensorflow", reason="needs TensorFlow (the train extra)")
    done = digitcli("train", "--data", "synthetic", "--out", "run", **variables)

    assert done.returncode == 2
    assert message in done.stderr


def test_a_working_folder_that_is_not_writable_only_matters_to_what_is_written_there(
    digitcli, folder
):
    asked = ["predict", str(folder / "seven.png"), "-w", str(folder / "templates.npz")]

    read = digitcli(*asked, cwd="/proc")
    written = digitcli(*asked, "-o", "out.txt", cwd="/proc")

    assert (read.returncode, read.stderr) == (0, "")
    assert written.returncode == 6
    assert "out.txt: cannot be written" in written.stderr


@pytest.mark.train
def test_an_unknown_backend_of_matplotlib_is_ignored(digitcli, folder):
    pytest.importorskip("matplotlib", reason="needs the plot extra")
    asked = ["eval", "--data", "own", "-w", "templates.npz", "--reliability", "r.png"]

    done = digitcli(*asked, MPLBACKEND="nonsense")

    assert done.returncode == 0, done.stderr
    assert (folder / "r.png").exists()


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", ">&- 2>&-", "<&- >&- 2>&-"])
def test_closed_streams_change_no_exit_code(folder, closed):
    ours = f"{sys.executable} -m digitcli"
    asked = f"{ours} predict seven.png -w templates.npz {closed}; echo $? >code; {ours} no {closed}"

    done = subprocess.run(["sh", "-c", asked], cwd=folder, capture_output=True, text=True)

    assert (folder / "code").read_text() == "0\n"
    assert done.returncode == 2
    assert ("seven.png" in done.stdout) == (">&-" not in closed.replace("2>&-", ""))
    assert ("No such command" in done.stderr) == ("2>&-" not in closed)
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "variables",
    [
        *({"_DIGITCLI_COMPLETE": asked} for asked in ("bogus", "_", "complete_", "bash_source")),
        *({"_DIGITCLI_COMPLETE": asked} for asked in ("source_tcsh", "\x1b]0;x\x07_bash")),
        *(BASH, BASH | {"COMP_WORDS": "digitcli"}, BASH | {"COMP_CWORD": "1"}),
        *(BASH | {"COMP_WORDS": "x", "COMP_CWORD": at} for at in ("x", "-1", "", "9" * 5000)),
    ],
    ids=lambda variables: ascii(variables)[:60],
)
def test_an_unknown_completion_is_wrong_usage(digitcli, variables):
    done = digitcli(**variables)

    assert (done.returncode, done.stdout) == (2, "")
    first, second = done.stderr.splitlines()
    assert first.startswith("error: _DIGITCLI_COMPLETE=")
    assert second.startswith("hint:  unset _DIGITCLI_COMPLETE; ")
    assert "\x1b" not in first


def test_an_empty_completion_variable_is_ignored(digitcli):
    assert "Usage: digitcli" in digitcli(_DIGITCLI_COMPLETE="").stdout


WORDS = {"_TYPER_COMPLETE_ARGS": "digitcli pre"}


@pytest.mark.parametrize(
    ("variables", "answer"),
    [
        (BASH | {"COMP_WORDS": "digitcli pre", "COMP_CWORD": "1"}, "predict\n"),
        (BASH | {"COMP_WORDS": "digitcli predict --digits m", "COMP_CWORD": "3"}, "many\n"),
        (BASH | {"COMP_WORDS": "digitcli --version pre", "COMP_CWORD": "2"}, "predict\n"),
        (BASH | {"COMP_WORDS": "digitcli 'pre", "COMP_CWORD": "1"}, "predict\n"),
        (WORDS | {"_DIGITCLI_COMPLETE": "complete_zsh"}, '(("predict":"Say which digit'),
        (
            WORDS
            | {"_DIGITCLI_COMPLETE": "complete_fish", "_TYPER_COMPLETE_FISH_ACTION": "get-args"},
            "predict\tSay which digit",
        ),
        *(
            ({"_DIGITCLI_COMPLETE": f"source_{shell}"}, "_DIGITCLI_COMPLETE=complete_")
            for shell in ("bash", "zsh", "fish")
        ),
    ],
    ids=lambda found: ascii(found)[:70],
)
def test_shells_get_their_completions(digitcli, variables, answer):
    done = digitcli(**variables)

    assert (done.returncode, done.stderr) == (0, "")
    assert answer in done.stdout


def test_bash_itself_completes_a_command(digitcli, folder):
    if shutil.which("bash") is None:
        pytest.skip("needs bash")
    (folder / "digitcli").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m digitcli "$@"\n')
    (folder / "digitcli").chmod(0o755)
    (folder / "script").write_text(digitcli(_DIGITCLI_COMPLETE="source_bash").stdout)
    press = "COMP_WORDS=(digitcli fe); COMP_CWORD=1; _digitcli_completion digitcli"
    code = f'PATH="$PWD:$PATH"; . ./script; {press}; echo "${{COMPREPLY[@]}}"'

    done = subprocess.run(["bash", "-c", code], cwd=folder, capture_output=True, text=True)

    assert (done.stdout, done.stderr) == ("fetch\n", "")


def test_json_has_the_error_of_an_unknown_completion(digitcli):
    done = digitcli("predict", "--json", _DIGITCLI_COMPLETE="bogus")

    assert json.loads(done.stdout)["exit_code"] == done.returncode == 2


def test_a_user_without_a_home_has_no_data_folder_and_all_else(digitcli):
    """A user of a number that the system does not know, as in containers."""
    code = (
        "import os, pwd, sys\n"
        "def unknown(number): raise KeyError(number)\n"
        "pwd.getpwuid = unknown\n"
        "from digitcli.cli.app import main\n"
        "sys.exit(main(sys.argv[1:]))\n"
    )
    env = {k: v for k, v in os.environ.items() if k not in ("HOME", "XDG_DATA_HOME")}
    env.pop("DIGITCLI_DATA", None)

    def run(*arguments):
        command = [sys.executable, "-c", code, *arguments]
        return subprocess.run(command, env=env, cwd="/", capture_output=True, text=True, timeout=60)

    judged = run("eval", "--data", "synthetic", "-w", "tiny")
    fetched = run("fetch", "mnist", "--offline")

    assert (judged.returncode, judged.stderr) == (0, "")
    assert "accuracy" in judged.stdout
    assert fetched.returncode == 5
    assert "hint:  run `digitcli fetch mnist`" in fetched.stderr
