"""The engine's test without Python: its golden file is the oracles', and it can fail."""

from __future__ import annotations

import shutil
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
GOLDEN = REPOSITORY / "cpp" / "selftest" / "golden.bin"
LARGEST = 300_000  # bytes


def written(tmp_path: Path) -> bytes:
    """The golden file as the oracles of these tests make it now."""
    path = tmp_path / "golden.bin"
    script = REPOSITORY / "tools" / "selftest_golden.py"
    subprocess.run([sys.executable, script, path], check=True)
    return path.read_bytes()


def test_the_golden_file_is_what_the_oracles_say_now(tmp_path):
    kept, now = GOLDEN.read_bytes(), written(tmp_path)

    assert len(kept) == len(now) <= LARGEST
    # Sums in float64 may end otherwise by another BLAS, which shows in the last bit of a float32.
    different = np.flatnonzero(np.frombuffer(kept, np.uint8) != np.frombuffer(now, np.uint8))
    assert len(different) < 100
    for at in different:
        old, new = (struct.unpack_from("<f", data, at & ~3)[0] for data in (kept, now))
        assert abs(old - new) <= 2**-22 * abs(new)


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    """The program, built with the kernels of every instruction set of this machine."""
    if not (shutil.which("cmake") and shutil.which("ninja")):
        pytest.skip("needs cmake and ninja")
    build = tmp_path_factory.mktemp("selftest")
    options = ["-DCMAKE_BUILD_TYPE=Release", "-DDIGITCLI_MODULE=OFF", "-DDIGITCLI_SELFTEST=ON"]
    subprocess.run(["cmake", "-S", REPOSITORY, "-B", build, "-G", "Ninja", *options], check=True)
    subprocess.run(["cmake", "--build", build], check=True)
    return build / "digitcli-selftest"


def run(program, *arguments):
    return subprocess.run([program, *arguments], capture_output=True, text=True)


@pytest.mark.slow
def test_every_case_passes_on_every_instruction_set(program):
    done = run(program, GOLDEN)

    assert done.returncode == 0, done.stdout
    assert ", 0 failed; bits " in done.stdout


@pytest.mark.slow
def test_one_wrong_answer_of_the_oracle_makes_it_fail(program, tmp_path):
    data = bytearray(GOLDEN.read_bytes())
    data[-2] ^= 0x40  # the exponent of the last logit of the last network
    broken = tmp_path / "golden.bin"
    broken.write_bytes(data)

    done = run(program, broken)

    assert done.returncode == 1
    assert "FAIL int8 baseline network of one size more: value 29 is" in done.stdout


@pytest.mark.slow
def test_other_bits_than_those_of_another_machine_make_it_fail(program):
    done = run(program, GOLDEN, "0123456789abcdef")

    assert done.returncode == 1
    assert "FAIL the bits of 0123456789abcdef: they are " in done.stdout


@pytest.mark.slow
@pytest.mark.parametrize("content", [b"", b"text", GOLDEN.read_bytes()[:5000]])
def test_a_file_that_is_no_golden_file_is_refused(program, tmp_path, content):
    path = tmp_path / "golden.bin"
    path.write_bytes(content)

    done = run(program, path)

    assert (done.returncode, done.stdout) == (2, "")
    assert "cut off" in done.stderr or "no golden.bin" in done.stderr


# A kernel that is wrong in one place, and what must notice it.
MUTATIONS = {
    "a sum that leaves out its bias": ("kernels/product.h", "load(bias + c)", "F32{}"),
    "int8 rounded down": ("kernels/simd/int8.h", "F32{} + 255.0f);", "F32{} + 255.0f) - 0.5f;"),
    "a tap of Winograd's": ("kernels/winograd.h", "mul_add(5.25f, d[3]", "mul_add(5.24f, d[3]"),
    "a point of int8's": ("kernels/int8_points.h", "- (odd << 2)", "+ (odd << 2)"),
    "a pool that skips a row": ("kernels/pool.h", "row < rows", "row < rows - 1"),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", MUTATIONS)
def test_a_kernel_that_is_wrong_makes_it_fail(program, tmp_path, name):
    where, right, wrong = MUTATIONS[name]
    shutil.copytree(REPOSITORY / "cpp", tmp_path / "cpp")
    path = tmp_path / "cpp" / where
    source = path.read_text()
    assert right in source
    path.write_text(source.replace(right, wrong, 1))
    build = program.parent
    old = build / "CMakeFiles" / "kernels_baseline.dir" / "cpp" / "kernels" / "isa.cpp.o"
    mutant = tmp_path / "isa.o"
    flags = ["-std=c++20", "-O1", "-ffp-contract=off", "-fno-exceptions", "-fPIC", "-c"]
    place = ["-DDIGITCLI_ISA_NAME=baseline", f"-I{tmp_path / 'cpp'}"]
    source_file = tmp_path / "cpp" / "kernels" / "isa.cpp"
    subprocess.run(["g++", *flags, *place, source_file, "-o", mutant], check=True)
    others = [path for path in build.rglob("*.o") if path != old]
    subprocess.run(["g++", mutant, *others, "-pthread", "-o", tmp_path / "mutant"], check=True)

    done = run(tmp_path / "mutant", GOLDEN)

    assert done.returncode == 1, "nothing noticed"
    assert "baseline" in next(row for row in done.stdout.splitlines() if row.startswith("FAIL"))
