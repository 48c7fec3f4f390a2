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

from real import sets

from digitcli.evaluation.alignment import StringAnswer
from digitcli.evaluation.strings import measure_strings
from digitcli.inference.line_engine import LineEngine
from digitcli.inference.networks import Networks
from digitcli.model.thresholds import KEY
from digitcli.model.weights import Weights, find_weights, load_weights, save_weights
from digitcli.training.lines.checks import read_drawn, thresholds_of
from digitcli.training.lines.task import checked_lines
from digitcli.training.mixture.hands import open_hands
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
    parser.add_argument("--made", default="", help="how the weights that it started from were made")
    options = parser.parse_args()
    weights = load_weights(find_weights(options.weights))
    added = {"credits": credits_of(weights)} | ({"made": options.made} if options.made else {})
    made = replace(weights, trained={**weights.trained, **added})
    if weights.spec.task == "line":
        made = with_thresholds(made, options.weights, options.real, options.beside)
    save_weights(options.out, made)
    print(options.out, options.out.stat().st_size, "bytes")


def credits_of(weights: Weights) -> list[str]:
    """Whose hands a network learnt from."""
    return [CREDITS[name] for name in weights.trained["data"]["hands"]]


def with_thresholds(weights: Weights, name: str, real: Path, beside: Sequence[str]) -> Weights:
    """The same weights with thresholds measured on drawn lines and on development pictures."""
    recipe = recipe_from_table(weights.trained["recipe"])
    drawn = read_drawn(LineEngine(weights), checked_lines(open_hands(recipe), recipe))
    reader = Reader.of(Networks([name, *beside]), mode="auto", threads=0)
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
