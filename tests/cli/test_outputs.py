"""Before it reads, every command refuses outputs that would replace its inputs."""

from __future__ import annotations

import hashlib
import os
import shutil

import pytest
from PIL import Image

from digitcli.report.kit.marked import png_mark


@pytest.fixture
def folder(tmp_path, repository):
    """Pictures, a list of them, weights and a labelled folder, none of which may ever change."""
    shutil.copytree(repository / "samples", tmp_path / "pictures")
    for digit in (2, 7):
        (tmp_path / "labelled" / str(digit)).mkdir(parents=True)
    shutil.copy(repository / "samples/seven.png", tmp_path / "labelled/7/a.png")
    shutil.copy(repository / "samples/seven.png", tmp_path / "seven.png")
    (tmp_path / "link.png").symlink_to("seven.png")
    shutil.copy(tmp_path / "seven.png", tmp_path / "seven.html")
    (tmp_path / "link.html").symlink_to("seven.png")
    (tmp_path / "list.txt").write_text("pictures/seven.png\nseven.png\n")
    shutil.copy(repository / "digitcli/model/zoo/tiny.npz", tmp_path / "mine.npz")
    (tmp_path / "drawn" / "7").mkdir(parents=True)
    Image.new("L", (28, 28)).save(tmp_path / "drawn/7/a.png", pnginfo=png_mark())
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "history.csv").write_text("mine\n")
    (tmp_path / "labels.csv").write_text("file,label\nseven.png,7\n")
    (tmp_path / "base.json").write_text('{"schema": "digitcli.bench/1", "rows": []}')
    shutil.make_archive(str(tmp_path / "zipped" / "pictures"), "zip", tmp_path / "pictures")
    shutil.copy(tmp_path / "zipped/pictures.zip", tmp_path / "pictures.zip")
    (tmp_path / "zips.txt").write_text("zipped/pictures.zip\n")
    shutil.copy(repository / "digitcli/model/presets/tiny.toml", tmp_path / "mine.toml")
    return tmp_path


def hashes(folder):
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file()
    }


READ, THEIRS, TWICE = "is read, and would be lost", "exists and is no", "is written by"
BESIDE = "holds pictures that are read"

COMMANDS = [
    ("predict seven.png --annotate seven.png", READ),
    ("predict seven.png --annotate link.png", READ),
    ("predict link.png --steps seven.png", READ),
    ("predict seven.png -o seven.png", READ),
    ("predict seven.png --review ./pictures/../seven.png", READ),
    ("predict seven.png --resume seven.png", READ),
    ("predict @list.txt --resume list.txt", READ),
    ("predict @list.txt -o list.txt", READ),
    ("predict @list.txt -o seven.png", THEIRS),
    ("predict @list.txt --annotate .", BESIDE),
    ("predict pictures --annotate pictures", BESIDE),
    ("predict pictures/seven.png --steps pictures", BESIDE),
    ("predict pictures/*.png pictures/seven.png --steps pictures", BESIDE),
    ("predict pictures -o pictures/seven.png", THEIRS),
    ("predict seven.png -w mine.npz -o mine.npz", READ),
    ("predict seven.png -o mine.npz", THEIRS),
    ("predict seven.png --csv --review labels.csv", THEIRS),
    ("predict seven.png --annotate pictures/seven.png", THEIRS),
    ("predict @zips.txt -o pictures.zip", THEIRS),
    ("predict @zips.txt --annotate zipped", BESIDE),
    ("predict pictures --annotate out --steps out", TWICE),
    ("predict pictures --annotate out.png/../out -o out/seven.png", TWICE),
    ("predict seven.png -o a.csv --review a.csv", TWICE),
    ("eval -w mine.npz --data labelled -o mine.npz", READ),
    ("eval -w mine.npz --data . -o labels.csv", READ),
    ("eval -w mine.npz --data labelled --reliability labelled/7/a.png", "which is read"),
    ("show mine.npz seven.html --out seven.html", READ),
    ("show tiny seven.png --out link.html", READ),
    ("bench -w mine.npz --compare base.json -o base.json", READ),
    ("bench -w mine.npz -o mine.npz", READ),
    ("bench -w tiny --plot seven.png", THEIRS),
    ("data preview --preset mine.toml --data synthetic --out seven.png", THEIRS),
    ("quantize mine.npz --out mine.npz --force", READ),
    ("quantize tiny --out mine.npz", "mine.npz exists"),
    ("quantize tiny --out seven.png --force", THEIRS),
    ("eval -w tiny --data drawn --reliability drawn/7/a.png", "which is read"),
    ("data preview --data drawn --out drawn/7/a.png", "which is read"),
    ("predict seven.png -o list.txt", THEIRS),
    ("train --preset mine.toml --data synthetic --out run", "training would replace it"),
    ("export -w mine.npz --out mine.npz --force", READ),
    ("adapt --from labelled -w mine.npz --out mine.npz --force", READ),
    ("adapt --from seven.png --out seven.png --force", READ),
    ("adapt --from labelled -w mine.npz --out labelled/7/a.png --force", "which is read"),
    ("adapt --sheet seven.png", THEIRS),
]


