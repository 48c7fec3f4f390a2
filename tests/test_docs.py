"""The documents cannot drift: their commands run, and the page of options is generated."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys

import pytest

# What makes a documented command quick and independent of the network; its words stay as they are.
SHORTER = {
    "train": ["--steps", "3"],
    "bench": ["--rounds", "1", "--seconds", "0", "--batch", "1", "--threads", "1"],
}


def documented_commands(repository):
    """Lines of the README's `sh` blocks that call digitcli, as lists of words."""
    text = (repository / "README.md").read_text()
    blocks = re.findall(r"```sh\n(.*?)```", text, flags=re.DOTALL)
    lines = [line.partition("#")[0].strip() for block in blocks for line in block.splitlines()]
    return [shlex.split(line) for line in lines if line.startswith("digitcli ")]


@pytest.mark.train
def test_every_command_of_the_readme_runs_as_it_stands(repository, tmp_path, run_cli, mnist_dir):
    commands = documented_commands(repository)

    assert {command[1] for command in commands} >= {"fetch", "train", "eval", "predict", "bench"}
    run_all(
        [command for command in commands if command[1] != "bench"],
        repository, tmp_path, run_cli, mnist_dir,
    )  # fmt: skip


@pytest.mark.train
@pytest.mark.slow
def test_every_comparison_of_the_readme_runs_as_it_stands(repository, tmp_path, run_cli, mnist_dir):
    needed = ("fetch", "train", "bench")  # the last compares what the second has made
    commands = [one for one in documented_commands(repository) if one[1] in needed]

    run_all(commands, repository, tmp_path, run_cli, mnist_dir)


def run_all(commands, repository, tmp_path, run_cli, mnist_dir):
    pytest.importorskip("tensorflow", reason="needs TensorFlow (the train extra)")
    shutil.copytree(repository / "samples", tmp_path / "samples")
    for command in commands:
        extra = SHORTER.get(command[1], [])
        if command[1:] == ["fetch", "mnist"]:
            extra = ["--from", str(mnist_dir)]
        done = run_cli(*command[1:], *extra)
        assert done.returncode == 0, f"{shlex.join(command)}\n{done.stderr}"


def test_the_page_of_options_is_what_the_help_says(repository, tmp_path):
    page = tmp_path / "cli.md"
    command = [sys.executable, "-m", "typer", "digitcli.cli.app", "utils", "docs"]
    command += ["--name", "digitcli", "--output", str(page)]

    subprocess.run(command, check=True, capture_output=True, cwd=tmp_path)

    message = "docs/cli.md is old: run `make docs`"
    assert (repository / "docs" / "cli.md").read_text() == page.read_text(), message


def test_every_command_in_the_page_has_its_name(repository):
    page = (repository / "docs" / "cli.md").read_text()

    headings = re.findall(r"^#+ `(.*)`$", page, re.MULTILINE)

    assert "digitcli data preview" in headings
    assert all(re.fullmatch(r"digitcli( [a-z]+)*", name) for name in headings), headings
    assert "* ``" not in page
