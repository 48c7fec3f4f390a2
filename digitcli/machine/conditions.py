"""The conditions of a measurement: the machine, and the versions of what ran on it."""

from __future__ import annotations

import os
import platform
import subprocess
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from importlib import metadata
from pathlib import Path
from typing import Any

from ..version import __version__
from .cores import usable_cores

PACKAGES = (
    *("numpy", "pillow", "typer", "rich", "matplotlib"),
    *("tensorflow", "keras", "onnx", "onnxruntime", "openvino", "torch", "ai-edge-litert"),
    *("mnn", "opencv-python-headless", "executorch"),
)


@dataclass(frozen=True)
class Machine:
    """A machine and its software; None or empty where the system does not tell."""

    time: str  # UTC, ISO 8601
    cpu: str
    architecture: str
    cores: int  # as the system counts them, hyper-threads included
    usable_cores: int  # what affinity and the container's quota leave to this process
    caches: dict[str, str]  # {"L1d": "32K", ...}, of the first core
    memory_bytes: int | None
    load: float | None  # processes that wanted to run, mean of the last minute
    system: str
    kernel: str
    python: str
    digitcli: str
    commit: str | None  # of the checkout that the code ran from
    versions: dict[str, str]
    isa: str | None  # the instruction set that the engine used

    def to_json(self) -> dict[str, Any]:
        """Plain values only."""
        return asdict(self)


def capture(isa: str | None = None, checkout: Path | None = None) -> Machine:
    """Describe this machine. `checkout` is the source tree, where the caller knows it better.

    Imports nothing heavy and never fails: what cannot be read is None.
    """
    return Machine(
        time=datetime.now(timezone.utc).isoformat(timespec="seconds"),
        cpu=cpu_model(),
        architecture=platform.machine(),
        cores=os.cpu_count() or 1,
        usable_cores=usable_cores(),
        caches=caches(),
        memory_bytes=memory_bytes(),
        load=_load(),
        system=_system(),
        kernel=f"{platform.system()} {platform.release()}",
        python=f"{platform.python_implementation()} {platform.python_version()}",
        digitcli=__version__,
        commit=commit(checkout or Path(__file__).resolve().parents[2]),
        versions=versions(),
        isa=isa,
    )


def cpu_model(cpuinfo: Path = Path("/proc/cpuinfo")) -> str:
    """The processor's name as it calls itself, or the architecture where it is unknown."""
    for line in _read(cpuinfo).splitlines():
        key, _, value = line.partition(":")
        if key.strip() in ("model name", "Model"):
            return value.strip()
    if platform.system() == "Darwin":
        return _output("sysctl", "-n", "machdep.cpu.brand_string") or platform.machine()
    return platform.processor() or platform.machine()


def caches(folder: Path = Path("/sys/devices/system/cpu/cpu0/cache")) -> dict[str, str]:
    """Cache sizes of the first core by name: {"L1d": "32K", "L1i": "32K", "L2": "1024K", ...}."""
    found = {}
    for index in sorted(folder.glob("index*")):
        level, kind, size = (_read(index / name).strip() for name in ("level", "type", "size"))
        if level and size:
            suffix = {"Data": "d", "Instruction": "i"}.get(kind, "")
            found[f"L{level}{suffix}"] = size
    return found


def memory_bytes() -> int | None:
    """Physical memory."""
    with suppress(AttributeError, ValueError, OSError):
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return None


def versions(packages: tuple[str, ...] = PACKAGES) -> dict[str, str]:
    """The installed versions, from the packages' metadata: nothing is imported."""
    found = {}
    for name in packages:
        with suppress(metadata.PackageNotFoundError):
            found[name] = metadata.version(name)
    return found


def commit(checkout: Path) -> str | None:
    """Short commit hash of a source tree, "-dirty" when it was changed; None outside of one."""
    if not (checkout / ".git").exists():
        return None
    return (
        _output("git", "-C", str(checkout), "describe", "--always", "--dirty", "--exclude=*")
        or None
    )


def _load() -> float | None:
    with suppress(AttributeError, OSError):
        return round(os.getloadavg()[0], 2)
    return None


def _system() -> str:
    with suppress(OSError):
        return platform.freedesktop_os_release().get("PRETTY_NAME", platform.platform())
    return platform.platform()


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def _output(*command: str) -> str:
    """What a command prints, or nothing if it is not there, fails or takes too long."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=5, check=False)
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
