"""Which GPUs TensorFlow can use; and when it can use none, what it lacks and what installs that."""

from __future__ import annotations

import ctypes
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import util
from pathlib import Path

GPU_SECONDS = 60.0  # importing TensorFlow from a slow disk takes 30
NVIDIA, DISPLAY = "0x10de", "0x03"  # PCI vendor; class of display and 3D controllers
DRIVER_LIBRARY = "libcuda.so.1"
INSTALL = 'pip install "digitcli[gpu]"'

_ASK = """
import json, tensorflow as tf
gpus, build = tf.config.list_physical_devices("GPU"), tf.sysconfig.get_build_info()
details = tf.config.experimental.get_device_details
names = [details(gpu).get("device_name", gpu.name) for gpu in gpus]
versions = [build.get("cuda_version", ""), build.get("cudnn_version", "")]
print(json.dumps([names, *versions]))
"""


@dataclass(frozen=True)
class Gpus:
    """What TensorFlow says: GPUs by name, and which CUDA and cuDNN it is built for ("": none)."""

    names: tuple[str, ...] = ()
    cuda: str = ""
    cudnn: str = ""


def ask_gpus(seconds: float = GPU_SECONDS) -> Gpus:
    """Ask TensorFlow, in a process of its own: the import takes seconds, chatters, and may crash.

    Raises subprocess.SubprocessError when it takes longer than `seconds` or fails, ValueError when
    its answer is none.
    """
    done = subprocess.run(
        [sys.executable, "-c", _ASK],
        capture_output=True,
        text=True,
        timeout=seconds,
        env=os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"},
        check=True,
    )
    names, cuda, cudnn = json.loads(done.stdout.strip().rpartition("\n")[2])
    return Gpus(tuple(names), cuda, cudnn)


def cuda_libraries(found: Gpus) -> tuple[str, ...]:
    """The shared libraries that TensorFlow opens when it looks for GPUs, the driver's apart."""
    cuda, cudnn = found.cuda.partition(".")[0], found.cudnn.partition(".")[0]
    if not cuda.isdigit():
        return ()
    older = int(cuda) - 1  # FFT and solver count from one lower since CUDA 12
    same = [f"lib{part}.so.{cuda}" for part in ("cudart", "cublas", "cublasLt", "cusparse")]
    return (*same, f"libcufft.so.{older}", f"libcusolver.so.{older}", f"libcudnn.so.{cudnn or 9}")


def missing_libraries(
    names: tuple[str, ...],
    wheels: Path | None = None,
    load: Callable[[str], object] = ctypes.CDLL,
) -> list[str]:
    """Those of `names` that lie neither in NVIDIA's wheels nor where the system looks.

    `wheels` is the folder that pip puts those in, by default beside TensorFlow.
    """
    if wheels is None:
        spec = util.find_spec("tensorflow")
        origin = spec.origin if spec is not None else None
        wheels = Path(origin or ".").parents[1] / "nvidia"

    def is_missing(name: str) -> bool:
        if any(wheels.glob(f"*/lib/{name}")):
            return False
        try:
            load(name)
        except OSError:
            return True
        return False

    return [name for name in names if is_missing(name)]


def why_no_gpu(
    found: Gpus,
    platform: str,
    environment: Mapping[str, str],
    missing: Callable[[tuple[str, ...]], list[str]] = missing_libraries,
) -> tuple[str, str]:
    """Problem and remedy when there is an NVIDIA driver, but TensorFlow sees no GPU."""
    lack = "there is an NVIDIA driver, but TensorFlow sees no GPU"
    hidden = environment.get("CUDA_VISIBLE_DEVICES")
    if hidden is not None and hidden.strip() in ("", "-1"):
        return f"{lack}: CUDA_VISIBLE_DEVICES={hidden} hides them", "unset CUDA_VISIBLE_DEVICES"
    if platform == "win32":
        return f"{lack}: it cannot use one on Windows", f"in WSL2 (`wsl --install`): {INSTALL}"
    if not found.cuda:
        return f"{lack}: this TensorFlow is built without CUDA", INSTALL
    if lost := missing(cuda_libraries(found)):
        return f"{lack}: it does not find {', '.join(lost)} (CUDA {found.cuda})", INSTALL
    if missing((DRIVER_LIBRARY,)):
        remedy = "install the driver's user libraries; start containers with `--gpus all`"
        return f"{lack}: the driver's {DRIVER_LIBRARY} is not here", remedy
    return (
        f"{lack}, though its libraries for CUDA {found.cuda} are here",
        "update NVIDIA's driver (`nvidia-smi` shows the newest CUDA that it can run)",
    )


def nvidia_cards(devices: Path = Path("/sys/bus/pci/devices")) -> int:
    """How many NVIDIA GPUs are plugged in, with or without a driver (Linux; elsewhere 0)."""
    pairs = [(_word(slot / "vendor"), _word(slot / "class")) for slot in devices.glob("*")]
    return sum(vendor == NVIDIA and kind.startswith(DISPLAY) for vendor, kind in pairs)


def has_nvidia_driver(version: Path = Path("/proc/driver/nvidia/version")) -> bool:
    """Whether NVIDIA's driver is loaded (Linux) or installed (Windows; Macs have none)."""
    return version.exists() or (sys.platform == "win32" and bool(shutil.which("nvidia-smi")))


def _word(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return ""
