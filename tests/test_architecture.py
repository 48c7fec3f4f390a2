"""The shape of the code, held by reading it: who imports whom, who may use what."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]
PACKAGE = REPOSITORY / "digitcli"

# A room imports from lower rows only, never sideways. A new room fails until it has a row.
ROWS = [
    {"arguments", "errors", "interrupt", "log", "signs", "thread_locks", "version"},
    {"files", "_core"},
    {"data", "model", "machine"},
    {"inference"},
    {"vision", "evaluation"},  # training measures itself with evaluation's metrics
    {"training", "bench", "conversion", "diagnosis"},
    {"report"},
    {"api", "batch", "serve"},
    {"cli"},
    {"__init__", "__main__"},  # the package's face
]
ROW = {room: row for row, rooms in enumerate(ROWS) for room in rooms}

# Packages with one home. A path that ends in a slash is a folder.
OWNERS = {
    "tensorflow": ("training/", "bench/runtimes/", "conversion/"),
    "keras": ("training/", "bench/runtimes/", "conversion/"),
    "tensorboard": ("training/run/events.py",),
    "onnx": ("conversion/",),
    "onnxruntime": ("bench/runtimes/", "conversion/"),
    "openvino": ("bench/runtimes/",),
    "torch": ("bench/runtimes/",),
    "ai_edge_litert": ("bench/runtimes/", "conversion/"),
    "MNN": ("bench/runtimes/mnn.py",),
    "_tools": ("bench/runtimes/mnn.py",),
    "cv2": ("bench/runtimes/opencv.py",),
    "executorch": ("bench/runtimes/executorch.py",),
    "torchao": ("bench/runtimes/executorch.py",),
    "h5py": ("conversion/incoming/",),
    "safetensors": ("conversion/safetensors_file.py",),
    "pypdfium2": ("vision/files/documents/pdf_process.py",),
    "pillow_heif": ("vision/files/pillow.py",),
    "typer": ("cli/",),
    "starlette": ("serve/",),
    "uvicorn": ("serve/",),
    "httptools": ("serve/",),
    "prometheus_client": ("serve/",),
    "python_multipart": ("serve/",),
    "rich": ("cli/", "report/"),
    "matplotlib": ("report/",),
    "pyarrow": ("batch/", "report/predict/rows.py", "vision/labelled/parquet.py"),
    "fsspec": ("batch/",),
    "ray": ("batch/",),
    "jinja2": ("report/kit/markup.py",),
    "markupsafe": ("report/kit/markup.py",),
    "PIL": (
        *(
            "vision/files/pillow.py",
            "report/contact_sheet.py",
            "report/drawn_sheet.py",
            "report/kit/marked.py",
            "report/sheet.py",
            "report/show/blocks.py",
        ),
        "report/predict/sketch.py",
        *(
            "data/drawn/fonts.py",
            "data/drawn/outliers.py",
            "data/drawn/paper.py",
            "data/lines/",
            "data/pages/",
        ),
    ),
    "digitcli._core": (
        *("data/idx.py", "data/inflate.py", "inference/", "machine/peaks.py", "model/weights.py"),
        *("vision/files/grey.py", "vision/sheet/corners.py", "vision/line_picture.py"),
        *("vision/finding/", "vision/normalize.py", "vision/classes/"),
        *("vision/columns/", "vision/forms/", "vision/page.py"),
    ),
}

SOURCES = sorted(path.relative_to(PACKAGE).as_posix() for path in PACKAGE.rglob("*.py"))


parsed = cache(ast.parse)  # the same sources for every rule


@cache
def text_of(where: str) -> str:
    return (PACKAGE / where).read_text()


@cache
def imports_of(source: str, where: str) -> tuple[str, ...]:
    """Absolute names of everything that Python `source` at `where` in the package imports.

    `from ..data import idx` in `cli/fetch.py` gives `digitcli.data.idx`.
    """
    package = ["digitcli", *where.split("/")[:-1]]
    found: list[str] = []
    for node in ast.walk(parsed(source)):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *([node.module] if node.module else [])])
            found += [f"{module}.{alias.name}" for alias in node.names]
    return tuple(found)


def room_of(where: str) -> str:
    return where.split("/")[0].removesuffix(".py")


def rooms_used(names: Iterable[str]) -> set[str]:
    """Rooms among `names`; `digitcli.__version__` and the like belong to none."""
    inner = [name.split(".") for name in names if name.startswith("digitcli.")]
    return {parts[1] for parts in inner if not parts[1].startswith("__")}


def owns(where: str, homes: tuple[str, ...]) -> bool:
    return any(where.startswith(home) if home.endswith("/") else where == home for home in homes)


def test_every_room_has_a_row():
    assert {room_of(where) for where in SOURCES} <= set(ROW), "decide in ROWS who may import it"


def test_a_room_imports_only_from_lower_rows():
    used = {where: rooms_used(imports_of(text_of(where), where)) for where in SOURCES}
    row = {where: ROW[room_of(where)] for where in SOURCES}
    wrong = [
        f"{where}: {room}"
        for where, rooms in used.items()
        for room in rooms - {room_of(where)}
        if ROW[room] >= row[where]
    ]

    assert wrong == [], "same row or above"


def modules_used(where: str) -> set[str]:
    """Python files of ours that `where` imports, at its top or later."""
    names = imports_of(text_of(where), where)
    parts = [name.split(".")[1:] for name in names if name.startswith("digitcli.")]
    parts = [name for name in parts if name[0] != "_core"]
    return {found for name in parts if (found := module_of(name)) != where}


def module_of(parts: list[str]) -> str:
    """The source file that holds the name `parts`: `data.idx.parse` is in data/idx.py."""
    while parts:
        path = "/".join(parts)
        for file in (f"{path}.py", f"{path}/__init__.py"):
            if (PACKAGE / file).exists():
                return file
        parts = parts[:-1]
    return "__init__.py"


def circles(graph: dict[str, set[str]]) -> list[list[str]]:
    """Modules that import each other, directly or by way of others: none is left to start with."""
    graph = dict(graph)
    while leaves := {name for name, used in graph.items() if not used & graph.keys()}:
        graph = {name: used for name, used in graph.items() if name not in leaves}
    while roots := graph.keys() - {name for used in graph.values() for name in used}:
        graph = {name: used for name, used in graph.items() if name not in roots}
    return [sorted(graph)] if graph else []


def test_no_modules_import_each_other_in_a_circle():
    assert circles({where: modules_used(where) for where in SOURCES}) == []


def test_a_circle_is_found():
    graph = {"a": {"b"}, "b": {"c"}, "c": {"b", "d"}, "d": set(), "e": {"a"}}

    assert circles(graph) == [["b", "c"]]


MOST_FILES = 20  # in one folder: what a stranger takes in at a glance


@pytest.mark.parametrize("root", ["cpp", "digitcli", "tests"])
def test_no_folder_is_crowded(root):
    folders = [REPOSITORY / root, *(p for p in (REPOSITORY / root).rglob("*") if p.is_dir())]
    counts = {
        folder.relative_to(REPOSITORY).as_posix(): sum(path.is_file() for path in folder.iterdir())
        for folder in folders
        if folder.name != "__pycache__"
    }

    assert {folder: count for folder, count in counts.items() if count > MOST_FILES} == {}


@pytest.mark.parametrize("package", OWNERS)
def test_a_heavy_package_is_imported_only_by_its_owners(package):
    users = [
        where
        for where in SOURCES
        for name in imports_of(text_of(where), where)
        if f"{name}.".startswith(f"{package}.")
    ]

    assert [where for where in users if not owns(where, OWNERS[package])] == []


def test_nothing_calls_print():
    """What a user reads goes through the consoles of cli and report."""
    prints = [
        f"{where}:{node.lineno}"
        for where in SOURCES
        for node in ast.walk(parsed(text_of(where)))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "print"
    ]

    assert prints == []


def test_imports_are_read_in_every_form():
    source = """
