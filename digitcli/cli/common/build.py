"""How a function becomes a command with everything that all commands have."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from inspect import cleandoc
from typing import Any

import typer
from typer.main import get_command

from . import completion, defaults, verbosity, verbosity_options

_EXAMPLES = "\n\nExamples:\n"
_SAME = {"--out": "--output", "--output": "--out"}  # two names of one option


def build(name: str, member: Any) -> Any:
    """The command `name` of a function, or the group of commands of a Typer application."""
    if not isinstance(member, typer.Typer):
        alone = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
        alone.command(name, help=member.__doc__)(member)
        member = alone
    command = get_command(member)
    for path, leaf in leaves(command, (name,)):
        _prepare(leaf, path)
    return command


def leaves(command: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """The commands of a group with their paths, or the command itself with its own."""
    inner = getattr(command, "commands", None)
    if inner is None:
        yield path, command
    else:
        for name, member in inner.items():
            yield from leaves(member, (*path, name))


def _prepare(command: Any, path: tuple[str, ...]) -> None:
    command.help, command.epilog = _help_and_examples(command.help or "")
    verbosity_options.add_options(command)
    defaults.name_variables(command, path)
    completion.attach(command, path)
    command.invoke = partial(_invoke, command, path)
    for parameter in command.params:
        if parameter.type.name in ("path", "file", "directory"):
            parameter.type.convert = partial(_named, parameter.type, parameter.type.convert)
        for shown, other in _SAME.items():
            if shown in parameter.opts:
                parameter.add_to_parser = partial(_add_both, parameter, other)


def _invoke(command: Any, path: tuple[str, ...], context: Any) -> Any:
    """Run a command whose options are known, after saying where they come from."""
    verbosity.check()
    defaults.note(command, path, context)
    return type(command).invoke(command, context)


def _help_and_examples(docstring: str) -> tuple[str, str | None]:
    """Paragraphs on one line each, as Typer would keep line breaks; and one line an example."""
    text, _, examples = cleandoc(docstring).partition(_EXAMPLES)
    paragraphs = [" ".join(paragraph.split()) for paragraph in text.split("\n\n")]
    lines = [line.strip() for line in examples.splitlines() if line.strip()]
    return "\n\n".join(paragraphs), "\n  ".join(["Examples:", *lines]) if lines else None


def _named(kind: Any, convert: Callable[..., Any], value: Any, parameter: Any, context: Any) -> Any:
    """A file or folder whose name is not "", which would be the current folder."""
    if value == "":
        kind.fail("the name is empty", parameter, context)
    return convert(value, parameter, context)


def _add_both(parameter: Any, other: str, parser: Any, context: Any) -> None:
    """Let the option be given by another name too, which help does not show."""
    shown = parameter.opts
    parameter.opts = [*shown, other]
    try:
        type(parameter).add_to_parser(parameter, parser, context)
    finally:
        parameter.opts = shown
