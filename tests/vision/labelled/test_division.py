"""The pictures to learn from and to test on: the source's own, or made, seeded and said."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from digitcli.data.drawn.synthetic import draw
from digitcli.errors import DataError, UsageError
from digitcli.vision.labelled.division import divide, load_part, load_splits, to_learn
from digitcli.vision.labelled.pictures import LabelledPictures
from digitcli.vision.labelled.source import Source, mark_first, source_of

IMAGES, LABELS = draw(100, seed=4)


@pytest.fixture
def undivided(tmp_path):
    np.savez(tmp_path / "own.npz", images=IMAGES, labels=LABELS)
    return str(tmp_path / "own.npz")


@pytest.fixture
def divided(tmp_path):
    parts = {"x_train": IMAGES[:80], "y_train": LABELS[:80]}
    np.savez(tmp_path / "keras.npz", x_test=IMAGES[80:], y_test=LABELS[80:], **parts)
    return str(tmp_path / "keras.npz")


def test_the_source_s_own_test_pictures_are_tested_on(divided):
    notes = []

    train, test = load_splits(divided, 0, notes.append)

    assert np.array_equal(train.images, IMAGES[:80])
    assert np.array_equal(test.images, IMAGES[80:])
    assert notes == [f"{divided}: 100 pictures read, 20 of them to test on"]


def test_a_test_part_is_made_and_said_where_there_is_none(undivided):
    notes = []

    train, test = load_splits(undivided, 3, notes.append)

    assert (len(train.labels), len(test.labels)) == (90, 10)
    together = {image.tobytes() for image in (*train.images, *test.images)}
    assert together == {image.tobytes() for image in IMAGES}
    assert notes == [
        f"{undivided}: 100 pictures read, 10 of them to test on (it names none: one picture in "
        "ten, seed 3)"
    ]


def test_the_same_seed_makes_the_same_part_and_another_one_another(undivided):
    def tested(seed):
        return load_splits(undivided, seed, lambda text: None)[1].sha256

    assert tested(1) == tested(1) != tested(2)


def test_writers_are_learnt_or_tested_and_never_both():
    writers = np.array([f"w{number % 10}" for number in range(100)])
    found = LabelledPictures(Path("own"), IMAGES, LABELS, writers)

    division = divide(found, 0)

    test, learn = set(writers[division.test].tolist()), set(writers[~division.test].tolist())
    assert (len(test), len(learn)) == (2, 8)
    assert not test & learn
    assert f"2 of 10 writers ({', '.join(sorted(test))}), seed 0" == division.how


def test_what_a_source_tests_on_is_not_learnt_beside_another(divided, undivided):
    from digitcli.vision.labelled.kinds import read_labelled

    assert len(to_learn(read_labelled(divided)).labels) == 80
    assert len(to_learn(read_labelled(undivided)).labels) == 100


def test_eval_measures_on_the_test_part_or_on_all(divided, undivided):
    assert len(load_part(divided, None)[0].labels) == 20
    assert len(load_part(divided, "train")[0].labels) == 80
    whole, _, how = load_part(undivided, None)
    assert (whole.split, len(whole.labels), how) == ("all", 100, "")


def test_eval_on_the_test_part_is_what_training_kept_for_the_test(undivided):
    part, _, how = load_part(undivided, "test")

    assert part.sha256 == load_splits(undivided, 0, lambda text: None)[1].sha256
    assert how == "one picture in ten, seed 0"


def test_eval_of_weights_that_learnt_the_source_is_on_what_they_did_not_learn(undivided):
    part, _, how = load_part(undivided, None, learnt=7)

    assert part.sha256 == load_splits(undivided, 7, lambda text: None)[1].sha256
    assert how == "one picture in ten, seed 7"


def test_three_classes_are_too_few_to_learn_alone(tmp_path):
    kept = LABELS < 3
    np.savez(tmp_path / "own.npz", images=IMAGES[kept], labels=LABELS[kept])

    with pytest.raises(DataError, match=r"3 classes \(0, 1, 2\), expected 10") as caught:
        load_splits(str(tmp_path / "own.npz"), 0, lambda text: None)

    assert "--data mnist," in caught.value.hint
    assert load_part(str(tmp_path / "own.npz"), None)[0].split == "all"


def test_one_picture_cannot_be_divided(tmp_path):
    np.savez(tmp_path / "own.npz", images=IMAGES[:1], labels=LABELS[:1])

    with pytest.raises(DataError, match="1 picture, expected some to learn and some to test"):
        load_part(str(tmp_path / "own.npz"), "test")


def test_a_path_that_is_not_there_is_not_called_an_unknown_data_set():
    with pytest.raises(DataError, match=r"own/gone\.csv: no such file or folder"):
        load_part("own/gone.csv", None)
    with pytest.raises(UsageError, match="unknown data set 'gone'"):
        load_part("gone", None)


def test_marks_behind_a_path_say_how_its_pictures_lie(tmp_path):
    (tmp_path / "own").mkdir()
    (tmp_path / "a+invert").mkdir()
    own = str(tmp_path / "own")

    assert source_of(f"{own}+invert+transpose") == Source(tmp_path / "own", True, True)
    assert source_of(tmp_path / "a+invert") == Source(tmp_path / "a+invert")
    marked = mark_first(f"{own},strokes:0.3", transpose=True, invert=False)
    assert marked == f"{own}+transpose,strokes:0.3"


def test_a_data_set_of_the_catalogue_is_not_turned():
    with pytest.raises(UsageError, match="mnist: --transpose and --invert are for a file"):
        mark_first("mnist", transpose=False, invert=True)
