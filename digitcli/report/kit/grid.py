"""One small table, for the terminal and as Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Literal

from rich import box
from rich.table import Table
from rich.text import Text

from .text import brief, visible


@dataclass(frozen=True)
class Cell:
    """A text. If `bad`, it is marked: by `mark` behind it, or in red without one."""

    text: str
    bad: bool = False
    mark: str = ""


@dataclass
class Grid:
    """Headings, and rows of cells; the first `left` columns are words, the others numbers.

    A row that is one string is a heading of the rows after it.
    """

    title: str
    headings: Sequence[str]
    left: int = 1
    rows: list[list[Cell] | str] = field(default_factory=list)

    def table(self) -> Table:
        """For the terminal."""
        grid = Table(
            box=box.SIMPLE_HEAD,
            show_edge=False,
            pad_edge=False,
            padding=(0, 1, 0, 0),
            title_justify="left",
        )
        grid.title = Text(brief(self.title))
        for number, heading in enumerate(self.headings):
            words = number < self.left
            justify: Literal["left", "right"] = "left" if words else "right"
            grid.add_column(heading, justify=justify, no_wrap=not words, overflow="fold")
        for row, after in zip_longest(self.rows, self.rows[1:], fillvalue=""):
            if isinstance(row, str):
                grid.add_row(Text(visible(row), "bold"))
            else:
                grid.add_row(*map(_text, row), end_section=isinstance(after, str))
        return grid

    def markdown(self) -> str:
        """As Markdown, with the title above; rows that are strings are left out."""
        ruler = ["---" if number < self.left else "---:" for number in range(len(self.headings))]
        cells = [[_plain(cell) for cell in row] for row in self.rows if not isinstance(row, str)]
        lines = ["| " + " | ".join(line) + " |" for line in [list(self.headings), ruler, *cells]]
        return "\n".join([f"**{visible(self.title)}**", "", *lines])


def _text(cell: Cell) -> Text:
    text = Text(visible(cell.text), "" if not cell.bad or cell.mark else "red")
    return text.append(f" {cell.mark}", "bold red") if cell.bad and cell.mark else text


def _plain(cell: Cell) -> str:
    text = visible(cell.text).replace("|", "\\|")
    return f"{text} **{cell.mark}**" if cell.bad and cell.mark else text
