"""What imported models are compared on."""

from __future__ import annotations

import numpy as np
import pytest

from digitcli.conversion.incoming.importing import Labelled, import_model
from digitcli.data.drawn.synthetic import draw
from digitcli.errors import GateError, ModelError


@pytest.fixture(scope="session")
def shown():
    """Sixty drawn digits."""
    return Labelled(*draw(60, seed=4), "synthetic")


@pytest.fixture
def take(shown):
    """Import a model, compared on drawn digits."""
    return lambda path, *said: import_model(path, shown, lambda: shown, *said)


@pytest.fixture
def refusals(take):
    """How many of `count` damaged files at `path` are refused as models; other errors pass on.

    Each has some bytes of its head changed, from `start` on, and every second one is cut off.
    """

    def refusals(path, whole, count, *said, start, head, changes):
        rng = np.random.default_rng(0)
        refused = 0
        for number in range(count):
            content = bytearray(
                whole[: rng.integers(max(start, 1), len(whole))] if number % 2 else whole
            )
            for at in rng.integers(start, min(len(content), head), changes):
                content[at] = rng.integers(0, 256)
            path.write_bytes(content)
            try:
                take(path, *said)
            except (ModelError, GateError):
                refused += 1
        return refused

    return refusals
