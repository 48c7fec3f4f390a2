"""One training set of several sources, and what may be asked for. Needs no TensorFlow."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from digitcli.data.drawn.synthetic import draw
from digitcli.errors import DataError, ModelError, UsageError
from digitcli.training.mixture import mix as mixture
from digitcli.training.mixture.shares import parse_data
from digitcli.training.recipes import Recipe, parse_setting, recipe_from_table, with_changes


@pytest.fixture
def folder(tmp_path):
    """40 drawn digits, ten each by four writers."""
    images, labels = draw(40, seed=3)
    lines = ["file,label,writer"]
    for number, (image, label) in enumerate(zip(images, labels, strict=True)):
        Image.fromarray(255 - np.pad(image, 9)).save(tmp_path / f"{number}.png")
        lines.append(f"{number}.png,{label},{'abcd'[number // 10]}")
    (tmp_path / "labels.csv").write_text("\n".join(lines) + "\n")
    return tmp_path


@pytest.fixture(autouse=True)
def few(monkeypatch):
    monkeypatch.setattr(mixture, "CHECKED", 10)


def mix(count=100, **settings):
    return mixture.mix(Recipe(epochs=1, **settings), count, lambda text: None)


def test_shares_are_of_the_data_set(folder):
    found = mix(mixture={"strokes": 0.3, "outliers": 0.2, str(folder): 0.5})

    assert [len(part.labels) for part in found.parts] == [30, 20, 50]
    images, labels = found.added_to(*draw(100, seed=1))
    assert (images.shape, labels.shape) == ((200, 28, 28), (200,))
    assert np.flatnonzero(labels == 10).tolist() == list(range(130, 150))


def test_the_same_recipe_gives_the_same_bytes_and_another_seed_others():
    settings = {"mixture": {"strokes": 0.2, "outliers": 0.1}}
    first, again, other = mix(**settings), mix(**settings), mix(seed=1, **settings)

    assert first.identity() == again.identity()
    ours, theirs = (one.identity()["mixture"] for one in (first, other))
    assert all(ours[name] != theirs[name] for name in ours)
    for one, two in zip(first.parts, other.parts, strict=True):
        np.testing.assert_array_equal(one.check_images, two.check_images)


def test_nothing_is_added_without_a_mixture():
    images, labels = draw(5, seed=1)

    found = mix()

    assert found.added_to(images, labels) == (images, labels)
    assert found.identity() == {}


def test_a_small_folder_is_repeated_evenly(folder):
    (part,) = mix(mixture={str(folder): 1.0}).parts  # 36 pictures for 100

    _, times = np.unique(part.images.reshape(100, -1), axis=0, return_counts=True)

    assert set(times.tolist()) == {2, 3}
    assert len(part.check_labels) == 4


def test_writers_that_are_left_out_are_validated_on_and_not_learnt(folder):
    (part,) = mix(mixture={str(folder): 0.6}, without_writers=("b", "d")).parts

    learnt = {image.tobytes() for image in part.images}
    assert len(part.check_labels) == 20
    assert not learnt & {image.tobytes() for image in part.check_images}


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"mixture": {"stroke": 0.1}}, UsageError, "unknown source 'stroke'"),
        ({"mixture": {"lines": 0.1}}, UsageError, "the source 'lines' is no more"),
        ({"mixture": {"strokes": 0.1}, "without_writers": ("a",)}, UsageError, "a writer 'a'"),
    ],
)
def test_an_unknown_source_is_named(settings, error, message):
    with pytest.raises(error, match=message):
        mix(**settings)


def test_a_misspelt_writer_is_named(folder):
    with pytest.raises(UsageError, match="no source has a writer 'x'") as caught:
        mix(mixture={str(folder): 0.5}, without_writers=("a", "x"))

    assert caught.value.hint == "there are a, b, c, d"


@pytest.mark.parametrize(
    ("without", "message"),
    [((), "every label is 7"), (("a", "b", "c", "d"), "no picture is left")],
)
def test_a_source_of_one_class_is_refused(folder, without, message):
    lines = (folder / "labels.csv").read_text().splitlines()
    sevens = [f"{line.split(',')[0]},7,{line.split(',')[2]}" for line in lines[1:]]
    (folder / "labels.csv").write_text("\n".join([lines[0], *sevens]))

    with pytest.raises(DataError, match=f"{message}, expected at least two different digits"):
        mix(mixture={str(folder): 0.5}, without_writers=without)


def test_each_source_is_noted_before_it_is_drawn():
    lines = []

    mixture.mix(Recipe(epochs=1, mixture={"strokes": 0.1}), 50, lines.append)

    assert lines == ["drawing strokes: 5 pictures"]


def test_sources_are_judged_apart_and_outliers_by_the_digits_threshold():
    found = mix(mixture={"strokes": 0.1, "outliers": 0.1})

    def logits(images):  # sure of bright pictures, of the 3 whenever it is asked
        answers = np.zeros((len(images), 10), np.float32)
        answers[:, 3] = 50 * (images.max(axis=(1, 2), initial=0) > 0)
        return answers

    facts = found.evaluate(logits, draw(100, seed=1)[0])

    strokes, outliers = found.parts
    blank = (outliers.check_images.max(axis=(1, 2)) == 0).mean()
    assert facts["strokes"]["accuracy"] == (strokes.check_labels == 3).mean()
    assert facts["outliers"]["refused"] == pytest.approx(blank)
    share, count = 100 * facts["strokes"]["accuracy"], len(strokes.check_labels)
    assert f"strokes {share:.2f} % right of {count}" in mixture.read_by_source(facts)


def test_data_names_sources_with_their_shares():
    assert parse_data("mnist") == ("mnist", {})
    assert parse_data("mnist, strokes:0.3,C:\\my scans:.25") == (
        "mnist",
        {"strokes": 0.3, "C:\\my scans": 0.25},
    )


@pytest.mark.parametrize("text", ["mnist,strokes", "mnist,strokes:many", "mnist,:0.3", "mnist,"])
def test_a_source_without_a_share_is_a_usage_error(text):
    with pytest.raises(UsageError, match="is no source with its share"):
        parse_data(text)


def test_a_recipe_keeps_its_mixture_in_its_table():
    recipe = Recipe(epochs=1, mixture={"strokes": 0.3, "../my.scans": 0.2}, without_writers=("a",))

    table = recipe.to_table()

    assert table["mixture"] == {"strokes": 0.3, "../my.scans": 0.2}
    assert recipe_from_table(table) == recipe


def test_a_recipe_without_mixture_has_none_in_its_table():
    names = {"mixture", "without_writers", "outlier_weight"}

    assert not names & set(Recipe(epochs=1).to_table())


def test_shares_can_be_set_one_by_one_and_0_leaves_a_source_out():
    recipe = Recipe(epochs=1, mixture={"strokes": 0.3, "fonts": 0.2})
    settings = ["mixture.strokes=0.5", "mixture.fonts=0", "mixture.outliers=0.1"]

    changed = with_changes(recipe, dict(map(parse_setting, settings)))

    assert changed.mixture == {"strokes": 0.5, "outliers": 0.1}
    changed = with_changes(recipe, {"mixture": {"fonts": 1}, "without_writers": "a,b"})
    assert (changed.mixture, changed.without_writers) == ({"fonts": 1.0}, ("a", "b"))


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"mixture": 3}, "mixture must be a table, got 3"),
        ({"mixture": {"strokes": "many"}}, "mixture.strokes must be from 0 to 100, got 'many'"),
        ({"mixture": {"strokes": -1}}, "mixture.strokes must be from 0 to 100, got -1"),
        ({"mixture": {"strokes": float("nan")}}, "mixture.strokes must be from 0 to 100"),
        ({"without_writers": 3}, "without_writers must be a list of names"),
        ({"outlier_weight": -1}, "outlier_weight must be from 0 to 100, got -1"),
    ],
)
def test_a_wrong_mixture_is_refused_by_name(table, message):
    with pytest.raises(ModelError, match=message):
        recipe_from_table({"epochs": 1, **table})
