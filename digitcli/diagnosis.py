"""What this installation has, what it lacks, and the remedy for each lack."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from importlib import util
from pathlib import Path
from typing import Any

from .errors import DigitError
from .machine import conditions as machine
from .machine.gpus import GPU_SECONDS, ask_gpus, has_nvidia_driver, nvidia_cards, why_no_gpu

SCHEMA = "digitcli.info/1"


@dataclass(frozen=True)
class Problem:
    """Something that is missing or broken, and what to do about it."""

    problem: str
    remedy: str


@dataclass(frozen=True)
class DataFolder:
    """A data set, its terms, and how many of its files are in the data folder."""

    name: str
    present: int
    files: int
    drawn: bool  # by digitcli itself, when it is needed
    licence: str = ""
    citation: str = ""


@dataclass
class Diagnosis:
    """What was found; None where nobody could be asked."""

    machine: machine.Machine
    isas: list[str] = field(default_factory=list)
    isa: str | None = None
    inflater: str | None = None
    tensorflow: str | None = None
    gpus: list[str] | None = None
    data_dir: str = ""
    data: list[DataFolder] = field(default_factory=list)
    weights: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    def to_json(self) -> dict[str, Any]:
        """A `digitcli.info/1` document."""
        return {"schema": SCHEMA, **asdict(self)}


def diagnose(gpu_seconds: float = GPU_SECONDS) -> Diagnosis:
    """Look at everything digitcli uses. Never fails: what is broken becomes a `Problem`.

    TensorFlow is asked for GPUs in a process of its own, for at most `gpu_seconds`.
    """
    found = Diagnosis(machine.capture())
    for look in (_engine, _inflater, _data, _weights):
        _try(look, found)
    _tensorflow(found, gpu_seconds)
    found.machine = replace(found.machine, isa=found.isa)
    return found


def _try(look: Callable[[Diagnosis], None], found: Diagnosis) -> None:
    """Let one look fail without hiding what the others see."""
    try:
        look(found)
    except ImportError as error:
        remedy = "install digitcli again: pip install --force-reinstall digitcli"
        found.problems.append(Problem(f"a part cannot be loaded ({error})", remedy))
    except DigitError as error:
        found.problems.append(Problem(str(error), error.hint))


def _engine(found: Diagnosis) -> None:
    from .inference.engine import available_isas, default_isa

    found.isas = available_isas()
    try:
        found.isa = default_isa()
    except DigitError as error:
        names = ", ".join(found.isas)
        found.problems.append(
            Problem(str(error), f"set DIGITCLI_ISA to one of {names}, or unset it")
        )


def _inflater(found: Diagnosis) -> None:
    from .data.inflate import decoders

    found.inflater = next(iter(decoders()))
    if found.inflater == "zlib":
        found.problems.append(
            Problem(
                "no libdeflate: .gz files are read by the slower zlib",
                "install digitcli's wheel, or build it where pip reaches PyPI",
            )
        )


def _data(found: Diagnosis) -> None:
    from .data.catalog import CATALOG
    from .data.store import data_dir

    folder = data_dir()
    found.data_dir = str(folder)
    for dataset in CATALOG:
        forms = [[folder / dataset.place / form.name for form in f.forms] for f in dataset.files]
        present = sum(any(path.is_file() for path in paths) for paths in forms)
        terms = dataset.licence, dataset.citation
        found.data.append(DataFolder(dataset.name, present, len(forms), dataset.drawn, *terms))
        if dataset.name == "mnist" and present < len(forms):
            lack = f"{present} of {len(forms)} files in {folder / dataset.name}"
            found.problems.append(Problem(f"mnist: {lack}", "digitcli fetch mnist"))
    if not _writable(folder):
        found.problems.append(
            Problem(f"{folder}: cannot be written", "set DIGITCLI_DATA to a folder of yours")
        )


def _writable(folder: Path) -> bool:
    """Whether `folder` can be written, or made."""
    there = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    return there.is_dir() and os.access(there, os.W_OK | os.X_OK)


def _weights(found: Diagnosis) -> None:
    from .model.weights import bundled_names

    found.weights = bundled_names()
    if not found.weights:
        found.problems.append(Problem("no weights came with the package", "digitcli train"))


def _tensorflow(found: Diagnosis, seconds: float) -> None:
    """TensorFlow's version and its GPUs; and why a GPU in the machine is not among them."""
    driver = has_nvidia_driver()
    if (cards := nvidia_cards()) and not driver:
        lack = f"{cards} NVIDIA GPU{'s' * (cards > 1)} in the machine, but no driver"
        found.problems.append(Problem(lack, "install NVIDIA's driver until `nvidia-smi` works"))
    if not is_installed("tensorflow"):
        lack = "TensorFlow is not installed: no training, no comparison"
        found.problems.append(Problem(lack, 'pip install "digitcli[train]"'))
        return
    found.tensorflow = machine.versions(("tensorflow",)).get("tensorflow", "unknown version")
    try:
        answer = ask_gpus(seconds)
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        remedy = 'install it again: pip install --force-reinstall "digitcli[train]"'
        found.problems.append(Problem(f"TensorFlow does not start ({_why(error)})", remedy))
        return
    found.gpus = list(answer.names)
    if driver and not found.gpus:
        found.problems.append(Problem(*why_no_gpu(answer, sys.platform, os.environ)))


def is_installed(package: str) -> bool:
    """Whether `package` could be imported, without importing it."""
    return util.find_spec(package) is not None


def _why(error: Exception) -> str:
    """One line about a process that failed."""
    if isinstance(error, subprocess.TimeoutExpired):
        return f"no answer within {error.timeout:g} s"
    if isinstance(error, subprocess.CalledProcessError):
        lines = (error.stderr or "").strip().splitlines()
        return lines[-1] if lines else f"exit code {error.returncode}"
    return str(error)
