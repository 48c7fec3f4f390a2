"""How weights are named: a file, or those that come with digitcli."""

from __future__ import annotations

from dataclasses import replace

import pytest

from digitcli.errors import ModelError
from digitcli.model.weights import bundled_names, find_weights, load_weights, save_weights


def test_a_name_that_is_no_file_suggests_the_nearest_bundled_one():
    with pytest.raises(ModelError) as caught:
        find_weights("smal")

    assert caught.value.hint.startswith("did you mean small? bundled: ")


@pytest.fixture
def zoo(weights, tmp_path, monkeypatch):
    """A folder of bundled weights with two files, and something else."""
    for name in ("best", "tiny"):
        save_weights(tmp_path / "zoo" / f"{name}.npz", replace(weights, trained={"name": name}))
    (tmp_path / "zoo" / "notes.txt").write_text("no weights")
    monkeypatch.setattr("digitcli.model.bundled.ZOO", tmp_path / "zoo")
    return tmp_path / "zoo"


def test_bundled_weights_are_the_files_of_the_zoo(zoo):
    assert bundled_names() == ["best", "tiny"]
    assert load_weights(find_weights("tiny")).trained == {"name": "tiny"}


@pytest.mark.parametrize(("asked", "near"), [("tinny", "did you mean tiny? "), ("medium", "")])
def test_an_unknown_name_lists_what_there_is(zoo, asked, near):
    with pytest.raises(ModelError, match=f"{asked}: no such weight file") as caught:
        find_weights(asked)

    assert caught.value.hint == f"{near}bundled: best, tiny; others come from `digitcli train`"


@pytest.mark.parametrize("name", ["x" * 5000, "x/" * 5000, "runs/" + "x" * 300])
def test_a_name_longer_than_any_file_has_is_that_of_missing_weights(name):
    with pytest.raises(ModelError, match="x: no such weight file|x/: no such weight file"):
        find_weights(name)


def test_bundled_weights_have_the_name_of_their_network():
    assert "small" in bundled_names()
    for name in bundled_names():
        weights = load_weights(find_weights(name))
        assert f"{weights.spec.name}{'8' * (weights.precision == 'int8')}" == name
