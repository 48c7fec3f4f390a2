"""clang-cl takes the flags of every kernel, and compiles it without a warning.

It needs no Windows SDK: the headers of C that Clang's own ones name stand in a folder here.
"""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
ISAS = ["baseline", "avx2", "avxvnni", "avx512"]
STDLIB = """#pragma once
#include <stddef.h>
extern "C" { void* malloc(size_t); void free(void*); }
extern "C" { void* _aligned_malloc(size_t, size_t); void _aligned_free(void*); }
"""

pytestmark = pytest.mark.skipif(
    not all(map(shutil.which, ["clang", "cmake", "ninja", "llvm-lib", "llvm-rc"])),
    reason="needs clang, LLVM, cmake and ninja",
)


@pytest.fixture(scope="module")
def compiled(tmp_path_factory):
    """The compiler's command for each kernel."""
    folder = tmp_path_factory.mktemp("clang-cl")
    for name in ("stdlib.h", "malloc.h"):
        (folder / name).write_text(STDLIB)
    (folder / "clang-cl").symlink_to(shutil.which("clang"))
    options = {
        "CMAKE_SYSTEM_NAME": "Windows",
        "CMAKE_BUILD_TYPE": "Release",
        "CMAKE_CXX_COMPILER": folder / "clang-cl",
        "CMAKE_CXX_COMPILER_TARGET": "x86_64-pc-windows-msvc",
        "CMAKE_CXX_FLAGS": f"/imsvc {folder}",
        "CMAKE_TRY_COMPILE_TARGET_TYPE": "STATIC_LIBRARY",  # nothing that needs the SDK to link
        "CMAKE_EXPORT_COMPILE_COMMANDS": "ON",
        **{"CMAKE_RC_COMPILER": shutil.which("llvm-rc"), "CMAKE_MT": "true"},
        **{"DIGITCLI_MODULE": "OFF", "DIGITCLI_WERROR": "ON"},
    }
    command = ["cmake", "-G", "Ninja", "-S", REPOSITORY, "-B", folder / "build"]
    done = subprocess.run(
        [*command, *(f"-D{name}={value}" for name, value in options.items())],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads((folder / "build" / "compile_commands.json").read_text())
    return {
        isa: one for one in found for isa in ISAS if f"DIGITCLI_ISA_NAME={isa} " in one["command"]
    }


@pytest.mark.parametrize("isa", ISAS)
def test_clang_cl_compiles_a_kernel_without_a_warning(compiled, isa):
    one = compiled[isa]

    compiler, *options = shlex.split(one["command"])
    command = [compiler, "/clang:-fsyntax-only", *options]
    done = subprocess.run(command, cwd=one["directory"], capture_output=True, text=True)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "warning" not in done.stdout + done.stderr
