"""`digitcli eval` on a folder whose labels are numbers of any length."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ..errors import DataError, GateError, PartialError, UsageError
from ..vision.sheet.labels import Label
from . import console

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..evaluation.alignment import StringAnswer
    from ..evaluation.strings import StringMetrics
    from ..vision.reader import Reader

# Options that only a network for single digits can follow, in the order of `NumberOptions.single`.
_SINGLE = "--engine tensorflow", "several --weights", "--tta", "--reliability"


@dataclass(frozen=True)
class NumberOptions:
    """The options of `digitcli eval`, as typed; `single` says which of `_SINGLE` were given."""

    weights: str
    data: str
    writers: tuple[str, ...]
    digits: Literal["one", "many", "auto"] | None
    threads: int
    min_accuracy: float | None
    as_json: bool
    output: Path | None
    single: tuple[bool, ...]
    reason: str = ""  # why pictures of single digits are measured as numbers

    def because(self, error: DataError) -> NumberOptions:
        """The same for single digits, one of which `error` keeps from being measured alone."""
        return replace(self, digits="one", reason=str(error))


def has_numbers(options: NumberOptions) -> bool:
    """Whether the data is a folder whose pictures are to be read as numbers.

    Raises UsageError for `--digits` with a data set, DataError for a list that cannot be read.
    """
    from ..data.catalog import CATALOG
    from ..vision.sheet.folder import is_folder, labels_of

    named = options.data in [dataset.name for dataset in CATALOG]
    if named or not is_folder(options.data):
        if options.digits is not None:
            raise UsageError(f"{options.data}: --digits is for a folder of pictures")
        return False
    if options.digits is not None:
        return True
    return any(not label.is_digit for label in labels_of(Path(options.data))[1])


def evaluate_numbers(options: NumberOptions) -> None:
    """Read every picture, print and write what was found.

    Raises GateError where the exact accuracy is too low, PartialError where pictures could not be
    read; UsageError for options that only single digits have.
    """
    for name, given in zip(_SINGLE, options.single, strict=True):
        if given:
            raise UsageError(f"{name}: is for pictures of single digits", options.reason)
    if options.reason:
        console.err().print(
            f"{console.brief(options.reason)}; so it counts as wrong, and pictures are read as "
            "`predict --digits one` does",
            markup=False,
            soft_wrap=True,
        )
    listed, labels = _labels(options)
    from ..evaluation.strings import measure_strings
    from ..inference.networks import Networks
    from ..vision.reader import Reader

    networks, mode = Networks([options.weights]), options.digits or "auto"
    engine = networks.digit
    reader = Reader.of(networks, threads=options.threads, mode=mode)
    start = time.perf_counter()
    metrics = measure_strings(_answers(reader, listed.parent, labels), reader.least)
    document = {
        "schema": "digitcli.eval-strings/1",
        **metrics.to_json(),
        "seconds": time.perf_counter() - start,
        **{"weights": options.weights, "data": options.data, "mode": mode, "isa": engine.isa},
    }
    _write(options.output, metrics, document)
    title = console.brief(f"{options.weights} on {options.data}, {engine.isa}, --digits {mode}")
    _show(metrics, document, title, options.as_json)
    _judge(options, metrics)


def _labels(options: NumberOptions) -> tuple[Path, list[Label]]:
    """The list and its rows, of the chosen writers alone."""
    from ..vision.sheet.folder import labels_of
    from ..vision.sheet.labels import check_files, check_numbers

    listed, labels = labels_of(Path(options.data))
    check_numbers(listed, labels)
    check_files(listed, labels)
    there = sorted({label.writer for label in labels} - {""})
    if unknown := sorted(set(options.writers) - set(there)):
        raise UsageError(
            f"{options.data}: no writer {unknown[0]!r}",
            f"its writers are {', '.join(there)}" if there else "it names no writers",
        )
    chosen = options.writers
    return listed, [label for label in labels if not chosen or label.writer in chosen]


def _answers(reader: Reader, folder: Path, labels: list[Label]) -> Iterator[StringAnswer]:
    """What is read of each picture, beside its label."""
    from ..evaluation.alignment import StringAnswer

    readings = reader.read_many(folder / label.file for label in labels)
    for label, reading in zip(labels, readings, strict=True):
        yield StringAnswer(
            label.text,
            reading.text,
            reading.confidence,
            reading.written,
            label.file,
            "" if reading.error is None else str(reading.error),
        )


def _show(metrics: StringMetrics, document: dict[str, Any], title: str, as_json: bool) -> None:
    if as_json:
        console.print_json(document)
        return
    from ..report.strings import render

    console.out().print(render(metrics, title))


def _write(output: Path | None, metrics: StringMetrics, document: dict[str, Any]) -> None:
    """The document, or a row for each picture where the name ends in .csv."""
    if output is None:
        return
    with console.text_file(output) as file:
        if output.suffix.lower() == ".csv":
            from ..report.strings import write_rows

            write_rows(file, metrics)
        else:
            file.write(json.dumps(document, indent=2, allow_nan=False) + "\n")


def _judge(options: NumberOptions, metrics: StringMetrics) -> None:
    """Raise what the exit code has to say."""
    least = options.min_accuracy
    if least is not None and not metrics.reaches(least):
        reached = 100 * metrics.exact.count / metrics.n
        raise GateError(f"{options.weights}: {reached:.3f} % are exact, below {least:g} %")
    if unreadable := metrics.unreadable:
        raise PartialError(
            f"{len(unreadable)} of {metrics.n} pictures could not be read, and count as wrong",
            unreadable[0].error,
        )
