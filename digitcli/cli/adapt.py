"""`digitcli adapt`: weights for somebody's handwriting, and the sheet to fill in."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import UsageError
from ..model.zoo import DEFAULT, DEFAULTS
from . import console
from .options import ForceOption, JsonOption

if TYPE_CHECKING:
    from ..vision.sheet.hand import Hand

_DATA = "mnist"
_HINT = (
    "digitcli adapt --sheet sheet.pdf, then --from photo.jpg --out my.npz; or --from FOLDER "
    "--out my.npz"
)


def adapt(
    sources: Annotated[
        list[Path] | None,
        typer.Option(
            "--from",
            metavar="PATH",
            help="What to learn: a source as `train --data` takes it, such as a folder with a "
            "labels.csv, or a photo of the filled-in sheet. Several times: all of it. Labels of "
            "several digits teach a network for lines.",
        ),
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Weight file to write.")] = None,
    weights: Annotated[
        str | None,
        typer.Option(
            "--weights",
            "-w",
            help=f"To start from: bundled by name, or a file; {DEFAULT} if none is named, "
            f"{DEFAULTS['line']} for lines.",
        ),
    ] = None,
    writers: Annotated[
        str | None,
        typer.Option(metavar="A,B", help="Learn from these writers, measure on all others."),
    ] = None,
    per_digit: Annotated[
        int | None, typer.Option(min=1, help="Learn at most so many pictures of each digit.")
    ] = None,
    data: Annotated[
        str | None,
        typer.Option(
            "--data", "-d", help=f"Digits that must not be forgotten; {_DATA} if none are named."
        ),
    ] = None,
    transpose: Annotated[
        bool, typer.Option("--transpose", help="Of every --from but photos: swap rows and columns.")
    ] = False,
    invert: Annotated[
        bool, typer.Option("--invert", help="Of every --from but photos: swap light and dark.")
    ] = False,
    steps: Annotated[int | None, typer.Option(min=1, help="Optimizer steps.")] = None,
    learning_rate: Annotated[float | None, typer.Option(help="Peak of the step size.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of all that is random.")] = 0,
    sheet: Annotated[
        Path | None, typer.Option(metavar="PDF", help="Write the sheet to print and fill in.")
    ] = None,
    crops: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Keep the digits of photographed sheets, labelled."),
    ] = None,
    force: ForceOption = False,
    as_json: JsonOption = False,
) -> None:
    """Teach a network somebody's own hand: minutes on a CPU, and nothing else is forgotten.

    Print a sheet with --sheet, fill it in, photograph it, and give the photo to --from; or give
    pictures that are labelled already, with single digits or with whole numbers. One in ten is
    held out to measure on.

    Examples:
        digitcli adapt --sheet sheet.pdf
        digitcli adapt --from photo.jpg --out mine.npz
    """
    if sheet is not None:
        _write_sheet(sheet, bool(sources or out or crops), force)
        return
    if not sources or (out is None and crops is None):
        raise UsageError("adapt needs --sheet, or --from with --out or --crops", _HINT)
    _check_outputs(out, crops, force, weights or DEFAULT, sources)
    if transpose or invert:
        from ..vision.labelled.source import marked
        from ..vision.sheet.hand import is_photograph

        sources = [
            path
            if is_photograph(path)
            else Path(marked(str(path), transpose=transpose, invert=invert))
            for path in sources
        ]
    changes = {"steps": steps, "learning_rate": learning_rate, "seed": seed}
    changes = {key: value for key, value in changes.items() if value is not None}
    from .adapt_lines import LineOptions, adapt_to_lines, has_lines

    if has_lines(sources, weights):
        given = {"--crops": crops, "--per-digit": per_digit, "--data": data}
        single = [name for name, value in given.items() if value is not None]
        asked = _names(writers), changes, as_json, single
        adapt_to_lines(LineOptions(sources, out, weights, *asked))
        return
    from ..vision.sheet.hand import read_hand

    hand = read_hand(sources)
    if said := hand.pictures.account.in_words():
        console.err().print(console.visible(said), markup=False, soft_wrap=True)
    if crops is not None:
        _write_crops(crops, hand)
    if out is None:
        return
    start = weights or DEFAULT, data or _DATA
    document = _adapt(hand, out, *start, _names(writers), per_digit, changes, as_json)
    if as_json:
        names = {"from": [str(path) for path in sources], "crops": str(crops) if crops else None}
        console.print_json({"schema": "digitcli.adapt/1", **names, **document})


def _adapt(
    hand: Hand,
    out: Path,
    name: str,
    data: str,
    writers: list[str],
    per_digit: int | None,
    changes: dict[str, Any],
    quiet: bool,
) -> dict[str, Any]:
    """Adapt, write the weights, print a summary unless `quiet`; return the document's fields."""
    from ..evaluation.quantization import validation_of
    from ..model.weights import find_weights, load_weights, save_weights
    from ..report.adapt import summary
    from ..report.run.progress import TrainingReport
    from ..training.adapt.hand import divide_hand
    from ..training.recipes import with_changes
    from ..vision.labelled.division import load_splits

    def note(text: str) -> None:
        console.err().print(console.visible(text), markup=False, soft_wrap=True)

    found = load_weights(find_weights(name))
    train = load_splits(data, validation_of(found, 1)[1], note)[0]
    division = divide_hand(hand.pictures, writers, per_digit, changes["seed"])
    from ..training.adapt.adapt import RECIPE, adapt

    recipe = with_changes(RECIPE, changes)
    with TrainingReport(console.err()) as report:
        adapted = adapt(found, hand.pictures, division, train, recipe, report)
    save_weights(out, adapted.weights)
    if not quiet:
        console.out().print(summary(adapted, name, data))
    console.err().print(console.visible(f"{out}: written"), markup=False, soft_wrap=True)
    names = {"weights": name, "data": data, "out": str(out), "writers_learnt": writers}
    return {**names, "per_digit": per_digit, **adapted.to_json()}


def _names(writers: str | None) -> list[str]:
    return [name for name in (writers or "").split(",") if name]


def _check_outputs(
    out: Path | None, crops: Path | None, force: bool, weights: str, sources: list[Path]
) -> None:
    """Check before the training, which takes minutes, that the outputs can be written."""
    from ..files import check_writable
    from ..files.outputs import Output, Outputs

    outputs = [Output("--out", out, "work")] if out else []
    outputs += [Output("--crops", crops, "folder")] if crops else []
    listed = [path.parent for path in sources if path.suffix.lower() == ".csv"]
    trees = [*(path for path in sources if path.is_dir()), *listed]
    Outputs(outputs, [weights, *sources], trees=trees, force=force)
    if out is not None:
        check_writable(out)


def _write_sheet(path: Path, more: bool, force: bool) -> None:
    from ..report.sheet import write_sheet

    if more:
        raise UsageError("--sheet writes the sheet and nothing else", _HINT)
    from ..files.outputs import Output, Outputs

    Outputs([Output("--sheet", path, "work")], [], force=force)
    write_sheet(path)
    line = f"{path}: print it at 100 %, fill it in, photograph it whole"
    console.err().print(console.visible(line), markup=False, soft_wrap=True)


def _write_crops(folder: Path, hand: Hand) -> None:
    from ..report.sheet import write_crops

    if not hand.sheets:
        raise UsageError("--crops keeps what photographed sheets show, and --from names none")
    write_crops(folder, hand.sheets)
    count = sum(len(written) for written in hand.sheets.values())
    line = f"{folder}: {count:,} digits, look at them before you trust them"
    console.err().print(console.visible(line), markup=False, soft_wrap=True)
