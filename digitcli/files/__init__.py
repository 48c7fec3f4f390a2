"""Files: atomic writes, locks, files of lines that grow, and what an output may replace."""

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
