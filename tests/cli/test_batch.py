"""`digitcli batch` as a user runs it, up to where Ray starts; tests/batch/test_ray.py goes on."""

from __future__ import annotations

import subprocess
import sys

import pytest

pytest.importorskip("pyarrow", reason="needs the package pyarrow (extra data)")

WITHOUT = """
import sys
sys.modules["ray"] = sys.modules["pyarrow"] = sys
sys.modules[{package!r}] = None  # as if it were not installed
from digitcli.cli.app import main
sys.exit(main(["batch", "in", "--output", "out"]))
"""


@pytest.mark.parametrize("package", ["ray", "pyarrow"])
def test_without_a_package_the_command_that_installs_it_is_named(run_cli, tmp_path, package):
    command = [sys.executable, "-c", WITHOUT.format(package=package)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert done.returncode == 6
    assert f"`digitcli batch` needs the package {package}" in done.stderr
    assert 'hint:  pip install "digitcli[ray]"' in done.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("gone", "--output", "out"), 3, "gone: cannot be read (no such file or directory)"),
        (("in", "--output", "out"), 3, "in: no pictures, archives, IDX or Parquet files"),
        (("in", "--output", "in/out"), 2, "--output: in/out is inside in, which is read"),
        (("foo://x", "--output", "out"), 3, "foo://x: no file system is called foo"),
        (("in", "--output", "in/notes.txt/out"), 2, "is inside in"),
        (("in", "--output", "notes.txt"), 6, "notes.txt"),
        (("in", "--output", "out", "--length", "2", "--pattern", "1"), 2, "no number obeys this"),
        (("in", "--output", "out", "-w", "gone.npz"), 4, "gone.npz: no such weight file"),
    ],
)
def test_what_cannot_be_done_is_said_before_ray_starts(run_cli, tmp_path, arguments, code, says):
    pytest.importorskip("ray", reason="needs Ray (the extra ray)")
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "notes.txt").write_text("x")
    (tmp_path / "notes.txt").write_text("x")

    done = run_cli("batch", *arguments)

    assert done.returncode == code, done.stderr
    assert says in done.stderr
    assert "Ray starts" not in done.stderr
