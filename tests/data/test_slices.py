"""Files that are cut short while they are read: an error that names them, never a signal."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import pytest
from data.idx_samples import header

from digitcli.data.slices import FileSlices
from digitcli.errors import DataError
from digitcli.files.opening import open_regular


@pytest.fixture
def opened(tmp_path):
    """Ten bytes in a file that is open."""
    (tmp_path / "ten").write_bytes(b"0123456789")
    with open_regular(tmp_path / "ten") as file:
        yield file


@pytest.mark.parametrize(
    "part", [slice(0, 4), slice(3, 7), slice(8, 20), slice(11, 20), slice(5, 2)]
)
def test_slices_are_those_of_bytes(opened, part):
    assert bytes(FileSlices(opened, "ten")[part]) == b"0123456789"[part]


def test_the_whole_file_is_read_into_memory_of_its_own(opened):
    data = FileSlices(opened, "ten")

    one, other = data.whole(), data.whole()
    assert one == other == b"0123456789"
    one[0] = 0
    assert other == b"0123456789"


def test_what_is_appended_later_does_not_count(opened, tmp_path):
    data = FileSlices(opened, "ten")
    with (tmp_path / "ten").open("ab") as more:
        more.write(b"more")

    assert len(data) == 10
    assert data.whole().tobytes() == bytes(data[0:99]) == b"0123456789"


def test_a_file_that_became_shorter_is_named_with_both_sizes(opened, tmp_path):
    data = FileSlices(opened, "ten")
    os.truncate(tmp_path / "ten", 4)

    with pytest.raises(DataError, match="ten: became shorter while it was read: 4 bytes, 10 at"):
        data[2:8]
    with pytest.raises(DataError, match="ten: became shorter while it was read: 4 bytes, 10 at"):
        data.whole()
    assert bytes(data[0:4]) == b"0123"


READER = """
import sys, time
from collections import Counter
from pathlib import Path
from digitcli.data.idx import read_images, stream_images
from digitcli.errors import DigitError
from digitcli.model.weights import load_weights
images, weights = map(Path, sys.argv[1:])
reads = [lambda: read_images(images).sum(), lambda: sum(1 for _ in stream_images(images))]
reads.append(lambda: [tensor.tobytes() for tensor in load_weights(weights).tensors.values()])
print("ready", flush=True)
end, found = time.monotonic() + 0.7, Counter()
while time.monotonic() < end:
    for number, read in enumerate(reads):
        try:
            read()
            found[number, "read"] += 1
        except DigitError:
            found[number, "refused"] += 1
assert len(found) == 6, found
"""


@pytest.mark.skipif(os.name == "nt", reason="Windows lets nobody cut a file that is open")
def test_a_reader_survives_files_that_are_cut_short_while_it_reads(tmp_path):
    from digitcli.model.weights import find_weights

    content = find_weights("small").read_bytes()
    (tmp_path / "images").write_bytes(header(4000, 28, 28) + bytes(4000 * 28 * 28))
    (tmp_path / "weights").write_bytes(content)
    sizes = {tmp_path / name: (tmp_path / name).stat().st_size for name in ("images", "weights")}
    command = [sys.executable, "-c", READER, *map(str, sizes)]

    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE) as reader:
        assert reader.stdout is not None
        reader.stdout.readline()
        while reader.poll() is None:
            for path, size in sizes.items():
                os.truncate(path, size // 2)
            time.sleep(0.002)
            os.truncate(tmp_path / "images", sizes[tmp_path / "images"])
            (tmp_path / "weights").write_bytes(content)
            time.sleep(0.008)

    assert reader.returncode == 0


@pytest.mark.skipif(os.name == "nt", reason="Windows lets nobody cut a file that is open")
def test_arrays_outlive_the_file_they_were_read_from(tmp_path):
    (tmp_path / "images").write_bytes(header(100, 28, 28) + bytes([1]) * (100 * 28 * 28))
    code = """
import os
from pathlib import Path
from digitcli.data.idx import read_images
images = read_images(Path("images"))
os.truncate("images", 0)
print(images.sum())
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert (done.returncode, done.stdout.strip()) == (0, str(100 * 28 * 28)), done.stderr
