"""`digitcli info`."""

from __future__ import annotations

from typing import Annotated

import typer

from . import console


def info(
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Show versions, instruction sets, GPU, data and weights, and a remedy for what is missing."""
    from ..bench.diagnosis import diagnose
    from ..report.info import overview

    with console.err().status("asking TensorFlow for GPUs"):
        found = diagnose()
    if as_json:
        console.print_json(found.to_json())
    else:
        console.out().print(overview(found))
