"""What Python and its packages warn of is for developers: no command shows it."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest
from pictures import digit_picture, encoded

WARNS = """
import sys, warnings
from digitcli.cli import app
def main(arguments):
    for kind in (UserWarning, DeprecationWarning, RuntimeWarning):
        warnings.warn("raw", kind)
    return 0
app.main = main
from digitcli.cli.start import entry_point
entry_point()
"""


@pytest.mark.parametrize(("options", "lines"), [([], 0), (["-W", "always"], 3)])
def test_warnings_are_shown_only_to_who_asks_python_for_them(options, lines):
    environment = {name: os.environ[name] for name in os.environ if name != "PYTHONWARNINGS"}
    command = [sys.executable, *options, "-c", WARNS]
    done = subprocess.run(command, capture_output=True, text=True, cwd=sys.prefix, env=environment)

    assert (done.returncode, done.stderr.count("Warning: raw")) == (0, lines)
    assert lines or done.stderr == ""


def test_matplotlib_s_log_is_not_shown(run_cli, tmp_path):
    pytest.importorskip("matplotlib", reason="needs Matplotlib (the plot extra)")
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "7.png").write_bytes(encoded(digit_picture(7)))
    (tmp_path / "in" / "labels.csv").write_text("file,label\n7.png,7\n")
    (tmp_path / "file").touch()
    nowhere = {"MPLCONFIGDIR": str(tmp_path / "file" / "matplotlib")}  # it says so at length

    done = run_cli("eval", "--data", "in", "--json", "--reliability", "a.png", env=nowhere)

    assert (done.returncode, done.stderr) == (0, "")
