"""A tar archive gives its pictures, or rows that say why not, whatever it holds."""

from __future__ import annotations

import bz2
import contextlib
import gzip
import io
import lzma
import tarfile
import tracemalloc

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pictures import digit_picture, encoded
from PIL import Image

from digitcli.errors import DataError
from digitcli.vision.files.decode import Limits
from digitcli.vision.files.passed import PassedOver
from digitcli.vision.files.picture import name_of, pixels_of_source
from digitcli.vision.files.sources import find_pictures

PICTURE = encoded(digit_picture(3))
PIXELS = np.asarray(digit_picture(3)).tolist()
PACKINGS = {
    "tar": bytes,
    "tar.gz": gzip.compress,
    "tar.bz2": bz2.compress,
    "tar.xz": lzma.compress,
}


def tar_of(*members: tuple[str, bytes], form: int = tarfile.PAX_FORMAT) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=form) as archive:
        for name, data in members:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def header(name: str, size: int, kind: bytes = tarfile.REGTYPE) -> bytes:
    info = tarfile.TarInfo(name)
    info.size, info.type = size, kind
    return info.tobuf(tarfile.GNU_FORMAT)


def found_in(path, data: bytes, passed: PassedOver | None = None):
    path.write_bytes(data)
    return list(find_pictures([str(path)], passed=passed))


def names(found) -> list[str]:
    return [name_of(one).partition("/a.tar/")[2] for one in found]


@pytest.mark.parametrize("packing", PACKINGS)
def test_every_packing_gives_the_pictures_in_their_order_any_number_of_times(tmp_path, packing):
    members = [(f"{n}.png", encoded(digit_picture(n))) for n in (9, 1, 5)]
    path = tmp_path / "a.data"  # its bytes say what it is

    found = found_in(path, PACKINGS[packing](tar_of(*members)))

    assert [name_of(one) for one in found] == [f"{path}/{n}.png" for n in (9, 1, 5)]
    for place in (0, 2, 1, 0):  # back too
        pixels = pixels_of_source(found[place], Limits()).tolist()
        assert pixels == np.asarray(digit_picture((9, 1, 5)[place])).tolist()


def test_members_of_gzip_that_follow_each_other_are_one_archive(tmp_path):
    data = tar_of(("1.png", PICTURE), ("2.png", PICTURE))

    found = found_in(tmp_path / "a.tgz", gzip.compress(data[:700]) + gzip.compress(data[700:]))

    assert [pixels_of_source(one, Limits()).tolist() for one in found] == [PIXELS, PIXELS]


@pytest.mark.parametrize("form", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_long_names_are_whole(tmp_path, form):
    name = "folder/" * 20 + "x" * 90 + ".png"

    (found,) = found_in(tmp_path / "a.tar", tar_of((name, PICTURE), form=form))

    assert name_of(found) == f"{tmp_path}/a.tar/{name}"


def test_a_shard_gives_its_pictures_and_the_rest_is_counted(tmp_path):
    members = [(f"{n}.{end}", PICTURE) for n in range(3) for end in ("png", "json", "cls")]
    passed = PassedOver()

    found = found_in(tmp_path / "a.tar", tar_of(*members), passed)

    assert names(found) == ["0.png", "1.png", "2.png"]
    assert passed.sentences() == ["passed over: 6 files of other kinds (3 .json, 3 .cls)"]


def test_names_that_lead_out_of_the_archive_are_only_names(tmp_path):
    found = found_in(
        tmp_path / "a.tar", tar_of(("../../escaped.png", PICTURE), ("/tmp/root.png", PICTURE))
    )

    assert [pixels_of_source(one, Limits()).tolist() for one in found] == [PIXELS, PIXELS]
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["a.tar"]


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.GNUTYPE_SPARSE])
def test_links_and_sparse_files_are_refused_and_stop_no_other(tmp_path, kind):
    data = header("other.png", 0, kind) + tar_of(("1.png", PICTURE))

    refused, good = found_in(tmp_path / "a.tar", data)

    assert pixels_of_source(good, Limits()).tolist() == PIXELS
    with pytest.raises(DataError, match=r"a\.tar/other\.png: a (link|sparse file)"):
        pixels_of_source(refused, Limits())


def test_a_sparse_file_of_many_maps_is_passed_with_all_of_them(tmp_path):
    first = bytearray(header("sparse.png", 0, tarfile.GNUTYPE_SPARSE))
    first[482] = 1
    first[148:156] = b"%06o\0 " % (sum(first) - sum(first[148:156]) + 8 * 32)
    maps = bytes(504) + b"\x01" + bytes(7) + bytes(512)

    _, good = found_in(tmp_path / "a.tar", bytes(first) + maps + tar_of(("1.png", PICTURE)))

    assert pixels_of_source(good, Limits()).tolist() == PIXELS


