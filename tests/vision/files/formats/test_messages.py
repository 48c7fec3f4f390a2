"""What decoders say of damaged files never reaches a terminal as they say it."""

from __future__ import annotations

import logging
import random
import re
import subprocess
import sys
from pathlib import Path

import pytest
from pictures import digit_picture, encoded
from PIL import features
from servers import served

from digitcli import thread_locks
from digitcli.vision.files.decode import decode
from digitcli.vision.files.formats import tiff_messages
from digitcli.vision.files.notes import noting

_KINDS = [
    *[("TIFF", mode, {"compression": name}) for mode, name in [("1", "group3"), ("1", "group4")]],
    *[
        ("TIFF", "RGB", {"compression": name})
        for name in ("jpeg", "tiff_lzw", "tiff_adobe_deflate")
    ],
    *[("TIFF", "L", {"compression": name}) for name in ("packbits", "zstd")],
    *[(kind, "RGB", {}) for kind in ("PNG", "JPEG", "WEBP", "BMP", "PPM", "AVIF", "HEIF")],
    ("GIF", "P", {}),
]
# A process of its own: pytest has file descriptor 2.
_DECODES = """
import logging, pathlib, sys
from digitcli.errors import DataError
from digitcli.vision.files.decode import decode_pixels
whole = 0
for path in sorted(pathlib.Path(sys.argv[1]).iterdir()):
    try:
        whole += bool(decode_pixels(path.read_bytes(), name=path.name))
    except DataError:
        pass
print(whole)
"""


def fax_with_bad_lines() -> bytes:
    data = bytearray(encoded(digit_picture(7).convert("1"), "TIFF", compression="group3"))
    for at in range(200, 400, 9):
        data[at] ^= 0x55
    return bytes(data)


def tiff_of_many_samples() -> bytes:
    """Its directory says 242 samples, which Pillow itself logs as an error."""
    data = bytearray(encoded(digit_picture(7).convert("RGB"), "TIFF", compression="tiff_lzw"))
    at = data.index((277).to_bytes(2, "little") + b"\3\0\1\0\0\0\3\0")
    data[at + 8] = 242
    return bytes(data)


def damaged(count: int) -> dict[str, bytes]:
    """So many damaged files of each kind that Pillow can write here."""
    random_ = random.Random(20)
    found = {"many-samples.tif": tiff_of_many_samples(), "fax.tif": fax_with_bad_lines()}
    for kind, mode, options in _KINDS:
        if kind == "HEIF":
            register = pytest.importorskip("pillow_heif").register_heif_opener
            register()
        if kind == "AVIF" and not features.check("avif"):
            continue
        data = encoded(digit_picture(7).convert(mode), kind, **options)
        for number in range(count):
            found[f"{kind}-{options.get('compression', '')}-{number}"] = changed(data, random_)
    return found


def changed(data: bytes, random_: random.Random) -> bytes:
    new = bytearray(data)
    for _ in range(random_.choice((1, 2, 8))):
        new[random_.randrange(8, len(new))] = random_.randrange(256)
    return bytes(new[: random_.randrange(8, len(new))] if random_.random() < 0.2 else new)


def test_no_decoder_prints_of_damaged_files(tmp_path):
    for name, data in damaged(12).items():
        (tmp_path / name).write_bytes(data)

    command = [sys.executable, "-W", "always", "-c", _DECODES, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=sys.prefix)

    assert (done.returncode, done.stderr) == (0, "")
    assert 0 < int(done.stdout) < 180  # some are read all the same, some are not


def test_a_fax_with_damaged_lines_is_read_with_a_note():
    with noting() as notes:
        found = decode(fax_with_bad_lines())

    assert found.shape == (120, 90)
    assert notes == ["its compressed pixels are damaged; what could be decoded was read"]


def test_another_handler_of_libtiff_s_messages_stays(tmp_path):
    """What an application has set is there again after a picture is read."""
    code = """
import ctypes, sys
from PIL import Image
from digitcli.vision.files.decode import decode_pixels
library = ctypes.CDLL(Image.core.__file__)
if not hasattr(library, "TIFFSetErrorHandler"):
    sys.exit("no libtiff")
heard = []
kind = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p)
mine = kind(lambda *said: heard.append(said))
library.TIFFSetErrorHandler(mine)
with open(sys.argv[1], "rb") as file:
    data = file.read()
decode_pixels(data)
assert not heard
Image.open(sys.argv[1]).load()
assert heard
"""
    (tmp_path / "fax.tif").write_bytes(fax_with_bad_lines())
    command = [sys.executable, "-c", code, str(tmp_path / "fax.tif")]
    done = subprocess.run(command, capture_output=True, text=True, cwd=sys.prefix)

    if "no libtiff" in done.stderr:
        pytest.skip("Pillow's libtiff cannot be reached here")
    assert (done.returncode, done.stderr) == (0, "")


def ours(lines: str) -> bool:
    """Whether all lines are messages of digitcli, which begin alike."""
    starts = ("error: ", "hint:  ", "note: ", "in: ")
    return all(line.startswith(starts) for line in lines.splitlines())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "fax.tif").write_bytes(fax_with_bad_lines())
    (tmp_path / "in" / "many.tif").write_bytes(tiff_of_many_samples())
    (tmp_path / "in" / "7.png").write_bytes(encoded(digit_picture(7)))
    return tmp_path / "in"


def test_predict_says_in_its_own_words_which_file_is_damaged(run_cli, folder):
    done = run_cli("predict", "in", "--csv")

    assert done.returncode == 7
    assert "note: in/fax.tif: its compressed pixels are damaged" in done.stderr
    assert "in/many.tif: not a whole TIFF picture" in done.stdout
    assert ours(done.stderr), done.stderr


def test_eval_says_in_its_own_words_which_file_is_damaged(run_cli, folder):
    (folder / "labels.csv").write_text("file,label\nfax.tif,7\n7.png,7\nmany.tif,7\n")

    done = run_cli("eval", "--data", "in", "--json")

    assert "in: 1 left out: unreadable 1 (many.tif)" in done.stderr
    assert ours(done.stderr), done.stderr


def test_serve_writes_nothing_but_its_own_log(folder):
    with served(stderr=subprocess.PIPE) as client:
        answers = [
            client.post("/read", (folder / name).read_bytes()) for name in ("fax.tif", "many.tif")
        ]
        client.process.terminate()
        said = client.process.stderr.read()
        client.process.stderr.close()

    assert b"are damaged" in answers[0].body
    assert b"not a whole TIFF" in answers[1].body
    assert not re.search("Fax3Decode|samples per pixel", said, re.IGNORECASE)
    assert all(re.match(r"\d\d:\d\d:\d\d ", line) for line in said.splitlines())  # its log


def test_no_lock_is_held_while_libtiff_is_looked_for_which_takes_those_of_logging(monkeypatch):
    held, get_logger = [], logging.getLogger

    def watched(name=None):
        held.append(any(lock.locked() for lock in thread_locks._forked))
        return get_logger(name)

    tiff_messages._setters.cache_clear()
    monkeypatch.setattr(logging, "getLogger", watched)
    with tiff_messages.unprinted():
        pass

    assert held == [False]
