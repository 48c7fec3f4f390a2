"""`digitcli eval`: accuracy with its interval, and calibration."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, TypeAlias

import typer

from ..errors import GateError, PartialError, UsageError
from ..model.zoo import DEFAULT
from ..signs import Mode
from . import console
from .options import InvertOption, JsonOption, TransposeOption

if TYPE_CHECKING:
    from rich.console import RenderableType

    from ..api.evaluated import EvaluatedDigits, EvaluatedNumbers

    Evaluated: TypeAlias = EvaluatedDigits | EvaluatedNumbers


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
        str | None,
        typer.Option(
            "--data",
            "-d",
            help="Data set, or a source of your own. Default: mnist; of networks for other "
            "classes, what they learnt.",
        ),
    ] = None,
    part: Annotated[
        Literal["train", "test"] | None,
        typer.Option("--split", help="Which part; default: test where there is one, or all."),
    ] = None,
    transpose: TransposeOption = False,
    invert: InvertOption = False,
    writers: Annotated[
        str | None,
        typer.Option(metavar="A,B", help="Only what these writers wrote, by name."),
    ] = None,
    digits: Annotated[
        Mode | None,
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
    as_json: JsonOption = False,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write the JSON document here too.")
    ] = None,
) -> None:
    """Measure accuracy on labelled pictures: 95 % interval, calibration, digits, confusions.

    A source of your own is a folder with a labels.csv or folders 0 to 9, IDX files, a CSV of
    pixels, .npz, .npy, .mat or Parquet. Pictures without ink are left out and counted; so are those
    that cannot be read (exit 7).

    Labels of a folder may be numbers of any length, with separators, or empty where a picture has
    no number. Then exact numbers and digits by edit distance are counted, and a picture that cannot
    be read counts as wrong (exit 7). `--output FILE.csv` writes a row for each picture.

    Examples:
        digitcli eval --weights small
        digitcli eval -w mine.npz --data photos/labels.csv
    """
    _check_gate(min_accuracy)
    _check_outputs(output, reliability, weights, data)
    from ..vision.labelled.source import marked

    if transpose or invert:
        data = marked(data or "mnist", transpose=transpose, invert=invert)
    from ..api.evaluate import evaluate as run
    from ..api.evaluated import EvaluatedDigits

    found = run(
        weights,
        data,
        split=part,
        writers=writers.split(",") if writers else (),
        digits=digits,
        engine=engine,
        threads=threads,
        tta=tta,
        reliability=reliability,
        note=_say,
    )
    _write(output, found)
    if as_json:
        console.print_json(found.to_dict())
    else:
        console.out().print(_rendered(found))
    if isinstance(found, EvaluatedDigits):
        _judge_digits(found, min_accuracy)
    else:
        _judge_numbers(found, min_accuracy)


def _say(text: str) -> None:
    """Say what was left out of the pictures, or how they were chosen."""
    console.err().print(console.visible(text), markup=False, soft_wrap=True)


def _check_gate(percent: float | None) -> None:
    """Refuse what is no percentage; a value up to 1 is probably a fraction."""
    if percent is not None and not 1 < percent <= 100:
        hint = f"did you mean {100 * percent:g}?" if 0 < percent <= 1 else ""
        raise UsageError(
            f"--min-accuracy must be a percentage above 1 and at most 100, got {percent:g}", hint
        )


def _check_outputs(
    output: Path | None, reliability: Path | None, weights: list[str], data: str | None
) -> None:
    """Refuse outputs that would replace what is read."""
    from ..files.outputs import Output, Outputs
    from ..vision.labelled.source import source_of

    outputs = [Output("--output", output, "answer")] if output else []
    outputs += [Output("--reliability", reliability, "drawing")] if reliability else []
    Outputs(outputs, weights, trees=[source_of(data).path] if data else [])


def _rendered(found: Evaluated) -> RenderableType:
    """What was measured, for a person."""
    from ..api.evaluated import EvaluatedDigits

    title = console.brief(found.title)
    if isinstance(found, EvaluatedDigits):
        from ..report.evaluation import render

        return render(found.result, title)
    from ..report.strings import render as render_numbers

    return render_numbers(found.result, title)


def _write(output: Path | None, found: Evaluated) -> None:
    """The document; of numbers a row for each picture where the name ends in .csv."""
    if output is None:
        return
    from ..api.evaluated import EvaluatedNumbers

    with console.text_file(output) as file:
        if isinstance(found, EvaluatedNumbers) and output.suffix.lower() == ".csv":
            from ..report.strings import write_rows

            write_rows(file, found.result)
        else:
            file.write(json.dumps(found.to_dict(), indent=2, allow_nan=False) + "\n")


def _judge_digits(found: EvaluatedDigits, least: float | None) -> None:
    """Raise GateError where the accuracy is too low; PartialError where pictures are missing."""
    if least is not None and not found.result.metrics.reaches(least):
        reached = 100 * found.accuracy
        raise GateError(
            f"{' + '.join(found.weights)}: accuracy is {reached:.3f} %, below {least:g} %"
        )
    if unreadable := found.account.unreadable:
        raise PartialError(
            f"{unreadable.count:,} pictures could not be read, and are left out",
            f"the first is {unreadable.first}",
        )


def _judge_numbers(found: EvaluatedNumbers, least: float | None) -> None:
    """The same of exact numbers; PartialError where pictures could not be read."""
    metrics = found.result
    if least is not None and not metrics.reaches(least):
        reached = 100 * found.accuracy
        raise GateError(f"{found.weights[0]}: {reached:.3f} % are exact, below {least:g} %")
    if unreadable := metrics.unreadable:
        raise PartialError(
            f"{len(unreadable)} of {metrics.n} pictures could not be read, and count as wrong",
            unreadable[0].error,
        )
