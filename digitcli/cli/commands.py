"""The application: a table of commands, each imported and built only when it is needed.

Typer inspects the signature of every command it knows before it reads the first argument: for six
commands that takes longer than reading a picture (benchmarks/LOG.md).
"""

from __future__ import annotations

import os
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from ..version import __version__
from .common import defaults
from .common.build import build
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
            module = COMMANDS[cmd_name]
            member = module.rpartition(".")[2]
            function = getattr(import_module(f".{module}", __package__), member)
            self.commands[cmd_name] = build(cmd_name, function)
        return super().get_command(ctx, cmd_name)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command that `args` begin with, with its defaults from digitcli.toml.

        The error for an unknown name has similar ones.
        """
        if args[0] not in COMMANDS:
            for name in COMMANDS:  # Typer looks for similar names among the commands it has
                self.get_command(ctx, name)
        found, command, rest = super().resolve_command(ctx, args)
        if found and not ctx.resilient_parsing:  # a shell that completes a line needs no defaults
            ctx.default_map = {found: defaults.of_command(found, command, list(COMMANDS), ctx)}
        return found, command, rest


app = typer.Typer(
    cls=LazyGroup,
    name="digitcli",
    help="Read handwritten digits: train with TensorFlow, run with C++.",
    add_completion=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _print_version(context: typer.Context, wanted: bool) -> None:
    if wanted and not context.resilient_parsing:  # a shell that completes a line gets no answer
        typer.echo(f"digitcli {__version__}")
        raise typer.Exit


@app.callback()
def digitcli(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks.")] = False,
) -> None:
    """Read handwritten digits: train with TensorFlow, run with C++."""
