"""Every command shows two examples that it would take, and its options mean the same everywhere."""

from __future__ import annotations

import shlex

import pytest
from typer.main import get_command

from digitcli.cli.app import main
from digitcli.cli.commands import COMMANDS, app
from digitcli.cli.common.build import leaves

GROUP = get_command(app)
LEAVES = dict(pair for name in COMMANDS for pair in leaves(GROUP.get_command(None, name), (name,)))
NARROW = 60  # columns that a help page must fit
NAMES = [" ".join(path) for path in LEAVES]


def examples_of(command):
    return [line.strip() for line in (command.epilog or "").splitlines()[1:]]


@pytest.mark.parametrize("path", LEAVES, ids=NAMES)
def test_a_command_has_two_examples_that_it_takes(path):
    examples = examples_of(LEAVES[path])

    assert len(examples) == 2
    for line in examples:
        assert len(line) <= NARROW - 2
        program, *words = shlex.split(line.partition(" > ")[0])
        assert (program, tuple(words[: len(path)])) == ("digitcli", path)
        context = LEAVES[path].make_context("digitcli", words[len(path) :])  # raises for a mistake
        assert context.params


@pytest.mark.parametrize("path", LEAVES, ids=NAMES)
def test_help_shows_each_example_on_a_line_of_its_own(path, capsys):
    assert main([*path, "--help"]) == 0

    shown = [line.strip() for line in capsys.readouterr().out.splitlines()]
    assert set(examples_of(LEAVES[path])) <= set(shown)


LETTERS = {
    "-w": {"--weights"},
    "-o": {"--out", "--output"},
    "-d": {"--data"},
    "-p": {"--preset"},
    "-q": {"--quiet"},
    "-v": {"--verbose"},
    "-r": {"--recursive"},
}


@pytest.mark.parametrize("path", LEAVES, ids=NAMES)
def test_a_letter_means_the_same_in_every_command(path):
    for parameter in LEAVES[path].params:
        for letter in (name for name in parameter.opts if len(name) == 2):
            assert LETTERS[letter] & set(parameter.opts), (path, parameter.opts)
    assert {"--quiet", "--verbose"} <= {name for one in LEAVES[path].params for name in one.opts}


def test_out_and_output_are_two_names_of_one_option():
    for path, command in LEAVES.items():
        names = {name for one in command.params for name in one.opts}
        shown = names & {"--out", "--output"}
        assert len(shown) < 2, path
        (other,) = {"--out", "--output"} - shown if shown else {None}
        if other:
            parsed = command.make_parser(command.context_class(command)).parse_args(
                [other, "there"]
            )
            assert "there" in parsed[0].values(), path
