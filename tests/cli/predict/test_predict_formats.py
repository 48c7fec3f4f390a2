"""`digitcli predict` on folders, archives and documents of any kind, as a user runs it."""

from __future__ import annotations

import csv
import io
import json
import tarfile

import numpy as np
import pytest
from pdf_files import pdf_of
from pictures import digit_picture, encoded, save_template_weights
from PIL import Image

OPTIONS = ("--weights", "templates.npz", "--digits", "one")


@pytest.fixture(autouse=True)
def folder(tmp_path):
    """Weights, and a folder of a seven, a film, a hidden file, and a folder with a two."""
    save_template_weights(tmp_path / "templates.npz")
    scans = tmp_path / "scans"
    (scans / "inside").mkdir(parents=True)
    digit_picture(7).save(scans / "seven.png")
    (scans / "notes.txt").touch()
    (scans / ".hidden.png").touch()
    digit_picture(2).save(scans / "inside" / "two.png")
    return tmp_path


def rows(done) -> list[tuple[str, str]]:
    return [(row["file"], row["text"]) for row in csv.DictReader(io.StringIO(done.stdout))]


def test_what_a_folder_does_not_give_is_said_once_at_the_end(run_cli):
    done = run_cli("predict", "scans", "--csv", *OPTIONS)

    assert (done.returncode, rows(done)) == (0, [("scans/seven.png", "7")])
    assert done.stderr == (
        "passed over: 1 file of other kinds (1 .txt), 1 hidden file, "
        "1 folder (--recursive reads folders inside)\n"
    )


def test_recursive_reads_folders_inside(run_cli):
    done = run_cli("predict", "scans", "-r", "--csv", *OPTIONS)

    assert rows(done) == [("scans/seven.png", "7"), ("scans/inside/two.png", "2")]


def test_json_of_a_folder_stays_one_document(run_cli):
    done = run_cli("predict", "scans", "--json", *OPTIONS)

    assert len(json.loads(done.stdout)["results"]) == 1
    assert "passed over" in done.stderr


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:xz"])
def test_tar_archives_are_read_from_standard_input_too(run_cli, folder, mode):
    with tarfile.open(folder / "all.data", mode) as archive:
        archive.add(folder / "scans", "scans")

    named = run_cli("predict", "all.data", "--csv", *OPTIONS)
    with (folder / "all.data").open("rb") as file:
        piped = run_cli("predict", "-", "--csv", *OPTIONS, stdin=file)

    found = {"scans/seven.png": "7", "scans/inside/two.png": "2"}
    assert dict(rows(named)) == {f"all.data/{name}": text for name, text in found.items()}
    assert dict(rows(piped)) == {f"-/{name}": text for name, text in found.items()}


def test_pages_are_found_by_content_from_standard_input_too(run_cli, folder):
    pages = [digit_picture(n) for n in (1, 2, 3)]
    data = encoded(pages[0], "TIFF", save_all=True, append_images=pages[1:])
    (folder / "scan.png").write_bytes(data)

    named = run_cli("predict", "scan.png", "--csv", *OPTIONS)
    with (folder / "scan.png").open("rb") as file:
        piped = run_cli("predict", "-", "--csv", *OPTIONS, stdin=file)

    assert rows(named) == [(f"scan.png#{n}", str(n)) for n in (1, 2, 3)]
    assert rows(piped) == [(f"-#{n}", str(n)) for n in (1, 2, 3)]


def test_pages_of_a_pdf_are_rows(run_cli, folder):
    pytest.importorskip("pypdfium2", reason="needs the extra formats")
    (folder / "scan.pdf").write_bytes(pdf_of(2))

    done = run_cli("predict", "scan.pdf", "--csv", *OPTIONS)

    assert rows(done) == [("scan.pdf#1", "3"), ("scan.pdf#2", "3")]


def test_a_pdf_alone_that_cannot_be_read_ends_with_exit_code_3(run_cli, folder):
    (folder / "scan.pdf").write_bytes(b"%PDF-1.7 and no more")

    done = run_cli("predict", "scan.pdf", *OPTIONS)

    assert done.returncode == 3
    assert done.stderr.startswith("error: scan.pdf: ")


def test_max_megapixels_takes_larger_pictures_and_refuses_smaller_ones(run_cli, folder):
    Image.new("L", (17_000, 10), 255).save(folder / "wide.png")

    refused = run_cli("predict", "wide.png", *OPTIONS)
    read = run_cli("predict", "wide.png", "--max-megapixels", "100", *OPTIONS)
    small = run_cli("predict", "wide.png", "--max-megapixels", "0.1", *OPTIONS)

    assert (refused.returncode, read.returncode, small.returncode) == (3, 0, 3)
    assert "--max-megapixels up to 200" in refused.stderr
    assert "0.1 megapixels are read" in small.stderr


def test_drawings_of_a_larger_picture_are_made_too(run_cli, folder):
    picture = Image.fromarray(np.full((20, 17_000), 255, np.uint8))
    picture.paste(digit_picture(7, 20, 20), (100, 0))
    picture.save(folder / "wide.png")

    options = ("--max-megapixels", "100", "--annotate", "drawn.png", "--no-picture", "--show")
    done = run_cli("predict", "wide.png", *options, *OPTIONS)

    assert done.returncode == 0, done.stderr
    assert (folder / "drawn.png").exists()


def test_notes_are_said_on_stderr_for_the_first_pictures(run_cli, folder):
    for number in range(5):
        (folder / f"{number}.png").write_bytes(encoded(digit_picture(7))[:-12])

    done = run_cli("predict", *(f"{n}.png" for n in range(5)), "--json", *OPTIONS)

    lines = done.stderr.splitlines()
    assert lines[:3] == [f"note: {n}.png: cut short: its end marker is missing" for n in range(3)]
    assert lines[3].startswith("note: 2 more such pictures")
    notes = [row["notes"] for row in json.loads(done.stdout)["results"]]
    assert notes == [["cut short: its end marker is missing"]] * 5
