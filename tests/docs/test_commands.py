"""Every block of commands and of Python in the pages runs, and prints what the page says."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from docs.markdown_blocks import PAGES, REPOSITORY, Block, blocks_of, name_of

from docs import shortened

RUN = {"sh", "python"}
PATH = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])

# Blocks that no test runs: page and first line. Their reason stands in the page, above them.
NOT_RUN = {
    ("README.md", "pip install ."),
    ("README.md", "make demo"),
    ("docs/explanations/training.md", "digitcli train --preset small --precision bfloat16"),
    ("docs/getting-started.md", "pip install ."),
    ("docs/getting-started.md", "podman build"),
    ("docs/guides/adapt.md", "digitcli adapt --from photo.jpg --out my.npz"),
    ("docs/guides/adapt.md", "digitcli adapt --from cheques/labels.csv"),
    ("docs/guides/batch.md", 'pip install "digitcli[ray]"'),
    ("docs/guides/batch.md", "ray start --head"),
    ("docs/guides/bench.md", 'pip install ".[bench,bench-more]"'),
    ("docs/guides/data-sets.md", "digitcli fetch fashion-mnist"),
    ("docs/guides/own-data.md", "digitcli train --preset tiny --data mnist_png"),
    ("docs/guides/predict.md", 'pip install "digitcli[formats]"'),
    ("docs/guides/serve.md", 'pip install "digitcli[serve]"'),
    ("docs/guides/serve.md", "curl --data-binary @samples/seven.png"),
    ("docs/guides/serve.md", "curl --data-binary @seven.png"),
    ("docs/guides/serve.md", "digitcli predict scans --review"),
    ("docs/guides/several-machines.md", "export TF_CONFIG="),
    ("docs/guides/several-machines.md", "pip install jax keras matplotlib tomli-w"),
    ("docs/guides/train.md", "digitcli train --preset line"),
    ("docs/guides/train.md", "digitcli train --preset finder"),
}


def runnable(page: Path) -> list[Block]:
    return [one for one in blocks_of(page) if one.language in RUN and "not run" not in one.marks]


QUICK = [page for page in PAGES if any("slow" not in one.marks for one in runnable(page))]
SLOW = [page for page in PAGES if any("slow" in one.marks for one in runnable(page))]


@pytest.fixture(scope="session")
def data_folder(tmp_path_factory):
    """Data sets that all pages share: each is fetched, or drawn, once."""
    return tmp_path_factory.mktemp("data")


@pytest.fixture
def place(tmp_path, data_folder):
    """A folder to run a page in, with `samples/` and a `digitcli` that is quick."""
    shutil.copytree(REPOSITORY / "samples", tmp_path / "samples")
    (tmp_path / "bin").mkdir()
    command = tmp_path / "bin" / "digitcli"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{shortened.__file__}" "$@"\n')
    command.chmod(0o755)
    return tmp_path


@pytest.mark.parametrize("page", QUICK, ids=name_of)
def test_the_blocks_of_a_page_run(page, place, data_folder, request):
    run_page(page, place, data_folder, request, slow=False)


@pytest.mark.slow
@pytest.mark.train
@pytest.mark.parametrize("page", SLOW, ids=name_of)
def test_the_slow_blocks_of_a_page_run_too(page, place, data_folder, request):
    run_page(page, place, data_folder, request, slow=True)


def run_page(page, place, data_folder, request, slow):
    blocks = [one for one in blocks_of(page) if slow or "slow" not in one.marks]
    text = "".join(one.text for one in blocks if one.language == "sh")
    if re.search(r"digitcli (train|adapt)|tensorflow|savedmodel", text):
        pytest.importorskip("tensorflow", reason="needs TensorFlow (the train extra)")
    environment = os.environ | {"PATH": f"{place / 'bin'}{os.pathsep}{PATH}"}
    environment |= {"DIGITCLI_DATA": str(data_folder), "LC_ALL": "C.UTF-8", "COLUMNS": "100"}
    if "mnist" in text or "digitcli quantize" in text:
        environment["MNIST"] = str(request.getfixturevalue("mnist_dir"))
    for block in blocks:
        if "file" in block.marks:
            path = place / block.marks["file"]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text)
        elif block.language in RUN and "not run" not in block.marks:
            run_block(block, place, environment)


def run_block(block, place, environment):
    shell = ["bash", "-euo", "pipefail", "-c", block.text]
    python = [sys.executable, "-c", f"{block.marks.get('given', '')}\n{block.text}"]
    command = shell if block.language == "sh" else python
    done = subprocess.run(
        command, capture_output=True, encoding="utf-8", cwd=place, env=environment,
        timeout=280, stdin=subprocess.DEVNULL,
    )  # fmt: skip
    said = f"{block.page}:\n{block.text}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
    assert done.returncode == int(block.marks.get("exit", 0)), said
    if block.prints is not None:
        assert re.fullmatch(pattern_of(block.prints), done.stdout.strip("\n"), re.DOTALL), said


def pattern_of(prints):
    """What a `text` block allows: itself, where "..." stands for anything."""
    return ".*".join(map(re.escape, prints.strip("\n").split("...")))


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_a_block_that_nothing_runs_says_why(page):
    left_out = [one for one in blocks_of(page) if "not run" in one.marks]

    assert all(len(one.marks["not run"].split()) >= 3 for one in left_out)
    for one in left_out:
        known = any(one.page == name and one.first_line.startswith(line) for name, line in NOT_RUN)
        assert known, f"{one.page}: is there no way to run {one.first_line!r}? Then add it here"


def test_every_block_that_is_known_as_not_run_exists():
    left_out = [one for page in PAGES for one in blocks_of(page) if "not run" in one.marks]

    for name, line in NOT_RUN:
        assert any(one.page == name and one.first_line.startswith(line) for one in left_out), line


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_blocks_are_of_known_languages(page):
    known = {"sh", "python", "text", "toml", "csv", "cpp"}

    assert {one.language for one in blocks_of(page)} <= known


def test_comments_above_a_block_are_its_marks(tmp_path, monkeypatch):
    page = tmp_path / "page.md"
    page.write_text(
        "<!-- slow: trains -->\n<!-- exit 8 -->\n```sh\ntrue\n```\n\n```text\nok\n```\n"
    )
    monkeypatch.setattr("docs.markdown_blocks.REPOSITORY", tmp_path)

    shell, text = blocks_of(page)

    assert shell == Block("page.md", "sh", "true\n", {"slow": "trains", "exit": "8"}, "ok\n")
    assert text.language == "text"
    assert not text.marks


@pytest.mark.parametrize(
    ("given", "run"),
    [
        ("train --epochs 2 --out x", "train --out x --steps 3"),
        ("train --seeds 5", "train --seeds 2 --steps 3"),
        ("train --resume x", "train --resume x"),
        ("bench --rounds 2 --threads 4", "bench --rounds 1 --threads 4 --seconds 0 --batch 1"),
        ("fetch mnist", "fetch mnist --from /m"),
        ("adapt --sheet s.pdf", "adapt --sheet s.pdf"),
        ("predict x", "predict x"),
    ],
)  # fmt: skip
def test_commands_are_shortened_and_otherwise_as_they_stand(given, run):
    assert shortened.shortened(given.split(), "/m") == run.split()
