"""`digitcli preset`: what presets there are, and every setting of one."""

from __future__ import annotations

from typing import Annotated

import typer

from . import console
from .options import JsonOption

preset = typer.Typer(name="preset", add_completion=False, pretty_exceptions_enable=False)


@preset.callback()
def group() -> None:
    """Look at the networks that can be trained, and at their settings."""


@preset.command("list")
def list_presets(
    as_json: JsonOption = False,
) -> None:
    """List the presets that come with digitcli.

    Examples:
        digitcli preset list
        digitcli preset list --json
    """
    from ..model.presets import preset_names
    from ..report import presets
    from ..training.run.resume import open_preset

    found = [(name, *open_preset(name)) for name in preset_names()]
    if as_json:
        return console.print_json(presets.list_document(found))
    return console.out().print(presets.render_list(found))


@preset.command()
def show(
    name: Annotated[str, typer.Argument(help="Preset by name, or a TOML file.")],
    as_toml: Annotated[
        bool, typer.Option("--toml", help="Print its TOML file, to change in a copy.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Show a preset: its network, and every setting with value, unit and meaning.

    `digitcli preset show small --toml > mine.toml` begins a network of your own.

    Examples:
        digitcli preset show small
        digitcli preset show small --toml > mine.toml
    """
    from ..errors import UsageError
    from ..model.presets import preset_text
    from ..report import presets
    from ..training.run.resume import open_preset

    if as_toml and as_json:
        raise UsageError("--toml and --json exclude each other", "choose one of them")
    opened = open_preset(name)
    if as_toml:
        return console.print_data(preset_text(name))
    if as_json:
        return console.print_json(presets.document(name, *opened))
    return console.out().print(presets.render(name, *opened))
