"""`digitcli predict`: say which digits each picture shows."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .options import (
    DOUBT,
    RULES,
    CheckOption,
    DigitsOption,
    LengthOption,
    MegapixelsOption,
    PatternOption,
    TargetErrorOption,
    ThreadsOption,
    WeightsOption,
)
from .predicting.options import PredictOptions

_OUTPUT = "Output"


def predict(
    pictures: Annotated[
        list[str],
        typer.Argument(
            metavar="PICTURE...",
            help="Files, folders, patterns, @LISTS, archives, IDX files, - (standard input).",
        ),
    ],
    weights: WeightsOption = None,
    top: Annotated[
        int, typer.Option(min=1, max=10, help="How many digits to show.")
    ] = PredictOptions.top,
    threads: ThreadsOption = PredictOptions.threads,
    digits: DigitsOption = PredictOptions.digits,
    recursive: Annotated[
        bool, typer.Option("--recursive", "-r", help="Read folders inside folders too.")
    ] = False,
    transpose: Annotated[
        bool,
        typer.Option("--transpose", help="Swap rows and columns, as some IDX files need it."),
    ] = False,
    max_megapixels: MegapixelsOption = PredictOptions.max_megapixels,
    pattern: PatternOption = None,
    length: LengthOption = None,
    check: CheckOption = None,
    form: Annotated[
        Path | None,
        typer.Option(
            metavar="TOML",
            help="Read the fields of a form, which this file describes.",
            rich_help_panel=RULES,
        ),
    ] = None,
    target_error: TargetErrorOption = None,
    review: Annotated[
        Path | None,
        typer.Option(help="Write a CSV list of what a person should check.", rich_help_panel=DOUBT),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON document.", rich_help_panel=_OUTPUT)
    ] = False,
    as_jsonl: Annotated[
        bool,
        typer.Option(
            "--jsonl", help="Print one JSON document for each picture.", rich_help_panel=_OUTPUT
        ),
    ] = False,
    as_csv: Annotated[
        bool,
        typer.Option("--csv", help="Print one row for each picture.", rich_help_panel=_OUTPUT),
    ] = False,
    spreadsheet: Annotated[
        bool,
        typer.Option(
            "--spreadsheet",
            help="CSV in which Excel and LibreOffice keep 007 and 1-2.",
            rich_help_panel=_OUTPUT,
        ),
    ] = False,
    picture: Annotated[
        bool,
        typer.Option(
            help="Draw what the network saw (up to three pictures).", rich_help_panel=_OUTPUT
        ),
    ] = PredictOptions.picture,
    show: Annotated[
        bool,
        typer.Option("--show", help="Draw the whole picture too.", rich_help_panel=_OUTPUT),
    ] = False,
    annotate: Annotated[
        Path | None,
        typer.Option(
            metavar="PNG|FOLDER",
            help="Draw boxes, guesses and confidence on the picture.",
            rich_help_panel=_OUTPUT,
        ),
    ] = None,
    steps: Annotated[
        Path | None,
        typer.Option(
            metavar="PNG|FOLDER",
            help="Draw every stage from the picture to the network.",
            rich_help_panel=_OUTPUT,
        ),
    ] = None,
    resume: Annotated[
        Path | None,
        typer.Option(
            metavar="JSONL|CSV|PARQUET",
            help="Append answers to this file; skip pictures that it has.",
            rich_help_panel=_OUTPUT,
        ),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="Write the answers to this file; as Parquet if it ends in .parquet.",
            rich_help_panel=_OUTPUT,
        ),
    ] = None,
) -> None:
    """Say which digit each picture shows, and how sure that is.

    Pictures may be dark on light or light on dark, of any size, in PNG, JPEG, WebP, TIFF, BMP, GIF,
    PNM or AVIF; HEIC and PDF with the extra formats. Pages are read one by one. If the only picture
    cannot be read, the exit code is 3. If one of several cannot be read, its row gives the reason,
    the others are answered, and the exit code is 7.

    Examples:
        digitcli predict photo.png
        digitcli predict scans --csv --output answers.csv
    """
    arguments = dict(locals())
    from .predict_run import run_with

    run_with(**arguments)
