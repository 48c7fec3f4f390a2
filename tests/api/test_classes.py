"""From a data set of other classes to an answer: fetch, train, measure, read."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import numpy as np
import pytest
from class_weights import CLOTHES, class_weights

import digitcli
from digitcli.api.choices import data_for, spec_for
from digitcli.api.fetch import missing_set
from digitcli.api.training_request import request_of
from digitcli.data import catalog
from digitcli.data.catalog import FASHION_MNIST
from digitcli.data.idx import write_idx
from digitcli.errors import UsageError
from digitcli.model.presets import load_preset
from digitcli.training.run.resume import open_preset, run_config, write_config

NOTHING = dict.fromkeys(("preset", "config", "data", "out", "target_accuracy", "seeds", "resume"))
PRESET = """name = "stripes"
[training]
optimizer = "adam"
learning_rate = 0.01
epochs = 3
batch_size = 20
validation = 60
[[layers]]
type = "dense"
units = 10
activation = "linear"
"""


def pictures(count: int) -> tuple[np.ndarray, np.ndarray]:
    """A bar in the upper, middle or lower third."""
    labels = (np.arange(count) % 3).astype(np.uint8)
    images = np.random.default_rng(count).integers(0, 60, (count, 28, 28), np.uint8)
    for image, label in zip(images, labels, strict=True):
        image[8 * label + 2 : 8 * label + 8, 4:24] = 220
    return images, labels


@pytest.fixture
def clothes(tmp_path, monkeypatch):
    """A data set in a folder beside the data folder, in the catalogue under the name "clothes"."""
    files = []
    for part, count in (("train", 300), ("test", 90)):
        for kind, array in zip(("images", "labels"), pictures(count), strict=True):
            path = tmp_path / "mirror" / FASHION_MNIST.file(f"{part}-{kind}").forms[0].name
            path.parent.mkdir(exist_ok=True)
            write_idx(path, array)
            body = path.read_bytes()
            form = catalog.Form(path.name, len(body), hashlib.sha256(body).hexdigest())
            files.append(catalog.DataFile(f"{part}-{kind}", (form,)))
    made = replace(FASHION_MNIST, name="clothes", files=tuple(files), classes=CLOTHES)
    monkeypatch.setattr(catalog, "CATALOG", (*catalog.CATALOG, made))
    monkeypatch.setenv("DIGITCLI_DATA", str(tmp_path / "data"))
    return tmp_path / "mirror"


def test_a_preset_gets_the_classes_of_the_data_set(clothes):
    request = request_of({}, **NOTHING | {"preset": "tiny", "data": "clothes"}, ensemble=False)

    assert request.spec.classes == CLOTHES
    assert request.folder.name == "tiny-clothes"


def test_a_run_is_replayed_with_its_classes(clothes, tmp_path):
    request = request_of({}, **NOTHING | {"preset": "tiny", "data": "clothes"}, ensemble=False)

    write_config(tmp_path, run_config(request.spec, request.recipe, request.data))
    again, recipe = open_preset(str(tmp_path / "config.toml"))

    assert (again.spec, again.data, recipe) == (request.spec, "clothes", request.recipe)


def test_a_network_of_other_classes_is_not_given_another_data_set(clothes):
    spec = load_preset("tiny").spec.with_classes(("a", "b"))

    with pytest.raises(UsageError, match=r"--data clothes: tiny names 2 classes \(a, b, \.\.\.\)"):
        spec_for(spec, "clothes")


def test_networks_for_lines_are_left_alone():
    spec = load_preset("line").spec

    assert spec_for(spec, "lines") is spec


def test_what_a_network_learnt_is_what_it_is_measured_on():
    weights = replace(class_weights(), trained={"data": {"name": "clothes"}})

    assert data_for(weights, None) == "clothes"
    assert data_for(weights, "kmnist") == "kmnist"
    with pytest.raises(UsageError, match="does not say which data set it learnt"):
        data_for(class_weights(), None)


def test_only_what_can_be_fetched_is_missing(clothes):
    assert missing_set("clothes") is not None
    assert missing_set("synthetic") is None  # is drawn when it is needed
    assert missing_set("lines") is None

    digitcli.fetch("clothes", source=str(clothes))

    assert missing_set("clothes") is None


def test_other_classes_are_fetched_trained_measured_and_read(clothes, tmp_path):
    pytest.importorskip("tensorflow")
    (tmp_path / "stripes.toml").write_text(PRESET)
    digitcli.fetch("clothes", source=str(clothes))

    run = digitcli.train(
        str(tmp_path / "stripes.toml"), data="clothes", out=tmp_path / "run", jit="off"
    )

    found = digitcli.evaluate(run.weights)
    assert (found.data, found.result.classes) == ("clothes", CLOTHES)
    assert found.accuracy == 1
    images, labels = pictures(30)
    readings = digitcli.read_many(images, weights=run.weights)
    assert [reading.text for reading in readings] == [CLOTHES[label] for label in labels]
    page = (tmp_path / "run" / "report.html").read_text()
    assert "T-shirt/top, Trouser, Ankle boot" in page
    with pytest.raises(UsageError, match="strokes shows digits, the classes of clothes"):
        digitcli.train(
            str(tmp_path / "stripes.toml"),
            data="clothes,strokes:0.5",
            out=tmp_path / "other",
        )