@pytest.mark.parametrize(("command", "reason"), COMMANDS, ids=[line for line, _ in COMMANDS])
def test_it_is_refused_and_nothing_has_changed(run_cli, folder, command, reason):
    before = hashes(folder)

    done = run_cli(*command.split())

    assert (done.returncode, done.stdout) == (2, ""), done.stderr
    assert reason in done.stderr
    assert hashes(folder).items() >= before.items()


def test_standard_input_from_a_file_is_an_input_too(run_cli, folder):
    before = hashes(folder)
    with (folder / "seven.png").open("rb") as file:
        done = run_cli("predict", "-", "--annotate", "seven.png", stdin=file)

    assert done.returncode == 2
    assert READ in done.stderr
    assert hashes(folder) == before


def test_answers_and_drawings_may_be_made_again(run_cli, folder):
    command = "predict seven.png --csv -o a.csv --review r.csv --annotate a.png --steps s.png"

    first, again = (run_cli(*command.split()) for _ in range(2))

    assert (first.returncode, again.returncode) == (0, 0), again.stderr


def test_drawings_go_beside_what_is_in_their_folder_already(run_cli, folder):
    (folder / "out").mkdir()
    shutil.copy(folder / "link.png", folder / "out/seven.png")
    before = (folder / "out/seven.png").read_bytes()

    done = [run_cli("predict", "seven.png", "--annotate", "out") for _ in range(2)]

    assert [one.returncode for one in done] == [0, 0]
    assert (folder / "out/seven.png").read_bytes() == before
    assert sorted(path.name for path in (folder / "out").iterdir()) == ["seven-2.png", "seven.png"]


def test_drawings_get_names_that_there_can_be_whatever_stands_in_their_place(run_cli, folder):
    (folder / "notes").write_text("mine\n")
    (folder / "out").mkdir()
    os.mkfifo(folder / "out" / "seven.png")
    shutil.copy(folder / "seven.png", folder / ("a" * 251 + ".png"))

    file = run_cli("predict", "pictures", "--annotate", "notes", timeout=60)
    pipe = run_cli("predict", "seven.png", "--annotate", "out", timeout=60)
    long = run_cli("predict", "a" * 251 + ".png", "--annotate", "out", timeout=60)

    assert file.returncode == 6
    assert "notes/" in file.stderr
    assert (pipe.returncode, long.returncode) == (0, 0), long.stderr
    assert (folder / "out" / "seven-2.png").is_file()
    assert (folder / "out" / f"{'a' * 200}.png").is_file()


def test_what_a_list_may_name_later_is_not_drawn_over(run_cli, folder):
    (folder / "out").mkdir()
    first = run_cli("predict", "seven.png", "--annotate", "out")
    drawing = (folder / "out" / "seven.png").read_bytes()
    (folder / "later.txt").write_text("seven.png\n" * 70 + "out/seven.png\n")

    done = run_cli("predict", "@later.txt", "--annotate", "out")

    assert (first.returncode, done.returncode) == (0, 2)
    assert (folder / "out" / "seven.png").read_bytes() == drawing
