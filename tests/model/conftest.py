"""Small weights, and their file."""

from __future__ import annotations

import numpy as np
import pytest

from digitcli.model.presets import load_preset
from digitcli.model.weights import Weights, save_weights


@pytest.fixture
def weights():
    spec = load_preset("small").spec
    rng = np.random.default_rng(0)
    tensors = {n: rng.standard_normal(s, dtype=np.float32) for n, s in spec.tensors.items()}
    return Weights(spec, tensors, {"seed": 7})


@pytest.fixture
def path(weights, tmp_path):
    save_weights(tmp_path / "w.npz", weights)
    return tmp_path / "w.npz"
