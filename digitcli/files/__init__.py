"""Files: atomic writes, locks, files of lines that grow, and what an output may replace."""

from __future__ import annotations

TYPE_CHECKING = False  # `typing` takes longer to import than all of this
if TYPE_CHECKING:
    from typing import Any

    from .atomic import (
        atomic_folder,
        atomic_write,
        check_writable,
        flush_to_disk,
        move_into_place,
        remove_folder,
        remove_stale,
        scratch_folder,
        writing,
    )
    from .lines import GrowingLines, grow_lines
    from .locks import folder_lock

__all__ = [
    "GrowingLines",
    "atomic_folder",
    "atomic_write",
    "check_writable",
    "flush_to_disk",
    "folder_lock",
    "grow_lines",
    "move_into_place",
    "remove_folder",
    "remove_stale",
    "scratch_folder",
    "writing",
]

_HOMES = {"GrowingLines": "lines", "folder_lock": "locks", "grow_lines": "lines"}  # else atomic


def __getattr__(name: str) -> Any:
    """Load what is asked for on first use: one digit is read without writing anything."""
    if name in __all__:
        from importlib import import_module

        return getattr(import_module(f".{_HOMES.get(name, 'atomic')}", __name__), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
