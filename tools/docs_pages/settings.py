"""All settings of a network and of its training, from the dataclasses that hold them."""

from __future__ import annotations

from dataclasses import MISSING, Field, fields
from typing import Any

from digitcli.model.layers import KINDS
from digitcli.model.spec import (
    COLUMN_CLASSES,
    MAP_CLASSES,
    MAP_STEP,
    MAX_LAYERS,
    MAX_PARAMETERS,
    NetworkSpec,
)
from digitcli.signs import SIGNS
from digitcli.training.augmentation import _LIMITS, Augmentation
from digitcli.training.mixture.shares import MOST
from digitcli.training.mixture.sources import SOURCES
from digitcli.training.recipes import Recipe

from . import limits
from .markdown import table, unwrapped

HEADINGS = ("setting", "allowed", "default", "meaning")

_LINKS = {
    "mixture": "; [training.mixture](#trainingmixture)",
    "augmentation": "; [training.augmentation](#trainingaugmentation)",
}
_INNER = {
    "mixture": "table",
    "augmentation": "table",
    "test_every_epoch": "`true`, `false`",
    "start": "name of weights",
    "earlier": "tables that `train --resume DIR --epochs N` writes",
}


def _meaning(name: str) -> str:
    return str(NetworkSpec.__dataclass_fields__[name].metadata["meaning"])


_HEAD = f"""# Settings

Settings are written in a TOML file: `digitcli train --preset FILE.toml`. [Train a
network](../guides/train.md#change-a-layer) has a whole example. `--set NAME=VALUE` changes one
setting of `[training]`; `--set augmentation.rotation=15` and `--set mixture.strokes=0.3` reach into
its tables. An unknown name is refused, with the nearest one that exists.

## The network

| setting | allowed | default | meaning |
| --- | --- | --- | --- |
| `name` | 1 to 64 letters, digits, `.`, `-` or `_` | required | {_meaning("name")} |
| `classes` | 2 to 100 names | the ten digits | {_meaning("classes")} |
| `scale` | above 0, at most 1 | 1/255 | {_meaning("scale")} |
| `task` | `"digit"`, `"line"`, `"map"` | `"digit"` | {_meaning("task")}; see below |
| `input` | `[28, 28, 1]`, or with 0: see below | `[28, 28, 1]` | {_meaning("input")} |
| `layers` | 1 to {MAX_LAYERS} tables `[[layers]]` | required | in order; the last: one value each |

A network has at most {MAX_PARAMETERS:,} parameters. Its input is one picture of 28 x 28 pixels,
light ink on dark. Softmax follows the last layer, which has neither activation nor dropout.

`task = "line"` describes a network that reads a line of digits of any width: its input is
`[height, 0, 1]`, its last layer a convolution on a map one row high, whose {COLUMN_CLASSES} values
for each column are the signs `{SIGNS}` and the blank of CTC. `digitcli train --preset line` trains
one on lines that are drawn for it ([guide](../guides/train.md#a-network-that-reads-lines)).

`task = "map"` describes a network that finds lines in a grey picture of any size: its input is
`[0, 0, 1]`, its last layer a convolution whose {MAP_CLASSES} values for every
{MAP_STEP} x {MAP_STEP} pixels say "outside" and "inside a line of digits".
`digitcli train --preset finder` trains one on pages that are drawn for it.
"""


def page() -> str:
    """The page, in the order of a TOML file."""
    parts = [_HEAD, *(_layer(kind, cls) for kind, cls in KINDS.items())]
    recipe = [_row(one, limits.of_recipe()) for one in fields(Recipe)]
    parts.append("## [training]\n\n" + table(HEADINGS, recipe))
    parts.append(_MIXTURE)
    ranges = {name: f"{least:g} to {most:g}" for name, (least, most) in _LIMITS.items()}
    rows = [_row(one, ranges) for one in fields(Augmentation)]
    parts.append("## [training.augmentation]\n\n" + _LARGEST + table(HEADINGS, rows))
    return "\n".join(parts)


def _layer(kind: str, cls: type[Any]) -> str:
    text = unwrapped(cls.__doc__ or "")
    rows = [_row(one, limits.of_layer(cls)) for one in fields(cls)]
    if kind == "max_pool":
        rows = [[*row[:2], "`size`", row[3]] if row[0] == "`stride`" else row for row in rows]
    settings = "\n" + table(HEADINGS, rows) if rows else "\nNo settings.\n"
    return f'## type = "{kind}"\n\n{text}\n{settings}'


def _row(one: Field[Any], allowed: dict[str, str]) -> list[str]:
    """Fails for a field that is no setting: each is described where it is defined."""
    limits, unit = {**_INNER, **allowed}[one.name], one.metadata["unit"]
    meaning = one.metadata["meaning"] + _LINKS.get(one.name, "")
    return [f"`{one.name}`", f"{limits} {unit}".rstrip(), _default(one), meaning]


def _default(one: Field[Any]) -> str:
    if one.default is MISSING and one.default_factory is MISSING:
        return "required"
    if one.default is MISSING:
        return "empty"
    if one.default is None or one.default in ((), ""):
        return "none"
    if isinstance(one.default, bool):
        return f"`{str(one.default).lower()}`"
    return f'`"{one.default}"`' if isinstance(one.default, str) else f"{one.default:g}"


_LARGEST = """The largest change of a picture. Each picture gets its own, drawn evenly; 0 is off.

"""
_MIXTURE = f"""## [training.mixture]

What is learnt beside the data set: the name of a source, and how many of its pictures for one of
the data set, from 0 to {MOST}. Sources are {", ".join(f"`{name}`" for name in SOURCES)}, data sets,
and folders of [your own pictures](../guides/own-data.md). `digitcli train --data
mnist,strokes:0.3` is the same in short.
"""
