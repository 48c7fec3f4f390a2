"""One object per instruction set exports one symbol, so the linker cannot mix instruction sets."""

from __future__ import annotations

import platform
import re
import shlex
import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]
ISAS = (REPOSITORY / "cmake" / "isas.cmake").read_text()
FLAGS = (REPOSITORY / "cmake" / "flags.cmake").read_text()
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


def symbols(isa: str, *extra: str) -> list[tuple[str, str]]:
    """Compile the kernels for one ISA and list (kind, demangled name) of global symbols."""
    compiler = ["g++", "-std=c++20", "-fPIC", "-fvisibility=hidden", "-ffp-contract=off", "-c"]
    source = REPOSITORY / "cpp" / "kernels" / "isa.cpp"
    place = [f"-DDIGITCLI_ISA_NAME={isa}", f"-I{REPOSITORY / 'cpp'}", str(source)]
    flags = [*isa_flags()[isa], *kernel_options(), *extra]
    with TemporaryDirectory() as folder:
        unit = str(Path(folder) / f"{isa}.o")
        subprocess.run([*compiler, *flags, *place, "-o", unit], check=True)
        listing = subprocess.run(
            ["nm", "--demangle", "--extern-only", unit], capture_output=True, text=True, check=True
        )
    rows = [re.fullmatch(r"(?:[0-9a-f]+)?\s+(\w) (.*)", row) for row in listing.stdout.splitlines()]
    return [(row[1], row[2].removesuffix("()")) for row in rows if row]


def test_the_table_of_isas_was_found():
    assert set(isa_flags()) >= ({"baseline", "avx2", "avx512"} if X86 else {"baseline"})
    assert "-mavx2" in isa_flags().get("avx2", ["-mavx2"])
    assert "-O3" in kernel_options()


# -O0 inlines nothing: an inline function that is not in an anonymous namespace shows itself.
@pytest.mark.parametrize("extra", [[], ["-O0"]], ids=["as-shipped", "O0"])
@pytest.mark.parametrize("isa", isa_flags())
def test_an_isa_object_defines_one_symbol_none_of_them_weak_and_calls_nothing_but_c(isa, extra):
    found = symbols(isa, *extra)

    defined = [(kind, name) for kind, name in found if kind not in "Uwv"]
    needed = [name for kind, name in found if kind in "Uwv"]

    assert [name for _, name in defined] == [f"digitcli::kernels_{isa}"], defined
    assert [kind for kind, _ in defined if kind in "WVu"] == []
    assert [name for name in needed if not re.fullmatch(r"\w+", name)] == []
