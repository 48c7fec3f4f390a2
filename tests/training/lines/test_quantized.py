"""Networks for lines become int8 on drawn lines. Needs no TensorFlow."""

from __future__ import annotations

import numpy as np
import pytest

from digitcli.errors import ModelError
from digitcli.model.precision import INT8
from digitcli.model.spec import NetworkSpec
from digitcli.model.weights import Weights
from digitcli.training.lines import quantized
from digitcli.training.lines.quantized import compare, quantize_and_compare
from digitcli.vision.line_batches import DrawnLines, by_width, drawn_lines

SPEC = NetworkSpec.from_json(
    {
        "name": "short",
        "task": "line",
        "input": [40, 0, 1],
        "layers": [
            {"type": "conv", "filters": 4, "kernel": 5, "stride": 4},
            {"type": "conv", "filters": 8, "kernel": [10, 3], "padding": "valid"},
            {"type": "conv", "filters": 16, "kernel": 1, "activation": "linear"},
        ],
    }
)


def weights(recipe=None, sign=None):
    """Random weights, or such that read nothing but `sign` everywhere."""
    rng = np.random.default_rng(4)
    tensors = {name: np.float32(rng.normal(0, 0.3, shape)) for name, shape in SPEC.tensors.items()}
    if sign is not None:
        tensors["conv3.weight"][:] = 0
        tensors["conv3.bias"][:] = 0
        tensors["conv3.bias"][sign] = 20
    trained = {} if recipe is None else {"recipe": recipe}
    return Weights(SPEC, tensors, trained)


@pytest.fixture(autouse=True)
def few(monkeypatch, tmp_path):
    monkeypatch.setattr(quantized, "COMPARED", 12)
    monkeypatch.setenv("DIGITCLI_DATA", str(tmp_path))


def test_calibration_and_comparison_are_on_different_lines(monkeypatch):
    seen = []
    real = quantized.drawn_lines
    monkeypatch.setattr(
        quantized, "drawn_lines", lambda *asked: seen.append(real(*asked)) or seen[-1]
    )

    outcome = quantize_and_compare(weights(), 100, lambda text: None)

    learnt, held_out = ({one.tobytes() for g in groups for one in g.pictures} for groups in seen)
    assert (len(learnt), len(held_out)) == (100, 12)
    assert not learnt & held_out
    assert outcome.validation.n == 12
    assert outcome.quantized.weights.precision == INT8
    assert outcome.quantized.weights.trained["quantized"]["images"] == 100


@pytest.mark.parametrize(
    ("recipe", "named"),
    [
        ({"epochs": 1, "mixture": {"strokes": 1, "/gone/scans": 9}}, ["/gone/scans"]),
        ({"epochs": 1, "mixture": {"strokes": 1}}, []),
        (None, ["mnist", "pendigits", "optdigits", "semeion"]),
        ({"epochs": "many"}, ["mnist", "pendigits", "optdigits", "semeion"]),
    ],
    ids=["a folder of another machine", "all here", "no recipe", "not a recipe"],
)
def test_hands_that_are_not_here_are_named_and_left_out(recipe, named):
    notes = []

    quantize_and_compare(weights(recipe), 100, notes.append)

    found = [note.split(", which is not here: ")[0] for note in notes]
    assert [one for one in found if not one.endswith("fonts")] == [
        f"nothing in the hands of {name}" for name in named
    ]


def test_exact_are_numbers_whose_digits_are_right():
    lines = by_width([(np.zeros((40, 60), np.uint8), t) for t in ("1", "1.", "7")], lambda w: 96)

    found = compare(weights(sign=1), weights(sign=7), lines)

    assert (found.n, found.before, found.after, found.agree) == (3, 2, 1, 0)


def test_int8_weights_are_refused_before_anything_is_compared():
    once = quantize_and_compare(weights(), 100, lambda text: None).quantized.weights

    with pytest.raises(ModelError, match="expected float32 weights, found int8"):
        quantize_and_compare(once, 100, lambda text: None)


def test_drawn_lines_have_margins_one_height_and_whole_widths():
    from digitcli.data.lines.hands import Glyphs

    def whole(width):
        return 32 * -(-width // 32)

    groups = drawn_lines([(Glyphs(), 1.0)], 20, 24, whole, 5)

    assert sum(len(group.texts) for group in groups) == 20
    widths = [group.pictures.shape[2] for group in groups]
    assert widths == sorted(set(widths))
    for group in groups:
        assert group.pictures.shape[:2] == (len(group.texts), 24)
        assert group.pictures.shape[2] % 32 == 0
        assert not group.pictures[:, :, :8].any()
        assert not group.pictures[:, :, -8:].any()
    again = drawn_lines([(Glyphs(), 1.0)], 20, 24, whole, 5)
    for one, other in zip(groups, again, strict=True):
        np.testing.assert_array_equal(one.pictures, other.pictures)
        assert isinstance(other, DrawnLines)
        assert one.texts == other.texts
