"""`digitcli data`: show what networks are trained on."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ..errors import UsageError
from .options import InvertOption, TransposeOption

if TYPE_CHECKING:
    from ..report.contact_sheet import ContactSheet
    from ..report.drawn_sheet import DrawnSheet

MOST_TILES = 10_000  # of a contact sheet, which take a gigabyte
DRAWN = {"lines": ("line", "line"), "pages": ("map", "finder")}  # who learns: task, usual preset

data = typer.Typer(name="data", add_completion=False, pretty_exceptions_enable=False)


@data.callback()
def group() -> None:
    """Look at what networks are trained on."""


@data.command()
def preview(
    name: Annotated[
        str,
        typer.Option(
            "--data",
            "-d",
            help="Data set; or lines, pages, fonts, strokes, outliers, a source of your own.",
        ),
    ] = "mnist",
    transpose: TransposeOption = False,
    invert: InvertOption = False,
    preset: Annotated[
        str | None,
        typer.Option(
            "--preset",
            "-p",
            help="Preset, or TOML file: its augmentation (default: small), or its hands (line, "
            "finder).",
        ),
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="KEY=VALUE",
            help="Such as augmentation.rotation=12, mixture.strokes=9.",
        ),
    ] = None,
    seed: Annotated[
        int, typer.Option(min=0, help="Seed of all that is random.", max=2**32 - 1)
    ] = 0,
    rows: Annotated[
        int, typer.Option(min=1, max=1_000, help="Originals, or rows of lines or pages.")
    ] = 10,
    columns: Annotated[
        int | None,
        typer.Option(min=1, max=100, help="Copies of each (10, or what fits), or most in a row."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Write a PNG; default: the terminal.")
    ] = None,
) -> None:
    """Show training pictures beside their augmented copies, as a contact sheet.

    Of what is learnt beside a data set (fonts, strokes, outliers, a source of your own): many of
    each kind, as they are. Of lines and pages: what --preset line and finder learn from, as it is
    painted, with its numbers, in the hands that are on this machine.

    Examples:
        digitcli data preview --data strokes
        digitcli data preview -d mnist -p small -o sheet.png
    """
    if out and out.suffix.lower() != ".png":
        raise UsageError(f"{out}: expected a name that ends in .png", "for example --out sheet.png")
    if out:
        from ..files.outputs import Output, Outputs

        read = [preset] if preset else []
        Outputs([Output("--out", out, "drawing")], read, trees=[name] if name else [])
    if rows * (columns or 1) > MOST_TILES:
        raise UsageError(
            f"--rows and --columns: {rows * (columns or 1):,} pictures, at most {MOST_TILES:,}"
        )
    from ..report import contact_sheet
    from ..training.mixture.mix import is_source
    from ..training.recipes import parse_setting
    from ..vision.labelled.source import marked
    from .console import printer

    name = marked(name, transpose=transpose, invert=invert)
    changes = dict(parse_setting(text) for text in settings or [])
    if name in DRAWN:
        return _show_drawn(_drawn(name, preset, changes, seed), rows, columns, out)
    wide = columns or (10 if out else contact_sheet.fitting_copies())
    if is_source(name):
        sheet = _of_source(name, wide, seed)
    else:
        sheet = _of_data_set(name, preset or "small", changes, seed, rows, wide)
    if out:
        return contact_sheet.write_png(out, sheet)
    return contact_sheet.show(printer(), sheet)


def _of_source(name: str, columns: int, seed: int) -> ContactSheet:
    """Pictures of a drawn source or a folder, a row for each kind."""
    from ..report.contact_sheet import ContactSheet
    from ..training.augmentation import Augmentation
    from ..training.mixture.samples import samples

    title = f"{name}: some pictures of each kind, seed {seed}"
    return ContactSheet(title, Augmentation(), *samples(name, columns, seed))


def _of_data_set(
    name: str, preset: str, changes: dict[str, Any], seed: int, rows: int, copies: int
) -> ContactSheet:
    """Pictures of a data set beside their copies by a preset's augmentation."""
    from ..model.presets import load_preset
    from ..report.contact_sheet import ContactSheet
    from ..training.recipes import recipe_from_table, with_changes

    chosen = load_preset(preset)
    augmentation = with_changes(recipe_from_table(chosen.training), changes).augmentation
    if not augmentation:
        hint = "switch some on, for example --set augmentation.rotation=12"
        raise UsageError(f"{chosen.spec.name}: its augmentation is off", hint)

    from ..data.store import load_split
    from ..training.preview import augmented_copies, examples

    split = load_split(name, "train")
    places = examples(split.labels, rows, seed)
    return ContactSheet(
        f"{name}: what the preset {chosen.spec.name} trains on, seed {seed}",
        augmentation,
        augmented_copies(split.images[places], augmentation, copies, seed),
        split.labels[places].tolist(),
    )


def _show_drawn(sheet: DrawnSheet, rows: int, columns: int | None, out: Path | None) -> None:
    from ..report import drawn_sheet
    from .console import printer

    if out:
        return drawn_sheet.write_png(out, sheet, rows, columns)
    return drawn_sheet.show(printer(), sheet, rows)


def _drawn(name: str, preset: str | None, changes: dict[str, Any], seed: int) -> DrawnSheet:
    """Lines or pages in the hands of a preset's mixture that are on this machine."""
    from ..data.lines.line import lines
    from ..data.pages.page import pages
    from ..model.presets import load_preset
    from ..report.drawn_sheet import DrawnSheet, shown_line, shown_page
    from ..training.mixture.hands import open_hands, remedy
    from ..training.recipes import recipe_from_table, with_changes

    task, usual = DRAWN[name]
    chosen = load_preset(preset or usual)
    if chosen.spec.task != task:
        hint = f"leave out --preset, or name one like {usual}"
        raise UsageError(f"{chosen.spec.name}: such a network does not learn from {name}", hint)
    hands = open_hands(with_changes(recipe_from_table(chosen.training), changes))
    about = [f"in the hands of {', '.join(hands.hashes)}"]
    about += [f"without {name}, which is not here: {remedy(name)}" for name in hands.missing]
    title = f"{name}: what the preset {chosen.spec.name} trains on, seed {seed}"
    if name == "lines":
        return DrawnSheet(title, about, map(shown_line, lines(hands.learn, seed)))
    return DrawnSheet(title, about, map(shown_page, pages(hands.learn, seed)))
