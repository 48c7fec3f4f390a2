"""Runs `digitcli predict`: options in, answers out."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator, Sequence
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import PartialError, UsageError
from ..inference.networks import Networks
from ..report.predict import answers
from ..vision import look, reader
from ..vision.files import sources
from ..vision.files.picture import name_of
from . import console
from .predicting import readers
from .predicting.readers import PredictOptions

if TYPE_CHECKING:
    from ..files.outputs import Kind, Outputs
    from ..model.thresholds import Threshold
    from ..report.predict.answers import Sink
    from ..report.predict.resume import EarlierAnswers
    from ..vision.files.picture import Source

_LOOKED_AT = 64  # names that decide the width of the first column


def kind_of(*, as_json: bool, as_jsonl: bool, as_csv: bool, resume: Path | None) -> str:
    """The kind of output that was asked for. Raises UsageError for two kinds.

    A file for `--resume` is CSV by its name or with `--csv`, else JSON Lines.
    """
    asked = {"json": as_json, "jsonl": as_jsonl, "csv": as_csv}
    kinds = [kind for kind, wanted in asked.items() if wanted]
    if len(kinds) > 1:
        raise UsageError(f"--{kinds[0]} and --{kinds[1]} exclude each other", "choose one of them")
    if resume is None:
        return kinds[0] if kinds else "text"
    if as_json:
        raise UsageError("--resume writes JSON Lines or CSV", "leave --json away")
    return kinds[0] if kinds else "csv" if resume.suffix.lower() == ".csv" else "jsonl"


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
    reads = reader.Reader.of(
        networks, threads=options.threads, least=least, rule=rule, mode=options.digits
    )
    reads = readers.with_form(reads, form)
    tally = answers.Tally(least, threshold)
    with contextlib.ExitStack() as stack:
        names = () if form is None else form.names
        earlier = _earlier_answers(options, stack, names)
        watch = (outputs.read,) if outputs is not None else ()
        found: Iterator[Source] = sources.find_pictures(options.pictures, *watch)
        progress = readers.start_progress(options, stack)
        if earlier is not None:
            found = readers.without_earlier(found, earlier, progress)
            tally.earlier_errors = earlier.failed
        first = list(islice(found, _LOOKED_AT))
        alone = len(first) == 1 and earlier is None
        stack.enter_context(console.output_to(options.output))
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
    _report(tally)


def _check(options: PredictOptions) -> None:
    """Raise UsageError for options that exclude each other."""
    if options.resume is not None and options.output is not None:
        raise UsageError("--resume and --output exclude each other", "--resume names the file")
    if options.show and options.kind != "text":
        raise UsageError(f"--show draws in the terminal, --{options.kind} is for programs")


def _outputs(options: PredictOptions) -> Outputs | None:
    """The files that are written; None without any.

    Raises UsageError, before anything is read, when one would replace a file that is read.
    """
    named: list[tuple[str, Path | None, Kind]] = [
        ("--output", options.output, "answer"),
        ("--review", options.review, "answer"),
        ("--resume", options.resume, "lines"),
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
    elif options.kind == "json":
        yield answers.Json(sys.stdout)
    elif options.kind == "jsonl":
        yield answers.JsonLines(sys.stdout)
    elif options.kind == "csv":
        yield csv(sys.stdout)
    else:
        names = [name_of(source) for source in first]
        yield answers.Text(
            console.printer(), names, top=options.top, picture=options.picture, show=options.show
        )
    if options.review is not None:
        from ..report.predict.review import Review

        yield Review(stack.enter_context(console.text_file(options.review)))
    # Lists and patterns may name any file, so drawings do not replace files then.
    known = all(name == "-" or os.path.exists(name) for name in options.pictures)  # noqa: PTH110
    if options.annotate is not None:
        from ..report.predict import annotate, drawings

        drawn = annotate.annotated
        yield drawings.Drawings(options.annotate, drawn, "--annotate", alone=alone, replace=known)
    if options.steps is not None:
        from ..report.predict import drawings, steps

        drawn = steps.contact_sheet
        yield drawings.Drawings(options.steps, drawn, "--steps", alone=alone, replace=known)


def _report(tally: answers.Tally) -> None:
    """Print the coverage where an error rate was asked for.

    Raises PartialError when pictures were not read.
    """
    if tally.threshold is not None:
        printer = console.printer_on_stderr()
        for line in tally.sentences():
            printer.write((line, ""))
    if tally.errors:
        raise PartialError(
            f"{tally.errors} of {tally.pictures} pictures could not be read", tally.hint
        )
