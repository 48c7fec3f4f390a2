"""The result of `digitcli import`, for people."""

from __future__ import annotations

from typing import Any

from rich.text import Text

from ..model.foreign import WORDS
from .kit.text import visible


def sentences(document: dict[str, Any]) -> Text:
    """A line about the file, one about its pixels, one about its check."""
    path, name = visible(document["weights"]), visible(document["network"])
    what = WORDS[document["format"]]
    first = (
        f"{path}: {name} from {what}, {document['parameters']:,} parameters, "
        f"{document['bytes']:,} bytes"
    )
    check, pixels = document["check"], document["pixels"]
    if check is None:
        return Text(f"{first}\nchecked: every tensor's sha256 is the one in the file")
    return Text(
        f"{first}\n{_pixels(pixels)}{_choice(document)}\n"
        f"checked: {check['runtime']} gives the same digit on {check['equal_labels']:,} of "
        f"{check['pictures']:,} {document['data']} pictures; largest difference of two "
        f"probabilities {check['largest_difference']:.1e}; {document['right']:.1%} are right"
    )


def _pixels(pixels: dict[str, Any]) -> str:
    low, high = pixels["range"].split("-")
    text = f"pixels: {low} for paper to {high} for ink"
    if (pixels["mean"], pixels["std"]) == (0, 1):
        return text
    return f"{text}, less {pixels['mean']:g}, divided by {pixels['std']:g}"


def _choice(document: dict[str, Any]) -> str:
    """Why these pixels, where nobody said what the model takes."""
    tried = [f"{one['options']}: {one['right']:.1%}" for one in document["tried"]]
    if not tried:
        return ""
    return f"\nchosen by what is right of the first training pictures: {'; '.join(tried)}"
