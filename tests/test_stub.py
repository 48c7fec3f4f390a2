"""`_core.pyi` says what the C++ module really offers."""

from __future__ import annotations

import ast
import inspect
import re
import subprocess
import sys
import types
from collections.abc import Iterator
from pathlib import Path

import pytest

from digitcli import _core

STUB = Path(__file__).resolve().parents[1] / "digitcli" / "_core.pyi"

METACLASS = type(_core.Engine)
Function = ast.FunctionDef | ast.AsyncFunctionDef


def test_stub_and_module_have_the_same_names():
    module = {name for name in vars(_core) if not name.startswith("__")}
    stub = defined(ast.parse(STUB.read_text()).body)

    assert {name for name in stub if not name.startswith("__")} == module
    for name, body in stub.items():
        if isinstance(kind := vars(_core).get(name), type):
            there = {member for member in vars(kind) if not member.startswith("_")}
            assert {one for one in defined(body) if not one.startswith("_")} == there, name


def defined(body: list[ast.stmt]) -> dict[str, list[ast.stmt]]:
    """What a stub's `body` defines by name, and the bodies of its classes."""
    found: dict[str, list[ast.stmt]] = {}
    for node in body:
        if isinstance(node, ast.ClassDef | Function):
            found[node.name] = node.body
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            found[node.target.id] = []
    return found


@pytest.mark.slow
def test_stub_and_module_have_the_same_members(tmp_path):
    """mypy's own stubtest: names, kinds, and signatures where the module tells them."""
    # A class of pybind11 has a metaclass that no stub can name, and one that Python cannot make has
    # a constructor that refuses; all its other members are compared.
    bound = {name: kind for name, kind in vars(_core).items() if isinstance(kind, METACLASS)}
    closed = [f"{name}.__init__" for name, kind in bound.items() if is_slot(kind.__init__)]
    allowed = tmp_path / "allowed"
    allowed.write_text("".join(f"digitcli._core.{name}\n" for name in [*bound, *closed]))
    command = [sys.executable, "-m", "mypy.stubtest", "digitcli._core", "--allowlist", str(allowed)]

    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)

    assert done.returncode == 0, done.stdout + done.stderr


def is_slot(member: object) -> bool:
    """Is this what every class has, and not a function of ours?"""
    return isinstance(member, types.WrapperDescriptorType)


def stub_functions(body: list[ast.stmt], prefix: str = "") -> Iterator[tuple[str, Function]]:
    """("Engine.run", its definition) for all functions and methods in the stub."""
    for node in body:
        if isinstance(node, ast.ClassDef):
            yield from stub_functions(node.body, f"{prefix}{node.name}.")
        elif isinstance(node, Function):
            yield f"{prefix}{node.name}", node


def is_property(node: Function) -> bool:
    return any(isinstance(name, ast.Name) and name.id == "property" for name in node.decorator_list)


def names_in_stub(node: Function) -> list[str]:
    """Names of the arguments; `self` is left out, positional-only ones have theirs too."""
    arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
    return [argument.arg for argument in arguments if argument.arg != "self"]


def names_in_docstring(doc: str) -> list[str]:
    """Argument names from pybind11's first line: `run(self: Engine, images: buffer, *, n: int)`."""
    inside = re.match(r"\w+\((.*)\) ->", doc.splitlines()[0])
    assert inside is not None, doc
    flat = inside[1]
    while (shorter := re.sub(r"\[[^\[\]]*\]|\([^()]*\)|'[^']*'", "", flat)) != flat:
        flat = shorter
    names = [part.split(":")[0].split("=")[0].strip() for part in flat.split(",")]
    return [name for name in names if name not in ("", "*", "/", "self")]


FUNCTIONS = {
    name: node
    for name, node in stub_functions(ast.parse(STUB.read_text()).body)
    if not is_property(node)
}


@pytest.mark.parametrize("name", FUNCTIONS)
def test_argument_names_are_those_of_the_module(name):
    member: object = _core
    for part in name.split("."):
        member = inspect.getattr_static(member, part)
    doc = getattr(member, "__doc__", None) or getattr(member, "__func__", member).__doc__

    assert names_in_stub(FUNCTIONS[name]) == names_in_docstring(doc)


def test_a_docstring_gives_its_argument_names():
    doc = (
        "run(self: digitcli._core.Engine, images: numpy.ndarray[numpy.uint8], *, "
        "threads: typing.SupportsInt = 1, how: dict[str, int] = {}, isa: str = 'a, b') -> None\n"
    )

    assert names_in_docstring(doc) == ["images", "threads", "how", "isa"]
