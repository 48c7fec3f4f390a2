"""`digitcli eval`: accuracy with its interval, and calibration."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from ..errors import GateError, UsageError
from ..model.zoo import DEFAULT
from . import console

if TYPE_CHECKING:
    from ..evaluation.ensemble import Predictor
    from ..evaluation.evaluate import Evaluation


def evaluate(
    weights: Annotated[
        list[str],
        typer.Option(
            "--weights",
            "-w",
            help="Bundled weights by name, or a file. Given several times: the mean of all.",
        ),
    ] = [DEFAULT],  # noqa: B006 - Typer copies it
    data: Annotated[
        str, typer.Option("--data", "-d", help="Data set, or folder with a labels.csv.")
    ] = "mnist",
    part: Annotated[
        Literal["train", "test"], typer.Option("--split", help="Which part of a data set.")
    ] = "test",
    writers: Annotated[
        str | None,
        typer.Option(metavar="A,B", help="Of a folder: only what these writers wrote."),
    ] = None,
    digits: Annotated[
        Literal["one", "many", "auto"] | None,
        typer.Option(
            help="Of a folder: read pictures as `predict --digits` does and compare numbers. "
            "Default: auto where labels are not single digits."
        ),
    ] = None,
    engine: Annotated[
        Literal["cpp", "tensorflow"], typer.Option(help="What runs the network.")
    ] = "cpp",
    threads: Annotated[
        int | None, typer.Option(min=0, help="C++ threads; 0 means all cores (the default).")
    ] = None,
    tta: Annotated[
        bool,
        typer.Option(
            "--tta",
            help="Test-time averaging: the mean over each picture moved by -1, 0 and 1 pixels "
            "in both directions, nine in all.",
        ),
    ] = False,
    reliability: Annotated[
        Path | None,
        typer.Option(metavar="PNG", help="Draw a reliability diagram (.png or .svg)."),
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
    """Measure accuracy on labelled pictures: 95 % interval, calibration, digits, confusions.

    Labels of a folder may be numbers of any length, with separators, or empty where a picture has
    no number. Then exact numbers and digits by edit distance are counted, and a picture that cannot
    be read counts as wrong (exit 7). `--output FILE.csv` writes a row for each picture.
    """
    _check_gate(min_accuracy)
    _check_picture(reliability)
    _check_outputs(output, reliability, weights, data)

    from ..vision.sheet.folder import UnreadError, load_data
    from .evaluate_numbers import NumberOptions, evaluate_numbers, has_numbers

    chosen = tuple(writers.split(",")) if writers else ()
    single = engine == "tensorflow", len(weights) > 1, tta, reliability is not None
    numbers = NumberOptions(
        weights[0], data, chosen, digits, threads or 0, min_accuracy, as_json, output, single
    )
    if has_numbers(numbers):
        evaluate_numbers(numbers)
        return
    predictor, isa = _averaged(engine, weights, threads, tta)

    from ..evaluation.evaluate import evaluate as run

    try:
        pictures = load_data(data, part, chosen)
    except UnreadError as error:
        evaluate_numbers(numbers.because(error))
        return
    result, split = run(predictor, pictures), pictures.split
    name = " + ".join(weights)
    title = console.brief(f"{name} on {data} ({split}), {isa or engine}{', tta' * tta}")
    names = {"weights": name, "data": data, "split": split, "engine": engine, "isa": isa}
    document = {"schema": "digitcli.eval/1", **result.to_json(), **names}
    document |= {"members": weights, "tta": tta}
    _write(output, reliability, document, title)
    _show(result, document, title, as_json)
    if min_accuracy is not None and not result.metrics.reaches(min_accuracy):
        reached = 100 * result.metrics.accuracy
        raise GateError(f"{name}: accuracy is {reached:.3f} %, below {min_accuracy:g} %")


def _check_gate(percent: float | None) -> None:
    """Refuse what is no percentage; a value up to 1 is probably a fraction."""
    if percent is not None and not 1 < percent <= 100:
        hint = f"did you mean {100 * percent:g}?" if 0 < percent <= 1 else ""
        raise UsageError(
            f"--min-accuracy must be a percentage above 1 and at most 100, got {percent:g}", hint
        )


def _check_picture(path: Path | None) -> None:
    if path is not None:
        from ..report.kit.plots import check

        check(path, "--reliability")


def _check_outputs(
    output: Path | None, reliability: Path | None, weights: list[str], data: str
) -> None:
    """Refuse outputs that would replace what is read."""
    from ..files.outputs import Output, Outputs

    outputs = [Output("--output", output, "answer")] if output else []
    outputs += [Output("--reliability", reliability, "drawing")] if reliability else []
    Outputs(outputs, weights, trees=[data] if data else [])


def _averaged(
    engine: str, weights: list[str], threads: int | None, tta: bool
) -> tuple[Predictor, str | None]:
    """The predictor of all `weights`, and the C++ engine's instruction set."""
    if engine == "tensorflow" and threads is not None:
        raise UsageError(
            "--threads is for the C++ engine; TensorFlow chooses its own",
            hint="set TF_NUM_INTRAOP_THREADS, or leave --threads away",
        )
    from ..evaluation.ensemble import ensemble, over_shifts

    make = _cpp if engine == "cpp" else _tensorflow
    members = [make(name, threads or 0) for name in weights]
    together = ensemble([predictor for predictor, _ in members])
    return over_shifts(together) if tta else together, members[0][1]


def _cpp(name: str, threads: int) -> tuple[Predictor, str | None]:
    from ..evaluation.ensemble import engine_predictor
    from ..inference.engine import load

    engine = load(name)
    return engine_predictor(engine, threads), engine.isa


def _tensorflow(name: str, threads: int) -> tuple[Predictor, str | None]:
    from ..evaluation.ensemble import Predict, Predictor
    from ..inference.prediction import Prediction
    from ..model.weights import Weights, find_weights, load_weights
    from ..training.network import predictor

    def at(weights: Weights) -> Predict:
        probabilities = predictor(weights)
        return lambda images: Prediction(probabilities(images))

    weights = load_weights(find_weights(name))
    temperature = weights.temperature
    plain = at(replace(weights, temperature=1.0)) if temperature != 1 else None
    return Predictor(at(weights), (temperature,), plain), None


def _show(result: Evaluation, document: dict[str, Any], title: str, as_json: bool) -> None:
    if as_json:
        console.print_json(document)
        return
    from ..report.evaluation import render

    console.out().print(render(result, title))


def _write(
    output: Path | None, reliability: Path | None, document: dict[str, Any], title: str
) -> None:
    """The files that were asked for."""
    if output is not None:
        from ..files import atomic_write

        with atomic_write(output) as file:
            file.write(json.dumps(document, indent=2, allow_nan=False).encode() + b"\n")
    if reliability is not None:
        from ..report.reliability import draw

        draw(document["calibration"], title, reliability)