import numpy as np, digitcli.data.idx
from ..data import idx
from .. import files, __version__
from . import console
def f():
    from ...model.spec import NetworkSpec
"""
    names = imports_of(source, "bench/runtimes/keras.py")

    assert names == (
        "numpy",
        "digitcli.data.idx",
        "digitcli.bench.data.idx",
        "digitcli.bench.files",
        "digitcli.bench.__version__",
        "digitcli.bench.runtimes.console",
        "digitcli.model.spec.NetworkSpec",
    )
    assert rooms_used(names) == {"data", "bench", "model"}


@pytest.mark.parametrize("name", ["digitcli", "digitcli.cli.app", "digitcli.cli.commands"])
def test_importing_loads_neither_numpy_nor_tensorflow(name, tmp_path):
    assert heavy_modules_after(f"import {name}", tmp_path) == "[]"


def test_no_help_page_loads_numpy_or_tensorflow(tmp_path):
    code = """
import contextlib, io
import digitcli.cli.app as cli
from digitcli.cli.commands import COMMANDS
with contextlib.redirect_stdout(io.StringIO()):
    for arguments in [[], *([name] for name in COMMANDS)]:
        assert cli.main([*arguments, "--help"]) == 0, arguments
"""
    assert heavy_modules_after(code, tmp_path) == "[]"


def heavy_modules_after(code: str, folder: Path) -> str:
    """The heavy modules that a fresh interpreter has loaded once it ran `code`."""
    heavy = {"numpy", "tensorflow", "keras", "matplotlib", "jinja2", "PIL", "digitcli._core"}
    heavy |= {"onnx", "onnxruntime", "openvino", "torch", "ai_edge_litert", "h5py", "safetensors"}
    heavy |= {"pyarrow", "ray", "MNN", "cv2", "executorch"}
    code += f"\nimport sys; print(sorted({heavy} & set(sys.modules)))"
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder, check=True)
    return done.stdout.strip()
