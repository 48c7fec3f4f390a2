"""Numbers that somebody should look at, the least sure first, and what they really are."""

from __future__ import annotations

import csv
import json
from base64 import b64encode
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

from ..errors import DataError
from ..files.opening import read_regular
from ..vision.files.decode import Limits
from ..vision.files.picture import pixels_of_source
from ..vision.files.pillow import png_of
from ..vision.files.pixels import Pixels, cut, size_of
from .corrections import Corrections
from .refusal import RefusedError

Box = tuple[int, int, int, int]

_MOST_BYTES = 256 << 20  # of a list
_CONTEXT = 2.0  # heights of a number: what is shown around it
_ROOM = 0.25  # heights around a number in the picture that is kept of it
_LEAST = 12  # pixels of either


@dataclass(frozen=True)
class Item:
    """A number in a picture, or a picture as a whole (`box` None), and why it is doubtful."""

    file: str
    text: str
    confidence: float | None
    reason: str
    box: Box | None = None

    @property
    def place(self) -> str:
        """Where it was found: the same for as long as the file and the box are."""
        return f"{self.file} {self.box}"


class Queue:
    """The items of a list, and the corrections that are made of them.

    Raises DataError for what is no list of `predict --review`, `--jsonl` or `--json`, and for one
    that lists nothing.
    """

    def __init__(self, path: Path, corrections: Corrections) -> None:
        self.items = sorted(items_of(path), key=lambda item: item.confidence or 0.0)
        if not self.items:
            raise DataError(f"{path}: lists nothing to look at", "nothing was doubtful")
        if not any(Path(item.file).exists() for item in self.items):
            raise DataError(
                f"{path}: none of its pictures is here ({self.items[0].file}, ...)",
                "run it in the folder in which `predict` ran",
            )
        self._corrections, self._turn = corrections, Lock()

    def to_dict(self) -> dict[str, Any]:
        """The list as JSON."""
        return {"items": [self._plain(number) for number in range(len(self.items))]}

    def shown(self, number: int) -> dict[str, Any]:
        """An item with its picture: the number in its context. Raises as `_picture`."""
        item = self._item(number)
        picture = _picture(item)
        around = _around(picture, item.box, _CONTEXT)
        box = None
        if item.box is not None:
            x, y, wide, high = item.box
            box = [x - around[0], y - around[1], wide, high]
        png = b64encode(png_of(cut(picture, around))).decode()
        return {**self._plain(number), "picture": f"data:image/png;base64,{png}", "box": box}

    def correct(self, number: int, label: str, was: str | None) -> dict[str, Any]:
        """Keep an item with what it really says; `was` is the label that the client knows of.

        Raises RefusedError (409) where somebody else has corrected it meanwhile.
        """
        item = self._item(number)
        picture = _picture(item)
        part = cut(picture, _around(picture, item.box, _ROOM))
        with self._turn:
            self._check(number, was)
            kept = self._corrections.keep(png_of(part), label, item.place)
        return {**self._plain(number), "count": kept["count"]}

    def take_back(self, number: int, was: str | None) -> dict[str, Any]:
        """Forget the correction of an item."""
        item = self._item(number)
        with self._turn:
            self._check(number, was)
            left = self._corrections.forget(item.place)
        return {**self._plain(number), "count": left["count"]}

    def _check(self, number: int, was: str | None) -> None:
        now = self._corrections.label_of(self.items[number].place)
        if now != was:
            raise RefusedError(
                409, f"item {number} is {now!r} by now", "look at it again, then correct it"
            )

    def _item(self, number: int) -> Item:
        if not 0 <= number < len(self.items):
            raise RefusedError(404, f"no item {number}; there are {len(self.items)}")
        return self.items[number]

    def _plain(self, number: int) -> dict[str, Any]:
        item = self.items[number]
        return {
            "item": number,
            "file": item.file,
            "text": item.text,
            "confidence": item.confidence,
            "reason": item.reason,
            "label": self._corrections.label_of(item.place),
        }


def items_of(path: Path) -> list[Item]:
    """The items of a list at `path`. Raises DataError for another file."""
    try:
        text = read_regular(path, _MOST_BYTES).decode("utf-8-sig")
    except FileNotFoundError as error:
        raise DataError(f"{path}: not found") from error
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"{path}: cannot be read as text") from error
    try:
        if text.lstrip()[:1] == "{":
            return list(_from_answers(_documents(text)))
        return list(_from_review(csv.DictReader(text.splitlines())))
    except (ValueError, KeyError, TypeError, AttributeError, csv.Error) as error:
        raise DataError(
            f"{path}: is no list of answers",
            "`digitcli predict ... --review FILE.csv` or `--jsonl` makes one",
        ) from error


def _documents(text: str) -> Iterator[dict[str, Any]]:
    """The answers of a document of `--json`, or of lines of `--jsonl`."""
    lines = text.splitlines()
    first = json.loads(text) if len(lines) == 1 or lines[0].strip() == "{" else None
    if first is not None and "results" in first:
        yield from first["results"]
        return
    yield from (json.loads(line) for line in lines if line.strip())


def _from_answers(documents: Iterable[dict[str, Any]]) -> Iterator[Item]:
    """A picture's numbers; the picture as a whole where it has only one, or none."""
    for found in documents:
        file, answer, text = found["file"], found["answer"], found["written"]
        if answer in ("blank", "error"):
            continue
        fields = found.get("fields") or []
        if len(fields) < 2:
            yield Item(file, text, found["confidence"], answer)
            continue
        for field in fields:
            x, y, wide, high = (int(side) for side in field["box"])
            sure = float(field["confidence"])
            yield Item(file, field["written"], sure, answer, (x, y, wide, high))


def _from_review(rows: csv.DictReader[str]) -> Iterator[Item]:
    """A number for each that has a doubtful digit.

    Lists of older versions do not say how sure a number is: then it is as sure as its least digit.
    """
    found: dict[tuple[str, str], Item] = {}
    for row in rows:
        file, box = row["file"], row.get("number_box") or ""
        if row["answer"] == "error":
            continue
        given = row.get("number_confidence") or row["confidence"]
        sure = float(given) if given else None
        sides = tuple(int(side) for side in box.split())
        text = row.get("number") or row["text"]
        before = found.get((file, box))
        if before is not None and (before.confidence or 0.0) <= (sure or 0.0):
            continue
        place = sides if len(sides) == 4 else None
        found[file, box] = Item(file, text, sure, row["reason"], place)
    return iter(found.values())


def _picture(item: Item) -> Pixels:
    """An item's picture. Raises RefusedError (404) without its file, DataError for no picture."""
    try:
        return pixels_of_source(item.file, Limits())
    except DataError as error:
        if isinstance(error.__cause__, FileNotFoundError):
            raise RefusedError(404, str(error)) from error
        raise


def _around(picture: Pixels, box: Box | None, room: float) -> Box:
    """A box with so many of its heights around it, inside the picture; all of it without one."""
    high, wide = size_of(picture)
    if box is None:
        return 0, 0, wide, high
    x, y, across, down = box
    more = max(_LEAST, round(room * down))
    left, top = max(0, min(x - more, wide - 1)), max(0, min(y - more, high - 1))
    right, foot = min(wide, x + across + more), min(high, y + down + more)
    return left, top, max(1, right - left), max(1, foot - top)
