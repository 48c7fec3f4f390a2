"""Defaults of options come from variables, then from digitcli.toml, then from the user's own."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from pictures import digit_picture, save_template_weights
from typer.main import get_command

from digitcli.cli.app import main
from digitcli.cli.commands import COMMANDS, app
from digitcli.cli.common.build import leaves
from digitcli.cli.common.defaults import options_of, variable_of

PREDICT = ["predict", "seven.png", "--no-picture"]


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A folder with a picture and weights, which is the current one, and a home without files."""
    digit_picture(7).save(tmp_path / "seven.png")
    save_template_weights(tmp_path / "templates.npz")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("APPDATA", str(tmp_path / "home"))
    monkeypatch.delenv("DIGITCLI_CONFIG", raising=False)
    return tmp_path


@pytest.fixture
def run(place, capsys):
    """Run `digitcli ARGUMENTS` there; give code, stdout, stderr."""

    def run(*arguments):
        return (main(list(arguments)), *capsys.readouterr())

    return run


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def shown(said):
    """How many digits a picture's answer lists, which --top says."""
    return said.count(" %")


def of_user(place):
    return place / "home" / "digitcli" / "digitcli.toml"


def test_each_source_of_a_default_counts_more_than_the_next(place, run, monkeypatch):
    """Command line, variable, the folder's file, the user's file, what --help says."""
    asked = [*PREDICT, "-w", "templates.npz"]
    found = [shown(run(*asked)[1])]
    write(of_user(place), "[predict]\ntop = 4\n")
    found.append(shown(run(*asked)[1]))
    write(place / "digitcli.toml", "[predict]\ntop = 5\n")
    found.append(shown(run(*asked)[1]))
    monkeypatch.setenv("DIGITCLI_PREDICT_TOP", "6")
    found.append(shown(run(*asked)[1]))
    found.append(shown(run(*asked, "--top", "7")[1]))

    assert found == [3, 4, 5, 6, 7]


def test_two_files_are_merged_option_by_option(place, run):
    write(of_user(place), '[predict]\ntop = 4\nweights = "nothing.npz"\n')
    write(place / "digitcli.toml", '[predict]\nweights = ["templates.npz"]\n')

    code, said, _ = run(*PREDICT)

    assert (code, shown(said)) == (0, 4)


def test_a_variable_names_the_only_file_or_none(place, run, monkeypatch):
    write(place / "digitcli.toml", "[predict]\ntop = 5\n")
    write(place / "other.toml", "[predict]\ntop = 2\n")
    asked = [*PREDICT, "-w", "templates.npz"]

    monkeypatch.setenv("DIGITCLI_CONFIG", "other.toml")
    named = shown(run(*asked)[1])
    monkeypatch.setenv("DIGITCLI_CONFIG", "none")
    none = shown(run(*asked)[1])
    monkeypatch.setenv("DIGITCLI_CONFIG", "gone.toml")
    code, _, errors = run(*asked)

    assert (named, none, code) == (2, 3, 2)
    assert errors.startswith("error: DIGITCLI_CONFIG=gone.toml: no such file\n")


def test_a_command_of_a_group_has_its_own_table(place, run):
    write(place / "digitcli.toml", '[data.preview]\ndata = "nothing-there"\n')

    code, _, errors = run("data", "preview")

    assert code == 2
    assert "nothing-there" in errors


def test_a_list_is_several_values_or_one_with_commas(place, run):
    write(place / "digitcli.toml", "[bench]\nbatch = [0, 1]\n")

    code, _, errors = run("bench", "--against", "none")

    assert (code, errors.splitlines()[0]) == (2, "error: --batch: expected 1 to 65,536, got 0")


