"""Presets for people and as JSON: all of them, and every setting of one with its meaning."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import MISSING, asdict, fields
from typing import Any

from rich import box
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from ..model.layers import KINDS
from ..model.presets import Preset
from ..model.settings import Setting, settings_of
from ..training.lengths import in_words
from ..training.recipes import Recipe
from .kit.text import visible

Document = dict[str, Any]
Opened = tuple[str, Preset, Recipe]  # the name or path that was given, and what is in it

_READS = {"digit": "one digit", "line": "a line", "map": "where lines are"}


def list_document(presets: Iterable[Opened]) -> Document:
    """A `digitcli.presets/1` document."""
    return {"schema": "digitcli.presets/1", "presets": [_facts(*one) for one in presets]}


def document(name: str, preset: Preset, recipe: Recipe) -> Document:
    """A `digitcli.preset/1` document: the network's settings, its layers', the training's."""
    layers = [
        {"layer": step.name, "type": step.layer.kind, "settings": _plain(settings_of(step.layer))}
        for step in preset.spec.steps
    ]
    return {
        "schema": "digitcli.preset/1",
        **_facts(name, preset, recipe),
        "network": _plain(settings_of(preset.spec)),
        "layers": layers,
        "training": _plain(_training(recipe)),
        "augmentation": _plain(settings_of(recipe.augmentation)),
    }


def render_list(presets: Iterable[Opened]) -> Table:
    """A row for each preset; readable from 60 columns."""
    table = Table(box=box.SIMPLE, show_edge=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column("preset", no_wrap=True)
    table.add_column("parameters", justify="right", no_wrap=True)
    table.add_column("length", no_wrap=True)
    table.add_column("what it is")
    for name, preset, recipe in presets:
        parameters = f"{preset.spec.parameters:,}"
        table.add_row(
            name, parameters, in_words(recipe.epochs, recipe.steps), Text(visible(preset.about))
        )
    return table


def render(name: str, preset: Preset, recipe: Recipe) -> Group:
    """Facts, layers, and all settings with their meanings; readable from 60 columns."""
    spec, training = preset.spec, list(_training(recipe))
    facts = (
        f"reads {_READS[spec.task]}; {spec.parameters:,} parameters, {spec.flops / 1e6:.2f} MFLOP "
        f"a picture; learns {preset.data or 'mnist'} for {in_words(recipe.epochs, recipe.steps)}"
    )
    parts: list[RenderableType] = [
        Text(visible(name), "bold"),
        *([Text(visible(preset.about))] if preset.about else []),
        Text(visible(facts)),
        *_section("network", [_row(one) for one in settings_of(spec) if one.name != "name"]),
        *_section("layers", [_layer_row(step.name, step.layer) for step in spec.steps]),
    ]
    for kind in dict.fromkeys(layer.kind for layer in spec.layers):
        parts += _section(f'type = "{kind}": settings and defaults', list(_kind_rows(kind)))
    parts += _section("training: what this preset sets", _rows(training, own=True))
    parts += _section("training: defaults that it leaves", _rows(training, own=False))
    augmentation = [_row(one) for one in settings_of(recipe.augmentation)]
    parts += _section("training.augmentation: largest random changes", augmentation)
    change = "digitcli train --set NAME=VALUE changes one, as in --set augmentation.rotation=15."
    return Group(*parts, Text(), Text(change, "dim"))


def _facts(name: str, preset: Preset, recipe: Recipe) -> Document:
    spec = preset.spec
    return {
        "preset": name,
        "about": preset.about,
        "task": spec.task,
        "data": preset.data or "mnist",
        "parameters": spec.parameters,
        "flops": spec.flops,
        "epochs": recipe.epochs,
        "steps": recipe.steps,
    }


def _training(recipe: Recipe) -> Iterator[Setting]:
    return (one for one in settings_of(recipe) if one.name != "augmentation")


def _plain(settings: Iterable[Setting]) -> list[Document]:
    return [asdict(one) for one in settings]


def _section(title: str, rows: Sequence[tuple[str, str, str]]) -> list[RenderableType]:
    if not rows:
        return []
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold", max_width=24)
    table.add_column(style="dim")
    for row in rows:
        table.add_row(*(Text(visible(cell)) for cell in row))
    return [Text(), Text(title, "bold"), Padding(table, (0, 0, 0, 2))]


def _rows(settings: Iterable[Setting], *, own: bool) -> list[tuple[str, str, str]]:
    return [_row(one) for one in settings if one.own is own]


def _row(one: Setting) -> tuple[str, str, str]:
    """Name, value with its unit, meaning."""
    unit = one.unit if one.value not in (None, []) else ""
    return one.name, f"{_written(one.value)} {unit}".rstrip(), one.meaning.replace("`", "")


def _layer_row(name: str, layer: Any) -> tuple[str, str, str]:
    own = [f"{one.name} {_written(one.value)}" for one in settings_of(layer) if one.own]
    return name, layer.kind, ", ".join(own)


def _kind_rows(kind: str) -> Iterator[tuple[str, str, str]]:
    """The settings of a kind of layer, with their defaults."""
    for one in fields(KINDS[kind]):
        if "meaning" in one.metadata:
            default = "required" if one.default is MISSING else _written(one.default)
            shown = f"{default} {one.metadata['unit']}".rstrip()
            yield one.name, shown, one.metadata["meaning"].replace("`", "")


def _written(value: object) -> str:
    """A value as TOML has it, words without quotes."""
    if value is None or value in ((), [], {}, ""):
        return "none"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return ", ".join(f"{name} {_written(share)}" for name, share in value.items())
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_written, value))}]"
    return f"{value:.6g}" if isinstance(value, float) else str(value)
