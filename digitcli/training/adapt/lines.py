"""A network for lines adapted to somebody's own numbers by a few more steps.

Half of each batch are drawn lines in the hands that the network learnt from, so that little is
forgotten: rehearsal, as in `adapt.py`.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ...data.drawn.fonts import installed
from ...evaluation.strings import StringMetrics
from ...inference.line_engine import LineEngine
from ...model.thresholds import KEY
from ...model.weights import Weights
from ...version import __version__
from ...vision.sheet.labels import LABELS
from ..compute.backend import to_numpy, versions
from ..compute.choice import make_compute
from ..lines.batches import Drawn, by_width
from ..lines.calibrate import fitted
from ..lines.stream import Stream
from ..lines.task import checked_lines
from ..lines.trainer import LineTrainer
from ..mixture.hands import SOURCES, lacks, open_hands
from ..network import export_weights, load_twin
from ..recipes import Recipe
from ..run.history import Observer
from .hand import Division
from .measured import AdaptedLines, Change, line_doubts, read_lines
from .mixed import SHARE, MixedLines
from .numbers import Numbers
from .origin import before_adapting, deployed
from .steps import Taught, take_steps
from .targets import targets

_OURS = {"strokes": 3.0, "fonts": 1.0}  # who write where none of the weights' hands are here

RECIPE = Recipe(
    optimizer="adamw",
    learning_rate=5e-4,
    schedule="one_cycle",
    weight_decay=1e-4,
    average=0.99,
    precision="bfloat16",
    batch_size=48,
    steps=1_800,
    validation=500,
)


def adapt_lines(
    weights: Weights, numbers: Numbers, division: Division, recipe: Recipe, observer: Observer
) -> AdaptedLines:
    """Go on training `weights` on the lines of `numbers` that `division` says, and on drawn ones.

    Raises StoppedError on Ctrl-C or SIGTERM, ModelError when the weights read no lines, are not
    float32, or the loss is not finite; what `open_hands` raises.
    """
    begin = time.perf_counter()
    engine = LineEngine(weights)
    start = [to_numpy(value) for value in load_twin(weights).trainable_variables]
    recipe = replace(recipe, mixture=rehearsed(weights, observer.on_note))
    hands = open_hands(recipe)
    kept = checked_lines(hands, recipe)
    learnt = numbers.part(division.learn)
    source = MixedLines(tuple(targets(learnt.lines, engine)), learnt.tall)
    trainer = _train(weights, start, source, recipe, observer)
    held = numbers.part(division.held_out)
    record = fitted(trainer, by_width(kept, recipe.batch_size))
    made = _exported(weights, trainer, recipe, hands.hashes, learnt)
    trained = {**made.trained, **_thresholds(weights), "calibration": record}
    after = replace(made, trained=trained, temperature=record["temperature"])
    new = LineEngine(after)

    def compared(part: Numbers) -> Change[StringMetrics]:
        return Change(read_lines(engine, part), read_lines(new, part))

    return AdaptedLines(
        after,
        len(learnt.lines),
        compared(_unnamed(kept)),
        compared(held) if held.lines else None,
        {name: compared(numbers.part(chosen)) for name, chosen in division.others.items()},
        line_doubts(new, numbers),
        time.perf_counter() - begin,
    )


def rehearsed(weights: Weights, note: Callable[[str], None]) -> dict[str, float]:
    """Who write drawn lines: those of the weights' recipe that are on this machine.

    Folders count where they still have their list. Without any, our own strokes and fonts.
    """
    made = weights.trained.get("recipe")
    theirs: dict[str, Any] = made.get("mixture", {}) if isinstance(made, dict) else {}
    here = {name: float(share) for name, share in theirs.items() if _is_here(name)}
    missing = [name for name in theirs if name not in here]
    if missing:
        note(f"no lines are learnt again in the hands of {', '.join(missing)}: not on this machine")
    ours = {name: share for name, share in _OURS.items() if name != "fonts" or installed()}
    return here or ours


def _is_here(name: str) -> bool:
    if name in SOURCES:
        return not lacks(name)
    return (Path(name) / LABELS).is_file()


def _train(
    weights: Weights, start: Sequence[Any], source: MixedLines, recipe: Recipe, observer: Observer
) -> LineTrainer:
    """Take all steps, beginning with the values `start`."""
    compute, spec = make_compute(), weights.spec
    steps, size = recipe.total_steps(1), recipe.batch_size
    trainer = LineTrainer(deployed(spec), recipe, steps, compute, start=lambda _: start)
    what = f"{spec.name}: {len(source.lines):,} lines, batch {size}, {steps:,} steps"
    observer.on_start(what, compute.why, steps, 0)
    stream = Stream(recipe, steps, source)
    try:
        taught = (Taught(1, one, size) for one in stream.epoch(0))
        take_steps(trainer, taught, size, steps, observer)
    finally:
        stream.close()
    return trainer


def _unnamed(lines: Sequence[Drawn]) -> Numbers:
    names = tuple(f"drawn line {number}" for number in range(1, len(lines) + 1))
    return Numbers(Path(), tuple(lines), (), np.full(len(lines), ""), names)


def _thresholds(weights: Weights) -> dict[str, Any]:
    """The thresholds of the weights before: the new lines are too few to measure a rare error."""
    return {KEY: weights.trained[KEY]} if KEY in weights.trained else {}


def _exported(
    weights: Weights,
    trainer: LineTrainer,
    recipe: Recipe,
    hashes: dict[str, str],
    learnt: Numbers,
) -> Weights:
    """Deployed weights under their network's own name, with the record of their origin."""
    trained = {
        "recipe": recipe.to_table(),
        "seed": recipe.seed,
        "steps": recipe.steps,
        "data": {"name": "lines", "hands": hashes},
        "adapted": {
            "pictures": len(learnt.lines),
            "digits": sum(sign.isdigit() for line in learnt.lines for sign in line.text),
            "writers": sorted(set(learnt.writers.tolist()) - {""}),
            "sha256": learnt.sha256,
            "share": SHARE,
            "from": before_adapting(weights),
        },
        "versions": {"digitcli": __version__, **versions()},
    }
    made = export_weights(trainer.tested_model(), deployed(weights.spec), trained)
    return replace(made, spec=weights.spec)
