"""`digitcli show`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .. import console
from ..options import JsonOption


def show(
    weights: Annotated[str, typer.Argument(help="Bundled weights by name, or a file.")],
    picture: Annotated[
        str, typer.Argument(help="A picture of one digit or class, or - for standard input.")
    ],
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Write a page: NAME.html.")
    ] = None,
    patch: Annotated[int, typer.Option(help="Side of the patch that covers the picture, odd.")] = 5,
    threads: Annotated[int, typer.Option(min=0, max=1024, help="0: all cores.")] = 1,
    as_json: JsonOption = False,
) -> None:
    """Look inside a network while it reads a picture, to learn or to teach.

    Shows the filters, what every layer makes of the picture, the flow of shapes, the probabilities,
    and what mattered: a blank patch covers each part of the picture in turn, and where the
    probability falls most, the answer rests on what it covered.

    Examples:
        digitcli show small photo.png
        digitcli show mine.npz photo.png --out page.html
    """
    from ...files.outputs import Output, Outputs
    from ...inference import engine, insight
    from ...report.show import files, terminal
    from ...vision.look import look_at_one
    from ...vision.reader import Reader

    if out is not None:
        files.check(out)
        Outputs([Output("--out", out, "drawing")], [weights, picture])
    network = engine.load(weights)
    look = look_at_one(network.spec.classes)
    digit = Reader(network, look=look).read_digit(picture)
    found = insight.look_inside(network, digit.picture, patch=patch, threads=threads)
    if out is not None:
        files.write(found, weights, picture, out)
    if as_json:
        console.print_json(terminal.document(found, weights, picture))
    elif out is None:
        terminal.show(console.printer(), found, picture)
    else:
        console.printer().write((files.sentence(found, picture, out), ""))
