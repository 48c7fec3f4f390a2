"""Ink that is no digit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from .normalize import Box

Kind: TypeAlias = Literal["dot", "comma", "dash", "slash", "other"]


@dataclass(frozen=True)
class Mark:
    """Ink that is no digit; `line` is -1 outside all lines."""

    kind: Kind
    box: Box
    line: int = -1
