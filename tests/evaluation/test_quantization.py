"""What quantising costs is counted on pictures that calibration did not see."""

from __future__ import annotations

import numpy as np
import pytest

from digitcli.data.splits import validation_split
from digitcli.data.store import Split
from digitcli.errors import UsageError
from digitcli.evaluation import quantization
from digitcli.evaluation.quantization import Comparison, quantize_and_compare
from digitcli.model.spec import NetworkSpec
from digitcli.model.weights import Weights


@pytest.fixture
def weights():
    rng = np.random.default_rng(1)
    spec = NetworkSpec.from_json({"name": "test", "layers": [{"type": "dense", "units": 10}]})
    tensors = {name: np.float32(rng.standard_normal(shape)) for name, shape in spec.tensors.items()}
    return Weights(spec, tensors, {"recipe": {"validation": 200, "seed": 3}})


@pytest.fixture
def train():
    rng = np.random.default_rng(2)
    images = rng.integers(0, 256, (600, 28, 28), dtype=np.uint8)
    labels = np.arange(600, dtype=np.uint8) % 10
    return Split("made", "train", images, labels, "")


def test_calibration_and_validation_share_no_picture(weights, train, monkeypatch):
    seen = []
    real = quantization.quantize
    monkeypatch.setattr(
        quantization, "quantize", lambda w, images: seen.append(images) or real(w, images)
    )

    outcome = quantize_and_compare(weights, train, 150)

    _, kept_back = validation_split(train.labels, 200, seed=3)
    validation = {image.tobytes() for image in train.images[kept_back]}
    calibration = {image.tobytes() for image in seen[0]}
    assert (len(calibration), outcome.validation.n) == (150, 200)
    assert not calibration & validation


def test_more_pictures_than_there_are_is_refused(weights, train):
    with pytest.raises(UsageError, match="401 to calibrate on, but made has 400 beside the 200"):
        quantize_and_compare(weights, train, 401)


@pytest.mark.parametrize("recipe", [None, 7, {}, {"validation": "many", "seed": -1}])
def test_provenance_without_a_recipe_still_keeps_pictures_back(weights, train, recipe):
    unknown = Weights(weights.spec, weights.tensors, {"recipe": recipe})

    assert quantize_and_compare(unknown, train, 150).validation.n == 300


def test_the_drop_is_in_percentage_points():
    assert Comparison(n=1000, before=990, after=985, agree=993).drop == pytest.approx(0.5)
    assert Comparison(n=1000, before=985, after=990, agree=993).drop == pytest.approx(-0.5)
