from __future__ import annotations

import json

import pytest

from digitcli import diagnosis
from digitcli.cli import app
from digitcli.diagnosis import DataFolder, Diagnosis, Problem
from digitcli.machine import conditions as machine

KEYS = {
    *("schema", "machine", "isas", "isa", "inflater", "tensorflow", "gpus"),
    *("data_dir", "data", "weights", "problems"),
}


@pytest.fixture
def info(monkeypatch, capsys):
    """Run `digitcli info` on a given diagnosis; give code, stdout, stderr."""
    monkeypatch.setenv("COLUMNS", "80")

    def run(*arguments: str, **facts):
        settings = {"isas": ["avx2", "baseline"], "isa": "avx2", "inflater": "linked", "gpus": []}
        found = Diagnosis(machine.capture(), **(settings | facts))
        monkeypatch.setattr(diagnosis, "diagnose", lambda: found)
        return (app.main(["info", *arguments]), *capsys.readouterr())

    return run


def line_of(name: str, out: str) -> str:
    return next(line for line in out.splitlines() if line.startswith(name))


def test_facts_are_shown_in_two_columns(info):
    code, out, err = info(weights=["small"], data=[DataFolder("mnist", 4, 4, drawn=False)])

    assert (code, err) == (0, "")
    assert "avx2 (choose from: avx2, baseline)" in line_of("instruction set", out)
    assert "libdeflate" in line_of("gzip decoder", out)
    assert "small" in line_of("weights", out)
    assert line_of("data sets", out).split() == ["data", "sets", "mnist"]
    assert "problem" not in out


def test_licence_and_citation_of_what_is_there_are_shown(info):
    terms = {"licence": "CC BY-SA 3.0", "citation": "Y. LeCun, 1998"}
    there = [DataFolder(name, 4, 4, False, **terms) for name in ("mnist", "other")]
    _, out, _ = info(data=[*there, DataFolder("absent", 0, 4, False, **terms)])

    lines = [" ".join(line.split()) for line in out.splitlines()]
    at = lines.index("licences mnist: CC BY-SA 3.0")
    assert lines[at + 1 : at + 4] == [
        "other: CC BY-SA 3.0",
        "citations mnist: Y. LeCun, 1998",
        "other: Y. LeCun, 1998",
    ]
    assert "absent: CC" not in out


@pytest.mark.parametrize(
    ("present", "drawn", "shown"),
    [
        (3, False, "name (3 of 4 files)"),
        (0, False, "name (0 of 4 files)"),
        (0, True, "drawn when needed"),
    ],
)
def test_incomplete_data_sets_say_so(info, present, drawn, shown):
    _, out, _ = info(data=[DataFolder("name", present, 4, drawn)])

    assert shown in line_of("data sets", out)


def test_a_problem_is_shown_with_its_remedy_and_is_no_failure(info):
    code, out, _ = info(problems=[Problem("[red]no[/] data", 'pip install "digitcli[train]"')])

    assert code == 0
    assert "problem: [red]no[/] data" in out
    assert 'remedy: pip install "digitcli[train]"' in out


def test_control_characters_do_not_reach_the_terminal(info):
    _, out, _ = info(data_dir="/home/\x1b[31mred")

    assert "\x1b" not in out
    assert r"/home/\x1b[31mred" in out


def test_json_is_one_document(info):
    code, out, _ = info("--json")

    document = json.loads(out)
    assert code == 0
    assert document["schema"] == "digitcli.info/1"
    assert document.keys() == KEYS


def test_the_real_command_finds_the_engine_and_reports_missing_data(run_cli, tmp_path):
    done = run_cli("info", "--json")

    document = json.loads(done.stdout)
    assert (done.returncode, done.stderr) == (0, "")
    assert document["isa"] in document["isas"]
    assert document["data_dir"] == str(tmp_path / "data")
    assert "digitcli fetch mnist" in {problem["remedy"] for problem in document["problems"]}


@pytest.fixture
def plan(monkeypatch, capsys):
    """Run `digitcli info --plan ...`; give code, stdout, stderr."""
    monkeypatch.setenv("COLUMNS", "80")

    def run(*arguments: str):
        return (app.main(["info", "--plan", *arguments]), *capsys.readouterr())

    return run


def test_the_plan_is_a_row_for_each_step_and_one_for_all(plan):
    code, out, err = plan("small")

    assert (code, err) == (0, "")
    assert line_of("conv1 + pool1", out).split()[3:5] == ["direct", "28x28x1"]
    assert "winograd F(4x4,3x3)" in line_of("conv2", out)
    assert line_of("all", out)


def test_the_plan_as_json_is_one_document_whose_totals_are_those_of_its_steps(plan):
    code, out, _ = plan("small", "--json", "--without", "fold,fuse")

    document = json.loads(out)
    assert code == 0
    assert document["schema"] == "digitcli.plan/1"
    assert (document["weights"], document["network"]) == ("small", "small")
    assert document["without"] == ["fold", "fuse"]
    assert [step["layer"] for step in document["steps"]][:2] == ["conv1", "pool1"]
    for name in ("flops_direct", "flops_done"):
        assert document[name] == sum(step[name] for step in document["steps"])
    assert document["flops_done"] < document["flops_direct"]


def test_the_plan_names_the_isa_that_was_forced(plan, monkeypatch):
    monkeypatch.setenv("DIGITCLI_ISA", "baseline")

    _, out, _ = plan("small", "--json")

    assert json.loads(out)["isa"] == "baseline"


@pytest.mark.parametrize(
    ("arguments", "expected", "message"),
    [
        (["small", "--without", "unroll"], 2, "unroll"),
        (["none-such"], 4, "none-such: no such weight file"),
        ([__file__], 4, "not a weight file"),
    ],
)
def test_a_plan_that_cannot_be_made_says_why(plan, arguments, expected, message):
    code, out, err = plan(*arguments)

    assert (code, out) == (expected, "")
    assert message in err


def test_a_bad_weight_file_is_one_document_too(plan):
    code, out, _ = plan(__file__, "--json")

    document = json.loads(out)
    assert (code, document["exit_code"], document["schema"]) == (4, 4, "digitcli.error/1")


def test_without_is_refused_where_there_is_no_plan(info):
    code, out, err = info("--without", "fold")

    assert (code, out) == (2, "")
    assert "--without is for --plan" in err


def test_the_card_of_weights_is_shown(info):
    code, out, err = info("--weights", "small")

    assert (code, err) == (0, "")
    assert "99.71 %" in line_of("test", out)
    assert "52,818" in line_of("parameters", out)


def test_the_card_as_json_is_one_document(info):
    code, out, _ = info("-w", "small", "--json")

    assert code == 0
    assert json.loads(out)["schema"] == "digitcli.card/1"


def test_a_card_of_unknown_weights_lists_what_there_is(info):
    code, out, err = info("--weights", "smal")

    assert (code, out) == (4, "")
    assert "did you mean small? bundled: " in err


def test_a_card_and_a_plan_at_once_are_refused(info):
    code, _, err = info("--weights", "small", "--plan", "small")

    assert code == 2
    assert "give one of them" in err
