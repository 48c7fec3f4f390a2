"""How a source of labelled pictures is named: a path, and how its pictures lie."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from ...errors import UsageError

TRANSPOSE, INVERT = "+transpose", "+invert"


@dataclass(frozen=True)
class Source:
    """A file or folder. `transpose` swaps rows and columns, `invert` light and dark."""

    path: Path
    transpose: bool = False
    invert: bool = False


def source_of(name: str | os.PathLike[str]) -> Source:
    """Read `PATH`, `PATH+transpose`, `PATH+invert` or both; a path that exists is taken whole."""
    text, marks = os.fspath(name), set[str]()
    while not Path(text).exists() and text.endswith((TRANSPOSE, INVERT)):
        text, _, mark = text.rpartition("+")
        marks.add(f"+{mark}")
    return Source(Path(text), TRANSPOSE in marks, INVERT in marks)


def marked(name: str, *, transpose: bool, invert: bool) -> str:
    """The name of a source whose pictures are to be transposed or inverted.

    Raises UsageError for anything but a file or folder.
    """
    marks = TRANSPOSE * transpose + INVERT * invert
    if marks and not is_path(name):
        raise UsageError(
            f"{name}: --transpose and --invert are for a file or folder of your own",
            "data sets of the catalogue are upright, light on dark",
        )
    return name + marks


def mark_first(data: str | None, *, transpose: bool, invert: bool) -> str | None:
    """The same of the first source in a list such as `own,strokes:0.3`."""
    if not (transpose or invert):
        return data
    first, comma, others = (data or "").partition(",")
    return marked(first.strip(), transpose=transpose, invert=invert) + comma + others


def is_path(name: str) -> bool:
    """Whether `name` is a file or folder that is there."""
    return name != "" and source_of(name).path.exists()
