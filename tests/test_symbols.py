"""One object per instruction set exports one symbol, so the linker cannot mix instruction sets."""

from __future__ import annotations

import platform
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]
SOURCE = REPOSITORY / "cpp" / "kernels" / "isa.cpp"
ISAS = (REPOSITORY / "cmake" / "isas.cmake").read_text()
FLAGS = (REPOSITORY / "cmake" / "flags.cmake").read_text()
PYTHON = f"cp{sys.version_info.major}{sys.version_info.minor}-*"  # folders of its builds
X86 = platform.machine() in ("x86_64", "AMD64")

pytestmark = pytest.mark.skipif(
    not (shutil.which("g++") and shutil.which("nm")), reason="needs g++ and nm (binutils)"
)


def isa_flags() -> dict[str, list[str]]:
    """The rows `name|flags` of the table in isas.cmake that this processor compiles."""
    rows = {name: flags.split() for name, flags in re.findall(r'"(\w+)\|(|-[^"]*)"', ISAS)}
    of_arm = {name for name, flags in rows.items() if "-march=arm" in " ".join(flags)}
    return {name: flags for name, flags in rows.items() if not flags or (name in of_arm) != X86}


def kernel_options() -> list[str]:
    """The options that flags.cmake gives to every kernel object of GCC."""
    options = re.findall(r"set\(DIGITCLI_KERNEL(?:_SPEED)? (-[^)]*)\)", FLAGS)
    return shlex.split(" ".join(options))


def test_kernel_options_come_behind_those_of_every_source():
    """Of two that exclude each other, such as -O2 and -O3, the compiler takes the last."""
    links = re.findall(r"target_link_libraries\(kernels_\S+ PRIVATE ([^)]*)\)", ISAS)

    assert links == ["digitcli_flags digitcli_kernel_flags"]


def compiled(isa: str, unit: Path, *extra: str) -> Path:
    """Compile the kernels for one ISA as CMake does, to the object file `unit`."""
    compiler = ["g++", "-std=c++20", "-fPIC", "-fvisibility=hidden", "-ffp-contract=off", "-c"]
    place = [f"-DDIGITCLI_ISA_NAME={isa}", f"-I{REPOSITORY / 'cpp'}", str(SOURCE), "-o", str(unit)]
    subprocess.run([*compiler, *isa_flags()[isa], *kernel_options(), *extra, *place], check=True)
    return unit


def shipped(isa: str) -> Path | None:
    """The object that `make` linked into this Python's module; None if sources are newer."""
    sources = [*(REPOSITORY / "cpp").rglob("*.[ch]*"), *(REPOSITORY / "cmake").iterdir()]
    built = REPOSITORY.glob(f"build/{PYTHON}/CMakeFiles/kernels_{isa}.dir/cpp/kernels/isa.cpp.o")
    newest = max(built, key=lambda path: path.stat().st_mtime, default=None)
    made = newest.stat().st_mtime if newest else 0
    return newest if made > max(path.stat().st_mtime for path in sources) else None


def symbols(unit: Path) -> list[tuple[str, str]]:
    """(kind, demangled name) of the global symbols of an object file."""
    command = ["nm", "--demangle", "--extern-only", str(unit)]
    listing = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    rows = [re.fullmatch(r"(?:[0-9a-f]+)?\s+(\w) (.*)", row) for row in listing.splitlines()]
    return [(row[1], row[2].removesuffix("()")) for row in rows if row]


def test_the_table_of_isas_was_found():
    assert set(isa_flags()) >= ({"baseline", "avx2", "avx512"} if X86 else {"baseline"})
    assert "-mavx2" in isa_flags().get("avx2", ["-mavx2"])
    assert "-O3" in kernel_options()


# -O0 inlines nothing: an inline function that is not in an anonymous namespace shows itself.
@pytest.mark.parametrize("extra", [[], ["-O0"]], ids=["as-shipped", "O0"])
@pytest.mark.parametrize("isa", isa_flags())
def test_an_isa_object_defines_one_symbol_none_of_them_weak_and_calls_nothing_but_c(
    isa, extra, tmp_path
):
    ready = None if extra else shipped(isa)
    found = symbols(ready or compiled(isa, tmp_path / f"{isa}.o", *extra))

    defined = [(kind, name) for kind, name in found if kind not in "Uwv"]
    needed = [name for kind, name in found if kind in "Uwv"]

    assert [name for _, name in defined] == [f"digitcli::kernels_{isa}"], defined
    assert [kind for kind, _ in defined if kind in "WVu"] == []
    assert [name for name in needed if not re.fullmatch(r"\w+", name)] == []
