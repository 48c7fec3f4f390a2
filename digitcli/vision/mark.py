"""Ink that is no digit."""

from __future__ import annotations

from typing import Any, Literal, TypeAlias

from ..model.frozen import dataclass
from .normalize import Box

Kind: TypeAlias = Literal["dot", "comma", "dash", "slash", "other"]


@dataclass(frozen=True)
class Mark:
    """Ink that is no digit; `line` is -1 outside all lines."""

    kind: Kind
    box: Box
    line: int = -1

    def to_dict(self) -> dict[str, Any]:
        """The same as plain JSON."""
        return {**vars(self), "box": list(self.box)}
