"""Networks that find lines become int8 on drawn pages. Needs no TensorFlow."""

from __future__ import annotations

import numpy as np
import pytest

from digitcli.data.lines.hands import Glyphs
from digitcli.model.precision import INT8
from digitcli.model.spec import NetworkSpec
from digitcli.model.weights import Weights
from digitcli.training.pages import quantized
from digitcli.training.pages.quantized import compare, quantize_and_compare
from digitcli.vision.page_batches import DrawnPages, drawn_pages

SPEC = NetworkSpec.from_json(
    {
        "name": "maps",
        "task": "map",
        "input": [0, 0, 1],
        "layers": [
            {"type": "conv", "filters": 6, "kernel": 5, "stride": 2},
            {"type": "max_pool"},
            {"type": "conv", "filters": 2, "kernel": 1, "activation": "linear"},
        ],
    }
)


def weights(inside=0.0):
    """Random weights; a large `inside` finds lines everywhere, below zero nowhere."""
    rng = np.random.default_rng(4)
    tensors = {name: np.float32(rng.normal(0, 0.1, shape)) for name, shape in SPEC.tensors.items()}
    tensors["conv2.bias"][1] += np.float32(inside)
    return Weights(SPEC, tensors, {"recipe": {"epochs": 1, "mixture": {"strokes": 1}}})


def test_calibration_and_comparison_are_on_different_pages(monkeypatch):
    monkeypatch.setattr(quantized, "COMPARED", 10)
    seen = []
    real = quantized.drawn_pages
    monkeypatch.setattr(
        quantized, "drawn_pages", lambda *asked: seen.append(real(*asked)) or seen[-1]
    )

    outcome = quantize_and_compare(weights(), 100, lambda text: None)

    learnt, held_out = ({one.tobytes() for g in groups for one in g.pictures} for groups in seen)
    assert (len(learnt), len(held_out)) == (100, 10)
    assert not learnt & held_out
    assert outcome.validation.n == 10
    assert outcome.quantized.weights.precision == INT8


def test_a_page_is_right_where_half_of_its_places_are():
    def page(share):
        inside = np.zeros((1, 16, 16), np.bool_)
        inside[:, :, : round(16 * share)] = True
        return DrawnPages(np.full((1, 64, 64), 200, np.uint8), inside)

    found = compare(weights(100.0), weights(-100.0), [page(0.25), page(0.75), page(1.0), page(0)])

    assert (found.n, found.before, found.after, found.agree) == (4, 2, 1, 0)


def test_drawn_pages_have_whole_sizes_their_usual_tone_and_a_map():
    groups = drawn_pages([(Glyphs(), 1.0)], 12, 3)

    assert sum(len(group.pictures) for group in groups) == 12
    sizes = [group.pictures.shape[1:] for group in groups]
    assert len(set(sizes)) == len(sizes)
    assert any(group.inside.any() for group in groups)
    for group in groups:
        _, height, width = group.pictures.shape
        assert height % 64 == width % 64 == 0
        assert group.inside.shape[1:] == (height // 4, width // 4)
    for one, other in zip(groups, drawn_pages([(Glyphs(), 1.0)], 12, 3), strict=True):
        np.testing.assert_array_equal(one.pictures, other.pictures)


@pytest.mark.parametrize("inside", [0.0, 3.0])
def test_int8_maps_are_near_those_of_float32(inside):
    from digitcli.inference.map_engine import MapEngine
    from digitcli.inference.quantize import quantize

    source, picture = weights(inside), np.random.default_rng(1).integers(0, 256, (64, 128))
    found = quantize(source, *(g.pictures for g in drawn_pages([(Glyphs(), 1.0)], 100, 1)))

    maps = [
        np.asarray(MapEngine(one).map(picture.astype(np.uint8))) for one in (source, found.weights)
    ]

    np.testing.assert_allclose(*maps, atol=0.05)
