"""A `digitcli.card/1` document for people: what weights are and where they come from."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from rich import box
from rich.console import Group
from rich.filesize import decimal
from rich.table import Table
from rich.text import Text

from ..training.lengths import asked_for_of
from .kit.format import percent
from .kit.text import brief, visible

Card = Mapping[str, Any]

MISSING = "not recorded"


def render(card: Card) -> Group:
    """Facts in two columns, then the layers; readable from 60 columns."""
    names = dict.fromkeys([card["network"], card["weights"]])
    title = Text(brief(f"{', '.join(names)}, {card['precision']}"), "bold")
    facts = Table.grid(padding=(0, 2))
    facts.add_column(style="bold", no_wrap=True)
    facts.add_column(overflow="fold")
    for name, value in _facts(card):
        facts.add_row(name, Text(visible(value or MISSING), "" if value else "dim"))
    return Group(title, Text(), facts, Text(), _layers(card))


def _facts(card: Card) -> Iterator[tuple[str, str]]:
    if card["classes"] is not None:
        yield "classes", f"{len(card['classes'])}: {', '.join(card['classes'])}"
    yield "recipe", _pairs(_used(card["recipe"]))
    yield "length", _length(card)
    yield "seed", "" if card["seed"] is None else str(card["seed"])
    yield "data", _data(card["data"])
    if card["adapted"] is not None:
        yield "adapted", _adapted(card["adapted"])
    if card["imported"] is not None:
        yield "imported", _imported(card["imported"])
    yield "validation", _share(card["validation_accuracy"])
    yield "test", _test(card["test"], quantized=card["quantized"] is not None)
    if card["seeds"] is not None:
        yield "all seeds", _all_seeds(card["seeds"])
    yield "temperature", _temperature(card)
    yield from _scores(card["calibration"] or {})
    if card["quantized"] is not None:
        yield "quantised", _quantized(card["quantized"])
    yield "versions", _pairs(card["versions"])
    yield "device", card["device"] or ""
    yield "licence", card["licence"] or ""
    yield "parameters", f"{card['parameters']:,}"
    yield "operations", f"{card['flops'] / 1e6:.2f} MFLOP per picture, computed directly"
    yield "size", f"{decimal(card['bytes'])} ({card['bytes']:,} bytes)"
    yield "sha256", card["sha256"]


def _used(recipe: Card | None) -> Card | None:
    """The settings that are on, without those that have a line of their own."""
    elsewhere = {"seed", "epochs", "steps", "earlier"}
    if recipe and not recipe.get("teachers"):
        elsewhere |= {"teacher_share"}
    if recipe and not recipe.get("test_every_epoch"):
        elsewhere |= {"test_chunks"}
    return recipe and {
        key: value for key, value in recipe.items() if value and key not in elsewhere
    }


def _length(card: Card) -> str:
    counts = [(card["epochs"], "epochs"), (card["steps"], "steps")]
    done = ", ".join(f"{count:,} {unit}" for count, unit in counts if count is not None)
    asked = asked_for_of(card["recipe"] or {})
    return f"{done}; asked for: {asked}" if asked else done


def _data(data: Card | None) -> str:
    if not data:
        return ""
    return f"{data.get('name', '?')}, sha256 of its pictures {data.get('sha256') or MISSING}"


def _test(test: Card | None, quantized: bool) -> str:
    """Accuracy with its interval and data; a quantised file records that of its source."""
    if not test or not (accuracy := _share(test["accuracy"])):
        return ""
    shown = accuracy
    interval = test["interval"]
    if isinstance(interval, list) and len(interval) == 2 and all(map(_is_number, interval)):
        shown += f", 95 % interval {_share(interval[0])} to {_share(interval[1])}"
    if _is_number(test["n"]):
        shown += f", {test['n']:,} pictures"
    if test["data"]:
        shown += f" of {test['data']}"
    return f"{shown} (before it was quantised)" if quantized else shown


def _all_seeds(seeds: Card) -> str:
    """The accuracy of the runs of all seeds; this file is the best of them by validation."""
    test, together = seeds.get("test"), (seeds.get("ensemble") or {}).get("test")
    if not isinstance(test, Mapping) or not _is_number(test.get("mean")):
        return ""
    low, high = test.get("interval") or (None, None)
    shown = f"mean test accuracy of {seeds.get('count')} seeds {_share(test['mean'])}"
    shown += f", 95 % interval of the mean {_share(low)} to {_share(high)}"
    if isinstance(together, Mapping):
        shown += f"; all together {_share(together.get('accuracy'))}"
    return shown


def _temperature(card: Card) -> str:
    shown, found = f"{card['temperature']:.4g}", card["calibration"]
    if not found:
        return f"{shown}, its fit {MISSING}"
    shown += f", fitted on {_count(found.get('n'))} {found.get('split', 'validation')} pictures"
    return f"{shown} of {found['data']}" if found.get("data") else shown


def _scores(found: Card) -> Iterator[tuple[str, str]]:
    """Each calibration score before and after, where it is known."""
    names = {"ece": "ECE", "brier": "Brier score", "nll": "NLL"}
    for key, name in names.items():
        pair = [found.get(f"{key}_{when}") for when in ("before", "after")]
        if not all(map(_is_number, pair)):
            yield name, ""
        elif key == "ece":
            yield name, f"{_share(pair[0])} before, {_share(pair[1])} after"
        else:
            yield name, f"{pair[0]:.4f} before, {pair[1]:.4f} after"


def _adapted(facts: Card) -> str:
    """The number of pictures learnt, their writers, and the weights before."""
    origin, writers = facts.get("from"), facts.get("writers")
    start = origin.get("tensors_sha256") if isinstance(origin, Mapping) else None
    words = f"to {facts.get('pictures', '?')} pictures"
    if isinstance(writers, list) and writers:
        words += f" of {', '.join(map(str, writers))}"
    return f"{words}, from weights with sha256 {start}" if start else words


def _imported(facts: Card) -> str:
    """The file that the weights were made of, and the check."""
    check = facts.get("check")
    check = check if isinstance(check, Mapping) else {}
    return (
        f"from {facts.get('file', '?')} ({facts.get('format', '?')}) with sha256 "
        f"{facts.get('sha256', '?')}; {check.get('runtime', '?')} gave the same digit on "
        f"{check.get('equal_labels', '?')} of {check.get('pictures', '?')} pictures"
    )


def _quantized(found: Card) -> str:
    return f"on {_count(found.get('images'))} pictures, ranges of {found.get('method') or '?'}"


def _layers(card: Card) -> Table:
    table = Table(box=box.SIMPLE, show_edge=False, pad_edge=False, show_footer=True)
    table.add_column("layer", "all")
    table.add_column("kind")
    table.add_column("output", justify="right", no_wrap=True)
    table.add_column("parameters", f"{card['parameters']:,}", justify="right")
    table.add_column("MFLOP", f"{card['flops'] / 1e6:.2f}", justify="right")
    for layer in card["layers"]:
        shape = "x".join(map(str, layer["output"]))
        numbers = f"{layer['parameters']:,}", f"{layer['flops'] / 1e6:.2f}"
        table.add_row(layer["layer"], layer["kind"], shape, *numbers)
    return table


def _pairs(table: Card | None) -> str:
    """ "name value, name value"; nothing for no table."""
    return ", ".join(f"{name} {_plain(value)}" for name, value in (table or {}).items())


def _plain(value: object) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(value).replace('"', "")


def _is_number(value: Any) -> bool:
    """Whether `value` can be formatted as a float."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return False
    return abs(value) < 1e15


def _share(value: Any) -> str:
    return percent(value) if _is_number(value) else ""


def _count(value: Any) -> str:
    return f"{value:,}" if _is_number(value) else "?"
