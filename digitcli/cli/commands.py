"""The table of commands, and a group that imports and builds a command only when it is needed.

Typer inspects the signature of every command it knows before it reads the first argument: for six
commands that takes longer than reading a picture (benchmarks/LOG.md).
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from importlib import import_module
from typing import Any

import typer
from typer.core import TyperGroup
from typer.main import get_command

from .environment import check_completion

# Each command and its module, in the order that --help shows. The module has a function, or a group
# of commands, of its own name.
COMMANDS = {
    "adapt": "adapt",
    "batch": "batch.batch",
    "bench": "bench.bench",
    "data": "data",
    "eval": "evaluate",
    "export": "models.export",
    "fetch": "fetch",
    "import": "models.import_model",
    "info": "info",
    "predict": "predict",
    "preset": "preset",
    "quantize": "models.quantize",
    "review": "http.review",
    "serve": "http.serve",
    "show": "models.show",
    "train": "train",
}


class LazyGroup(TyperGroup):
    """The commands of `COMMANDS`, each built when it is needed."""

    def main(self, *args: Any, **options: Any) -> Any:
        """Run one command. Raises UsageError for an impossible completion."""
        check_completion(os.environ)
        return super().main(*args, **options)

    def list_commands(self, ctx: Any) -> list[str]:
        """Names of all commands, in order."""
        return list(dict.fromkeys([*COMMANDS, *self.commands]))

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        """The command of this name, None when there is none."""
        if cmd_name in COMMANDS and cmd_name not in self.commands:
            self.commands[cmd_name] = _build(cmd_name)
        return super().get_command(ctx, cmd_name)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command that `args` begin with. The error for an unknown name has similar ones."""
        if args[0] not in COMMANDS:
            for name in COMMANDS:  # Typer looks for similar names among the commands it has
                self.get_command(ctx, name)
        return super().resolve_command(ctx, args)


def _build(name: str) -> Any:
    module = COMMANDS[name]
    member = getattr(import_module(f".{module}", __package__), module.rpartition(".")[2])
    if isinstance(member, typer.Typer):
        return _without_empty_names(get_command(member))
    alone = typer.Typer(add_completion=False, pretty_exceptions_enable=False)
    alone.command(name, help=_unwrapped(member.__doc__ or ""))(member)
    return _without_empty_names(get_command(alone))


def _without_empty_names(command: Any) -> Any:
    """`command`, which refuses "" as a file or folder: it would be the current folder."""
    for parameter in command.params:
        if parameter.type.name in ("path", "file", "directory"):
            parameter.type.convert = partial(_named, parameter.type, parameter.type.convert)
    for inner in getattr(command, "commands", {}).values():
        _without_empty_names(inner)
    return command


def _named(kind: Any, convert: Callable[..., Any], value: Any, parameter: Any, context: Any) -> Any:
    if value == "":
        kind.fail("the name is empty", parameter, context)
    return convert(value, parameter, context)


def _unwrapped(text: str) -> str:
    """Paragraphs of a docstring, each on one line: Typer would keep the source's line breaks."""
    paragraphs = text.strip().split("\n\n")
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)
