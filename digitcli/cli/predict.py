"""`digitcli predict`: say which digit each picture shows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..errors import DataError, PartialError, UsageError
from . import console

if TYPE_CHECKING:
    from ..vision.reader import Reading


def predict(
    pictures: Annotated[
        list[str],
        typer.Argument(
            metavar="PICTURE...", help="Files, folders, patterns, or - for standard input."
        ),
    ],
    weights: Annotated[
        str, typer.Option("--weights", "-w", help="Bundled weights, or a weight file.")
    ] = "small",
    top: Annotated[int, typer.Option(min=1, max=10, help="How many digits to show.")] = 3,
    threads: Annotated[int, typer.Option(min=0, max=1024, help="0: all cores.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
    as_jsonl: Annotated[
        bool, typer.Option("--jsonl", help="Print one JSON document for each picture.")
    ] = False,
    picture: Annotated[
        bool, typer.Option(help="Draw what the network saw (up to three pictures).")
    ] = True,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Write the answers to this file.")
    ] = None,
) -> None:
    """Say which digit each picture shows.

    Any common picture will do: dark on light or light on dark, any size; PNG, JPEG, WebP, TIFF,
    BMP, GIF or PNM. A single picture that cannot be read ends with exit code 3. Among several it
    becomes a row with its reason, the others are answered, and the exit code is 7.
    """
    if as_json and as_jsonl:
        raise UsageError("--json and --jsonl exclude each other", "choose one of them")
    from ..inference import engine
    from ..report import predictions
    from ..vision import reader, sources

    files = sources.find_pictures(pictures)
    network = reader.Reader(engine.load(weights), threads=threads)
    bad: list[DataError] = []
    readings = _collect(network.read_many(files), bad, alone=len(files) == 1)
    with console.output_to(output):
        if as_json:
            console.print_json(predictions.document(readings))
        elif as_jsonl:
            for reading in readings:
                console.print_json(predictions.line(reading))
        else:
            predictions.show(console.page(), readings, files, top=top, picture=picture)
    if bad:
        raise PartialError(f"{len(bad)} of {len(files)} pictures could not be read", bad[0].hint)


def _collect(readings: Iterable[Reading], bad: list[DataError], alone: bool) -> Iterator[Reading]:
    """Pass readings on and note their errors; the error of a picture `alone` is the command's."""
    for reading in readings:
        if reading.error is not None and alone:
            raise reading.error
        if reading.error is not None:
            bad.append(reading.error)
        yield reading
