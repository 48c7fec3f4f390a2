"""Writing the page: the suffix of its name says as what."""

from __future__ import annotations

from pathlib import Path

from ...errors import MachineError, UsageError
from ...files import atomic_write
from ...inference.insight import Insight
from ..kit.text import brief, visible
from .typeset import a_digit

FORMATS = (".html", ".png")


def check(path: Path) -> None:
    """Refuse early what cannot be drawn.

    Raises UsageError for a suffix that is no format, MachineError without Matplotlib.
    """
    if path.suffix.lower() not in FORMATS:
        raise UsageError(f"--out: expected a name that ends in .html or .png, got {str(path)!r}")
    try:
        import matplotlib  # noqa: F401
    except ImportError as error:
        raise MachineError(
            "--out needs Matplotlib, which is not installed",
            'pip install "digitcli[train]", or leave --out away to see less in the terminal',
        ) from error


def write(insight: Insight, weights: str, picture: str, path: Path) -> None:
    """Draw the page about `picture` into `path`, whole or not at all.

    Raises what `check` does, UsageError for a network too deep for one PNG, and MachineError when
    the file cannot be written.
    """
    check(path)
    from . import html, png
    from .page import build

    page = build(insight, weights, picture)
    with atomic_write(path) as file:
        if path.suffix.lower() == ".png":
            png.render(page, file)
        else:
            file.write(html.render(page))


def sentence(insight: Insight, picture: str, path: Path) -> str:
    """What was written, in one line."""
    count = len(insight.layers)
    layers = f"{count} layer{'s' * (count > 1)}"
    return f"{visible(str(path))}: {brief(picture)} is {a_digit(insight.digit)}, {layers}"
