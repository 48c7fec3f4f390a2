"""`digitcli eval`: how often a network is right, with an interval."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from ..errors import GateError, UsageError
from . import console

if TYPE_CHECKING:
    from ..evaluation.evaluate import Predict


def evaluate(
    weights: Annotated[
        str, typer.Option("--weights", "-w", help="Bundled weights by name, or a file.")
    ] = "small",
    data: Annotated[str, typer.Option("--data", "-d", help="Data set, by name.")] = "mnist",
    split: Annotated[Literal["train", "test"], typer.Option(help="Which part of it.")] = "test",
    engine: Annotated[
        Literal["cpp", "tensorflow"], typer.Option(help="What runs the network.")
    ] = "cpp",
    threads: Annotated[
        int | None, typer.Option(min=0, help="C++ threads; 0 means all cores (the default).")
    ] = None,
    min_accuracy: Annotated[
        float | None,
        typer.Option(help="In percent, such as 99.2: exit 8 if the accuracy is lower."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write the JSON document here too.")
    ] = None,
) -> None:
    """Measure accuracy on labelled pictures: 95 % interval, loss, every digit, confusions."""
    _check_gate(min_accuracy)
    predict, isa = _predictor(engine, weights, threads)

    from ..data.store import load_split
    from ..evaluation.evaluate import evaluate as run
    from ..report.evaluation import render

    result = run(predict, load_split(data, split))
    names = {"weights": weights, "data": data, "split": split, "engine": engine, "isa": isa}
    document = {"schema": "digitcli.eval/1", **result.to_json(), **names}
    if output is not None:
        _write(output, document)
    if as_json:
        console.print_json(document)
    else:
        title = f"{weights} on {data} ({split}), {isa or engine}"
        console.out().print(render(result, console.visible(title)))
    if min_accuracy is not None and not result.metrics.reaches(min_accuracy):
        reached = 100 * result.metrics.accuracy
        raise GateError(f"{weights}: accuracy is {reached:.3f} %, below {min_accuracy:g} %")


def _check_gate(percent: float | None) -> None:
    """Refuse what is no percentage; up to 1 it is a fraction, and a gate that nothing misses."""
    if percent is not None and not 1 < percent <= 100:
        hint = f"did you mean {100 * percent:g}?" if 0 < percent <= 1 else ""
        raise UsageError(
            f"--min-accuracy must be a percentage above 1 and at most 100, got {percent:g}", hint
        )


def _predictor(engine: str, weights: str, threads: int | None) -> tuple[Predict, str | None]:
    """The function that classifies pictures, and its instruction set where we know it."""
    if engine == "cpp":
        from ..inference.engine import load

        loaded = load(weights)
        return lambda images: loaded.predict(images, threads or 0), loaded.isa
    if threads is not None:
        raise UsageError(
            "--threads is for the C++ engine; TensorFlow chooses its own",
            hint="set TF_NUM_INTRAOP_THREADS, or leave --threads away",
        )
    from ..inference.prediction import Prediction
    from ..model.weights import find_weights, load_weights
    from ..training.network import predictor

    probabilities = predictor(load_weights(find_weights(weights)))
    return lambda images: Prediction(probabilities(images)), None


def _write(path: Path, document: dict[str, Any]) -> None:
    from ..files import atomic_write

    with atomic_write(path) as file:
        file.write(json.dumps(document, indent=2, allow_nan=False).encode() + b"\n")
