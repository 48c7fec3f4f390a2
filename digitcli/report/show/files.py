"""Writing the page of `digitcli show`."""

from __future__ import annotations

from pathlib import Path

from ...errors import UsageError
from ...files import atomic_write
from ...inference.insight import Insight
from ..kit.text import brief, visible

SUFFIX = ".html"


def check(path: Path) -> None:
    """Raise UsageError unless `path` ends as a page does."""
    if path.suffix.lower() != SUFFIX:
        raise UsageError(
            f"--out: pages are written as {SUFFIX}, got {str(path)!r}", f"--out {path.stem}{SUFFIX}"
        )


def write(insight: Insight, weights: str, picture: str, path: Path) -> None:
    """Write the page about `picture` to `path`, whole or not at all.

    Raises UsageError for another suffix than .html, MachineError when it cannot be written.
    """
    check(path)
    from ..kit.markup import render
    from .sections import build_page

    content = render("show.html", page=build_page(insight, weights, picture))
    with atomic_write(path) as file:
        file.write(content)


def sentence(insight: Insight, picture: str, path: Path) -> str:
    """What was written, in one line."""
    from .texts import an_answer

    count = len(insight.layers)
    layers = f"{count} layer{'s' * (count > 1)}"
    return f"{visible(str(path))}: {brief(picture)} is {an_answer(insight)}, {layers}"
