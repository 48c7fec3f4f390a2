"""Rich's console without markup in texts, and with an error for a broken pipe."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NoReturn

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

from .text import visible_lines


class SafeConsole(Console):
    """A console that takes text as it is: no markup, no emoji codes, no highlighting.

    Control characters in texts become escapes. Callers use `visible` first where a column's width
    must count the escapes.
    """

    def __init__(self, *, stderr: bool = False, quiet: bool = False) -> None:
        super().__init__(stderr=stderr, quiet=quiet, markup=False, emoji=False, highlight=False)

    def render(
        self, renderable: RenderableType, options: ConsoleOptions | None = None
    ) -> Iterable[Segment]:
        """Render as Rich does, with control characters of texts as escapes."""
        for segment in super().render(renderable, options):
            text, style, control = segment
            safe = text if control else visible_lines(text)
            yield segment if safe is text else Segment(safe, style)

    def on_broken_pipe(self) -> NoReturn:
        """Raise the error again. Rich would redirect stdout to os.devnull, even if stderr broke."""
        raise  # noqa: PLE0704 - Rich calls this while it handles the BrokenPipeError
