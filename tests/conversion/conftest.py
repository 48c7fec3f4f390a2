"""Networks with every kind of layer, random weights, and pictures to try them on."""

from __future__ import annotations

import numpy as np
import pytest

from digitcli.data.drawn.synthetic import draw
from digitcli.model.presets import load_preset
from digitcli.model.spec import NetworkSpec
from digitcli.model.weights import Weights

CONV = {"type": "conv", "filters": 6}
POOL = {"type": "max_pool"}
OUT = {"type": "dense", "units": 10}
OWN = {
    "strided": [CONV | {"kernel": 4, "stride": 3}, OUT],
    "valid": [CONV | {"padding": "valid", "activation": "linear"}, OUT],
    "dense only": [OUT | {"units": 20, "activation": "relu"}, OUT],
    "pool first": [POOL | {"size": 3, "padding": "same"}, CONV | {"kernel": 2}, OUT],
    "average last": [CONV | {"stride": 2}, CONV | {"filters": 10}, {"type": "global_average_pool"}],
    "gaps between windows": [POOL | {"size": 2, "stride": 3, "padding": "same"}, CONV, OUT],
}
NETWORKS = ["small", "deck", "notebook", *OWN]


def weights_of(name: str) -> Weights:
    """A preset or one of `OWN`, with random weights that keep values in range."""
    if name in OWN:
        spec = NetworkSpec.from_json({"name": "own", "layers": OWN[name]})
    else:
        spec = load_preset(name).spec
    rng = np.random.default_rng(3)
    tensors = {
        tensor: np.float32(rng.standard_normal(shape) * np.sqrt(2 / np.prod(shape[:-1])))
        for tensor, shape in spec.tensors.items()
    }
    return Weights(spec, tensors)


@pytest.fixture(scope="session")
def images():
    """Forty drawn digits."""
    return draw(40, seed=4)[0]
