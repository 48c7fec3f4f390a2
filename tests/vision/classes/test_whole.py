"""A whole picture as one class, for networks that name other things than digits."""

from __future__ import annotations

import numpy as np
import pytest
from class_weights import CLOTHES, class_weights

from digitcli.errors import UsageError
from digitcli.inference.engine import Engine
from digitcli.inference.networks import Networks
from digitcli.model.weights import save_weights
from digitcli.vision.classes.whole import look_at_whole
from digitcli.vision.reader import Reader
from digitcli.vision.rules.options import rule_of


@pytest.fixture
def rng():
    return np.random.default_rng(0)


@pytest.fixture
def picture(rng):
    """Something light on dark: its corners are dark."""
    picture = rng.integers(0, 256, (28, 28), np.uint8)
    picture[[0, 0, -1, -1], [0, -1, 0, -1]] = 5
    return picture


def seen(picture):
    found = look_at_whole(memoryview(np.ascontiguousarray(picture)), CLOTHES)
    return np.frombuffer(found.pictures, np.uint8).reshape(-1, 28, 28)


def test_a_picture_of_the_right_size_is_not_changed(picture):
    assert np.array_equal(seen(picture), picture[None])


def test_dark_on_light_is_inverted(picture):
    assert np.array_equal(seen(255 - picture), picture[None])


def test_two_light_corners_do_not_make_paper(picture):
    picture[0, 0] = picture[0, -1] = 255

    assert np.array_equal(seen(picture), picture[None])


@pytest.mark.parametrize("factor", [2, 5])
def test_a_larger_picture_is_averaged_down(picture, factor):
    large = np.kron(picture, np.ones((factor, factor), np.uint8))

    assert np.abs(seen(large)[0].astype(int) - picture).max() <= 1


def test_proportions_are_kept_in_the_middle_of_black():
    tall = np.full((56, 28), 200, np.uint8)
    tall[0], tall[-1] = 0, 0

    (found,) = seen(tall)

    assert not found[:, :7].any()
    assert not found[:, 21:].any()
    assert (found[1:-1, 7:21] == 200).all()


@pytest.mark.parametrize("shape", [(1, 1), (28, 28), (3, 300)])
@pytest.mark.parametrize("tone", [0, 255])
def test_one_tone_is_blank(shape, tone):
    assert len(seen(np.full(shape, tone, np.uint8))) == 0


@pytest.mark.parametrize("shape", [(1, 2), (2, 1), (1, 500), (500, 1), (27, 29)])
def test_any_shape_is_seen(rng, shape):
    assert seen(rng.integers(0, 100, shape, np.uint8)).shape == (1, 28, 28)


@pytest.fixture
def networks(tmp_path):
    save_weights(tmp_path / "clothes.npz", class_weights())
    return Networks([str(tmp_path / "clothes.npz")])


def png(picture) -> bytes:
    import io

    from PIL import Image

    file = io.BytesIO()
    Image.fromarray(picture).save(file, "PNG")
    return file.getvalue()


@pytest.mark.parametrize("mode", ["auto", "one"])
def test_a_reader_says_what_the_engine_says(networks, picture, mode):
    reading = Reader.of(networks, mode).read(png(picture))

    expected = Engine(class_weights()).predict(picture[None])
    assert reading.text == reading.written == expected.labels[0]
    assert reading.digits[0].shares == tuple(expected.rows()[0])
    assert reading.to_dict()["digits"][0]["name"] == expected.labels[0]
    assert "fields" not in reading.to_dict()


def test_what_only_digits_have_is_refused_by_name(networks):
    with pytest.raises(UsageError, match=r"--digits many: only for digits; clothes names 3"):
        Reader.of(networks, "many")
    with pytest.raises(UsageError, match=r"--pattern, --length, --check: only for digits"):
        Reader.of(networks, rule=rule_of(None, 3, None))


def test_the_networks_of_digits_name_no_class_in_json(picture):
    reading = Reader.of(Networks(), "one").read(png(255 - picture))

    assert all("name" not in digit for digit in reading.to_dict()["digits"])
