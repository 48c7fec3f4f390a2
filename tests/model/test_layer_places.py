"""CONTRIBUTING.md names every file that a new kind of layer has to visit."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from digitcli.model.layers import KINDS

REPOSITORY = Path(__file__).resolve().parents[2]
HOME = "digitcli/model/layers.py"  # defines them
OURS = "digitcli.model.layers"
CLASSES = {kind.__name__ for kind in KINDS.values()}
SOURCES = [
    path for room in ("digitcli", "benchmarks") for path in (REPOSITORY / room).rglob("*.py")
]

Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions_about_layers(source: str) -> list[Function]:
    """Functions that name two or more kinds of layers; `keras.layers.Dense` is none of ours."""
    if sum(name in source for name in CLASSES) < 2:
        return []  # without parsing it
    tree = ast.parse(source)
    ours = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module in ("layers", "model.layers", OURS)
        for alias in node.names
        if alias.name in CLASSES
    }
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, Function) and len(names_in(node) & ours) >= 2
    ]


def names_in(node: ast.AST) -> set[str]:
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}


@cache
def places() -> dict[str, list[Function]]:
    """File, relative to the repository: its functions that know layers."""
    found = {}
    for path in SOURCES:
        where = path.relative_to(REPOSITORY).as_posix()
        if where != HOME and (functions := functions_about_layers(path.read_text("utf-8"))):
            found[where] = functions
    return found


def listed() -> set[str]:
    """Python files of the package that the section "a kind of layer" names, but for their home."""
    text = (REPOSITORY / "CONTRIBUTING.md").read_text("utf-8")
    section = re.split(r"^#+ a kind of layer$", text, flags=re.MULTILINE)[1]
    section = re.split(r"^#+ ", section, flags=re.MULTILINE)[0]
    return set(re.findall(r"`((?:digitcli|benchmarks)/[\w/]+\.py)`", section)) - {HOME}


def test_the_list_for_a_new_kind_of_layer_is_complete_and_has_nothing_else():
    assert listed() == set(places())


@pytest.mark.parametrize("where", sorted(places()))
def test_every_function_about_layers_fails_the_type_check_without_a_new_kind(where):
    for function in places()[where]:
        assert "assert_never" in names_in(function), f"{where}: {function.name}"


def test_keras_layers_and_single_kinds_are_not_counted():
    source = """
from ..model.layers import Conv, Dense as Full
def one(layer): return isinstance(layer, Conv)
def both(layer): return isinstance(layer, (Conv, Full))
def others(): return keras.layers.Conv, keras.layers.Dense
"""
    assert [function.name for function in functions_about_layers(source)] == ["both"]
