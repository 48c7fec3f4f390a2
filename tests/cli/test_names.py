"""Every command prints names with control characters and bytes that are not text."""

from __future__ import annotations

import json
import os
import re
import shutil
import unicodedata

import pytest
from pictures import digit_picture, save_template_weights
from terminal import each_in_a_pipe, each_in_a_terminal

ODD = "a\x1b]0;x\x07\u202e\u009b2J[red]b\udce9"
PICTURE, WEIGHTS, FOLDER = f"{ODD}.png", f"{ODD}.npz", f"{ODD}-own"
W = ("-w", WEIGHTS)
C_LOCALE = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}

# Each names a picture, weights, a folder or a data set; the errors quote what is not there.
COMMANDS = [
    ["predict", PICTURE, *W],
    ["predict", *[PICTURE] * 4, *W],
    ["predict", PICTURE, *W, "--csv"],
    ["predict", PICTURE, *W, "--show"],
    ["predict", PICTURE, f"no{PICTURE}", *W, "--no-picture"],
    ["predict", f"no{PICTURE}", *W],
    ["predict", PICTURE, "-w", f"no{WEIGHTS}"],
    ["--debug", "predict", f"no{PICTURE}", *W],
    ["predict", f"--{ODD}"],
    ["predict", "--top", ODD, PICTURE],
    [ODD],
    ["show", WEIGHTS, PICTURE],
    ["show", WEIGHTS, PICTURE, "--out", f"{ODD}.html"],
    ["eval", "--data", FOLDER, *W],
    ["eval", "--data", f"no{FOLDER}", *W],
    ["info", *W],
    ["info", "--plan", WEIGHTS],
    ["data", "preview", "--data", FOLDER, "--columns", "1"],
    ["data", "preview", "--preset", f"{ODD}.toml"],
    ["adapt", "--sheet", f"{ODD}.pdf"],
    ["adapt", "--from", f"no{ODD}", "--out", "x.npz"],
    ["fetch", ODD],
    ["fetch", "mnist", "--offline", "--dir", ODD],
    ["bench", "--weights", f"no{WEIGHTS}"],
    ["bench", "--compare", f"no{ODD}"],
    ["quantize", f"no{WEIGHTS}", "--out", f"{ODD}.npz"],
    ["export", "--weights", f"no{WEIGHTS}", "--out", f"{ODD}.onnx"],
    ["train", "--preset", f"{ODD}.toml"],
    ["train", "--resume", f"no{ODD}"],
]


SOME = [COMMANDS[at] for at in (0, 1, 2, 3, 5, 8, 11, 13, 15, 17)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A picture, weights and a labelled folder with such names."""
    found = tmp_path_factory.mktemp("names")
    digit_picture(7).save(found / "seven.png")
    save_template_weights(found / "templates.npz")
    shutil.copy(found / "seven.png", found / PICTURE)
    shutil.copy(found / "templates.npz", found / WEIGHTS)
    (found / FOLDER / "7").mkdir(parents=True)
    shutil.copy(found / "seven.png", found / FOLDER / "7" / "a.png")
    return found


def obeyed(shown: str) -> set[str]:
    """The control characters in `shown` that are not Rich's colours and cursor moves."""
    plain = re.sub(r"\r?\x1b\[[0-9;?]*[A-Za-z]", "", shown)
    return {c for c in plain if c != "\n" and unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp")}


@pytest.mark.parametrize("variables", [{}, {"FORCE_COLOR": ""}], ids=["colours", "plain"])
def test_no_command_writes_control_characters_of_a_name_to_a_terminal(folder, variables):
    for arguments, (code, shown) in zip(
        COMMANDS, each_in_a_terminal(COMMANDS, folder, **variables), strict=True
    ):
        assert not obeyed(shown), arguments
        assert "\\x1b]0;x" in shown, arguments
        assert "internal error" not in shown, shown
        assert code != 1


def test_files_are_utf8_and_hold_names_as_they_are_whatever_the_locale(folder):
    shutil.copy(folder / "seven.png", folder / "caf\u00e9.png")
    (folder / "list.txt").write_text("caf\u00e9.png\nno\u2013.png\n", "utf-8")
    asked = ["predict", "@list.txt", "-w", "templates.npz", "--no-picture"]
    each = [[*asked, "--csv", "-o", "out.csv", "--review", "review.csv"], [*asked, "-o", "out.txt"]]

    ended = each_in_a_pipe(each, folder, **C_LOCALE)

    assert [code for code, _ in ended] == [7, 7]
    found = [(folder / name).read_text("utf-8") for name in ("out.csv", "out.txt", "review.csv")]
    assert ["caf\u00e9.png" in text for text in found] == [True, True, False]
    assert all("no\u2013.png" in text for text in found)


@pytest.mark.parametrize(
    ("encoding", "variables"),
    [
        ("ascii", {"PYTHONIOENCODING": "ascii"}),
        ("ascii", C_LOCALE),
        ("cp932", {"PYTHONIOENCODING": "cp932"}),
        ("cp1252", {"PYTHONIOENCODING": "cp1252:strict"}),
        ("koi8-r", {"PYTHONIOENCODING": "koi8-r"}),
        ("latin-1", {"PYTHONIOENCODING": "latin-1"}),
        ("utf-16", {"PYTHONIOENCODING": "utf-16"}),
    ],
    ids=["ascii", "C", "cp932", "cp1252", "koi8-r", "latin-1", "utf-16"],
)
def test_no_encoding_breaks_a_command(folder, encoding, variables):
    name = "caf\u00e9 \u2588 \u6f22\udce9.png"
    shutil.copy(folder / "seven.png", os.fsencode(folder / name))
    commands = list(COMMANDS if encoding == "ascii" else SOME)
    commands += [["predict", name, *form, "-w", "templates.npz"] for form in ([], ["--csv"])]
    commands += [["fetch", "--list"], ["train", "--help"], ["predict", "--help"], ["--help"]]

    ended = each_in_a_pipe(commands, folder, encoding, **variables)

    assert len(ended) == len(commands)
    for arguments, (code, shown) in zip(commands, ended, strict=True):
        assert code != 1, (arguments, shown)
        assert "\\udce9" in shown or arguments[-1] in ("--help", "--list"), arguments


def test_json_is_ascii_in_every_encoding(folder):
    ((code, shown),) = each_in_a_pipe(
        [["predict", PICTURE, *W, "--json"]], folder, "utf-16", PYTHONIOENCODING="utf-16"
    )

    assert code == 0
    assert json.loads(shown)["results"][0]["file"] == PICTURE
