"""Weights that ship with digitcli."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..spec import Task

DEFAULT = "reader"  # what commands take that read single digits
DEFAULTS: dict[Task, str] = {"digit": DEFAULT, "line": "line", "map": "finder"}
