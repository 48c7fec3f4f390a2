"""Archives that compress nothing are read as `zipfile` reads them, and nothing else is."""

from __future__ import annotations

import io
import zipfile

import pytest

from digitcli.errors import ModelError
from digitcli.model import bundled
from digitcli.model.stored import StoredArchive
from digitcli.model.weights import bundled_names, find_weights, load_named, load_weights


def archive(method=zipfile.ZIP_STORED, comment=b"") -> bytearray:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as written:
        written.writestr("a.npy", b"12345678" * 4)
        written.writestr("b.npy", b"")
        written.comment = comment
    return bytearray(file.getvalue())


@pytest.mark.parametrize("name", bundled_names())
def test_bundled_weights_have_the_members_that_zipfile_finds(name):
    with find_weights(name).open("rb") as file, zipfile.ZipFile(find_weights(name)) as expected:
        found = StoredArchive(file)
        for one, other in zip(found.infolist(), expected.infolist(), strict=True):
            same = ("filename", "file_size", "compress_size", "compress_type", "CRC")
            assert [getattr(one, key) for key in same] == [getattr(other, key) for key in same]
            assert found.open(one).read() == expected.read(other)


@pytest.mark.parametrize("name", bundled_names())
def test_bundled_weights_have_the_sha256_that_their_headers_list(name):
    by_name, by_path = load_named(name), load_weights(find_weights(name))

    assert by_name.spec == by_path.spec
    assert by_name.tensors == by_path.tensors


@pytest.mark.parametrize(
    "data",
    [b"", b"PK\x05\x06", archive(zipfile.ZIP_DEFLATED), archive(comment=b"x"), archive()[:-1]],
)
def test_any_other_archive_is_refused(data):
    with pytest.raises(ValueError, match=r"comment|stored|early"):
        StoredArchive(io.BytesIO(data))


def test_no_changed_byte_passes():
    whole = archive()
    for place in range(len(whole)):
        changed = whole.copy()
        changed[place] ^= 1
        try:
            found = StoredArchive(io.BytesIO(changed))
            read = [(one.filename, found.open(one).read()) for one in found.infolist()]
        except ValueError:
            continue
        names = {name for name, _ in read}
        assert [data for _, data in read] == [b"12345678" * 4, b""] or names != {"a.npy", "b.npy"}


@pytest.mark.parametrize("place", [100, 60_000])
def test_damaged_bundled_weights_are_refused(tmp_path, monkeypatch, place):
    content = bytearray(find_weights("small").read_bytes())
    content[place] ^= 1
    (tmp_path / "small.npz").write_bytes(content)
    monkeypatch.setattr(bundled, "ZOO", str(tmp_path))

    with pytest.raises(ModelError, match=r"small\.npz: not a weight file"):
        load_named("small")


def test_bundled_weights_that_were_packed_anew_are_read(tmp_path, monkeypatch):
    with (
        zipfile.ZipFile(find_weights("tiny")) as before,
        zipfile.ZipFile(tmp_path / "tiny.npz", "w", zipfile.ZIP_DEFLATED) as packed,
    ):
        for name in before.namelist():
            packed.writestr(name, before.read(name))
    expected = load_named("tiny")
    monkeypatch.setattr(bundled, "ZOO", str(tmp_path))

    assert load_named("tiny").tensors == expected.tensors