@pytest.mark.parametrize("packing", PACKINGS)
def test_an_archive_that_is_cut_gives_what_is_there_and_says_so(tmp_path, packing):
    random = np.random.default_rng(0)
    noise = [encoded(Image.fromarray(random.integers(0, 9, (99, 99), np.uint8))) for _ in range(9)]
    whole = PACKINGS[packing](tar_of(*((f"{n}.png", data) for n, data in enumerate(noise))))
    # bzip2 gives nothing before a whole block
    share = 1 / 2 if packing != "tar.bz2" else 1 - 1 / len(whole)

    found = found_in(tmp_path / "a.tar", whole[: int(len(whole) * share)])

    assert len(found) > 3
    pixels_of_source(found[0], Limits())
    with pytest.raises(DataError, match=r"a\.tar: cut short, after \d files?"):
        pixels_of_source(found[-1], Limits())


def test_a_checksum_of_gzip_that_is_wrong_is_said(tmp_path):
    data = bytearray(gzip.compress(tar_of(("1.png", PICTURE))))
    data[-6] ^= 1

    _, last = found_in(tmp_path / "a.tgz", bytes(data))

    with pytest.raises(DataError, match=r"a\.tgz: .*incorrect data check"):
        pixels_of_source(last, Limits())


def test_a_damaged_header_is_said_by_its_place(tmp_path):
    first = header("1.png", len(PICTURE)) + PICTURE.ljust(-(-len(PICTURE) // 512) * 512, b"\0")

    good, last = found_in(tmp_path / "a.tar", first + b"x" * 512)

    assert pixels_of_source(good, Limits()).tolist() == PIXELS
    with pytest.raises(DataError, match=rf"no header at byte {len(first)}, after 1 file"):
        pixels_of_source(last, Limits())


def test_an_archive_without_its_last_blocks_is_whole(tmp_path):
    data = header("1.png", len(PICTURE)) + PICTURE

    (found,) = found_in(tmp_path / "a.tar", data)

    assert pixels_of_source(found, Limits()).tolist() == PIXELS


def test_members_beyond_the_limit_are_refused_unread_and_stop_no_other(tmp_path):
    data = tar_of(("large.png", bytes(50_000)), ("1.png", PICTURE))

    large, good = found_in(tmp_path / "a.tgz", gzip.compress(data))

    limits = Limits(file_bytes=40_000)
    with pytest.raises(DataError, match=r"large\.png: larger than"):
        pixels_of_source(large, limits)
    assert pixels_of_source(good, limits).tolist() == PIXELS


def test_an_extended_header_of_gigabytes_is_refused_in_little_memory(tmp_path):
    packed = io.BytesIO()
    with gzip.GzipFile(fileobj=packed, mode="wb") as file:
        file.write(header("pax", 1 << 30, tarfile.XHDTYPE))
        for _ in range(64):
            file.write(bytes(1 << 20))
    tracemalloc.start()

    (broken,) = found_in(tmp_path / "a.tgz", packed.getvalue())

    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 2**21
    with pytest.raises(DataError, match="an extended header of 1073741824 bytes"):
        pixels_of_source(broken, Limits())


def test_a_packed_archive_of_zeros_is_left_before_they_are_unpacked(tmp_path):
    data = header("zeros.bin", 1 << 40) + bytes(1 << 20)

    (broken,) = found_in(tmp_path / "a.tgz", gzip.compress(data))

    with pytest.raises(DataError, match="more than 1 GiB in it are no pictures"):
        pixels_of_source(broken, Limits())


def test_an_archive_without_pictures_is_an_error_in_its_place(tmp_path):
    (broken,) = found_in(tmp_path / "a.tar", tar_of(("notes.txt", b"x")))

    with pytest.raises(DataError, match=r"a\.tar: no pictures in this archive"):
        pixels_of_source(broken, Limits())


@pytest.mark.parametrize("packing", ["tar", "tar.gz"])
def test_pages_of_a_member_are_pictures(tmp_path, packing):
    pages = [digit_picture(n) for n in (1, 2, 3)]
    tiff = encoded(pages[0], "TIFF", save_all=True, append_images=pages[1:])
    data = PACKINGS[packing](tar_of(("scan.tif", tiff), ("1.png", PICTURE)))

    found = found_in(tmp_path / "a.tar", data)

    assert names(found) == ["scan.tif#1", "scan.tif#2", "scan.tif#3", "1.png"]
    pixels = [pixels_of_source(one, Limits()).tolist() for one in found[:3]]
    assert pixels == [np.asarray(page).tolist() for page in pages]


@given(st.data())
def test_whatever_is_changed_in_an_archive_reading_ends_and_gives_rows(tmp_path_factory, data):
    members = [("1.png", PICTURE), ("x" * 150 + ".png", PICTURE), ("notes.txt", b"x" * 600)]
    packing = data.draw(st.sampled_from(sorted(PACKINGS)))
    content = bytearray(PACKINGS[packing](tar_of(*members)))
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.mktemp("changed") / "a.tar"
    path.write_bytes(content[: data.draw(st.integers(0, len(content)))])

    found = list(find_pictures([str(path)]))

    assert found
    for one in found:
        with contextlib.suppress(DataError):  # anything else is a fault
            assert np.asarray(pixels_of_source(one, Limits())).ndim == 2
