"""What does each part of a preset's recipe bring?

One change at a time from the preset's own recipe: each variant is trained from several seeds on the
part of the training set that is not for validation, and judged on the validation part alone: the
test set is never read. Prints mean and deviation of the accuracy, and the mean cross-entropy at the
temperature that fits, which tells small differences apart where accuracies cannot.

Every finished run is a line of `--log`, so that an interrupted table goes on where it stopped.
Prints a table; the last line of stdout is the same data as one JSON document.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from digitcli.data.store import load_split
from digitcli.evaluation.calibration import fit_temperature, measure_calibration, softmax
from digitcli.machine import conditions as machine
from digitcli.model.layers import Conv
from digitcli.model.presets import load_preset
from digitcli.model.spec import NetworkSpec
from digitcli.model.weights import load_weights
from digitcli.training.compute.choice import make_compute
from digitcli.training.digit_trainer import DigitTrainer
from digitcli.training.network import teacher
from digitcli.training.recipes import Recipe, recipe_from_table, with_changes
from digitcli.training.run.pictures import divide, epoch_order
from digitcli.training.teachers import find_teachers, knows_validation

REPOSITORY = Path(__file__).resolve().parents[1]
AUGMENTATION = ("rotation", "shift", "scale", "shear", "elastic", "stroke", "noise")

# Name of the variant -> settings of the recipe, and of its convolutions.
VARIANTS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "as it is": ({}, {}),
    "AdamW": ({"optimizer": "adamw"}, {}),
    "SGD, Nesterov": (
        {"optimizer": "sgd", "learning_rate": 0.1, "momentum": 0.9, "weight_decay": 5e-4},
        {},
    ),
    "constant learning rate": ({"schedule": "constant", "learning_rate": 0.002}, {}),
    "cosine": ({"schedule": "cosine"}, {}),
    "no average of the weights": ({"average": 0.0}, {}),
    "no label smoothing": ({"label_smoothing": 0.0}, {}),
    "no augmentation": ({f"augmentation.{key}": 0.0 for key in AUGMENTATION}, {}),
    "no rotation": ({"augmentation.rotation": 0.0}, {}),
    "no shift": ({"augmentation.shift": 0.0}, {}),
    "elastic 1": ({"augmentation.elastic": 1.0}, {}),
    "stroke 0.7": ({"augmentation.stroke": 0.7}, {}),
    "noise 0.05": ({"augmentation.noise": 0.05}, {}),
    "batch norm": ({}, {"weight_standardization": False, "batch_norm": True}),
    "no normalisation": ({}, {"weight_standardization": False}),
    "float32": ({"precision": "float32"}, {}),
    "batch 64": ({"batch_size": 64}, {}),
}

# What changes with `--teachers`: they are asked about the augmented picture, so there is no end of
# what can be learnt from them, and more change of the pictures may pay.
STRONGER: dict[str, Any] = {
    "augmentation.rotation": 15.0,
    "augmentation.shift": 3.0,
    "augmentation.scale": 0.12,
    "augmentation.shear": 0.2,
}


def main() -> None:
    """Train what is not in the log, print the table, end with the JSON document."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--preset", default="small")
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--validation", type=int, default=10_000, help="pictures to judge by")
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--precision", default="bfloat16", choices=["float32", "bfloat16"])
    parser.add_argument(
        "--teachers", default="", help="weights, or folders of `train --seeds`, between commas"
    )
    parser.add_argument("--only", nargs="*", default=[], help="names of variants, else all")
    parser.add_argument("--log", type=Path, default=Path("ablation.jsonl"))
    options = parser.parse_args()
    variants = all_variants(options.teachers)
    if unknown := set(options.only) - set(variants):
        parser.error(f"no variant {', '.join(unknown)}; there are {', '.join(variants)}")
    runs = (
        [json.loads(line) for line in options.log.read_text().splitlines()]
        if (options.log.exists())
        else []
    )
    base = {name: getattr(options, name) for name in ("preset", "epochs", "validation")}
    for seed in range(options.seeds):
        for name in options.only or variants:
            key = base | {"variant": name, "seed": seed}
            if not any(key.items() <= run.items() for run in runs):
                runs.append(key | train(options, name, seed))
                with options.log.open("a") as log:
                    log.write(json.dumps(runs[-1]) + "\n")
                print(json.dumps(runs[-1]), file=sys.stderr)
    report([run for run in runs if base.items() <= run.items()], options)


