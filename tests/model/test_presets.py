"""The bundled networks are the ones their sources describe, number by number."""

from __future__ import annotations

import os

import pytest

from digitcli.errors import ModelError, UsageError
from digitcli.model.layers import Conv, Dense
from digitcli.model.presets import load_preset, parse_preset, preset_names
from digitcli.model.spec import NetworkSpec

GOOD = """
name = "mine"
[[layers]]
type = "dense"
units = 10
[training]
epochs = 1
"""


def rows(name: str) -> list[tuple[str, tuple[int, ...], int]]:
    """(layer, output shape, parameters) of a preset, as a summary table has them."""
    steps = load_preset(name).spec.steps
    return [(step.name, step.output_shape, step.parameters) for step in steps]


def test_the_bundled_presets_are_these():
    assert preset_names() == [
        "best",
        "deck",
        "finder",
        "line",
        "notebook",
        "reader",
        "small",
        "tiny",
    ]


def test_notebook_has_the_layers_of_its_notebook():
    assert rows("notebook") == [
        ("conv1", (28, 28, 32), 832),
        ("pool1", (14, 14, 32), 0),
        ("conv2", (14, 14, 64), 51_264),
        ("pool2", (7, 7, 64), 0),
        ("conv3", (7, 7, 128), 204_928),
        ("pool3", (4, 4, 128), 0),
        ("dense1", (1024,), 2_098_176),
        ("dense2", (2048,), 2_099_200),
        ("dense3", (10,), 20_490),
    ]
    assert load_preset("notebook").spec.parameters == 4_474_890


def test_notebook_has_linear_layers_without_dropout_or_batch_norm():
    spec = load_preset("notebook").spec

    dense = [layer for layer in spec.layers if isinstance(layer, Dense)]
    convs = [layer for layer in spec.layers if isinstance(layer, Conv)]
    assert {(layer.activation, layer.dropout) for layer in dense} == {("linear", 0.0)}
    assert {(layer.batch_norm, layer.dropout) for layer in convs} == {(False, 0.0)}


def test_deck_has_the_layers_of_its_slides():
    assert rows("deck") == [
        ("conv1", (28, 28, 32), 832),
        ("pool1", (14, 14, 32), 0),
        ("conv2", (14, 14, 64), 51_264),
        ("pool2", (7, 7, 64), 0),
        ("dense1", (1024,), 3_212_288),
        ("dense2", (10,), 10_250),
    ]
    assert load_preset("deck").spec.parameters == 3_274_634


def test_deck_drops_out_40_percent_of_its_hidden_layer():
    assert load_preset("deck").spec.layers[-2:] == (Dense(1024, "relu", 0.4), Dense(10))


@pytest.mark.parametrize(
    ("name", "parameters", "megaflops"),
    [("tiny", 8_000, 3), ("small", 60_000, 8), ("reader", 130_000, 16), ("best", 500_000, 40)],
)
def test_our_own_networks_keep_to_their_size(name, parameters, megaflops):
    spec = load_preset(name).spec

    assert spec.parameters <= parameters
    assert spec.flops <= megaflops * 1e6
    assert [step.name for step in spec.steps][-2:] == ["average1", "dense1"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("notebook", {"optimizer": "adam", "learning_rate": 1e-4, "batch_size": 50, "epochs": 10}),
        ("deck", {"optimizer": "sgd", "learning_rate": 0.001, "batch_size": 100, "steps": 20_000}),
    ],
)
def test_the_sources_are_trained_with_their_own_numbers(name, expected):
    assert expected.items() <= load_preset(name).training.items()


@pytest.mark.parametrize("name", preset_names())
def test_a_preset_is_named_like_its_file_and_survives_json(name):
    preset = load_preset(name)

    assert preset.spec.name == name
    assert preset.about.endswith(".")
    assert NetworkSpec.from_json(preset.spec.to_json()) == preset.spec


def test_a_file_of_the_same_form_is_read_by_path(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text(GOOD)

    preset = load_preset(str(path))

    assert preset.spec == NetworkSpec("mine", (Dense(10),))
    assert preset.training == {"epochs": 1}


def test_an_unknown_name_gets_the_nearest_one_as_hint():
    with pytest.raises(UsageError, match="no preset named 'smal'") as caught:
        load_preset("smal")

    assert caught.value.hint == "did you mean small?"


def test_a_name_unlike_any_other_gets_the_list_as_hint():
    with pytest.raises(UsageError, match="no preset named 'vgg16'") as caught:
        load_preset("vgg16")

    assert caught.value.hint == "there are: best, deck, finder, line, notebook, reader, small, tiny"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"\xff\xfe", "cannot be read (not UTF-8 text)"),
        (b"name = ", "not a TOML file"),
        (b"", "no [training] table"),
        (GOOD.replace("units", "unit").encode(), "unknown setting 'unit'"),
        (GOOD.replace("[training]", "[[training]]").encode(), "[training]"),
        (GOOD.replace("10", "9").encode(), "dense1: the last layer must give 10 values"),
    ],
)
def test_a_file_that_is_no_preset_is_refused_with_its_path(tmp_path, content, message):
    path = tmp_path / "bad.toml"
    path.write_bytes(content)

    with pytest.raises(ModelError) as caught:
        load_preset(str(path))

    assert str(caught.value).startswith(f"{path}: ")
    assert message in str(caught.value)


def test_a_missing_file_is_refused_with_its_path(tmp_path):
    with pytest.raises(ModelError, match=r"no\.toml: cannot be read \(no such file or directory\)"):
        load_preset(str(tmp_path / "no.toml"))


def test_parse_preset_names_where_the_text_came_from():
    with pytest.raises(ModelError, match=r"^stdin: not a TOML file"):
        parse_preset("=", "stdin")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
@pytest.mark.timeout(10)
def test_a_pipe_or_a_huge_file_is_no_preset(tmp_path):
    os.mkfifo(tmp_path / "pipe.toml")
    with (tmp_path / "hole.toml").open("wb") as file:
        file.truncate(2**40)

    with pytest.raises(ModelError, match=r"pipe.toml: cannot be read \(is a pipe or a device"):
        load_preset(str(tmp_path / "pipe.toml"))
    with pytest.raises(ModelError, match=r"hole.toml: cannot be read \(larger than"):
        load_preset(str(tmp_path / "hole.toml"))


def test_a_preset_of_deep_keys_is_refused_before_it_is_parsed(tmp_path):
    path = tmp_path / "deep.toml"
    path.write_text("a." * 50_000 + "b = 1\n")

    with pytest.raises(ModelError, match=r"deep.toml: .*larger than 16 KiB"):
        load_preset(str(path))
