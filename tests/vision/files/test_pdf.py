"""Pages of PDF files are pictures; what cannot be drawn is said in its row."""

from __future__ import annotations

import os
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from pdf_files import locked, pdf_of
from pictures import digit_picture

from digitcli.errors import DataError
from digitcli.vision.files.decode import Limits
from digitcli.vision.files.documents import pdf
from digitcli.vision.files.picture import name_of, pixels_of_source
from digitcli.vision.files.sources import Broken, find_pictures


@pytest.fixture
def pdfium():
    pytest.importorskip("pypdfium2", reason="needs the extra formats")
    yield
    pdf._close_all()


def found_in(path, data: bytes):
    path.write_bytes(data)
    return list(find_pictures([str(path)]))


def reason_of(path, data: bytes) -> DataError:
    (found,) = found_in(path, data)
    with pytest.raises(DataError) as caught:
        pixels_of_source(found, Limits())
    return caught.value


def test_each_page_is_a_picture_named_by_its_number(tmp_path, pdfium):
    found = found_in(tmp_path / "a.pdf", pdf_of(3))

    assert [name_of(one) for one in found] == [f"{tmp_path}/a.pdf#{n}" for n in (1, 2, 3)]
    for one in (found[2], found[0]):
        assert pixels_of_source(one, Limits()).shape == (1250, 834)


def test_a_page_is_drawn_as_it_is_printed_at_300_dpi(tmp_path, pdfium):
    (found,) = found_in(tmp_path / "one.pdf", pdf_of(1))

    pixels = np.asarray(pixels_of_source(found, Limits()))

    assert name_of(found) == f"{tmp_path}/one.pdf"
    inside = pixels[1250 - 250 - 500 : 1250 - 250, 209 : 209 + 375]  # 90 x 120 points at 50, 60
    small = np.asarray(digit_picture(3).resize((375, 500)))
    assert np.abs(inside.astype(int) - small).mean() < 6
    outside = pixels.copy()
    outside[490:1010, 200:590] = 255
    assert outside.min() == 255


def test_pages_of_a_pdf_in_memory_are_read_too(tmp_path, pdfium):
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.writestr("scan.pdf", pdf_of(2))

    found = list(find_pictures([str(tmp_path / "all.zip")]))

    assert [name_of(one) for one in found] == [f"{tmp_path}/all.zip/scan.pdf#{n}" for n in (1, 2)]
    assert pixels_of_source(found[1], Limits()).shape == (1250, 834)


def test_a_pdf_with_a_password_says_so(tmp_path, pdfium):
    error = reason_of(tmp_path / "locked.pdf", locked(pdf_of(1)))

    assert str(error) == f"{tmp_path}/locked.pdf: protected by a password"
    assert "qpdf --decrypt" in error.hint


def test_a_pdf_that_is_cut_short_is_refused(tmp_path, pdfium):
    error = reason_of(tmp_path / "cut.pdf", pdf_of(1)[:150])

    assert "cut.pdf: not a whole PDF file" in str(error)


def test_a_large_page_is_drawn_smaller_and_an_absurd_one_is_refused(tmp_path, pdfium):
    (large,) = found_in(tmp_path / "large.pdf", pdf_of(1, width=3000, height=4000))
    (absurd,) = found_in(tmp_path / "absurd.pdf", pdf_of(1, width=144_000, height=1_440_000))

    height, width = pixels_of_source(large, Limits(pixels=20_000_000)).shape or ()
    assert 19_000_000 < height * width <= 20_000_000
    with pytest.raises(DataError, match="2000 x 20000 inches, too large for 72 dpi"):
        pixels_of_source(absurd, Limits())


def test_a_process_that_ends_gives_a_reason_and_the_next_page_another_process(tmp_path, pdfium):
    found = found_in(tmp_path / "a.pdf", pdf_of(2))
    drawer = pdf._idle[-1]
    drawer._process.kill()
    drawer._process.wait()

    with pytest.raises(DataError, match="#1: not a page that can be drawn"):
        pixels_of_source(found[0], Limits())
    assert pixels_of_source(found[1], Limits()).shape == (1250, 834)


def test_pages_past_the_most_are_named_as_not_read(tmp_path, pdfium, monkeypatch):
    monkeypatch.setattr("digitcli.vision.files.pages.MOST_PAGES", 2)

    *read, rest = found_in(tmp_path / "a.pdf", pdf_of(5))

    assert len(read) == 2
    with pytest.raises(DataError, match=r"#3: the pages from here on are not read; 2 are"):
        pixels_of_source(rest, Limits())


def test_thousands_of_pages_are_found_without_drawing_them(tmp_path, pdfium):
    found = found_in(tmp_path / "a.pdf", pdf_of(5000))

    assert len(found) == 5000
    assert pixels_of_source(found[-1], Limits()).shape == (1250, 834)


def test_a_name_that_is_not_utf8_is_read(tmp_path, pdfium):
    path = os.fsdecode(os.fsencode(tmp_path) + b"/\xe9.pdf")
    Path(path).write_bytes(pdf_of(1))

    (found,) = find_pictures([path])

    assert pixels_of_source(found, Limits()).shape == (1250, 834)


def test_without_the_extra_it_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pypdfium2", None)

    (found,) = found_in(tmp_path / "a.pdf", pdf_of(1))

    assert isinstance(found, Broken)
    assert "PDF is read with the extra formats" in str(found.error)
    assert found.error.hint == 'pip install "digitcli[formats]"'
