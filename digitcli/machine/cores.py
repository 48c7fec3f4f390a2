"""How many cores this process may use."""

from __future__ import annotations

import math
import os

from .cgroups import cpu_groups, quota


def usable_cores() -> int:
    """Cores this process may use: its affinity, and the CPU quota of its container, rounded up."""
    if hasattr(os, "sched_getaffinity"):
        allowed = len(os.sched_getaffinity(0))
    else:
        allowed = os.cpu_count() or 1
    limit = quota(cpu_groups())
    return allowed if limit is None else max(1, min(allowed, math.ceil(limit)))
