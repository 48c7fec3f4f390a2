"""Endless input and very many files end soon, and in little memory."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from pictures import save_template_weights

from digitcli.bench.cold.coldstart import Launcher

MIB = 2**20
SCRIPT = str(Path(sys.executable).with_name("digitcli"))  # whatever folder this is run in

pytestmark = pytest.mark.skipif(not Path("/dev/zero").exists(), reason="this system has no devices")


@pytest.fixture(scope="module")
def weights(tmp_path_factory):
    return save_template_weights(tmp_path_factory.mktemp("weights") / "w.npz")


def limited() -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (2**30, 2**30))


def predict(folder: Path, *arguments: str, **options) -> subprocess.CompletedProcess[str]:
    """Run it with at most 1 GiB of address space; one picture takes 300 MiB."""
    command = [SCRIPT, "predict", *arguments]
    options = {"stdin": subprocess.DEVNULL, "timeout": 20, "preexec_fn": limited} | options
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, **options
    )


@pytest.mark.parametrize("argument", ["@/dev/zero", "@pipe", "pipe", "/dev/zero"])
def test_what_is_no_file_is_refused_at_once(tmp_path, weights, argument):
    os.mkfifo(tmp_path / "pipe")

    done = predict(tmp_path, argument, "-w", str(weights))

    assert done.returncode == 3
    assert f"error: {argument}: expected a " in done.stderr
    assert "found a pipe or a device" in done.stderr


@pytest.mark.parametrize("argument", ["@-", "-"])
def test_endless_standard_input_ends_in_an_error(tmp_path, weights, argument):
    with Path("/dev/zero").open("rb") as zeros:
        done = predict(tmp_path, argument, "-w", str(weights), stdin=zeros)

    assert done.returncode == 3
    assert f"error: {argument}: " in done.stderr


def test_a_list_of_one_long_line_is_refused(tmp_path, weights):
    with (tmp_path / "long.txt").open("wb") as file:
        file.write(b"x" * MIB)
        file.truncate(300 * MIB)

    done = predict(tmp_path, "@long.txt", "-w", str(weights))

    assert done.returncode == 3
    assert "error: @long.txt: line 1 is longer than 64 KiB" in done.stderr


def peak_of(folder: Path, *arguments: str) -> tuple[int, dict]:
    """The peak of memory of a run in bytes, and its output."""
    with Launcher() as launch:
        done = launch([SCRIPT, "predict", *arguments])
    assert done["code"] == 7, done["last_words"]
    return done["peak_bytes"], done


@pytest.mark.slow
@pytest.mark.parametrize("form", ["--csv", "--json", "--jsonl"])
@pytest.mark.parametrize("content", [None, b"no picture"])
def test_a_hundred_thousand_bad_files_take_the_memory_of_a_thousand(
    tmp_path, weights, form, content
):
    if content is not None:
        (tmp_path / "bad.png").write_bytes(content)
    peaks = []
    for count in (1_000, 100_000):
        (tmp_path / "list").write_text(f"{tmp_path}/bad.png\n" * count)
        peak, done = peak_of(tmp_path, f"@{tmp_path}/list", form, "-w", str(weights))
        peaks.append(peak)
        assert done["stdout"].count("bad.png") >= count
    if form == "--json":
        assert len(json.loads(done["stdout"])["results"]) == 100_000

    assert peaks[1] - peaks[0] < 16 * MIB


def test_hints_come_once_however_many_files_are_bad(tmp_path, weights):
    with zipfile.ZipFile(tmp_path / "bad.zip", "w") as archive:
        for number in range(300):
            archive.writestr(f"{number}.png", b"no picture")

    done = predict(tmp_path, "bad.zip", "-w", str(weights))

    assert done.returncode == 7
    assert len(done.stdout.splitlines()) == 300
    assert "hint" not in done.stdout
    assert done.stderr.count("hint:") == 1


def test_an_interrupted_document_leaves_nothing_on_stdout(tmp_path, weights):
    with subprocess.Popen(
        [SCRIPT, "predict", "@-", "--json", "-w", str(weights)],
        cwd=tmp_path,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(b"missing.png\n" * 2000)
        process.stdin.flush()
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=20)

        assert process.stdout.read() == b""
