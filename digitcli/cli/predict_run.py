"""The work of `digitcli predict`, from its wishes to the last line."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ..errors import PartialError, UsageError
from ..inference import engine
from ..report.predict import answers
from ..vision import reader
from ..vision.files import sources
from ..vision.files.picture import name_of
from . import console

if TYPE_CHECKING:
    from ..files.outputs import Kind, Outputs
    from ..model.thresholds import Threshold
    from ..report.predict.answers import Sink
    from ..report.predict.resume import Begun
    from ..vision.files.picture import Source
    from ..vision.rules.rule import Rule

_LOOKED_AT = 64  # names that rows are lined up by


class Wishes:
    """The options of `digitcli predict`, as typed.

    No dataclass: making one takes as long as reading a picture.
    """

    pictures: list[str]
    weights: str
    top: int
    threads: int
    digits: Literal["one", "many", "auto"]
    kind: str  # of output: "page", "json", "jsonl" or "csv"
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

    def __init__(self, **wishes: Any) -> None:
        self.__dict__.update(wishes)


def kind_of(*, as_json: bool, as_jsonl: bool, as_csv: bool, resume: bool) -> str:
    """The one kind of output that was asked for; UsageError for two."""
    asked = {"json": as_json, "jsonl": as_jsonl or resume, "csv": as_csv}
    kinds = [kind for kind, wanted in asked.items() if wanted]
    if len(kinds) > 1 and resume:
        raise UsageError("--resume writes JSON Lines", f"leave --{kinds[-1]} away")
    if len(kinds) > 1:
        raise UsageError(f"--{kinds[0]} and --{kinds[1]} exclude each other", "choose one of them")
    return kinds[0] if kinds else "page"


def run(wishes: Wishes) -> None:
    """Read all pictures and write what was asked for.

    Raises the error of a picture that is alone, PartialError for some of several.
    """
    _check(wishes)
    outputs = _outputs(wishes)
    rule = _rule(wishes)
    network = engine.load(wishes.weights)
    threshold = _threshold(wishes, network)
    least = reader.LEAST if threshold is None else threshold.confidence
    reads = reader.Reader(
        network, threads=wishes.threads, least=least, rule=rule, mode=wishes.digits
    )
    tally = answers.Tally(least, threshold)
    with contextlib.ExitStack() as stack:
        begun = _begun(wishes, stack)
        watch = (outputs.read,) if outputs is not None else ()
        found: Iterator[Source] = sources.find_pictures(wishes.pictures, *watch)
        if begun is not None:
            found = (source for source in found if name_of(source) not in begun.names)
            tally.earlier_errors = begun.failed
        first = list(islice(found, _LOOKED_AT))
        alone = len(first) == 1 and begun is None
        stack.enter_context(console.output_to(wishes.output))
        sinks = list(_sinks(wishes, stack, first, begun, alone))
        for reading in reads.read_many(chain(first, found)):
            if reading.error is not None and alone:
                raise reading.error
            for sink in (tally, *sinks):
                sink.add(reading)
        for sink in sinks:
            sink.finish(tally)
    _report(tally)


def _check(wishes: Wishes) -> None:
    """Refuse options that do not go together."""
    if wishes.resume is not None and wishes.output is not None:
        raise UsageError("--resume and --output exclude each other", "--resume names the file")
    if wishes.show and wishes.kind != "page":
        raise UsageError(f"--show draws in the terminal, --{wishes.kind} is for programs")


def _outputs(wishes: Wishes) -> Outputs | None:
    """The files that are written, kept off those that are read; None when none is.

    Raises UsageError before anything is read.
    """
    named: list[tuple[str, Path | None, Kind]] = [
        ("--output", wishes.output, "answer"),
        ("--review", wishes.review, "answer"),
        ("--resume", wishes.resume, "lines"),
        ("--annotate", wishes.annotate, "drawing"),
        ("--steps", wishes.steps, "drawing"),
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
    inputs = [wishes.weights, *wishes.pictures]
    inputs += [name[1:] for name in wishes.pictures if name.startswith("@")]
    return Outputs(outputs, inputs)


def _rule(wishes: Wishes) -> Rule | None:
    asked = wishes.pattern, wishes.length, wishes.check
    if asked == (None, None, None):
        return None
    from ..vision.rules.options import rule_of

    return rule_of(*asked)


def _threshold(wishes: Wishes, network: engine.Engine) -> Threshold | None:
    if wishes.target_error is None:
        return None
    from ..model import thresholds

    error = thresholds.parse_error(wishes.target_error)
    return thresholds.threshold_for(network.weights.trained, error, wishes.weights)


def _begun(wishes: Wishes, stack: contextlib.ExitStack) -> Begun | None:
    """The answers of an earlier run, to go on with."""
    if wishes.resume is None:
        return None
    from ..report.predict.resume import go_on

    return stack.enter_context(go_on(wishes.resume))


def _sinks(
    wishes: Wishes,
    stack: contextlib.ExitStack,
    first: list[Source],
    begun: Begun | None,
    alone: bool,
) -> Iterator[Sink]:
    """All that takes answers, in the order in which it gets them."""
    if begun is not None:
        yield answers.Lines(begun.stream, flush=True)
    elif wishes.kind == "json":
        yield answers.Document(sys.stdout)
    elif wishes.kind == "jsonl":
        yield answers.Lines(sys.stdout)
    elif wishes.kind == "csv":
        yield answers.Csv(sys.stdout)
    else:
        names = [name_of(source) for source in first]
        yield answers.Pages(
            console.page(), names, top=wishes.top, picture=wishes.picture, show=wishes.show
        )
    if wishes.review is not None:
        from ..report.predict.review import Review

        yield Review(stack.enter_context(console.text_file(wishes.review)))
    # Of lists and patterns nobody knows yet what they will name.
    known = all(name == "-" or os.path.exists(name) for name in wishes.pictures)  # noqa: PTH110
    if wishes.annotate is not None:
        from ..report.predict import annotate, drawings

        drawn = annotate.annotated
        yield drawings.Drawings(wishes.annotate, drawn, "--annotate", alone=alone, replace=known)
    if wishes.steps is not None:
        from ..report.predict import drawings, steps

        drawn = steps.contact_sheet
        yield drawings.Drawings(wishes.steps, drawn, "--steps", alone=alone, replace=known)


def _report(tally: answers.Tally) -> None:
    """The coverage, where an error rate was asked for; PartialError when pictures were not read."""
    if tally.threshold is not None:
        page = console.page_on_stderr()
        for line in tally.sentences():
            page.write((line, ""))
    if tally.errors:
        raise PartialError(
            f"{tally.errors} of {tally.pictures} pictures could not be read", tally.hint
        )
