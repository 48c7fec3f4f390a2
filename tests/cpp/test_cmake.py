"""CMake builds the instruction sets of what the compiler makes code for, or says why it cannot."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.skipif(
    not (shutil.which("cmake") and shutil.which("g++")), reason="needs cmake and g++"
)


def configure(build: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = ["cmake", "-S", REPOSITORY, "-B", build, "-DDIGITCLI_MODULE=OFF", *options]
    return subprocess.run(command, capture_output=True, text=True)


def compiler(folder: Path, body: str) -> str:
    """A g++ that first runs these lines of a shell."""
    path = folder / "compiler"
    path.write_text(f'#!/bin/sh\n{body}\nexec g++ "$@"\n')
    path.chmod(0o755)
    return f"-DCMAKE_CXX_COMPILER={path}"


def test_flags_that_a_compiler_refuses_stop_the_build_and_are_named(tmp_path):
    refuse = 'for flag; do case "$flag" in -mavx2|-march=arm*) exit 1;; esac; done'

    done = configure(tmp_path / "build", compiler(tmp_path, refuse))

    assert done.returncode != 0
    message = " ".join(done.stderr.split())
    assert "refuses the flags of the instruction set" in message
    assert "-DDIGITCLI_ISAS=baseline" in message


def test_the_instruction_sets_to_build_can_be_named(tmp_path):
    refuse = 'for flag; do case "$flag" in -mavx2|-march=arm*) exit 1;; esac; done'

    done = configure(tmp_path / "build", compiler(tmp_path, refuse), "-DDIGITCLI_ISAS=baseline")

    assert done.returncode == 0, done.stderr
    assert done.stdout.split("instruction sets of ")[1].splitlines()[0].endswith(": baseline")


def test_an_instruction_set_that_the_target_lacks_is_refused(tmp_path):
    done = configure(tmp_path / "build", "-DDIGITCLI_ISAS=baseline;sse9")

    assert done.returncode != 0
    assert "sse9 is no instruction set of" in done.stderr


def test_a_compiler_for_two_architectures_gets_the_baseline_alone_and_is_told(tmp_path):
    """As Apple's with `-arch x86_64 -arch arm64`: a question with two answers has none."""
    both = """source=
for word; do case "$word" in *.cxx|*.cpp) source=$word;; esac; done
case "$source" in *.cxx) grep -q '__x86_64__\\|__aarch64__' "$source" && exit 1;; esac"""
    options = [compiler(tmp_path, both), "-DCMAKE_OSX_ARCHITECTURES=x86_64;arm64"]

    done = configure(tmp_path / "build", *options)

    assert done.returncode == 0, done.stderr
    assert "instruction sets of several (x86_64;arm64): baseline\n" in done.stdout
    assert "this build has baseline alone" in " ".join(done.stderr.split())


@pytest.mark.skipif(not shutil.which("aarch64-linux-gnu-g++"), reason="needs a cross compiler")
def test_a_cross_compiler_without_a_toolchain_file_gets_the_kernels_of_its_target(tmp_path):
    done = configure(tmp_path / "build", "-DCMAKE_CXX_COMPILER=aarch64-linux-gnu-g++")

    assert done.returncode == 0, done.stderr
    assert "instruction sets of ARM64: baseline, dotprod, i8mm\n" in done.stdout
