"""Runs `digitcli predict`: options in, answers out."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import chain, islice
from typing import TYPE_CHECKING, Any

from ..errors import PartialError, UsageError
from ..inference.networks import Networks
from ..report.predict import answers
from ..vision import look, reader
from ..vision.files.passed import PassedOver
from ..vision.files.picture import name_of
from . import console
from .predicting import readers
from .predicting.options import PredictOptions

if TYPE_CHECKING:
    from pathlib import Path

    from ..files.outputs import Kind, Outputs
    from ..model.thresholds import Threshold
    from ..report.predict.answers import Sink
    from ..report.predict.resume import EarlierAnswers
    from ..vision.files.picture import Source

_LOOKED_AT = 64  # names that decide the width of the first column


def kind_of(
    *, as_json: bool, as_jsonl: bool, as_csv: bool, resume: Path | None, output: Path | None = None
) -> str:
    """The kind of output that was asked for. Raises UsageError for two kinds.

    A file for `--resume` is Parquet or CSV by its name, CSV with `--csv` too, else JSON Lines; one
    for `--output` is Parquet by its name.
    """
    asked = {"json": as_json, "jsonl": as_jsonl, "csv": as_csv}
    kinds = [kind for kind, wanted in asked.items() if wanted]
    if len(kinds) > 1:
        raise UsageError(f"--{kinds[0]} and --{kinds[1]} exclude each other", "choose one of them")
    if resume is not None and as_json:
        raise UsageError("--resume writes JSON Lines, CSV or Parquet", "leave --json away")
    for option, path in (("--resume", resume), ("--output", output)):
        if is_parquet(path):
            if kinds:
                raise UsageError(f"{option}: {path} would be Parquet", f"leave --{kinds[0]} away")
            return "parquet"
    if kinds or resume is None:
        return kinds[0] if kinds else "text"
    return "csv" if resume.suffix.lower() == ".csv" else "jsonl"


def is_parquet(path: Path | None) -> bool:
    """Whether a file of this name is written as Parquet."""
    return path is not None and path.suffix.lower() == ".parquet"


def run_with(
    *, as_json: bool = False, as_jsonl: bool = False, as_csv: bool = False, **typed: Any
) -> None:
    """Run `predict` with arguments as the command has them; the others have their defaults.

    Raises UsageError for two kinds of output, and what `run` raises.
    """
    kind = kind_of(
        as_json=as_json,
        as_jsonl=as_jsonl,
        as_csv=as_csv or typed.get("spreadsheet", False),
        resume=typed.get("resume"),
        output=typed.get("output"),
    )
    run(PredictOptions(kind=kind, **typed))


def run(options: PredictOptions) -> None:
    """Read all pictures and write what was asked for.

    Raises the error of the only picture, PartialError when some of several were not read.
    """
    _check(options)
    outputs = _outputs(options)
    rule = readers.rule_of_options(options)
    networks = Networks(options.weights or ())
    form = readers.form_of_options(options)
    threshold = _threshold(options, networks)
    least = reader.LEAST if threshold is None else threshold.confidence
    reads = readers.reader_of_options(options, networks, rule, form, least)
    tally = answers.Tally(least, threshold)
    with contextlib.ExitStack() as stack:
        names = () if form is None else form.names
        earlier = _earlier_answers(options, stack, names)
        passed = PassedOver()
        watch = (outputs.read,) if outputs is not None else ()
        found = readers.find_pictures(options, *watch, passed=passed)
        progress = readers.start_progress(options, stack)
        if earlier is not None:
            found = readers.without_earlier(found, earlier, progress)
            tally.earlier_errors = earlier.failed
        first = list(islice(found, _LOOKED_AT))
        alone = len(first) == 1 and earlier is None
        printed = None if options.kind == "parquet" else options.output
        stack.enter_context(console.output_to(printed))
        sinks = [tally, *_sinks(options, stack, first, earlier, alone, names), progress]
        readings = readers.read_pictures(options, reads, chain(first, found), len(first))
        for reading in stack.enter_context(contextlib.closing(readings)):
            if reading.error is not None and alone:
                raise reading.error
            progress.before_answer()
            for sink in sinks:
                sink.add(reading)
        for sink in sinks:
            sink.finish(tally)
    _report(tally, [*passed.sentences(), *tally.noted()])


def _check(options: PredictOptions) -> None:
    """Raise UsageError for options that exclude each other."""
    if options.resume is not None and options.output is not None:
        raise UsageError("--resume and --output exclude each other", "--resume names the file")
    if options.show and options.kind != "text":
        other = "Parquet" if options.kind == "parquet" else f"--{options.kind}"
        raise UsageError(f"--show draws in the terminal, {other} is for programs")
    if options.form is not None and options.kind == "parquet":
        raise UsageError("--form: Parquet has no columns for its fields", "write CSV or JSON Lines")


def _outputs(options: PredictOptions) -> Outputs | None:
    """The files that are written; None without any.

    Raises UsageError, before anything is read, when one would replace a file that is read.
    """
    named: list[tuple[str, Path | None, Kind]] = [
        ("--output", options.output, "answer"),
        ("--review", options.review, "answer"),
        ("--resume", options.resume, "answer" if is_parquet(options.resume) else "lines"),
        ("--annotate", options.annotate, "drawing"),
        ("--steps", options.steps, "drawing"),
    ]
    if all(path is None for _, path, _ in named):
        return None
    from ..files.outputs import Output, Outputs
    from ..report.predict.drawings import is_folder

    outputs = [
        Output(option, path, kind, folder=kind == "drawing" and is_folder(path))
        for option, path, kind in named
        if path is not None
    ]
    inputs = [*(options.weights or ()), *options.pictures]
    inputs += [] if options.form is None else [str(options.form)]
    inputs += [name[1:] for name in options.pictures if name.startswith("@")]
    return Outputs(outputs, inputs)


def _threshold(options: PredictOptions, networks: Networks) -> Threshold | None:
    if options.target_error is None:
        return None
    tasks = look.tasks_of(options.digits)
    return networks.threshold(options.target_error, tasks, reader.LEAST)


def _earlier_answers(
    options: PredictOptions, stack: contextlib.ExitStack, form: Sequence[str]
) -> EarlierAnswers | None:
    """The answers of an earlier run, which this one continues."""
    if options.resume is None:
        return None
    if options.kind == "parquet":
        from ..report.predict.parquet import continue_rows

        return stack.enter_context(continue_rows(options.resume))
    from ..report.predict.resume import EarlierLines, EarlierRows, continue_answers

    earlier = (
        EarlierRows(options.resume, spreadsheet=options.spreadsheet, form=form)
        if options.kind == "csv"
        else EarlierLines(options.resume)
    )
    return stack.enter_context(continue_answers(earlier))


def _sinks(
    options: PredictOptions,
    stack: contextlib.ExitStack,
    first: list[Source],
    earlier: EarlierAnswers | None,
    alone: bool,
    form: Sequence[str],
) -> Iterator[Sink]:
    """Everything that takes answers, in the order in which it gets them."""
    csv = partial(answers.Csv, spreadsheet=options.spreadsheet, form=form)
    if earlier is not None and options.kind == "csv":
        yield csv(earlier.stream, head=earlier.is_new, flush=True)
    elif earlier is not None:
        yield answers.JsonLines(earlier.stream, flush=True)
    elif options.kind == "parquet" and options.output is not None:
        from ..report.predict.parquet import write_rows

        yield stack.enter_context(write_rows(options.output))
    elif options.kind == "json":
        yield answers.Json(sys.stdout)
    elif options.kind == "jsonl":
        yield answers.JsonLines(sys.stdout)
    elif options.kind == "csv":
        yield csv(sys.stdout)
    else:
        names = [name_of(source) for source in first]
        yield answers.Text(
            console.printer(),
            names,
            top=options.top,
            picture=options.picture,
            show=options.show,
            limits=options.limits,
        )
    if options.review is not None:
        from ..report.predict.review import Review

        yield Review(stack.enter_context(console.text_file(options.review)))
    # Lists and patterns may name any file, so drawings do not replace files then.
    known = all(name == "-" or os.path.exists(name) for name in options.pictures)  # noqa: PTH110
    if options.annotate is not None:
        from ..report.predict import annotate, drawings

        drawn = partial(annotate.annotated, limits=options.limits)
        yield drawings.Drawings(options.annotate, drawn, "--annotate", alone=alone, replace=known)
    if options.steps is not None:
        from ..report.predict import drawings, steps

        drawn = partial(steps.contact_sheet, limits=options.limits)
        yield drawings.Drawings(options.steps, drawn, "--steps", alone=alone, replace=known)


def _report(tally: answers.Tally, notes: list[str]) -> None:
    """Print the coverage where an error rate was asked for, and notes.

    Raises PartialError when pictures were not read.
    """
    said = [*tally.sentences()] if tally.threshold is not None else []
    for line in [*said, *notes]:
        console.printer_on_stderr().write((line, ""))
    if tally.errors:
        raise PartialError(
            f"{tally.errors} of {tally.pictures} pictures could not be read", tally.hint
        )
