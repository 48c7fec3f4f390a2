"""`digitcli.read`: whatever holds a picture gives the answer that the command gives."""

from __future__ import annotations

import io
import json
import multiprocessing
import pickle
import subprocess
import sys
from xml.etree import ElementTree

import numpy as np
import pytest
from pictures import digit_picture
from PIL import Image

import digitcli
from digitcli.errors import DataError, ModelError, UsageError


def number(text="42"):
    """Printed digits, dark on light."""
    sheet = Image.new("L", (60 * len(text) + 40, 110), 240)
    for place, digit in enumerate(text):
        sheet.paste(digit_picture(int(digit), 90, 60), (20 + 60 * place, 10))
    return sheet


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    path = tmp_path_factory.mktemp("pictures") / "42.png"
    number().save(path)
    return path


FORMS = {
    "path": lambda path: path,
    "text": str,
    "bytes": lambda path: path.read_bytes(),
    "bytearray": lambda path: bytearray(path.read_bytes()),
    "memoryview": lambda path: memoryview(path.read_bytes()),
    "BytesIO": lambda path: io.BytesIO(path.read_bytes()),
    "Pillow": Image.open,
    "Pillow RGBA": lambda path: Image.open(path).convert("RGBA"),
    "array": lambda path: np.asarray(Image.open(path)),
    "channel": lambda path: np.asarray(Image.open(path))[..., None],
    "RGB": lambda path: np.asarray(Image.open(path).convert("RGB")),
    "RGBA": lambda path: np.asarray(Image.open(path).convert("RGBA")),
    "float": lambda path: np.asarray(Image.open(path)) / 255,
    "int": lambda path: np.asarray(Image.open(path)).astype(int),
    "uint16": lambda path: np.asarray(Image.open(path)).astype(np.uint16) * 257,
    "rows": lambda path: np.asarray(Image.open(path)).tolist(),
    "mirrored twice": lambda path: np.asarray(Image.open(path))[:, ::-1].copy()[:, ::-1],
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_a_picture_gives_the_same_reading(path, form):
    found, expected = digitcli.read(FORMS[form](path)), digitcli.read(path)

    assert found.text == expected.text == "42"
    assert found.to_dict() | {"file": ""} == expected.to_dict() | {"file": ""}


def test_an_open_file_gives_it_too(path):
    with path.open("rb") as file:
        assert digitcli.read(file).to_dict() == digitcli.read(path).to_dict()


def test_colours_become_the_luminance_that_a_file_of_them_has(tmp_path):
    noise = np.random.default_rng(1).integers(0, 256, (40, 50, 3), np.uint8)
    Image.fromarray(noise).save(tmp_path / "noise.png")

    from digitcli.vision.files.decode import decode
    from digitcli.vision.files.memory import source_of
    from digitcli.vision.files.picture import Limits, pixels_of_source

    found = np.asarray(pixels_of_source(source_of(noise), Limits()))
    np.testing.assert_array_equal(found, decode(tmp_path / "noise.png"))


def test_a_picture_is_turned_as_its_camera_says(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    number().rotate(90, expand=True).save(tmp_path / "turned.jpg", exif=exif)

    with Image.open(tmp_path / "turned.jpg") as image:
        assert digitcli.read(image).text == digitcli.read(tmp_path / "turned.jpg").text == "42"


def test_booleans_are_black_and_white(path):
    assert digitcli.read(np.asarray(Image.open(path)) > 128).text == "42"


@pytest.mark.parametrize(
    ("picture", "words"),
    [
        (np.full((9, 9), 128.0), "expected 0 to 1"),
        (np.full((9, 9), np.nan), "expected 0 to 1"),
        (np.full((9, 9), 300), "expected 0 to 255"),
        (np.eye(9, dtype=int), "expected 0 to 255"),
        (np.zeros((2, 28, 28), np.uint8), "got .2, 28, 28."),
        (np.zeros(9, np.uint8), "got .9,."),
        (np.zeros((0, 9), np.uint8), "got .0, 9."),
        (np.zeros((9, 9), complex), "dtype complex"),
        ([[1, 2], [3]], "rows of one length"),
        (io.StringIO("text"), "opened as text"),
        (b"no picture", "not a picture"),
        (io.BytesIO(b""), "not a picture"),
        ("nothing/there.png", "no such file"),
        (np.zeros((1, 20_000), np.uint8), "at most 16384 a side"),
    ],
)
def test_what_is_no_picture_is_refused_and_never_guessed(picture, words):
    with pytest.raises(DataError, match=words):
        digitcli.read(picture)


@pytest.mark.parametrize("picture", [None, 3, {}, object()])
def test_what_holds_no_picture_is_a_type_error(picture):
    with pytest.raises(TypeError, match=f"got {type(picture).__name__}"):
        digitcli.read(picture)


def test_many_are_read_in_order_and_a_bad_one_stops_none(path):
    array = np.asarray(Image.open(path))

    found = list(digitcli.read_many([path, b"x", array], threads=2))

    assert [reading.text for reading in found] == ["42", "", "42"]
    assert [reading.file for reading in found] == [str(path), "picture 2", "picture 3"]
    assert [reading.answer for reading in found] == ["digits", "error", "digits"]


def test_the_dictionary_is_what_the_command_prints(path):
    command = [sys.executable, "-m", "digitcli", "predict", str(path), "--json"]
    done = subprocess.run(command, cwd=path.parent, capture_output=True, check=True)
    printed = json.loads(done.stdout)

    assert digitcli.read(path).to_dict() == printed["results"][0]


def test_options_mean_what_they_mean_to_the_command(path):
    assert digitcli.read(path, digits="one").mode == "one"
    assert digitcli.read(path, weights="small", digits="one").text in ("4", "2", "")
    assert digitcli.read(path, length=3).answer in ("not valid", "unsure")
    assert digitcli.read(path, target_error=0.01).least >= 0.5
    assert (
        digitcli.read(path, target_error="1%").least == digitcli.read(path, target_error=0.01).least
    )
    with pytest.raises(UsageError):
        digitcli.read(path, pattern="(")
    with pytest.raises(ModelError):
        digitcli.read(path, weights="nothing-there")


def test_weights_that_change_under_their_name_are_read_anew(path, tmp_path):
    from digitcli.model.weights import find_weights

    file = tmp_path / "mine.npz"
    file.write_bytes(find_weights("tiny").read_bytes())
    before = digitcli.read(path, weights=file, digits="one").digits[0].probability

    file.write_bytes(find_weights("small").read_bytes())

    after = digitcli.read(path, weights=file, digits="one").digits[0].probability
    expected = digitcli.read(path, weights="small", digits="one").digits[0].probability
    assert after == expected != before


def test_a_notebook_shows_the_picture_with_a_box_for_each_digit(path):
    reading = digitcli.read(path)

    tree = ElementTree.fromstring(reading._repr_html_())

    boxes = tree.findall(".//rect")
    assert [[int(box.get(side)) for side in ("x", "y", "width", "height")] for box in boxes] == [
        list(digit.box) for digit in reading.digits
    ]
    assert tree.find(".//image").get("href").startswith("data:image/png;base64,")
    assert "42" in "".join(tree.itertext())


def test_a_notebook_shows_an_error_without_a_picture():
    (reading,) = digitcli.read_many([b"<script>"])

    shown = reading._repr_html_()

    assert "svg" not in shown
    assert "<script>" not in shown


SCRIPT = """
import multiprocessing, sys
import digitcli

def read(path):
    return digitcli.read(path).text

if __name__ == "__main__":
    method, path = sys.argv[1:]
    read(path)  # the parent has engines before it forks
    with multiprocessing.get_context(method).Pool(1) as pool:
        print(pool.map(read, [path] * 3))
"""


@pytest.mark.parametrize("method", multiprocessing.get_all_start_methods())
def test_processes_read_pictures_too(path, method):
    (path.parent / "pool.py").write_text(SCRIPT)

    command = [sys.executable, "pool.py", method, str(path)]
    done = subprocess.run(
        command, cwd=path.parent, capture_output=True, text=True, check=False, timeout=60
    )

    assert done.stdout == "['42', '42', '42']\n", done.stderr


def test_an_engine_goes_to_another_process():
    engine = digitcli.load("tiny")
    images = np.zeros((2, 28, 28), np.uint8)

    again = pickle.loads(pickle.dumps(engine))

    np.testing.assert_array_equal(again.predict_proba(images), engine.predict_proba(images))


def test_what_the_package_offers_is_listed_and_there():
    assert set(digitcli.__all__) == set(dir(digitcli))
    for name in digitcli.__all__:
        assert getattr(digitcli, name) is not None


def test_importing_the_package_loads_no_numpy():
    code = "import sys, digitcli; dir(digitcli); sys.exit('numpy' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
