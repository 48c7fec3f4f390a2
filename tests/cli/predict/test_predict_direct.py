"""`predict` of names alone does without Typer, and is what it is with Typer."""

from __future__ import annotations

import pytest

from digitcli.cli import predict_run
from digitcli.cli.app import main
from digitcli.cli.commands import COMMANDS, app
from digitcli.cli.common import verbosity
from digitcli.cli.predicting.direct import names_alone
from digitcli.cli.predicting.options import PredictOptions

NAMES = [["a.png"], ["a.png", "b c.png"], ["-"], ["@list", "*.png", "ü"], [""], ["predict"]]


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    """An empty current folder, and no defaults of the user's own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("APPDATA", str(tmp_path / "home"))
    monkeypatch.delenv("DIGITCLI_CONFIG", raising=False)
    return tmp_path


@pytest.fixture
def given(monkeypatch):
    """The options of each `predict` that is run, which reads nothing."""
    found = []

    def run(options):
        names = PredictOptions.__annotations__
        quiet, verbose = verbosity.is_quiet(), verbosity.is_verbose()
        found.append(({name: getattr(options, name) for name in names}, quiet, verbose))

    monkeypatch.setattr(predict_run, "run", run)
    return found


@pytest.mark.parametrize("names", NAMES)
def test_names_alone_give_predict_what_typer_gives_it(given, names):
    assert names_alone(["predict", *names]) == names
    main(["predict", *names])
    app(["predict", *names], standalone_mode=False)

    direct, through_typer = given
    assert direct == through_typer


def test_names_alone_are_as_quiet_as_ever_after_another_command(given):
    for earlier in ("-q", "-vv"):
        main(["predict", "a.png", earlier])
        main(["predict", "a.png"])

    assert [said[1:] for said in given[1::2]] == [(False, False)] * 2


@pytest.mark.parametrize("name", [name for name in COMMANDS if name != "predict"])
def test_every_other_command_is_read_by_typer(name):
    assert names_alone([name, "a.png"]) is None


@pytest.mark.parametrize(
    "arguments",
    [[], ["predict"], ["--debug", "predict", "a.png"], ["predict", "a.png", "--json"]]
    + [["predict", word, "a.png"] for word in ("-h", "--help", "--", "-q", "-wsmall", "--x")],
)
def test_what_has_an_option_or_no_name_is_read_by_typer(arguments):
    assert names_alone(arguments) is None


@pytest.mark.parametrize("name", ["DIGITCLI_PREDICT_TOP", "DIGITCLI_PREDICT_TPO"])
def test_with_a_variable_of_predict_typer_reads_the_names(monkeypatch, name):
    monkeypatch.setenv(name, "1")

    assert names_alone(["predict", "a.png"]) is None


@pytest.mark.parametrize("folder", [".", "home/digitcli"])
def test_with_a_file_of_defaults_typer_reads_the_names(place, folder):
    (place / folder).mkdir(parents=True, exist_ok=True)
    (place / folder / "digitcli.toml").write_text("[predict]\ntop = 1\n")

    assert names_alone(["predict", "a.png"]) is None


def test_where_a_shell_asks_for_a_completion_typer_reads_the_names(monkeypatch):
    monkeypatch.setenv("_DIGITCLI_COMPLETE", "complete_bash")

    assert names_alone(["predict", "a.png"]) is None


def test_a_named_file_of_defaults_that_is_not_there_is_an_error(monkeypatch, capsys):
    monkeypatch.setenv("DIGITCLI_CONFIG", "nowhere.toml")

    assert main(["predict", "a.png"]) == 2
    assert capsys.readouterr().err.startswith("error: DIGITCLI_CONFIG=nowhere.toml: no such file")
