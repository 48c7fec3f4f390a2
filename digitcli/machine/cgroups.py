"""Linux control groups: how much of the cores a process may have, and how often it waited."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path, PurePosixPath

PROC = Path("/proc/self")
USUAL = (Path("/sys/fs/cgroup"), Path("/sys/fs/cgroup/cpu"))  # where nothing says where they are


def cpu_groups(proc: Path = PROC) -> list[Path]:
    """Folders of the groups that limit this process: its own and all above, of both versions.

    A container sees its own group at the top of what is mounted, or below it. Where /proc tells
    nothing, the usual top folders.
    """
    own = _own_groups(_read(proc / "cgroup"))
    found: list[Path] = []
    for version, top, place in _mounts(proc / "mountinfo"):
        group = own.get(version)
        inner = PurePosixPath()
        if group is not None and ".." not in group.parts and group.is_relative_to(top):
            inner = group.relative_to(top)
        found += [place / part for part in (inner, *inner.parents)]
    return found or list(USUAL)


def quota(groups: Sequence[Path]) -> float | None:
    """Cores' worth of time per second that the strictest group allows; None without a limit."""
    limits = []
    for group in groups:
        allowed = _read(group / "cpu.max").split()
        if not allowed:
            names = ("cpu.cfs_quota_us", "cpu.cfs_period_us")
            allowed = [_read(group / name).strip() for name in names]
        if len(allowed) == 2 and all(part.isdecimal() and int(part) for part in allowed):
            limits.append(int(allowed[0]) / int(allowed[1]))
    return min(limits, default=None)


def waits(groups: Sequence[Path]) -> list[tuple[int, int]]:
    """(waited, ran) of each group since it was made, in periods of 100 ms mostly: those in which it
    had used up its quota and waited, and all that it ran in."""
    found = []
    for group in groups:
        lines = [line.split() for line in _read(group / "cpu.stat").splitlines()]
        numbers = {
            line[0]: int(line[1]) for line in lines if len(line) == 2 and line[1].isdecimal()
        }
        found.append((numbers.get("nr_throttled", 0), numbers.get("nr_periods", 0)))
    return found


def _own_groups(text: str) -> dict[int, PurePosixPath]:
    """This process's group in each version, of lines "ID:CONTROLLERS:PATH"."""
    own = {}
    for line in text.splitlines():
        number, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        if number == "0" and not controllers:
            own[2] = PurePosixPath(path)
        elif "cpu" in controllers.split(","):
            own[1] = PurePosixPath(path)
    return own


@cache  # a process sees the same mounts as long as it lives
def _mounts(mountinfo: Path) -> list[tuple[int, PurePosixPath, Path]]:
    """(version, group, folder) of each mount of groups that limit cores: the group is its top."""
    found = []
    for line in _read(mountinfo).splitlines():
        before, _, after = line.partition(" - ")
        fields, kind = before.split(), after.split()
        if len(fields) < 5 or len(kind) < 3:
            continue
        if kind[0] == "cgroup2" or (kind[0] == "cgroup" and "cpu" in kind[2].split(",")):
            version = 2 if kind[0] == "cgroup2" else 1
            found.append((version, PurePosixPath(fields[3]), Path(fields[4])))
    return found


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
