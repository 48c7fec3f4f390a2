"""What fuzzers found, once more: every committed file passes what its target holds."""

from __future__ import annotations

import contextlib
import io
import random
import shutil
import subprocess
import tarfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
from data import idx_oracle
from fuzz.mutators import mutated_weights
from fuzz.python_targets import TARGETS, check_idx

from digitcli.data import inflate

REPOSITORY = Path(__file__).resolve().parents[2]
CORPUS = Path(__file__).resolve().parent / "corpus"
LARGEST = 300_000  # bytes, of all archives together
VISION, ENGINES = ("ctc", "find", "line", "picture"), ("float32", "int8")  # files of no format


def files_of(target: str) -> list[bytes]:
    """The committed files of a target, of which there are some."""
    with tarfile.open(CORPUS / f"{target}.tar.xz") as archive:
        opened = [archive.extractfile(member) for member in archive]
        files = [file.read() for file in opened if file]
    assert files
    return files


def test_the_corpus_is_small_and_of_known_targets():
    names = {path.name.removesuffix(".tar.xz") for path in CORPUS.iterdir()}
    assert names == {*VISION, *ENGINES, *TARGETS, "idx", "gzip"}
    assert sum(path.stat().st_size for path in CORPUS.iterdir()) <= LARGEST


@pytest.mark.parametrize("target", TARGETS)
def test_the_python_readers_hold_what_their_fuzzers_claim(target):
    for data in files_of(target):
        TARGETS[target](data)


@pytest.mark.parametrize("target", ["idx", "gzip"])
def test_files_of_the_c_readers_are_the_strict_readers_too(target):
    for data in files_of(target):
        check_idx(data)


@pytest.mark.parametrize("decoder", inflate.decoders())
def test_members_inflate_to_what_the_standard_library_makes_of_them(decoder):
    accepted = 0
    for data in files_of("gzip"):
        try:
            expected = idx_oracle.gunzip(data)
        except idx_oracle.RefusedError:
            continue
        accepted += 1
        found = inflate.gunzip(memoryview(data), len(expected), decoder)
        assert np.asarray(found).tobytes() == expected

    assert accepted > 5


def test_a_target_that_accepts_other_bytes_fails(monkeypatch):
    monkeypatch.setattr("fuzz.python_targets.idx_oracle.read", lambda data: None)

    with pytest.raises(AssertionError):
        check_idx(b"\0\0\x08\x01\0\0\0\1\7")


def test_changed_archives_have_right_checksums():
    seen = 0
    for data in files_of("weights"):
        if not zipfile.is_zipfile(io.BytesIO(data)):
            continue
        for seed in range(10):
            changed = mutated_weights(data, lambda part, most: part[::-1], 1, random.Random(seed))
            with contextlib.suppress(zipfile.BadZipFile, UnicodeError):
                archive = zipfile.ZipFile(io.BytesIO(changed))
                assert archive.testzip() is None
                seen += 1

    assert seen > 50


def replay(build: Path, targets: tuple[str, ...]) -> None:
    """Build targets by this machine's usual compiler, and call them with their files."""
    if not (shutil.which("cmake") and shutil.which("g++")):
        pytest.skip("needs cmake and g++")
    options = ["-DDIGITCLI_MODULE=OFF", "-DDIGITCLI_FUZZ=ON", "-DDIGITCLI_ISAS=baseline"]
    flags = ["-DCMAKE_CXX_COMPILER=g++", "-DCMAKE_CXX_FLAGS=-O0 -D_GLIBCXX_ASSERTIONS"]
    subprocess.run(["cmake", "-S", REPOSITORY, "-B", build, *options, *flags], check=True)
    programs = {target: f"digitcli-fuzz-{target}" for target in targets}
    command = ["cmake", "--build", build, "--parallel", "2", "--target", *programs.values()]
    subprocess.run(command, check=True)
    for target, program in programs.items():
        folder = build / "files" / target
        folder.mkdir(parents=True)
        with tarfile.open(CORPUS / f"{target}.tar.xz") as archive:
            archive.extractall(folder, filter="data")
        files = sorted(folder.iterdir())
        done = subprocess.run([build / program, *files], capture_output=True, text=True)
        assert done.returncode == 0, "\n".join(done.stderr.splitlines()[-2:])
        assert done.stdout == f"{len(files)} files\n", target


@pytest.mark.timeout(900)
def test_pictures_lines_maps_and_columns_hold_what_their_fuzzers_claim(tmp_path):
    """One test for all of them, so that they are built once."""
    replay(tmp_path, ("idx", *VISION))


@pytest.mark.slow  # a minute of compiling; each bug that was found has a test of its own
@pytest.mark.timeout(900)
def test_engines_hold_what_their_fuzzers_claim(tmp_path):
    replay(tmp_path, ENGINES)
