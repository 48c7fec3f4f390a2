"""All settings of a network and of its training, from the dataclasses that hold them."""

from __future__ import annotations

from dataclasses import MISSING, Field, fields
from typing import Any

from digitcli.model.layers import KINDS
from digitcli.model.spec import COLUMN_CLASSES, MAP_CLASSES, MAP_STEP, MAX_LAYERS, MAX_PARAMETERS
from digitcli.signs import SIGNS
from digitcli.training.augmentation import _LIMITS, Augmentation
from digitcli.training.mixture.shares import MOST
from digitcli.training.mixture.sources import SOURCES
from digitcli.training.recipes import Recipe

from . import limits
from .markdown import table, unwrapped

HEADINGS = ("setting", "allowed", "default", "meaning")

# What each setting means. A setting without a line here fails the test that compares the page.
LAYER_TEXTS = {
    "filters": "channels of the output",
    "kernel": "sides of the window",
    "size": "sides of the window",
    "stride": "pixels from one window to the next",
    "padding": '`"same"` keeps the size (divided by the stride), `"valid"` uses whole windows only',
    "activation": "what follows the sums",
    "batch_norm": "normalise over the batch while training; folded when saved",
    "weight_standardization": "standardise each filter while training; folded when saved",
    "dropout": "share of outputs that are dropped while training",
    "units": "values of the output",
}
RECIPE_TEXTS = {
    "optimizer": "what changes the weights",
    "learning_rate": "step size, or its peak",
    "schedule": "how the step size goes over the run",
    "momentum": "of `sgd`, as Nesterov's",
    "beta2": "of `adam`, `adamw` and `muon`'s Adam part",
    "weight_decay": "pull of the weights to zero; not with `adam`",
    "label_smoothing": "share of the target that is spread over all digits",
    "average": "factor a step of an exponential average of the weights, which is tested and saved; "
    "0: none",
    "precision": "of the products; weights and sums stay float32",
    "teachers": "weights (names, files, folders of `train --seeds`) whose mean probabilities are "
    "learnt too",
    "teacher_share": "how much of the target the teachers make up; the labels are the rest",
    "mixture": "table [training.mixture](#trainingmixture)",
    "without_writers": "writers whose pictures are left out of folders in the mixture",
    "outlier_weight": "how much a picture without a digit counts in the loss",
    "batch_size": "pictures a step",
    "epochs": "passes over the data; give either this or `steps`",
    "steps": "optimizer steps; give either this or `epochs`",
    "validation": "training pictures that are split off to validate on, or lines drawn for it; 0: "
    "none",
    "drawn": "lines or pages drawn for each epoch, of networks that read or find lines",
    "test_every_epoch": "also test after each epoch",
    "test_chunks": "in how many parts that test goes",
    "start": "weights to go on from: a name, a file or a run folder; empty: random ones",
    "seed": "of first weights, order, augmentation and dropout",
    "validation_seed": "which pictures are split off; the same for all seeds of a comparison",
    "augmentation": "table [training.augmentation](#trainingaugmentation)",
}
AUGMENTATION_TEXTS = {
    "rotation": "degrees, either way, about the picture's centre",
    "shift": "pixels along each axis",
    "scale": "each axis by its own factor from 1 - scale to 1 + scale",
    "shear": "slant: pixels to the side for each pixel upwards",
    "elastic": "standard deviation of each pixel's displacement along an axis, in pixels",
    "elastic_smoothness": "sigma, in pixels, of the Gaussian that smooths these displacements",
    "stroke": "change of the strokes' width in pixels, thinner or thicker",
    "noise": "standard deviation as a fraction of white",
}
_INNER = {
    "mixture": "table",
    "augmentation": "table",
    "test_every_epoch": "`true`, `false`",
    "start": "name of weights",
}

_HEAD = f"""# Settings

Settings are written in a TOML file: `digitcli train --preset FILE.toml`. [Train a
network](../guides/train.md#change-a-layer) has a whole example. `--set NAME=VALUE` changes one
setting of `[training]`; `--set augmentation.rotation=15` and `--set mixture.strokes=0.3` reach into
its tables. An unknown name is refused, with the nearest one that exists.

## The network

| setting | allowed | default | meaning |
| --- | --- | --- | --- |
| `name` | 1 to 64 letters, digits, `.`, `-` or `_` | required | the network's name |
| `classes` | 2 to 100 names | the ten digits | what labels stand for; `--data` sets other ones |
| `scale` | above 0, at most 1 | 1/255 | factor for raw pixels before the first layer |
| `task` | `"digit"`, `"line"`, `"map"` | `"digit"` | what the network reads; see below |
| `input` | `[28, 28, 1]`, or with 0 for any length: see below | `[28, 28, 1]` | its shape |
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
    recipe = [_row(one, limits.of_recipe(), RECIPE_TEXTS) for one in fields(Recipe)]
    parts.append("## [training]\n\n" + table(HEADINGS, recipe))
    parts.append(_MIXTURE)
    ranges = {name: f"{least:g} to {most:g}" for name, (least, most) in _LIMITS.items()}
    rows = [_row(one, ranges, AUGMENTATION_TEXTS) for one in fields(Augmentation)]
    parts.append("## [training.augmentation]\n\n" + _LARGEST + table(HEADINGS, rows))
    return "\n".join(parts)


def _layer(kind: str, cls: type[Any]) -> str:
    text = unwrapped(cls.__doc__ or "")
    rows = [_row(one, limits.of_layer(cls), LAYER_TEXTS) for one in fields(cls)]
    if kind == "max_pool":
        rows = [[*row[:2], "`size`", row[3]] if row[0] == "`stride`" else row for row in rows]
    settings = "\n" + table(HEADINGS, rows) if rows else "\nNo settings.\n"
    return f'## type = "{kind}"\n\n{text}\n{settings}'


def _row(one: Field[Any], allowed: dict[str, str], texts: dict[str, str]) -> list[str]:
    return [f"`{one.name}`", {**_INNER, **allowed}[one.name], _default(one), texts[one.name]]


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
