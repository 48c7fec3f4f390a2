"""Options that take several values: `--batch 1,64,1024`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TypeVar

from ..errors import UsageError

MOST_VALUES = 32

Name = TypeVar("Name", bound=str)


def whole_numbers(option: str, text: str, *, least: int, most: int) -> tuple[int, ...]:
    """`text` as whole numbers from `least` to `most`, in the given order, without repetitions.

    Raises UsageError, naming the option and the first value that is not one.
    """
    values = _parts(option, text)
    for value in values:
        if not re.fullmatch(r"-?[0-9]{1,18}", value):
            raise UsageError(
                f"{option}: expected whole numbers separated by commas, got {value!r}",
                f"for example {option} 1,64,1024",
            )
        if not least <= int(value) <= most:
            raise UsageError(f"{option}: expected {least} to {most:,}, got {value}")
    return tuple(dict.fromkeys(int(value) for value in values))


def choices(
    option: str, text: str, known: Iterable[Name], *, or_none: bool = False
) -> tuple[Name, ...]:
    """`text` as names out of `known`, each once. With `or_none` the text "none" means no names."""
    values = _parts(option, text)
    if or_none and values == ["none"]:
        return ()
    names = {str(name): name for name in known}
    for value in values:
        if value not in names:
            choice = ", ".join(names) + (", or none" if or_none else "")
            raise UsageError(f"{option}: unknown name {value!r} (choose from: {choice})")
    return tuple(names[value] for value in dict.fromkeys(values))


def _parts(option: str, text: str) -> list[str]:
    values = [value.strip() for value in text.split(",")]
    if len(values) > MOST_VALUES:
        raise UsageError(f"{option}: {len(values)} values, at most {MOST_VALUES} expected")
    return values
