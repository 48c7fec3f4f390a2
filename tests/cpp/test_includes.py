"""The shape of the C++ code: what includes what, who may use what."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
CPP = REPOSITORY / "cpp"
CPP_SOURCES = sorted(
    path.relative_to(CPP).as_posix() for path in CPP.rglob("*") if path.suffix in (".h", ".cpp")
)


def code_of(path: Path) -> str:
    """C++ source without its comments."""
    return re.sub(r"//[^\n]*|/\*.*?\*/", "", path.read_text(), flags=re.DOTALL)


def includes_of(path: Path) -> set[str]:
    return set(re.findall(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', code_of(path), re.MULTILINE))


# A folder of C++ includes only from these, and from itself.
CPP_MAY_INCLUDE = {
    "kernels": {"kernels/simd"},
    "kernels/simd": set(),
    "base": {"kernels"},
    "files": {"base"},
    "network": {"base", "kernels"},
    "network/winograd": {"base", "kernels", "network"},
    "network/float32": {"base", "kernels", "network", "network/winograd"},
    "network/int8": {"base", "kernels", "network", "network/winograd"},
    "vision/ctc": set(),
    "vision/line": {"base", "vision/picture"},
    "vision/picture": set(),
    "vision/find": {"base", "vision/picture"},
    "vision/page": {"vision/picture"},
    "bindings": {
        *("base", "files", "network", "network/float32", "network/int8"),
        *("vision/ctc", "vision/find", "vision/line", "vision/page", "vision/picture"),
    },
    "fuzz": {
        *("base", "files", "network", "network/float32", "network/int8"),
        *("vision/ctc", "vision/find", "vision/line", "vision/page", "vision/picture"),
    },
    "selftest": {"base", "kernels", "network", "network/float32", "network/int8"},
    "wasm": {
        *("base", "kernels", "network", "network/float32", "vision/page", "vision/picture"),
    },
}


@pytest.mark.parametrize("where", CPP_SOURCES)
def test_a_folder_of_cpp_includes_only_from_its_own_foundations(where):
    folder = where.rpartition("/")[0]
    ours = {name.rpartition("/")[0] for name in includes_of(CPP / where) if name in CPP_SOURCES}

    assert folder in CPP_MAY_INCLUDE, f"{folder} is new: decide what it may include"
    assert ours - {folder} <= CPP_MAY_INCLUDE[folder]


@pytest.mark.parametrize("where", CPP_SOURCES)
def test_includes_of_ours_are_whole_paths(where):
    quoted = re.findall(r'#\s*include\s*"([^"]+)"', code_of(CPP / where))

    assert set(quoted) <= set(CPP_SOURCES)


@pytest.mark.parametrize("where", CPP_SOURCES)
def test_only_the_bindings_know_python(where):
    binds = any(name.startswith(("pybind11", "Python.h")) for name in includes_of(CPP / where))

    assert not binds or where.startswith("bindings/"), "pybind11 belongs to bindings/"


@pytest.mark.parametrize("where", CPP_SOURCES)
def test_only_the_dialect_names_intrinsics_or_asks_for_an_isa(where):
    found = re.findall(
        r"\b_mm\d*_\w+|\w*intrin\.h|\barm_neon\.h|\b__(?:AVX|SSE|FMA|ARM|BMI)\w*",
        code_of(CPP / where),
    )

    assert not found or where.startswith("kernels/simd/"), f"belongs to simd/: {set(found)}"


C_HEADERS = {"stddef.h", "stdint.h", "string.h", "math.h", "float.h", "limits.h", "assert.h"}


@pytest.mark.parametrize("where", [name for name in CPP_SOURCES if name.startswith("kernels/")])
def test_kernels_include_only_their_own_and_c_headers(where):
    allowed = C_HEADERS | {str(path.relative_to(CPP)) for path in (CPP / "kernels").rglob("*.h")}
    if where == "kernels/simd/float32.h":
        allowed |= {"immintrin.h", "arm_neon.h"}

    assert includes_of(CPP / where) <= allowed


@pytest.mark.parametrize("where", [name for name in CPP_SOURCES if name.startswith("kernels/")])
def test_kernels_use_nothing_of_the_standard_library(where):
    assert "std::" not in code_of(CPP / where), "one shared inline function mixes the ISAs"
