"""How many cores this process may use."""

from __future__ import annotations

import math
import os
from pathlib import Path


def usable_cores() -> int:
    """Cores this process may use: its affinity, and the CPU quota of its container."""
    if hasattr(os, "sched_getaffinity"):
        allowed = len(os.sched_getaffinity(0))
    else:
        allowed = os.cpu_count() or 1
    quota = cgroup_quota()
    return allowed if quota is None else max(1, min(allowed, math.ceil(quota)))


def cgroup_quota(root: Path = Path("/sys/fs/cgroup"), own: str | None = None) -> float | None:
    """Cores' worth of time per second that control groups allow; None without a limit.

    Reads version 2 (`cpu.max`) of this process's group and of all above it, and version 1's two
    files at the root, which is what a container sees.
    """
    if own is None:
        lines = _read(Path("/proc/self/cgroup")).splitlines()
        own = next((line[3:] for line in lines if line.startswith("0::")), "/")
    group = Path(own.lstrip("/"))
    quotas = [_read(root / part / "cpu.max").split() for part in (group, *group.parents)]
    v1 = root / "cpu"
    quotas.append([_read(v1 / name).strip() for name in ("cpu.cfs_quota_us", "cpu.cfs_period_us")])
    limits = [
        int(quota[0]) / int(quota[1])
        for quota in quotas
        if len(quota) == 2 and quota[0].isdigit() and quota[1].isdigit() and int(quota[1]) > 0
    ]
    return min((limit for limit in limits if limit > 0), default=None)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
