"""Runs `digitcli predict`: options in, answers out."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ..errors import PartialError, UsageError
from ..inference.networks import Networks
from ..report.predict import answers
from ..vision import look, reader
from ..vision.files import sources
from ..vision.files.decode import Limits
from ..vision.files.passed import PassedOver
from ..vision.files.picture import name_of
from . import console

if TYPE_CHECKING:
    from ..files.outputs import Kind, Outputs
    from ..model.thresholds import Threshold
    from ..report.predict.answers import Sink
    from ..report.predict.resume import EarlierAnswers
    from ..vision.files.picture import Source
    from ..vision.rules.rule import Rule

_LOOKED_AT = 64  # names that decide the width of the first column


class PredictOptions:
    """The options of `digitcli predict`, as typed.

    Not a dataclass: creating that class takes as long as reading a picture.
    """

    pictures: list[str]
    weights: list[str] | None
    top: int
    threads: int
    recursive: bool
    max_megapixels: float
    digits: Literal["one", "many", "auto"]
    kind: str  # of output: "text", "json", "jsonl", "csv" or "parquet"
    picture: bool
    show: bool
    pattern: str | None
    length: int | None
    check: str | None
    target_error: str | None
    review: Path | None
    annotate: Path | None
    steps: Path | None
    resume: Path | None
    output: Path | None

    def __init__(self, **options: Any) -> None:
        self.__dict__.update(options)

    @property
    def limits(self) -> Limits:
        """The largest picture that is read."""
        return Limits.of(self.max_megapixels)


def kind_of(
    *, as_json: bool, as_jsonl: bool, as_csv: bool, resume: bool, output: Path | None = None
) -> str:
    """The kind of output that was asked for. Raises UsageError for two kinds."""
    asked = {"json": as_json, "jsonl": as_jsonl or resume, "csv": as_csv}
    kinds = [kind for kind, wanted in asked.items() if wanted]
    if len(kinds) > 1 and resume:
        raise UsageError("--resume writes JSON Lines", f"leave --{kinds[-1]} away")
    if len(kinds) > 1:
        raise UsageError(f"--{kinds[0]} and --{kinds[1]} exclude each other", "choose one of them")
    if is_parquet(output) and not resume:
        if kinds:
            raise UsageError(f"--output: {output} would be Parquet", f"leave --{kinds[0]} away")
        return "parquet"
    return kinds[0] if kinds else "text"


def is_parquet(path: Path | None) -> bool:
    """Whether a file of this name is written as Parquet."""
    return path is not None and path.suffix.lower() == ".parquet"


def run(options: PredictOptions) -> None:
    """Read all pictures and write what was asked for.

    Raises the error of the only picture, PartialError when some of several were not read.
    """
    _check(options)
    outputs = _outputs(options)
    rule = _rule(options)
    networks = Networks(options.weights or ())
    threshold = _threshold(options, networks)
    least = reader.LEAST if threshold is None else threshold.confidence
    reads = reader.Reader.of(
        networks,
        threads=options.threads,
        least=least,
        rule=rule,
        mode=options.digits,
        limits=options.limits,
    )
    tally = answers.Tally(least, threshold)
    with contextlib.ExitStack() as stack:
        earlier = _earlier_answers(options, stack)
        passed = PassedOver()
        found = _found(options, outputs, passed)
        if earlier is not None:
            found = (source for source in found if name_of(source) not in earlier.names)
            tally.earlier_errors = earlier.failed
        first = list(islice(found, _LOOKED_AT))
        alone = len(first) == 1 and earlier is None
        printed = None if options.kind == "parquet" else options.output
        stack.enter_context(console.output_to(printed))
        sinks = list(_sinks(options, stack, first, earlier, alone))
        for reading in reads.read_many(chain(first, found)):
            if reading.error is not None and alone:
                raise reading.error
            for sink in (tally, *sinks):
                sink.add(reading)
        for sink in sinks:
            sink.finish(tally)
    _report(tally, passed)


def _found(
    options: PredictOptions, outputs: Outputs | None, passed: PassedOver
) -> Iterator[Source]:
    """The pictures that are named; what is passed over is counted in `passed`."""
    watch = (outputs.read,) if outputs is not None else ()
    return sources.find_pictures(
        options.pictures, *watch, recursive=options.recursive, passed=passed, limits=options.limits
    )


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
    inputs += [name[1:] for name in options.pictures if name.startswith("@")]
    return Outputs(outputs, inputs)


def _rule(options: PredictOptions) -> Rule | None:
    asked = options.pattern, options.length, options.check
    if asked == (None, None, None):
        return None
    from ..vision.rules.options import rule_of

    return rule_of(*asked)


def _threshold(options: PredictOptions, networks: Networks) -> Threshold | None:
    if options.target_error is None:
        return None
    tasks = look.tasks_of(options.digits)
    return networks.threshold(options.target_error, tasks, reader.LEAST)


def _earlier_answers(options: PredictOptions, stack: contextlib.ExitStack) -> EarlierAnswers | None:
    """The answers of an earlier run, which this one continues."""
    if options.resume is None:
        return None
    if is_parquet(options.resume):
        from ..report.predict.parquet import continue_rows

        return stack.enter_context(continue_rows(options.resume))
    from ..report.predict.resume import continue_answers

    return stack.enter_context(continue_answers(options.resume))


def _sinks(
    options: PredictOptions,
    stack: contextlib.ExitStack,
    first: list[Source],
    earlier: EarlierAnswers | None,
    alone: bool,
) -> Iterator[Sink]:
    """Everything that takes answers, in the order in which it gets them."""
    if earlier is not None:
        yield answers.JsonLines(earlier.stream, flush=True)
    elif options.kind == "parquet" and options.output is not None:
        from ..report.predict.parquet import write_rows

        yield stack.enter_context(write_rows(options.output))
    elif options.kind == "json":
        yield answers.Json(sys.stdout)
    elif options.kind == "jsonl":
        yield answers.JsonLines(sys.stdout)
    elif options.kind == "csv":
        yield answers.Csv(sys.stdout)
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


def _report(tally: answers.Tally, passed: PassedOver) -> None:
    """Print the coverage where an error rate was asked for, and what was passed over or noted.

    Raises PartialError when pictures were not read.
    """
    said = [*tally.sentences()] if tally.threshold is not None else []
    for line in [*said, *passed.sentences(), *tally.noted()]:
        console.printer_on_stderr().write((line, ""))
    if tally.errors:
        raise PartialError(
            f"{tally.errors} of {tally.pictures} pictures could not be read", tally.hint
        )
