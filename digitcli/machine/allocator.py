"""How the C library keeps memory that was freed."""

from __future__ import annotations

import ctypes

_M_MMAP_THRESHOLD, _M_ARENA_MAX = -3, -8  # of mallopt, <malloc.h>
_LARGE = 1 << 20  # bytes
_ARENAS = 2


def give_large_pieces_back() -> bool:
    """Let freed pieces of 1 MiB and more go back to the system at once, and have two heaps at most.

    glibc otherwise keeps pieces of up to 32 MiB for each thread that had some, which is every
    thread of a server: after large pictures that was 0.9 GiB of one process. For this process and
    not its children. False where the C library is another one; nothing is changed then.
    """
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (AttributeError, OSError, TypeError):  # TypeError: Windows has no library of that name
        return False
    return bool(mallopt(_M_MMAP_THRESHOLD, _LARGE) and mallopt(_M_ARENA_MAX, _ARENAS))
