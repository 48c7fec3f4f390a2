"""Which networks a server has, from the names it was given."""

from __future__ import annotations

from pathlib import Path

from ..errors import UsageError
from ..inference.engine import Engine
from ..model.weights import find_weights, load_weights
from ..model.zoo import DEFAULTS


def split_by_task(weights: tuple[str, ...]) -> tuple[list[str], list[str]]:
    """Names of networks that read digits, at least one, and of the others.

    Raises UsageError for a network that names other things.
    """
    specs = [(name, load_weights(find_weights(name)).spec) for name in weights]
    for name, spec in specs:
        if not spec.names_digits:
            raise UsageError(
                f"--weights: {name} names {len(spec.classes)} classes that are no digits",
                "serve reads digits; `digitcli predict` names pictures, `digitcli export` gives "
                "other servers the network",
            )
    tasks = [(name, spec.task) for name, spec in specs]
    digits = [name for name, task in tasks if task == "digit"]
    others = [name for name, task in tasks if task != "digit"]
    return digits or [DEFAULTS["digit"]], others


def engines_by_name(digits: list[str]) -> dict[str, Engine]:
    """An engine for each of the weights, by the name of its model."""
    engines: dict[str, Engine] = {}
    for weights in digits:
        engine = Engine(load_weights(find_weights(weights)))
        name = Path(weights).stem if Path(weights).suffix else Path(weights).name
        if name in engines:
            raise UsageError(
                f"--weights: two models have the name {name}", "give each once, or rename a file"
            )
        engines[name] = engine
    return engines
