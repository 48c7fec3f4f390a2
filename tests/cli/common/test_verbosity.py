"""-q says nothing but errors on stderr; -v says steps, -vv details; results stay as they are."""

from __future__ import annotations

import logging
import os
import re
import subprocess
import sys

import pytest
from pictures import digit_picture, save_template_weights

from digitcli.cli.app import main

PREDICT = ["predict", "seven.png", "seven.png", "-w", "templates.npz", "--csv"]
LINE = r" *\d+\.\d{3} s [a-z._]+: .+"


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Run `digitcli ARGUMENTS` beside a picture and weights; give code, stdout, stderr."""
    digit_picture(7).save(tmp_path / "seven.png")
    (tmp_path / "empty.png").write_bytes(b"")
    save_template_weights(tmp_path / "templates.npz")
    (tmp_path / "own" / "7").mkdir(parents=True)
    digit_picture(7).save(tmp_path / "own" / "7" / "a.png")
    (tmp_path / "own" / "7" / "Thumbs.db").write_bytes(b"")
    monkeypatch.chdir(tmp_path)

    def run(*arguments):
        return (main(list(arguments)), *capsys.readouterr())

    return run


def test_verbose_says_the_steps_and_changes_no_result(run):
    plain, once, twice = run(*PREDICT), run(*PREDICT, "-v"), run(*PREDICT, "-vv")

    assert plain[:2] == once[:2] == twice[:2]
    assert plain[2] == ""
    assert all(re.fullmatch(LINE, line) for line in twice[2].splitlines())
    assert "model.weights: templates.npz: network " in once[2]
    assert "vision.reader" not in once[2]
    assert twice[2].count("vision.reader: seven.png: 7\n") == 2


def test_a_command_is_as_quiet_as_it_was_after_a_verbose_one(run):
    run(*PREDICT, "-vv")

    assert run(*PREDICT)[2] == ""
    assert logging.getLogger("digitcli").level == logging.NOTSET


def test_quiet_leaves_results_and_errors(run):
    judge = ["eval", "--data", "own", "-w", "templates.npz"]
    loud, quiet = run(*judge), run(*judge, "-q")
    wrong = run("predict", "empty.png", "-q", "-w", "templates.npz")

    assert (loud[0], quiet[0], quiet[2]) == (0, 0, "")
    assert "Thumbs.db" in loud[2] or "passed over" in loud[2]
    assert "accuracy 100.00 %" in quiet[1]
    assert wrong[0] == 3
    assert wrong[2].startswith("error: empty.png: ")


def test_quiet_and_verbose_exclude_each_other(run):
    assert run(*PREDICT, "-q", "-v")[0] == 2
    assert run(*PREDICT, "-v", "-q")[0] == 2
    assert run(*PREDICT, "-q")[0] == 0


def test_logging_is_not_imported_for_a_command_that_says_nothing(tmp_path):
    """It takes milliseconds of the tenth of a second that a picture takes."""
    save_template_weights(tmp_path / "templates.npz")
    code = (
        "import sys\n"
        "from digitcli.cli.app import main\n"
        "main(['info', '--plan', 'templates.npz', *sys.argv[1:]])\n"
        "sys.exit('logging' in sys.modules)\n"
    )
    command = [sys.executable, "-c", code]
    done = [
        subprocess.run([*command, *more], cwd=tmp_path, capture_output=True, env=os.environ)
        for more in ([], ["-v"])
    ]

    assert [one.returncode for one in done] == [0, 1], [one.stderr for one in done]


def test_the_library_logs_to_whoever_listens(run, caplog):
    from digitcli.model.weights import load_weights

    with caplog.at_level(logging.INFO, logger="digitcli.model"):
        load_weights(__import__("pathlib").Path("templates.npz"))

    (record,) = caplog.records
    assert (record.name, record.module) == ("digitcli.model.weights", "weights")
