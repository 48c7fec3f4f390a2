"""`digitcli info`."""

from __future__ import annotations

from typing import Annotated

import typer

from ..errors import UsageError
from . import console, lists
from .options import JsonOption


def info(
    weights: Annotated[
        str | None,
        typer.Option(
            "--weights",
            "-w",
            help="Show the card of these weights: recipe, data, accuracy, calibration, layers.",
        ),
    ] = None,
    plan: Annotated[
        str | None,
        typer.Option(
            metavar="WEIGHTS", help="Show what the engine does with these weights, layer by layer."
        ),
    ] = None,
    without: Annotated[
        str, typer.Option(help="Passes that --plan leaves out: fold,winograd,fuse,blank.")
    ] = "none",
    as_json: JsonOption = False,
) -> None:
    """Show versions, instruction sets, GPU, data and weights, and a remedy for what is missing.

    Examples:
        digitcli info
        digitcli info --weights reader
    """
    if plan is None and without != "none":
        raise UsageError("--without is for --plan", "for example --plan small --without winograd")
    if plan is not None and weights is not None:
        raise UsageError("--weights shows a card and --plan a plan: give one of them")
    if plan is not None:
        _show_plan(plan, without, as_json)
        return
    if weights is not None:
        _show_card(weights, as_json)
        return
    from ..diagnosis import diagnose
    from ..report.info import overview

    with console.err().status("asking TensorFlow for GPUs"):
        found = diagnose()
    if as_json:
        console.print_json(found.to_json())
    else:
        console.out().print(overview(found))


def _show_card(weights: str, as_json: bool) -> None:
    from ..model.card import read_card

    card = read_card(weights)
    if as_json:
        console.print_json(card)
        return
    from ..report.card import render

    console.out().print(render(card))


def _show_plan(weights: str, without: str, as_json: bool) -> None:
    from ..inference.engine import load
    from ..inference.plan import PASSES
    from ..report import plan

    passes = lists.choices("--without", without, PASSES, or_none=True)
    document = plan.document(load(weights, without=passes), weights)
    if as_json:
        console.print_json(document)
    else:
        console.out().print(plan.render(document))
