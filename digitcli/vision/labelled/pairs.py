"""Which array of labels belongs to which array of pictures, by shape and by name."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ...errors import DataError
from .arrays import CLASSES, Array, holds_labels, holds_pictures, labels_of, pictures_of
from .collector import Collector
from .names import part_of, words_of

# Words that say what an array is or how it is stored, and not which set it belongs to.
_ROLE_WORDS = (
    "x y images image imgs img labels label data pixels digits target targets classes arr 0 1 "
    "idx idx1 idx2 idx3 ubyte uint8 byte bytes gz npy npz"
)
_ROLES = frozenset(_ROLE_WORDS.split())


@dataclass(frozen=True)
class Entry:
    """An array, perhaps not read yet; `where` names it in messages, `load` reads it."""

    name: str
    where: str
    shape: tuple[int, ...]
    load: Callable[[], Array]
    writers: Sequence[str] = ()  # of each picture, where the source names them

    @property
    def key(self) -> tuple[str, ...]:
        """See `key_of`."""
        return key_of(self.name)

    def __str__(self) -> str:
        return f"{self.name} {self.shape}"


def key_of(name: str) -> tuple[str, ...]:
    """What a name has in common with that of its partner: (train,) for x_train and y_train."""
    return tuple(word for word in words_of(name) if word not in _ROLES)


def read_pairs(where: str, entries: Sequence[Entry], collector: Collector) -> None:
    """Take all pictures that have labels; what belongs to no pair is passed over.

    Raises DataError where nothing belongs together, or a pair does not agree on its number.
    """
    pairs = _pairs(where, entries)
    used = {id(entry) for pair in pairs for entry in pair}
    for entry in entries:
        if id(entry) not in used:
            collector.pass_over(entry.name, "arrays without partner")
    outer = collector.part
    for images, labels in pairs:
        if images.shape[0] != labels.shape[0]:
            raise DataError(
                f"{labels.where}: {labels.shape[0]:,} labels, expected {images.shape[0]:,}, one "
                f"for each picture in {images.name}"
            )
        collector.part = outer or part_of(images.name) or part_of(labels.name)
        found = labels_of(labels.load(), labels.where)
        pictures = pictures_of(images.load(), images.where)
        collector.array(pictures, found, images.where, images.writers)
    collector.part = outer


def _pairs(where: str, entries: Sequence[Entry]) -> list[tuple[Entry, Entry]]:
    images = [entry for entry in entries if holds_pictures(entry.shape)]
    labels = [entry for entry in entries if holds_labels(entry.shape)]
    by_key = _by_key(where, images), _by_key(where, labels)
    pairs = [(entry, by_key[1][key]) for key, entry in by_key[0].items() if key in by_key[1]]
    if not pairs and len(by_key[0]) == len(by_key[1]) == 1:
        pairs = list(zip(by_key[0].values(), by_key[1].values(), strict=True))
    if not pairs:
        found = ", ".join(map(str, entries)) or "nothing"
        raise DataError(
            f"{where}: no pictures with their labels, found {found}",
            _hint(entries),
        )
    return pairs


def _hint(entries: Sequence[Entry]) -> str:
    """What to do about arrays that form no pair."""
    shapes = [entry.shape for entry in entries]
    if any(len(shape) == 4 and shape[-1] in (3, 4) for shape in shapes):
        return "of pictures in colour save the grey: images[..., :3].mean(axis=-1)"
    if any(len(shape) == 2 and shape[1] == CLASSES for shape in shapes):
        return "of labels in ten columns save the digits: labels.argmax(axis=1)"
    return (
        "expected pictures (n, 28, 28) and labels (n,), such as x_train and y_train, or images and "
        "labels"
    )


def _by_key(where: str, entries: Sequence[Entry]) -> dict[tuple[str, ...], Entry]:
    """Arrays by key; of the same pictures twice, flat and not, those that are not."""
    found: dict[tuple[str, ...], Entry] = {}
    for entry in sorted(entries, key=lambda entry: -len(entry.shape)):
        other = found.setdefault(entry.key, entry)
        if other is not entry and len(other.shape) == len(entry.shape):
            raise DataError(
                f"{where}: {other.name} and {entry.name} look alike",
                "keep one pair in the file or folder, or name pairs such as x_train and y_train",
            )
    return found
