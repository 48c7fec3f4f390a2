"""A network as a table of TOML or JSON."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from digitcli.errors import ModelError
from digitcli.model.layers import Conv, Dense, GlobalAveragePool, MaxPool
from digitcli.model.spec import NetworkSpec

TEN = Dense(10)


def document(**changes) -> dict:
    layers = [{"type": "conv", "filters": 4}, {"type": "dense", "units": 10}]
    return {"name": "test", "layers": layers} | changes


@pytest.mark.parametrize(
    ("table", "message", "hint"),
    [
        ([], "network: expected a table of settings, got list", ""),
        (document(layer=[]), "network: unknown setting 'layer'", "did you mean layers?"),
        (
            document(colour=1),
            "network: unknown setting 'colour'",
            "valid names: name, task, ",
        ),
        (document(layers=None), "network: no layers", "[[layers]]"),
        (document(layers={"type": "conv"}), "network: no layers", "[[layers]]"),
        (document(layers=["conv"]), "layer 1: expected a table of settings, got str", ""),
        (document(layers=[{}]), "layer 1: unknown type None", "choose one of conv, max_pool"),
        (document(layers=[{"type": "lstm"}]), "layer 1: unknown type 'lstm'", "choose one of"),
        (document(layers=[{"type": ["conv"]}]), "layer 1: unknown type", "choose one of"),
        (document(layers=[{"type": "conv"}]), "layer 1 (conv): filters is missing", ""),
        (
            document(layers=[{"type": "dense", "units": 10, "unit": 3}]),
            "layer 1 (dense): unknown setting 'unit'",
            "did you mean units?",
        ),
        (document(input=[32, 32, 1]), "input must be [28, 28, 1], got [32, 32, 1]", ""),
        (document(input=28), "input must be [28, 28, 1], got 28", ""),
        (document(name=5), "name must be 1 to 64 letters, digits, '.', '-' or '_', got 5", ""),
    ],
)
def test_a_document_that_is_no_network_is_refused_by_name(table, message, hint):
    with pytest.raises(ModelError) as caught:
        NetworkSpec.from_json(table)

    assert message in str(caught.value)
    assert hint in caught.value.hint


junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)


@given(
    key=st.sampled_from(["name", "input", "scale", "layers"]),
    setting=st.sampled_from(["type", "filters", "kernel", "padding", "dropout", "batch_norm"]),
    value=junk,
    outer=st.booleans(),
)
def test_any_value_in_a_document_is_accepted_or_refused_cleanly(key, setting, value, outer):
    table = document()
    if outer:
        table[key] = value
    else:
        table["layers"][0][setting] = value

    try:
        spec = NetworkSpec.from_json(table)
    except ModelError:
        return
    assert NetworkSpec.from_json(spec.to_json()) == spec


choice = st.sampled_from
convs = st.builds(
    Conv,
    filters=st.integers(1, 64),
    kernel=st.integers(1, 7),
    stride=st.integers(1, 3),
    padding=st.just("same"),
    activation=choice(["linear", "relu"]),
    batch_norm=st.booleans(),
    dropout=st.floats(0, 0.9),
)
pools = st.builds(
    MaxPool, size=st.integers(1, 4), stride=st.integers(1, 4), padding=st.just("same")
)
hidden = st.builds(
    Dense,
    units=st.integers(1, 64),
    activation=choice(["linear", "relu"]),
    dropout=st.floats(0, 0.9),
)
specs = st.builds(
    lambda pictures, average, dense, scale: NetworkSpec(
        "any", (*pictures, *average, *dense, TEN), scale
    ),
    st.lists(convs | pools, max_size=5),
    st.lists(st.just(GlobalAveragePool()), max_size=1),
    st.lists(hidden, max_size=2),
    st.floats(0, 1, exclude_min=True),
)


@given(specs)
def test_json_text_gives_an_equal_network_back(spec):
    text = json.dumps(spec.to_json(), allow_nan=False)

    assert NetworkSpec.from_json(json.loads(text)) == spec


def test_settings_that_are_left_out_have_their_defaults():
    spec = NetworkSpec.from_json(document())

    assert spec == NetworkSpec("test", (Conv(4), TEN), 1 / 255)


def test_the_stride_of_a_pool_is_its_size_unless_it_is_given():
    layers = [{"type": "max_pool", "size": 3}, {"type": "max_pool", "size": 3, "stride": 1}]

    spec = NetworkSpec.from_json(document(layers=[*layers, {"type": "dense", "units": 10}]))

    assert spec.layers[:2] == (MaxPool(3, 3), MaxPool(3, 1))


def test_windows_that_are_not_square_survive_json():
    spec = NetworkSpec("test", (Conv(4, (5, 3), (2, 1)), MaxPool((2, 1), (2, 1)), TEN))

    assert spec.steps[0].output_shape == (14, 28, 4)
    assert spec.steps[0].padding == ((1, 2), (1, 1))
    assert NetworkSpec.from_json(json.loads(json.dumps(spec.to_json()))) == spec
