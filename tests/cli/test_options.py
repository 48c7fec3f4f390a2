from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

import pytest
import typer.main

import digitcli
from digitcli.cli.batch.batch import batch
from digitcli.cli.predict import predict

CLI = Path(digitcli.__file__).parent / "cli"
SHARED = {"check", "digits", "length", "pattern", "target_error", "weights"}


def options_of(command):
    """The options of a command by name: flags, type, help and panel."""
    app = typer.Typer()
    app.command()(command)
    return {
        option.name: (option.opts, str(option.type), option.help, option.rich_help_panel)
        for option in typer.main.get_command(app).params
    }


def declarations(source: str) -> list[str]:
    """The options and arguments that a Python source declares, without their defaults."""
    return [
        ast.unparse(node)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Subscript)
        and isinstance(node.value, ast.Name)
        and node.value.id == "Annotated"
        and "typer.Option" in ast.unparse(node)
    ]


@pytest.mark.parametrize("name", sorted(SHARED))
def test_batch_takes_the_reading_options_of_predict(name):
    assert options_of(batch)[name] == options_of(predict)[name]


def test_no_option_is_declared_twice():
    found = [text for path in CLI.rglob("*.py") for text in declarations(path.read_text())]

    assert len(found) > 100
    assert [text for text, times in Counter(found).items() if times > 1] == []


def test_a_second_declaration_is_found():
    source = (
        'a: Annotated[int, typer.Option("--a")] = 1\nb: Annotated[int, typer.Option("--a")] = 2'
    )

    assert declarations(source) == ["Annotated[int, typer.Option('--a')]"] * 2
