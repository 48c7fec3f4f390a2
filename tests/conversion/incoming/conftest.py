"""What imported models are compared on."""

from __future__ import annotations

import pytest

from digitcli.conversion.incoming.importing import Labelled, import_model
from digitcli.data.drawn.synthetic import draw


@pytest.fixture(scope="session")
def shown():
    """Sixty drawn digits."""
    return Labelled(*draw(60, seed=4), "synthetic")


@pytest.fixture
def take(shown):
    """Import a model, compared on drawn digits."""
    return lambda path, *said: import_model(path, shown, lambda: shown, *said)
