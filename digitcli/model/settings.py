"""What a setting of a preset means, kept at its definition for `preset show` and the reference."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from ..errors import ModelError
from .frozen import dataclass, field


def means(text: str, unit: str = "") -> dict[str, str]:
    """Metadata of a dataclass field that is a setting: its meaning and its unit, if it has one."""
    return {"meaning": text, "unit": unit}


def setting(default: Any, meaning: str, unit: str = "") -> Any:
    """A dataclass field with a default, or the type that makes it, that is a setting."""
    if isinstance(default, type):
        return field(default_factory=default, metadata=means(meaning, unit))
    return field(default=default, metadata=means(meaning, unit))


@dataclass(frozen=True)
class Setting:
    """A setting and its value, as JSON has it; `own` is False where the value is the default."""

    name: str
    value: Any
    own: bool
    unit: str
    meaning: str


def settings_of(group: Any, prefix: str = "") -> Iterator[Setting]:
    """The settings that the dataclass `group` defines, in order; `prefix` goes before each name.

    A field without `means` is no setting.
    """
    from dataclasses import MISSING, fields

    for one in fields(group):
        if "meaning" not in one.metadata:
            continue
        value = getattr(group, one.name)
        usual = one.default if one.default_factory is MISSING else one.default_factory()
        plain = list(value) if isinstance(value, tuple) else value
        texts = one.metadata["unit"], one.metadata["meaning"]
        yield Setting(prefix + one.name, plain, value != usual, *texts)


def refuse_unknown(where: str, table: Iterable[str], known: Iterable[str]) -> None:
    """Raise ModelError for the first key that is not known, with the nearest one that is."""
    known = list(known)
    for key in table:
        if key not in known:
            import difflib

            near = difflib.get_close_matches(str(key), known, n=1)
            hint = f"did you mean {near[0]}?" if near else f"valid names: {', '.join(known)}"
            raise ModelError(f"{where}: unknown setting {key!r}", hint=hint)
