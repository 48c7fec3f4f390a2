"""Files that peers read instead of the weight file: exported or quantised once, before timing."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ...errors import DigitError
from .interpreter import ENVIRONMENT, WorkerError

if TYPE_CHECKING:
    from ..runtimes import Images

# Seconds for one file: the largest network, quantised on a slow machine.
PATIENCE = 600.0


class PeerFiles:
    """Makes each file when it is first needed, in a process of its own that may fail or crash.

    `command` starts a Python that calls `worker.make`; `calibration` loads the pictures on which
    all runtimes quantise.
    """

    def __init__(
        self, command: Sequence[str], weights: Path, calibration: Callable[[], Images]
    ) -> None:
        self._command = command
        self._weights = weights
        self._calibration = calibration
        self._failed: dict[str, DigitError] = {}

    def file(self, name: str, folder: Path) -> Path:
        """The path of the file `name` in `folder`, made now if it is not there.

        Raises DigitError, each time it is asked for, when it cannot be made.
        """
        if name in self._failed:
            raise self._failed[name]
        path = folder / name
        if not path.exists():
            try:
                self._make(name, path)
            except DigitError as error:
                self._failed[name] = error
                raise
        return path

    def _make(self, name: str, target: Path) -> None:
        pictures = target.parent / "calibration.npy"
        if not pictures.exists():
            np.save(pictures, self._calibration())
        order = {"name": name, "weights": self._weights, "calibration": pictures, "target": target}
        try:
            done = subprocess.run(
                self._command,
                input=json.dumps(order, default=str) + "\n",
                capture_output=True,
                text=True,
                timeout=PATIENCE,
                env=os.environ | ENVIRONMENT,
                check=False,
            )
        except subprocess.TimeoutExpired as error:
            raise WorkerError(f"{name}: not made within {PATIENCE:g} s") from error
        if not done.stdout.endswith("\n"):
            said = done.stderr.strip().splitlines()
            last = f"; its last words: {said[-1]}" if said else ""
            raise WorkerError(f"{name}: its maker ended with exit code {done.returncode}{last}")
        reply = json.loads(done.stdout)
        if "error" in reply:
            raise WorkerError(f"{name}: {reply['error']}", reply["hint"])
