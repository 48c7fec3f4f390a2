"""The shape of the C++ code: what includes what, who may use what."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
CPP = REPOSITORY / "cpp"
CPP_SOURCES = sorted(
    path.relative_to(CPP).as_posix() for path in CPP.rglob("*") if path.suffix in (".h", ".cpp")
)


@cache
def code_of(where: str) -> str:
    """C++ source without its comments."""
    return re.sub(r"//[^\n]*|/\*.*?\*/", "", (CPP / where).read_text(), flags=re.DOTALL)


def includes_of(where: str) -> set[str]:
    return set(re.findall(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', code_of(where), re.MULTILINE))


def folder_of(where: str) -> str:
    return where.rpartition("/")[0]


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


def test_every_folder_of_cpp_says_what_it_may_include():
    assert {folder_of(where) for where in CPP_SOURCES} == set(CPP_MAY_INCLUDE)


def test_a_folder_of_cpp_includes_only_from_its_own_foundations():
    wrong = [
        f"{where}: {name}"
        for where in CPP_SOURCES
        for name in includes_of(where) & set(CPP_SOURCES)
        if folder_of(name) not in CPP_MAY_INCLUDE[folder_of(where)] | {folder_of(where)}
    ]

    assert wrong == []


def test_includes_of_ours_are_whole_paths():
    quoted = {
        where: set(re.findall(r'#\s*include\s*"([^"]+)"', code_of(where))) for where in CPP_SOURCES
    }

    assert {w: found for w, found in quoted.items() if not found <= set(CPP_SOURCES)} == {}


def test_only_the_bindings_know_python():
    binds = {
        folder_of(where)
        for where in CPP_SOURCES
        if any(name.startswith(("pybind11", "Python.h")) for name in includes_of(where))
    }

    assert binds == {"bindings"}


INTRINSICS = r"\b_mm\d*_\w+|\w*intrin\.h|\barm_neon\.h|\b__(?:AVX|SSE|FMA|ARM|BMI)\w*"


def test_only_the_dialect_names_intrinsics_or_asks_for_an_isa():
    named = {folder_of(where) for where in CPP_SOURCES if re.search(INTRINSICS, code_of(where))}

    assert named == {"kernels/simd"}


C_HEADERS = {"stddef.h", "stdint.h", "string.h", "math.h", "float.h", "limits.h", "assert.h"}
KERNELS = [name for name in CPP_SOURCES if name.startswith("kernels/")]


def test_kernels_include_only_their_own_and_c_headers():
    allowed = C_HEADERS | {name for name in KERNELS if name.endswith(".h")}
    used = {where: includes_of(where) - allowed for where in KERNELS}

    assert {where: names for where, names in used.items() if names} == {
        "kernels/simd/float32.h": {"immintrin.h", "arm_neon.h"}
    }


def test_kernels_use_nothing_of_the_standard_library():
    """One shared inline function would mix the ISAs."""
    assert [where for where in KERNELS if "std::" in code_of(where)] == []
