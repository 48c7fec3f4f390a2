"""The page without a server gives the native engine's answers: its own script, run by Node."""

from __future__ import annotations

import json
import platform
import shutil
import struct
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from pictures import digit_picture
from wasm_page.module import compile_module
from wasm_page.page import compressed_size, make_page
from wasm_page.weights import pack, rounded

from digitcli import _core
from digitcli.data.drawn import handwriting, outliers, synthetic
from digitcli.data.idx import read_idx
from digitcli.inference.engine import Engine
from digitcli.model.weights import Weights, find_weights, load_weights
from digitcli.vision.normalize import normalize

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not (shutil.which("emcc") and shutil.which("node")), reason="needs emcc and node (Debian's)"
    ),
]

ANSWER = np.dtype([("probabilities", "<f4", 10), ("box", "<i4", 4), ("pixels", "u1", (28, 28))])
X86 = platform.machine() in ("x86_64", "AMD64")
LARGEST = 200_000  # bytes: module, weights and page, compressed
LONGEST = 1000  # ms: until the first answer


@dataclass(frozen=True)
class Read:
    """1,000 pictures, what the page says of them, and how long it took."""

    pictures: list[np.ndarray]
    answers: np.ndarray  # of ANSWER
    milliseconds: dict[str, float]


@pytest.fixture(scope="module")
def small() -> Weights:
    return load_weights(find_weights("small"))


@pytest.fixture(scope="module")
def packed(small) -> Weights:
    """What the page holds: `small` with fewer bits."""
    return replace(small, tensors={name: rounded(array) for name, array in small.arrays.items()})


@pytest.fixture(scope="module")
def page(small, tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("wasm") / "digitcli.html"
    path.write_text(make_page(compile_module(), pack(small), "small"), encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def read(page, mnist_or_drawn) -> Read:
    drawn = [one.picture for one in handwriting.draw(400, 1)]
    printed = [np.asarray(digit_picture(n % 10, 24 + 3 * n, 20 + 2 * n)) for n in range(100)]
    blank = [np.full((40 + n, 30), 255 - n, np.uint8) for n in range(20)]
    no_digits = [one.picture for one in outliers.draw(80, 2)]
    pictures = varied([*drawn, *printed, *blank, *no_digits, *mnist_or_drawn])

    given, said = page.with_name("pictures"), page.with_name("answers")
    given.write_bytes(b"".join(struct.pack("<2i", *p.shape) + p.tobytes() for p in pictures))
    script = Path(__file__).with_name("read.js")
    done = subprocess.run(
        ["node", script, page, given, said], check=True, capture_output=True, text=True
    )
    return Read(pictures, np.fromfile(said, ANSWER), json.loads(done.stdout))


@pytest.fixture(scope="module")
def mnist_or_drawn(request) -> list[np.ndarray]:
    """400 pictures of 28 x 28 pixels: MNIST's first test pictures where they are."""
    try:
        folder = request.getfixturevalue("mnist_dir")
    except pytest.skip.Exception:
        return list(synthetic.draw(400, 3)[0])
    return list(read_idx(folder / "t10k-images-idx3-ubyte.gz")[:400])


def varied(pictures: list[np.ndarray]) -> list[np.ndarray]:
    """Every third picture light on dark or the other way round, every fourth with noise."""
    rng = np.random.default_rng(4)
    for n, picture in enumerate(pictures):
        values = picture.astype(int)
        if n % 3 == 0:
            values = 255 - values
        if n % 4 == 0:
            values += rng.integers(-14, 15, values.shape)
        pictures[n] = values.clip(0, 255).astype(np.uint8)
    return pictures


def native_pixels(read: Read) -> np.ndarray:
    """uint8 (n, 28, 28), of those pictures that are not blank."""
    found = [normalize(picture) for picture in read.pictures]
    return np.stack([one.picture for one in found if one is not None])


def not_blank(read: Read) -> np.ndarray:
    return read.answers[read.answers["probabilities"].any(axis=1)]


def test_pixels_and_boxes_are_those_of_the_native_code(read):
    found = [normalize(picture) for picture in read.pictures]

    assert len(found) == len(read.answers) == 1000
    for native, page in zip(found, read.answers, strict=True):
        assert (native is not None) == page["probabilities"].any()
        assert native is None or native.box == tuple(page["box"])
        assert native is None or (native.picture == page["pixels"]).all()


@pytest.mark.parametrize("isa", _core.available_isas())
def test_probabilities_are_those_of_the_native_engine_with_the_same_weights(read, packed, isa):
    native = Engine(packed, isa=isa).predict(native_pixels(read)).probabilities

    page = not_blank(read)["probabilities"]
    assert len(page) > 900
    assert np.abs(native - page).max() < 1e-5
    if isa == "baseline" and X86:  # no fused multiply-add in either
        np.testing.assert_array_equal(native, page)


def test_answers_are_those_of_the_native_engine_with_all_bits_of_the_weights(read, small):
    native = Engine(small).predict(native_pixels(read)).probabilities

    page = not_blank(read)["probabilities"]
    assert np.abs(native - page).max() < 1e-3
    np.testing.assert_array_equal(native.argmax(axis=1), page.argmax(axis=1))


def test_all_together_is_below_200_kb_compressed(page):
    assert compressed_size(page.read_text(encoding="utf-8")) < LARGEST


def test_the_first_answer_comes_within_a_second(read):
    assert read.milliseconds["first"] < LONGEST


def test_the_page_asks_for_nothing_else(page):
    text = page.read_text(encoding="utf-8")

    assert "default-src 'none'" in text
    assert not [word for word in ("src=", "href=", "http://", "https://", "fetch(") if word in text]