WRONG = {
    "[predct]\n": "digitcli.toml: no command is called 'predct'\nhint:  did you mean predict?",
    "[predict]\ntp = 1\n": "digitcli.toml: [predict] no option is called 'tp'\nhint:  did you",
    "[predict]\npictures = 1\n": "digitcli.toml: [predict] no option is called 'pictures'",
    "[predict]\nhelp = true\n": "digitcli.toml: [predict] no option is called 'help'",
    "[data]\npreveiw = 1\n": "digitcli.toml: [data] no command is called 'preveiw'",
    "predict = 1\n": "digitcli.toml: predict must be a table\nhint:  begin it with a line [predi",
    "[predict]\ntop = 99\n": "Invalid value for '--top': 99 is not in the range 1<=x<=10 (from dig",
    "[predict]\ntop = true\n": "digitcli.toml: [predict] top: expected text or a number, got True",
    "[predict]\njson = 1\n": "digitcli.toml: [predict] json: expected true or false, got 1",
    "[predict]\ntop = 2026-11-28\n": "digitcli.toml: [predict] top: expected text or a number",
    "[predict]\ntop = {a = 1}\n": "digitcli.toml: [predict] top: expected text or a number",
    "[predict\n": "digitcli.toml: not TOML: ",
    "a = " + "[" * 5000: "digitcli.toml: not TOML: ",
}


@pytest.mark.parametrize("text", WRONG, ids=lambda text: text[:20])
def test_a_wrong_file_is_named_with_what_is_wrong(place, run, text):
    write(place / "digitcli.toml", text)

    code, said, errors = run("data", "preview") if text.startswith("[data") else run(*PREDICT)

    assert code == 2
    assert WRONG[text] in errors
    assert said == ""


def test_bytes_that_are_no_text_and_files_that_are_no_files_are_refused(place, run):
    (place / "digitcli.toml").write_bytes(b"\xff\xfe")
    first = run(*PREDICT)
    (place / "digitcli.toml").write_bytes(b"#" * (1 << 21))
    second = run(*PREDICT)

    assert "digitcli.toml: not TOML: 'utf-8' codec" in first[2]
    assert "digitcli.toml: cannot be read (larger than 1 " in second[2]
    assert (first[0], second[0]) == (2, 2)


def test_a_wrong_value_names_its_variable(run, monkeypatch):
    monkeypatch.setenv("DIGITCLI_PREDICT_TOP", "many")

    code, _, errors = run(*PREDICT)

    assert code == 2
    assert "'many' is not a valid int range (from DIGITCLI_PREDICT_TOP)" in errors


def test_a_variable_without_an_option_is_noted_and_the_command_goes_on(run, monkeypatch):
    monkeypatch.setenv("DIGITCLI_PREDICT_TOPS", "2")

    loud = run(*PREDICT, "-w", "templates.npz")
    quiet = run(*PREDICT, "-w", "templates.npz", "-q")

    assert (loud[0], quiet[0], quiet[2]) == (0, 0, "")
    assert loud[2] == (
        "note: DIGITCLI_PREDICT_TOPS is set, and predict has no such option; "
        "did you mean DIGITCLI_PREDICT_TOP?\n"
    )


def test_a_wrong_file_stops_no_completion_and_no_version(place):
    write(place / "digitcli.toml", "[predict\n")
    words = {"_DIGITCLI_COMPLETE": "complete_bash", "COMP_CWORD": "2"}
    asked = [(words | {"COMP_WORDS": "digitcli predict --digits"}, []), ({}, ["--version"])]

    for variables, arguments in asked:
        command = [sys.executable, "-m", "digitcli", *arguments]
        done = subprocess.run(
            command, cwd=place, env=os.environ | variables, capture_output=True, text=True
        )
        assert (done.returncode, done.stderr) == (0, "")


def test_every_option_has_a_variable_of_its_own():
    group = get_command(app)
    found = [
        variable_of(path, name)
        for command in COMMANDS
        for path, leaf in leaves(group.get_command(None, command), (command,))
        for name in options_of(leaf)
    ]

    assert len(found) == len(set(found)) > 150
    assert {"DIGITCLI_PREDICT_MAX_MEGAPIXELS", "DIGITCLI_DATA_PREVIEW_OUT"} <= set(found)
    assert "DIGITCLI_DATA" not in found
