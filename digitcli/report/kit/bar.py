"""A report with a progress bar."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.progress import Progress, ProgressColumn

if TYPE_CHECKING:
    from typing_extensions import Self


class BarReport:
    """Shows a bar of `columns` on `console` while entered; nothing where that is no terminal.

    `options` are those of Rich's Progress.
    """

    def __init__(self, console: Console, *columns: ProgressColumn, **options: Any) -> None:
        self._console = console
        self._bar = Progress(*columns, console=console, disable=not console.is_terminal, **options)

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._bar.stop()
