"""The result of `digitcli export`, for people."""

from __future__ import annotations

from typing import Any

from rich.text import Text

from ..export.export import DRAWN
from .kit.text import visible


def sentences(document: dict[str, Any]) -> Text:
    """A line about the file and a line about its check."""
    check = document["check"]
    path, size = visible(document["path"]), document["bytes"]
    what = ("text", "lines") if document["data"] == DRAWN else ("digit", "pictures")
    return Text(
        f"{path}: {visible(document['network'])} as {document['format']}, {size:,} bytes\n"
        f"checked: {check['runtime']} gives the same {what[0]} on {check['equal_labels']} of "
        f"{check['pictures']} {document['data']} {what[1]}; largest difference of two "
        f"probabilities {check['largest_difference']:.1e}"
    )
