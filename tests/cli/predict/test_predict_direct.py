"""What `predict` reads without Typer is what it is given with Typer."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from digitcli.cli import app as application
from digitcli.cli import predict_run
from digitcli.cli.app import main
from digitcli.cli.commands import COMMANDS
from digitcli.cli.common import verbosity
from digitcli.cli.common.build import build
from digitcli.cli.predict import predict
from digitcli.cli.predicting import direct
from digitcli.cli.predicting.direct import plain_arguments
from digitcli.cli.predicting.options import PredictOptions
from digitcli.errors import UsageError

TYPED = [
    *[[name] for name in ("a.png", "b c.png", "-", "@list", "*.png", "ü", "", "predict", "--")],
    *[[flag] for flag in (*direct.FLAGS, "-r", "--transpose", "--spreadsheet", "-q", "-vv", "--x")],
    *[["--digits", mode] for mode in ("one", "many", "auto", "One", "")],
    *[["--top", count] for count in ("1", "10", "0", "11", "01", "x", "-1")],
    *[["-w", name] for name in ("small", "a b", "", "-", "--json")],
    *[["--weights", "tiny"], ["--weights=tiny"], ["-wtiny"], ["--top=2"], ["--weight", "tiny"]],
]


@pytest.fixture(autouse=True)
def place(tmp_path, monkeypatch):
    """An empty current folder, and no defaults of the user's own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("APPDATA", str(tmp_path / "home"))
    monkeypatch.delenv("DIGITCLI_CONFIG", raising=False)
    return tmp_path


@pytest.fixture
def runs(monkeypatch):
    """The options of each `predict` that is run, which reads nothing."""
    found = []

    def run(options):
        names = PredictOptions.__annotations__
        quiet, verbose = verbosity.is_quiet(), verbosity.is_verbose()
        found.append(({name: getattr(options, name) for name in names}, quiet, verbose))

    monkeypatch.setattr(predict_run, "run", run)
    return found


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.lists(st.sampled_from(TYPED), max_size=5))
def test_predict_is_given_what_typer_would_give_it(runs, capsys, monkeypatch, typed):
    words = ["predict", *(word for part in typed for word in part)]
    runs.clear()

    without = main(words), capsys.readouterr()
    with monkeypatch.context() as patch:
        patch.setattr(application, "plain_arguments", lambda arguments: None)
        through_typer = main(words), capsys.readouterr()

    assert without == through_typer
    assert runs[: len(runs) // 2] == runs[len(runs) // 2 :]


def test_the_tables_have_the_options_of_typer():
    """A name, what it sets, and every value that it takes."""
    options = {}
    for one in build("predict", predict).params:
        options |= dict.fromkeys(one.opts, (one, True))
        options |= dict.fromkeys(one.secondary_opts, (one, False))

    for flag, (name, value) in direct.FLAGS.items():
        assert (options[flag][0].name, options[flag][1]) == (name, value)
        assert options[flag][0].is_flag
    for option, (name, values) in direct.VALUES.items():
        one = options[option][0]
        whole = [] if name == "digits" else range(one.type.min, one.type.max + 1)
        taken = {text: text for text in one.type.choices} if name == "digits" else {}
        assert (one.name, values) == (name, taken | {str(count): count for count in whole})
        assert not one.multiple
    for option, name in direct.LISTS.items():
        assert (options[option][0].name, options[option][0].multiple) == (name, True)
        assert options[option][0].type.name in ("str", "text")


@pytest.mark.parametrize("words", [["a.png"], ["a.png", "--json"], ["-w", "small", "-", "b.png"]])
def test_common_command_lines_do_without_typer(words):
    assert plain_arguments(["predict", *words]) is not None


def test_a_command_is_as_quiet_as_ever_after_another_one(runs):
    for earlier in ("-q", "-vv"):
        main(["predict", "a.png", earlier])
        main(["predict", "a.png"])

    assert [said[1:] for said in runs[1::2]] == [(False, False)] * 2


@pytest.mark.parametrize("name", [name for name in COMMANDS if name != "predict"])
def test_every_other_command_is_read_by_typer(name):
    assert plain_arguments([name, "a.png"]) is None


@pytest.mark.parametrize(
    "arguments",
    [[], ["predict"], ["--debug", "predict", "a.png"], ["predict", "--json"]]
    + [["predict", "a.png", word] for word in ("-h", "--help", "--", "-q", "--show", "--top")],
)
def test_what_has_other_options_or_no_name_is_read_by_typer(arguments):
    assert plain_arguments(arguments) is None


@pytest.mark.parametrize("name", ["DIGITCLI_PREDICT_TOP", "DIGITCLI_PREDICT_TPO"])
def test_with_a_variable_of_predict_typer_reads_the_command_line(monkeypatch, name):
    monkeypatch.setenv(name, "1")

    assert plain_arguments(["predict", "a.png"]) is None


@pytest.mark.parametrize("folder", [".", "home/digitcli"])
def test_with_a_file_of_defaults_typer_reads_the_command_line(place, folder):
    (place / folder).mkdir(parents=True, exist_ok=True)
    (place / folder / "digitcli.toml").write_text("[predict]\ntop = 1\n")

    assert plain_arguments(["predict", "a.png"]) is None


def test_where_a_shell_asks_for_a_completion_typer_reads_the_command_line(monkeypatch):
    monkeypatch.setenv("_DIGITCLI_COMPLETE", "complete_bash")

    assert plain_arguments(["predict", "a.png"]) is None


def test_a_named_file_of_defaults_that_is_not_there_is_an_error(monkeypatch, capsys):
    monkeypatch.setenv("DIGITCLI_CONFIG", "nowhere.toml")

    with pytest.raises(UsageError):
        plain_arguments(["predict", "a.png"])
    assert main(["predict", "a.png"]) == 2
    assert capsys.readouterr().err.startswith("error: DIGITCLI_CONFIG=nowhere.toml: no such file")
