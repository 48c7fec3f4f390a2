"""The result of `digitcli export`, for people."""

from __future__ import annotations

from typing import Any

from rich.text import Text

from ..model.spec import Task
from .kit.text import visible

_WORDS: dict[Task, tuple[str, str]] = {
    "digit": ("the same digit", "pictures"),
    "line": ("the same text", "lines"),
    "map": ("the same places of lines", "pages"),
}


def sentences(document: dict[str, Any], task: Task) -> Text:
    """A line about the file and a line about its check."""
    check = document["check"]
    path, size = visible(document["path"]), document["bytes"]
    same, pictures = _WORDS[task]
    return Text(
        f"{path}: {visible(document['network'])} as {document['format']}, {size:,} bytes\n"
        f"checked: {check['runtime']} gives {same} on {check['equal_labels']} of "
        f"{check['pictures']} {document['data']} {pictures}; largest difference of two "
        f"probabilities {check['largest_difference']:.1e}"
    )