def all_variants(teachers: str) -> dict[str, tuple[dict[str, Any], dict[str, Any]]]:
    """Those above, and those that learn from `teachers` where there are any."""
    if not teachers:
        return VARIANTS
    taught = {"teachers": teachers, "label_smoothing": 0.0}
    return VARIANTS | {
        "stronger augmentation": (STRONGER, {}),
        "taught": (taught, {}),
        "taught, stronger augmentation": (taught | STRONGER, {}),
    }


def train(options: argparse.Namespace, variant: str, seed: int) -> dict[str, Any]:
    """One run of one variant: what it reached on the validation pictures, and how long it took."""
    spec, recipe = changed(options, variant, seed)
    split = load_split("mnist", "train")
    learn, check = divide(split, recipe)
    steps = len(learn) // recipe.batch_size
    teachers = [load_weights(path) for path in find_teachers(recipe.teachers)]
    if any(knows_validation(one, recipe) for one in teachers):
        raise SystemExit("a teacher has learnt validation pictures: give --validation of its run")
    trainer = DigitTrainer(
        spec, recipe, split.images[learn], split.labels[learn], steps * options.epochs,
        make_compute(), teacher=teacher(teachers, recipe.precision) if teachers else None,
    )  # fmt: skip
    start = time.perf_counter()
    for epoch in range(options.epochs):
        order = epoch_order(len(learn), seed, epoch)
        trainer.start_epoch()
        for at in range(0, steps * recipe.batch_size, recipe.batch_size):
            trainer.step(order[at : at + recipe.batch_size])
    loss = trainer.sums()[0] / steps
    seconds = time.perf_counter() - start
    logits, labels = trainer.logits(split.images[check]), split.labels[check]
    temperature = fit_temperature(logits, labels)
    found = measure_calibration(softmax(logits, temperature), labels)
    accuracy = float(np.mean(logits.argmax(axis=1) == labels))
    return {"accuracy": accuracy, "nll": found.nll, "loss": loss, "seconds": seconds}


def changed(options: argparse.Namespace, variant: str, seed: int) -> tuple[NetworkSpec, Recipe]:
    """The preset's network and recipe with a variant's changes."""
    preset = load_preset(options.preset)
    settings, of_convolutions = all_variants(options.teachers)[variant]
    own = {"epochs": options.epochs, "validation": options.validation, "seed": seed}
    recipe = with_changes(
        recipe_from_table(preset.training), own | {"precision": options.precision} | settings
    )
    layers = tuple(
        replace(layer, **of_convolutions) if isinstance(layer, Conv) else layer
        for layer in preset.spec.layers
    )
    return replace(preset.spec, layers=layers), recipe


def report(runs: list[dict[str, Any]], options: argparse.Namespace) -> None:
    """The table, best first below the recipe as it is, and the document."""
    rows = []
    for name in dict.fromkeys(run["variant"] for run in runs):
        mine = [run for run in runs if run["variant"] == name]
        accuracies = [100 * run["accuracy"] for run in mine]
        rows.append(
            {
                "variant": name,
                "runs": len(mine),
                "accuracy": statistics.mean(accuracies),
                "deviation": statistics.stdev(accuracies) if len(mine) > 1 else None,
                "nll": statistics.mean(run["nll"] for run in mine),
                "seconds": statistics.median(run["seconds"] for run in mine),
            }
        )
    print(f"{options.preset}, {options.epochs} epochs, {options.validation:,} validation pictures")
    print(f"{'':28} {'accuracy':>9} {'dev.':>6} {'NLL':>8} {'s':>6}")
    for row in sorted(rows, key=lambda row: row["nll"]):
        deviation = "" if row["deviation"] is None else f"{row['deviation']:.3f}"
        print(
            f"{row['variant']:28} {row['accuracy']:8.3f}% {deviation:>6} {row['nll']:8.5f} "
            f"{row['seconds']:6.0f}"
        )
    conditions = machine.capture(checkout=REPOSITORY).to_json()
    print(json.dumps({"schema": "digitcli.ablation/1", "rows": rows, "conditions": conditions}))


if __name__ == "__main__":
    main()
