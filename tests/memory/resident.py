"""Resident memory of processes, as Linux counts it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

MIB = 2**20
FLAT = 2.0  # MiB by which memory may grow

_PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 0
linux_only = pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="asks /proc")


def resident(process: int | str = "self") -> float:
    """MiB that a process has in memory of its own: what it shares with files is not counted.

    0 when it has ended.
    """
    try:
        pages = Path(f"/proc/{process}/statm").read_text().split()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return (int(pages[1]) - int(pages[2])) * _PAGE / MIB if pages else 0.0


def family(process: int) -> float:
    """MiB that a process and those that it started have in memory."""
    tasks = Path(f"/proc/{process}/task")
    try:
        children = " ".join(path.read_text() for path in tasks.glob("*/children")).split()
    except (FileNotFoundError, ProcessLookupError):
        children = []
    return resident(process) + sum(family(int(child)) for child in children)


class Watch:
    """The most memory in some first moments, and the most after them.

    Several, because an allocator that has just given pages back takes them again.
    """

    def __init__(self) -> None:
        self.first = self.most = 0.0

    def begin(self, now: float) -> None:
        """A first moment."""
        self.first = self.most = max(self.first, now)

    def add(self, now: float) -> None:
        """A later moment."""
        self.most = max(self.most, now)

    @property
    def growth(self) -> float:
        """MiB that came to it since."""
        return self.most - self.first

    def __str__(self) -> str:
        return f"{self.first:.1f} MiB, then at most {self.most:.1f} ({self.growth:+.2f})"
