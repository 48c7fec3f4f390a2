"""Some pictures of a source, for `digitcli data preview`."""

from __future__ import annotations

import numpy as np

from ...vision.labelled.kinds import read_labelled
from .sample import Images
from .sources import drawn, is_drawn

_DRAWN = 40  # pictures drawn for each column: rare kinds are one in a hundred


def samples(name: str, columns: int, seed: int) -> tuple[Images, list[str]]:
    """Up to `columns` pictures of each kind in a drawn source, or of each digit in other ones.

    Returns uint8 (kinds, columns, 28, 28), black where there are fewer, and the kinds. Raises what
    `read_labelled` and the source raise.
    """
    kinds: dict[str, list[Images]] = {}
    for kind, picture in _drawn(name, columns, seed) if is_drawn(name) else _read(name, seed):
        kinds.setdefault(kind, []).append(picture)
    sheet = np.zeros((len(kinds), columns, 28, 28), np.uint8)
    for row, kind in enumerate(sorted(kinds)):
        shown = kinds[kind][:columns]
        sheet[row, : len(shown)] = shown
    return sheet, sorted(kinds)


def _drawn(name: str, columns: int, seed: int) -> list[tuple[str, Images]]:
    return [(kind, picture) for picture, _, kind in drawn(name, _DRAWN * columns, seed)]


def _read(name: str, seed: int) -> list[tuple[str, Images]]:
    found = read_labelled(name)
    order = np.random.default_rng(seed).permutation(len(found.labels))
    return [(str(found.labels[place]), found.images[place]) for place in order]
