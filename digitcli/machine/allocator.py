"""How the C library keeps memory that was freed."""

from __future__ import annotations

import ctypes
import time
from functools import lru_cache
from typing import Any

_M_MMAP_THRESHOLD, _M_ARENA_MAX = -3, -8  # of mallopt, <malloc.h>
_LARGE = 1 << 20  # bytes
_ARENAS = 2

_given_back = -float("inf")  # when, by time.monotonic()


def give_large_pieces_back() -> bool:
    """Let freed pieces of 1 MiB and more go back to the system at once, and have two heaps at most.

    glibc otherwise keeps pieces of up to 32 MiB for each thread that had some, which is every
    thread of a server: after large pictures that was 0.9 GiB of one process. For this process and
    not its children. False where the C library is another one; nothing is changed then.
    """
    mallopt = _function("mallopt")
    return bool(mallopt and mallopt(_M_MMAP_THRESHOLD, _LARGE) and mallopt(_M_ARENA_MAX, _ARENAS))


def give_free_pages_back(every: float = 5) -> None:
    """Let pages that hold only freed pieces go back to the system, once in `every` seconds.

    glibc otherwise keeps what lies below a piece that is in use: after half an hour of large and
    damaged pictures 50 MiB of a server's process. It takes 1 ms. Nothing is done where the C
    library is another one, or if it was done within these seconds.
    """
    global _given_back
    now = time.monotonic()
    if now - _given_back < every:
        return
    _given_back = now
    if malloc_trim := _function("malloc_trim"):
        malloc_trim(0)


@lru_cache
def _function(name: str) -> Any:
    """A function of the C library, or None."""
    try:
        return getattr(ctypes.CDLL(None), name)
    except (AttributeError, OSError, TypeError):  # TypeError: Windows has no library of that name
        return None
