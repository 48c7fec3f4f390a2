"""Compiles the C++ reader and the float32 engine to WebAssembly, with Emscripten."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

CPP = Path(__file__).resolve().parents[2] / "cpp"
FOLDERS = "network", "network/float32", "network/winograd", "vision/page", "vision/picture", "wasm"

# As CMakeLists.txt compiles, but for size: one picture at a time is quick enough.
FLAGS = [
    *("-std=c++20", "-Os", "-msimd128", "-ffp-contract=off", f"-I{CPP}"),
    *("-DDIGITCLI_ISA_NAME=baseline", "-DDIGITCLI_FLOAT32_ONLY"),
    *("--no-entry", "-sALLOW_MEMORY_GROWTH", "-sFILESYSTEM=0", "-sMALLOC=emmalloc"),
]


def compile_module() -> bytes:
    """The module without JavaScript of Emscripten's: what it exports is in cpp/wasm/reader.cpp.

    Raises CalledProcessError where the compiler fails, FileNotFoundError without `emcc`.
    """
    sources = [path for folder in FOLDERS for path in sorted((CPP / folder).glob("*.cpp"))]
    with tempfile.TemporaryDirectory() as folder:
        module = Path(folder, "reader.wasm")
        command = ["emcc", *FLAGS, *sources, CPP / "kernels" / "isa.cpp", "-o", module]
        subprocess.run(command, check=True)
        return module.read_bytes()
