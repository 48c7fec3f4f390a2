"""A TIFF file of several pages and a GIF of several frames give a picture for each."""

from __future__ import annotations

import contextlib
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from digitcli.errors import DataError
from digitcli.vision.files.content import OnDisk
from digitcli.vision.files.decode import Limits
from digitcli.vision.files.kinds import kind_of
from digitcli.vision.files.pages import pages_of as pages_of_content
from digitcli.vision.files.picture import name_of, pixels_of_source
from digitcli.vision.files.sources import find_pictures


def pages_of(name):
    kind = kind_of(Path(name).read_bytes()[:512])
    return pages_of_content(OnDisk(name), kind if kind in ("tiff", "gif") else "tiff", Limits())


def page(value, size=(30, 20)):
    return Image.fromarray(np.full(size, value, np.uint8))


def damage(path, data):
    """Change up to four bytes of a file, and cut it anywhere."""
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path.write_bytes(content[: data.draw(st.integers(0, len(content)))])


@pytest.fixture
def three(tmp_path):
    """Pages of grey 10, 100 and 200."""
    path = tmp_path / "three.tif"
    page(10).save(path, save_all=True, append_images=[page(100, (8, 9)), page(200)])
    return path


def test_each_page_is_a_picture_named_by_its_number(three):
    found = list(find_pictures([str(three)]))

    assert [name_of(one) for one in found] == [f"{three}#{number}" for number in (1, 2, 3)]
    pixels = [np.asarray(pixels_of_source(one, Limits())) for one in found]
    assert [int(one[0, 0]) for one in pixels] == [10, 100, 200]
    assert [one.shape for one in pixels] == [(30, 20), (8, 9), (30, 20)]


def test_pages_are_found_in_folders_too(three):
    assert len(list(find_pictures([str(three.parent)]))) == 3


def test_a_file_of_one_page_keeps_its_name(tmp_path):
    path = tmp_path / "one.tif"
    page(10).save(path)

    assert list(find_pictures([str(path)])) == [str(path)]


def test_a_page_beyond_the_limits_is_refused_by_name(three):
    second = list(find_pictures([str(three)]))[1]

    with pytest.raises(DataError, match=r"three.tif#2: .*at most 5 a side"):
        pixels_of_source(second, Limits(side=5))


def test_a_chain_of_directories_that_loops_ends(three):
    data = bytearray(three.read_bytes())
    first = struct.unpack_from("<L", data, 4)[0]
    count = struct.unpack_from("<H", data, first)[0]
    struct.pack_into("<L", data, first + 2 + 12 * count, first)
    three.write_bytes(data)

    assert pages_of(str(three)) == []


