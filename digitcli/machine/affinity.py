"""Keeping a process on some of the cores."""

from __future__ import annotations

import os


def can_pin() -> bool:
    """Whether this system lets a process choose its cores."""
    return hasattr(os, "sched_setaffinity")


def pin(threads: int) -> list[int]:
    """Keep this process, and what it starts from now on, on its first `threads` usable cores.

    Returns the cores; none where the system has no such thing. More threads than cores get all.
    """
    if not can_pin():
        return []
    cores = sorted(os.sched_getaffinity(0))[:threads]
    os.sched_setaffinity(0, cores)
    return cores
