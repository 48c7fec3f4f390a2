"""What Tab offers in a shell for options and arguments that take one of our names."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any, TypeAlias

Names: TypeAlias = Callable[[], Iterable[str]]


def attach(command: Any, path: tuple[str, ...]) -> None:
    """Have the parameters of a command offer their names; the shell itself offers files."""
    for parameter in command.params:
        offer = _ELSE.get((*path, parameter.name), _OFFERS.get(parameter.name))
        if offer is not None and parameter.type.name in ("str", "text"):
            parameter._custom_shell_complete = partial(_items, offer)


def _items(
    offer: Callable[[str], Iterable[str]], context: Any, parameter: Any, begun: str
) -> list[Any]:
    from typer._click.shell_completion import CompletionItem

    try:
        return [CompletionItem(name) for name in offer(begun) if name.startswith(begun)]
    except Exception:  # nothing may be printed into the line that is being typed
        return []


def _one(names: Names) -> Callable[[str], Iterable[str]]:
    return lambda begun: names()


def _several(names: Names) -> Callable[[str], Iterable[str]]:
    """Names with commas between: what follows the last comma is completed."""

    def offer(begun: str) -> Iterator[str]:
        before, comma, _ = begun.rpartition(",")
        given = before.split(",")
        return (before + comma + name for name in names() if name not in given)

    return offer


def _weights() -> Iterable[str]:
    from ...model.weights import bundled_names

    return bundled_names()


def _presets() -> Iterable[str]:
    from ...model.presets import preset_names

    return preset_names()


def _data_sets() -> Iterable[str]:
    from ...data.catalog import CATALOG

    return [dataset.name for dataset in CATALOG]


def _sources() -> Iterable[str]:
    from ...training.mixture.sources import SOURCES

    return [*_data_sets(), *SOURCES]


def _previews() -> Iterable[str]:
    return [*_sources(), "lines", "pages"]


def _runtimes() -> Iterable[str]:
    from ...bench.runtimes import PEERS

    return [*PEERS, "all", "none"]


def _precisions() -> Iterable[str]:
    from ...bench.runtimes import PRECISIONS

    return PRECISIONS


def _passes() -> Iterable[str]:
    from ...inference.plan import PASSES

    return [*PASSES, "none"]


def _checks() -> Iterable[str]:
    from ...vision.rules.checks import CHECKS

    return CHECKS


def _settings(begun: str) -> Iterable[str]:
    """KEY= of every setting; KEY=VALUE where a setting has a few values."""
    from typing import Literal, get_args, get_origin, get_type_hints

    from ...training.recipes import Recipe

    kinds = get_type_hints(Recipe)
    key, equals, _ = begun.partition("=")
    if not equals:
        return [f"{name}=" for name in _setting_names()]
    kind = kinds.get(key)
    if kind is bool:
        return [f"{key}=true", f"{key}=false"]
    return [f"{key}={value}" for value in get_args(kind)] if get_origin(kind) is Literal else []


def _setting_names() -> Iterator[str]:
    from ...model.settings import settings_of
    from ...training.augmentation import Augmentation
    from ...training.recipes import Recipe

    names = [one.name for one in settings_of(Recipe(epochs=1))]
    yield from (name for name in names if name not in ("augmentation", "mixture", "earlier"))
    yield from (one.name for one in settings_of(Augmentation(), "augmentation."))


# By the names of parameters, which mean the same in most commands that have them.
_OFFERS: dict[str, Callable[[str], Iterable[str]]] = {
    "weights": _one(_weights),
    "plan": _one(_weights),
    "preset": _one(_presets),
    "data": _several(_sources),
    "name": _one(_data_sets),
    "against": _several(_runtimes),
    "precision": _several(_precisions),
    "without": _several(_passes),
    "check": _one(_checks),
    "settings": _settings,
}
_ELSE = {
    ("preset", "show", "name"): _one(_presets),
    ("data", "preview", "name"): _one(_previews),
}