@given(st.data())
def test_whatever_is_changed_in_a_file_the_count_ends_and_raises_nothing(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("changed") / "three.tif"
    page(10).save(path, save_all=True, append_images=[page(100), page(200)])
    damage(path, data)

    found = pages_of(str(path))

    assert len(found) <= 10_000
    for one in found:
        with contextlib.suppress(DataError):  # anything else is a fault
            assert np.asarray(pixels_of_source(one, Limits())).ndim == 2


@pytest.fixture
def frames(tmp_path):
    """Three frames: grey 10, then a part of 100 over it, then 200."""
    path = tmp_path / "frames.gif"
    first = np.full((30, 20), 10, np.uint8)
    second = first.copy()
    second[5:9, 6:10] = 100
    pictures = [Image.fromarray(each) for each in (first, second, np.full_like(first, 200))]
    pictures[0].save(path, save_all=True, append_images=pictures[1:], comment=b"\x2c\x3b" * 40)
    return path


def test_each_frame_of_a_gif_is_what_is_seen_while_it_is_shown(frames):
    found = list(find_pictures([str(frames)]))

    assert [name_of(one) for one in found] == [f"{frames}#{number}" for number in (1, 2, 3)]
    for order in ((0, 1, 2), (2, 0, 1), (1, 1, 0)):
        for place in order:
            pixels = np.asarray(pixels_of_source(found[place], Limits()))
            assert pixels.shape == (30, 20)
            assert [int(pixels[0, 0]), int(pixels[6, 7])] == [[10, 10], [10, 100], [200, 200]][
                place
            ]


def test_a_gif_of_one_frame_keeps_its_name(tmp_path):
    path = tmp_path / "one.gif"
    page(10).save(path)

    assert list(find_pictures([str(path)])) == [str(path)]


def test_a_frame_that_is_cut_short_is_refused_by_name_and_the_others_are_read(tmp_path):
    random = np.random.default_rng(0)
    noise = [Image.fromarray(random.integers(0, 255, (60, 60), np.uint8)) for _ in range(3)]
    path = tmp_path / "cut.gif"
    noise[0].save(path, save_all=True, append_images=noise[1:])
    content = path.read_bytes()
    path.write_bytes(content[: len(content) - 900])

    found = list(find_pictures([str(path)]))
    assert len(found) == 3
    for whole in found[:2]:
        pixels_of_source(whole, Limits())
    with pytest.raises(DataError, match=r"cut.gif#3: not a whole GIF picture"):
        pixels_of_source(found[2], Limits())


def test_a_frame_that_reaches_far_past_the_canvas_is_refused_before_it_is_drawn(frames):
    content = bytearray(frames.read_bytes())
    third = content.rindex(b"\x2c\x00\x00\x00\x00" + struct.pack("<HH", 20, 30))
    content[third + 1 : third + 5] = struct.pack("<HH", 12_000, 14_000)  # 168 megapixels
    frames.write_bytes(content)

    first, second, far = find_pictures([str(frames)])

    assert np.asarray(pixels_of_source(first, Limits())).shape == (30, 20)
    assert np.asarray(pixels_of_source(second, Limits())).shape == (30, 20)
    for _ in range(2):
        with pytest.raises(DataError, match=r"#3: .*12020 x 14030 pixels"):
            pixels_of_source(far, Limits())


def test_a_frame_beyond_the_limits_is_refused_by_name(frames):
    with pytest.raises(DataError, match=r"frames.gif#1: .*at most 5 a side"):
        pixels_of_source(next(find_pictures([str(frames)])), Limits(side=5))


@given(st.data())
def test_whatever_is_changed_in_a_gif_counting_and_decoding_end_in_time(tmp_path_factory, data):
    path = tmp_path_factory.mktemp("changed") / "frames.gif"
    page(10).save(path, save_all=True, append_images=[page(100), page(200)])
    damage(path, data)

    for one in pages_of(str(path)):
        with contextlib.suppress(DataError):  # anything else is a fault
            assert np.asarray(pixels_of_source(one, Limits())).ndim == 2


@pytest.mark.parametrize("kind", ["three", "frames"])
def test_pages_past_the_most_are_named_as_not_read(kind, request, monkeypatch):
    monkeypatch.setattr("digitcli.vision.files.pages.MOST_PAGES", 2)
    path = request.getfixturevalue(kind)

    *read, rest = find_pictures([str(path)])

    assert [name_of(one) for one in read] == [f"{path}#1", f"{path}#2"]
    assert all(len(np.asarray(pixels_of_source(one, Limits()))) for one in read)
    with pytest.raises(DataError, match=r"#3: the pages from here on are not read; 2 are"):
        pixels_of_source(rest, Limits())


def test_a_gif_with_too_much_to_count_says_that_its_first_frame_alone_is_read(frames, monkeypatch):
    data = frames.read_bytes()
    head, blocks = data[:-1], b"\x21\xfe\x00" * 100_001
    frames.write_bytes(head + blocks + data[-1:])

    first, rest = find_pictures([str(frames)])

    assert int(np.asarray(pixels_of_source(first, Limits()))[0, 0]) == 10
    with pytest.raises(DataError, match=r"#2: the pages from here on are not read; 1 are"):
        pixels_of_source(rest, Limits())


@pytest.mark.parametrize("options", [{}, {"compression": "tiff_lzw"}, {"big_tiff": True}])
def test_a_file_of_pages_may_be_larger_than_a_page_may_be(tmp_path, options):
    path = tmp_path / "many.tif"
    random = np.random.default_rng(0)
    pages = [random.integers(0, 255, (40, 50), np.uint8) for _ in range(9)]
    first, *others = map(Image.fromarray, pages)
    first.save(path, save_all=True, append_images=others, **options)
    limits = Limits(file_bytes=path.stat().st_size // 2)

    found = list(find_pictures([str(path)], limits=limits))

    assert [pixels_of_source(one, limits).tolist() for one in found] == [
        page.tolist() for page in pages
    ]


def test_a_page_of_too_many_bytes_is_refused_by_name(three):
    second = list(find_pictures([str(three)]))[1]

    with pytest.raises(DataError, match=r"three\.tif#2: 72 bytes of strips or tiles"):
        pixels_of_source(second, Limits(file_bytes=60))


def test_sizes_of_strips_that_are_too_small_do_not_cut_a_page(tmp_path, three):
    data = bytearray(three.read_bytes())
    for place in range(len(data) - 12):  # StripByteCounts of one strip, LONG or SHORT
        if data[place : place + 2] == struct.pack("<H", 279):
            data[place + 8 : place + 12] = struct.pack("<L", 1)
    path = tmp_path / "wrong.tif"
    path.write_bytes(data)

    pixels = [pixels_of_source(one, Limits()) for one in find_pictures([str(path)])]

    assert [one.shape for one in pixels] == [(30, 20), (8, 9), (30, 20)]
    assert {pixel for one in pixels for row in one.tolist() for pixel in row} == {10, 100, 200}
