"""Add to trained weights what bundled ones carry, and write them where they ship.

    python benchmarks/bundle.py runs/line digitcli/model/zoo/line.npz --real FOLDER

For a network that reads lines: thresholds of `--target-error`, from numbers on development pictures
(each read as `predict --digits auto` reads it) together with as many drawn lines as the run
validated on; and the credits of the hands it learnt from. For a network that finds lines: credits.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from real import sets

from digitcli.evaluation.alignment import StringAnswer
from digitcli.evaluation.strings import measure_strings
from digitcli.inference.line_engine import LineEngine
from digitcli.inference.networks import Networks
from digitcli.model.thresholds import KEY
from digitcli.model.weights import Weights, find_weights, load_weights, save_weights
from digitcli.training.adapt.origin import deployed
from digitcli.training.compute.backend import to_numpy
from digitcli.training.compute.choice import make_compute
from digitcli.training.lines.batches import by_width
from digitcli.training.lines.calibrate import fitted
from digitcli.training.lines.checks import read_drawn, thresholds_of
from digitcli.training.lines.task import checked_lines
from digitcli.training.lines.trainer import LineTrainer
from digitcli.training.mixture.hands import open_hands
from digitcli.training.network import load_twin
from digitcli.training.recipes import recipe_from_table
from digitcli.vision.reader import Reader

SETS = ("cheques", "fields/marks", "fields/scores", "fields/hsf", "fields/registers")
CREDITS = {
    "mnist": "MNIST (LeCun, Cortes, Burges), CC BY-SA 3.0",
    "pendigits": "PenDigits (Alpaydin, Alimoglu), UCI 81, CC BY 4.0, doi 10.24432/C5MG6K",
    "optdigits": "optdigits (Alpaydin, Kaynak), UCI 80, CC BY 4.0",
    "semeion": "Semeion (Semeion Research Center, Tactile), UCI 178, CC BY 4.0",
    "scans": "kensanata/numbers, public domain",
    "strokes": "digitcli's own strokes",
    "fonts": "free fonts of the extra `fonts`",
}


def main() -> None:
    """Read the options, write the file."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("weights", help="a weight file or a run folder")
    parser.add_argument("out", type=Path)
    parser.add_argument("--real", type=Path, required=True, help="folder of development pictures")
    parser.add_argument("--beside", action="append", default=[], help="other weights to read with")
    parser.add_argument("--mean", action="append", default=[], help="weights to take the mean with")
    parser.add_argument("--made", default="", help="how the weights that it started from were made")
    options = parser.parse_args()
    weights = load_weights(find_weights(options.weights))
    if options.mean:
        weights = mean_of([weights, *(load_weights(find_weights(one)) for one in options.mean)])
        if weights.spec.task == "line":
            weights = calibrated(weights)
    added = {"credits": credits_of(weights)} | ({"made": options.made} if options.made else {})
    made = replace(weights, trained={**weights.trained, **added})
    if weights.spec.task == "line":
        made = with_thresholds(made, options.out, options.real, options.beside)
    save_weights(options.out, made)
    print(options.out, options.out.stat().st_size, "bytes")


def mean_of(several: Sequence[Weights]) -> Weights:
    """The mean of weights that one run made of another's, with what the first say of themselves.

    M. Wortsman et al., "Model soups", ICML 2022.
    """
    first = several[0]
    tensors = {
        name: np.mean([one.arrays[name] for one in several], axis=0, dtype=np.float32)
        for name in first.tensors
    }
    return replace(first, tensors=tensors)


def calibrated(weights: Weights) -> Weights:
    """The same with the temperature and accuracy of the lines that their run validated on."""
    recipe = recipe_from_table(weights.trained["recipe"])
    lines = list(by_width(checked_lines(open_hands(recipe), recipe), recipe.batch_size))
    values = [to_numpy(value) for value in load_twin(weights).trainable_variables]
    trainer = LineTrainer(deployed(weights.spec), recipe, 1, make_compute(), start=lambda _: values)
    record = fitted(trainer, lines)
    accuracy = trainer.measure(lines)[1]
    added = {"calibration": record, "validation_accuracy": accuracy}
    trained = {**weights.trained, **added}
    trained.pop("validation", None)
    return replace(weights, trained=trained, temperature=record["temperature"])


def credits_of(weights: Weights) -> list[str]:
    """Whose hands a network learnt from."""
    return [CREDITS[name] for name in weights.trained["data"]["hands"]]


def with_thresholds(weights: Weights, out: Path, real: Path, beside: Sequence[str]) -> Weights:
    """The same weights with thresholds measured on drawn lines and on development pictures.

    They are read from `out`, where the weights stand without thresholds until then.
    """
    save_weights(out, weights)
    recipe = recipe_from_table(weights.trained["recipe"])
    drawn = read_drawn(LineEngine(weights), checked_lines(open_hands(recipe), recipe))
    reader = Reader.of(Networks([str(out), *beside]), mode="auto", threads=0)
    found = [answer for each in SETS for answer in read_set(reader, real / each)]
    for what, answers in (("drawn lines", drawn), ("development pictures", found)):
        metrics = measure_strings(answers)
        print(what, metrics.exact.to_json(), "answered", metrics.answered, "wrong", metrics.wrong)
    table = thresholds_of([*drawn, *found], f"drawn lines and {', '.join(SETS)}")
    return replace(weights, trained={**weights.trained, KEY: table})


def read_set(reader: Reader, folder: Path) -> list[StringAnswer]:
    """What is read of all pictures of a set."""
    pictures = sets.labelled(folder)
    readings = reader.read_many([picture.source for picture in pictures])
    return [
        StringAnswer(picture.text, reading.text, reading.confidence, reading.written)
        for picture, reading in zip(pictures, readings, strict=True)
    ]


if __name__ == "__main__":
    main()
