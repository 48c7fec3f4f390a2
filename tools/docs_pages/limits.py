"""What a setting may be, read from the checks that refuse everything else."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterator
from typing import Any

from digitcli.model import layers
from digitcli.training import recipes


def of_recipe() -> dict[str, str]:
    """Of each setting in `[training]` that is checked by a range or a choice."""
    return dict(_calls(recipes.Recipe.__post_init__, vars(recipes), first=0))


def of_layer(kind: type[Any]) -> dict[str, str]:
    """Of each setting of a layer."""
    return dict(_calls(kind.check, vars(layers), first=1))


def _calls(
    check: Callable[..., Any], names: dict[str, Any], *, first: int
) -> Iterator[tuple[str, str]]:
    """Each call of a check: the setting, its argument number `first`, and what is allowed."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(check)))
    loops = {"name": _loop_names(tree)}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        words = _WORDS.get(node.func.id.removeprefix("_check").removeprefix("_"))
        if words is None:
            continue
        values = [_value(argument, names) for argument in node.args[first + 2 :]]
        setting = node.args[first] if len(node.args) > first else None
        if node.func.id == "_check_dropout":
            yield "dropout", words(*values)
        elif isinstance(setting, ast.Constant):
            yield str(setting.value), words(*values)
        elif isinstance(setting, ast.Name):
            yield from ((name, words(*values)) for name in loops[setting.id])


def _loop_names(tree: ast.AST) -> list[str]:
    """What `for name in ("epochs", "steps")` goes through."""
    loops = (node for node in ast.walk(tree) if isinstance(node, ast.For))
    return [ast.literal_eval(item) for loop in loops for item in getattr(loop.iter, "elts", [])]


def _value(node: ast.AST, names: dict[str, Any]) -> Any:
    return eval(compile(ast.Expression(node), "", "eval"), names)  # type: ignore[arg-type]


def _whole(*ends: int) -> str:
    least, most = ends if len(ends) == 2 else (1, *ends)
    return f"whole number, {least:,} to {most:,}"


_WORDS: dict[str, Callable[..., str]] = {
    "whole": _whole,
    "number": lambda least, most: f"{least:g} to {most:g}",
    "choice": lambda choices: ", ".join(f'`"{one}"`' for one in choices),
    "flag": lambda: "`true`, `false`",
    "words": lambda what: f"list of {what}",
    "dropout": lambda: "0 to below 1",
}
