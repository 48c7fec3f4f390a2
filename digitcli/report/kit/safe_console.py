"""Rich's console without what names could abuse, or what hides a lost reader."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NoReturn

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

from .text import visible_lines


class SafeConsole(Console):
    """A console that takes text as it is: no markup, no emoji codes, no colours by guess.

    Control characters of any text become escapes. That is the last line of defence: who wants
    them counted in the width of a column calls `visible` first.
    """

    def __init__(self, *, stderr: bool = False) -> None:
        super().__init__(stderr=stderr, markup=False, emoji=False, highlight=False)

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        """Render as Rich does; only Rich's own codes may be obeyed."""
        for segment in super().render(renderable, options):
            text, style, control = segment
            safe = text if control else visible_lines(text)
            yield segment if safe is text else Segment(safe, style)

    def on_broken_pipe(self) -> NoReturn:
        """Pass the error on: Rich would send stdout to nowhere, even where stderr broke."""
        raise  # noqa: PLE0704 - Rich calls this while it handles the BrokenPipeError
