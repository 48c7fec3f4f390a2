"""`digitcli review`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ...errors import UsageError
from ..options import PortOption
from .serve import listen


def review(
    answers: Annotated[
        Path, typer.Argument(metavar="LIST", help="CSV of `predict --review`, or its --jsonl.")
    ],
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="FOLDER", help="Corrected pictures, labels.csv.")
    ],
    port: PortOption = 0,
    no_browser: Annotated[
        bool, typer.Option("--no-browser", help="Only print the address.")
    ] = False,
) -> None:
    """Look at doubtful numbers in the browser and say what they are, the least sure first.

    Digits type the number, Enter keeps it and goes on, Backspace takes it back. Every step is
    written at once: FOLDER is what `eval --data` and `adapt --from FOLDER/labels.csv` take.

    Examples:
        digitcli review review.csv --out corrected
        digitcli review answers.jsonl --out corrected
    """
    if answers.is_dir():
        raise UsageError(f"{answers}: is a folder", "name the file that `predict --review` wrote")
    listen(port=port, corrections=out, review=answers, opens=not no_browser, quiet=True)
