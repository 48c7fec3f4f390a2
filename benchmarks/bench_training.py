"""How many pictures a second does training take in, beside Keras's own `fit`?

`deck` at batch 100, the same pictures from memory: `fit` with XLA on, off and "auto", and the step
of `digitcli train` with its settings `--precision` and `--jit`. Then what augmentation costs the
step of `small` at batch 128, and what feeding the step costs (the loop's indices and the gather of
its pictures, against the same indices over and over). Goals: the plain settings at least as quick
as the best `fit`, the quickest at least 1.3 times that; augmentation at most 15 % of a step.

Turn by turn, medians. Prints a table; the last line of stdout is the same data as one document.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from digitcli.data.drawn.synthetic import draw
from digitcli.machine import conditions as machine
from digitcli.model.presets import load_preset
from digitcli.training.augmentation import Augmentation
from digitcli.training.compute.backend import keras, versions
from digitcli.training.compute.choice import make_compute
from digitcli.training.digit_trainer import DigitTrainer
from digitcli.training.keras_layers import KeyedDropout
from digitcli.training.network import keras_twin
from digitcli.training.recipes import recipe_from_table, with_changes
from digitcli.training.run.pictures import epoch_order

REPOSITORY = Path(__file__).resolve().parents[1]
PICTURES = 4_000
TRIED = (("float32", False), ("float32", True), ("bfloat16", False), ("bfloat16", True))

Lap = Callable[[], float]  # seconds for every picture of the set, once


def main() -> None:
    """Measure, print the table, end with the JSON document."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7, help="turns of each candidate")
    rounds = parser.parse_args().rounds
    images, labels = draw(PICTURES, seed=1)
    deck = {
        **{f"fit, jit {jit}": fit_lap(jit, images, labels) for jit in ("auto", True, False)},
        **{
            f"train, {precision}, jit {jit}": step_lap("deck", images, labels, precision, jit)
            for precision, jit in TRIED
        },
    }
    small = {
        "augmented": step_lap("small", images, labels),
        "not augmented": step_lap("small", images, labels, plain=True),
        "fed the same indices": step_lap("small", images, labels, plain=True, fixed=True),
    }
    speeds = {"deck": turns(deck, rounds), "small": turns(small, rounds)}
    report(speeds, rounds)


def fit_lap(jit: Any, images: Any, labels: Any) -> Lap:
    """`fit` over the set once, on a `deck` as a Keras user would compile it."""
    preset = load_preset("deck")
    keras.utils.set_random_seed(0)
    model = keras.models.clone_model(keras_twin(preset.spec), clone_function=of_keras)
    model.compile(
        keras.optimizers.SGD(0.001),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
        jit_compile=jit,
    )

    def lap() -> float:
        start = time.perf_counter()
        model.fit(images, labels, batch_size=100, epochs=1, verbose=0)
        return time.perf_counter() - start

    return lap


def of_keras(layer: Any) -> Any:
    """The same layer, with Keras's own dropout in place of ours."""
    if isinstance(layer, KeyedDropout):
        return keras.layers.Dropout(layer.rate)
    return type(layer).from_config(layer.get_config())


def step_lap(
    name: str,
    images: Any,
    labels: Any,
    precision: str = "float32",
    jit: bool = False,
    *,
    plain: bool = False,
    fixed: bool = False,
) -> Lap:
    """Our steps over the set once, as the loop takes them."""
    preset = load_preset(name)
    recipe = with_changes(recipe_from_table(preset.training), {"precision": precision})
    if plain:
        recipe = replace(recipe, augmentation=Augmentation())
    trainer = DigitTrainer(preset.spec, recipe, images, labels, 1_000_000, make_compute(), jit=jit)
    size = recipe.batch_size
    order = epoch_order(len(images), 0, 0)

    def lap() -> float:
        start = time.perf_counter()
        for at in range(0, len(order) - size + 1, size):
            trainer.step(order[:size] if fixed else order[at : at + size])
        trainer.sums()  # waits for the last one
        return (time.perf_counter() - start) * len(order) / (len(order) // size * size)

    return lap


def turns(candidates: dict[str, Lap], rounds: int) -> dict[str, list[float]]:
    """Pictures a second of each candidate, turn by turn, after one turn that does not count."""
    for lap in candidates.values():
        lap()
    speeds: dict[str, list[float]] = {name: [] for name in candidates}
    for _ in range(rounds):
        for name, lap in candidates.items():
            speeds[name].append(PICTURES / lap())
    return speeds


def report(speeds: dict[str, dict[str, list[float]]], rounds: int) -> None:
    """The tables and the verdicts, then the document."""
    medians = {
        net: {name: statistics.median(values) for name, values in rows.items()}
        for net, rows in speeds.items()
    }
    for net, rows in medians.items():
        print(f"{net}: pictures a second, median of {rounds}")
        for name, value in rows.items():
            spread = max(speeds[net][name]) / min(speeds[net][name])
            print(f"  {name:32} {value:8,.0f}   (largest / smallest {spread:.2f})")
    deck, small = medians["deck"], medians["small"]
    best_fit = max(value for name, value in deck.items() if name.startswith("fit"))
    ours = {name: value / best_fit for name, value in deck.items() if name.startswith("train")}
    facts = {
        "plain against the best fit": ours["train, float32, jit False"],
        "quickest against the best fit": max(ours.values()),
        "augmentation's share of a step": 1 - small["augmented"] / small["not augmented"],
        "feeding's share of a step": 1 - small["not augmented"] / small["fed the same indices"],
    }
    for name, value in facts.items():
        print(f"{name}: {value:.3f}")
    document = {
        "schema": "digitcli.bench-training/1",
        "command": " ".join(["python", *sys.argv]),
        "conditions": machine.capture(checkout=REPOSITORY).to_json(),
        "versions": versions(),
        "speeds": speeds,
        "facts": facts,
    }
    print(json.dumps(document))


if __name__ == "__main__":
    main()
