"""The files that other runtimes load when whole processes are timed: `digitcli bench --cold`.

It stands in this row because training owns the Keras twin.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import MachineError

if TYPE_CHECKING:
    from ..bench.coldstart import Make


def maker(weights: Path) -> Make:
    """What writes `weights` in another format into a folder."""

    def make(form: str, folder: Path) -> Path:
        if form not in _WRITE:
            raise MachineError(f"nothing here writes {form} files")
        path = folder / form
        _WRITE[form](weights, path)
        return path

    return make


def _savedmodel(weights: Path, path: Path) -> None:
    from ..bench.diagnosis import is_installed

    if not is_installed("tensorflow"):
        raise MachineError("tensorflow is not installed", 'pip install "digitcli[bench]"')
    from ..model.weights import load_weights
    from ..training.network import load_twin

    load_twin(load_weights(weights)).export(path, verbose=False)


_WRITE = {"savedmodel": _savedmodel}
