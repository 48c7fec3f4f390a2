"""What `digitcli predict` reads, and with what: pictures, rules, a form, threads or processes."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Generator, Iterator
from functools import partial
from typing import TYPE_CHECKING

from ...errors import UsageError
from ...vision.files import sources
from ...vision.files.picture import Transposed, name_of
from ...vision.look import no_digits
from ...vision.reader import Reader
from ..common.verbosity import is_quiet
from .options import PredictOptions

if TYPE_CHECKING:
    from ...inference.networks import Networks
    from ...report.predict.progress import Progress
    from ...report.predict.resume import EarlierAnswers
    from ...vision.files.passed import PassedOver
    from ...vision.files.picture import Source
    from ...vision.files.sources import Watch
    from ...vision.forms.form import Form
    from ...vision.reading import Reading
    from ...vision.rules.rule import Rule

_FEW = 63  # pictures that are read without thinking of processes


def find_pictures(
    options: PredictOptions, *watch: Watch, passed: PassedOver | None = None
) -> Iterator[Source]:
    """The pictures that are named; what is passed over is counted in `passed`."""
    found = sources.find_pictures(
        options.pictures, *watch, recursive=options.recursive, passed=passed, limits=options.limits
    )
    return map(Transposed, found) if options.transpose else found


def rule_of_options(options: PredictOptions) -> Rule | None:
    """The rule for whole pictures. Raises UsageError beside a form, and as `rule_of` does."""
    asked = options.pattern, options.length, options.check
    if asked == (None, None, None):
        return None
    if options.form is not None:
        raise UsageError(
            "--form has rules of its own", "write pattern, length and check in its fields"
        )
    from ...vision.rules.options import rule_of

    return rule_of(*asked)


def form_of_options(options: PredictOptions) -> Form | None:
    """The form whose fields are read. Raises what `read_form` raises."""
    if options.form is None:
        return None
    from ...vision.forms.form import read_form

    return read_form(options.form)


def reader_of_options(
    options: PredictOptions, networks: Networks, rule: Rule | None, form: Form | None, least: float
) -> Reader:
    """A reader of whole pictures, or of the form's fields where there is a form.

    Raises UsageError for what only digits have.
    """
    reader = Reader.of(
        networks,
        mode=options.digits,
        threads=options.threads,
        limits=options.limits,
        least=least,
        rule=rule,
    )
    if form is None:
        return reader
    if not networks.names_digits:
        raise no_digits(networks, "--form")
    from ...vision.forms.read import FormReader

    return FormReader(reader, form)


def start_progress(options: PredictOptions, stack: contextlib.ExitStack) -> Progress:
    """What says on stderr how far we are; nothing with --quiet."""
    from ...report.predict.progress import Progress, counted

    twice = {"-", "@-"}.isdisjoint(options.pictures)  # standard input can be read once
    found = Progress(
        sys.stderr,
        counted(partial(find_pictures, options)) if twice else None,
        shares_terminal=not (options.output or options.resume) and sys.stdout.isatty(),
        quiet=is_quiet(),
    )
    return stack.enter_context(found)


def without_earlier(
    found: Iterator[Source], earlier: EarlierAnswers, progress: Progress
) -> Iterator[Source]:
    """The pictures that have no answer yet."""
    for source in found:
        if earlier.has(name_of(source)):
            progress.skipped += 1
        else:
            yield source


def read_pictures(
    options: PredictOptions, reader: Reader, found: Iterator[Source], known: int
) -> Generator[Reading, None, None]:
    """The readings, in processes where many small pictures are read and none is drawn.

    `known` of them have been looked for already.
    """
    drawn = options.show or options.annotate is not None or options.steps is not None
    if drawn or known <= _FEW or options.form is not None:
        return reader.read_many(found)
    from ...vision.many.messages import ReaderSettings
    from ...vision.many.pool import ProcessPool

    weights = tuple(options.weights or ())
    settings = ReaderSettings(weights, options.digits, reader.least, reader.rule, reader.limits)
    return ProcessPool(reader, settings).read_many(found)
