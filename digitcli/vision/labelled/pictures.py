"""Labelled pictures as networks see them, and an account of those that were left out."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from ...errors import UsageError

TRAIN, TEST, VALIDATION, WHOLE = "train", "test", "validation", ""  # parts of a source
BLANK, UNREADABLE = "blank", "unreadable"


@dataclass(frozen=True)
class Omitted:
    """What was not taken for one reason: how many, and the first of them."""

    reason: str
    count: int
    first: str


@dataclass(frozen=True)
class Account:
    """Labelled pictures that were left out, other files that were passed over, and remarks."""

    left_out: tuple[Omitted, ...] = ()
    passed_over: tuple[Omitted, ...] = ()
    remarks: tuple[str, ...] = ()

    @property
    def unreadable(self) -> Omitted | None:
        """The pictures that could not be read."""
        return next((one for one in self.left_out if one.reason == UNREADABLE), None)

    def to_json(self) -> dict[str, Any]:
        """The same as plain JSON."""
        return {
            "left_out": [asdict(one) for one in self.left_out],
            "passed_over": [asdict(one) for one in self.passed_over],
        }

    def in_words(self) -> str:
        """Such as `3 left out: blank 2 (7/a.png, ...), unreadable 1 (b.png)`; "" for nothing."""
        said = [_counted("left out", self.left_out), _counted("passed over", self.passed_over)]
        return "; ".join(words for words in (*said, *self.remarks) if words)


def _counted(what: str, omitted: Sequence[Omitted]) -> str:
    if not omitted:
        return ""
    parts = [
        f"{one.reason} {one.count:,} ({one.first}{', ...' * (one.count > 1)})" for one in omitted
    ]
    return f"{sum(one.count for one in omitted):,} {what}: {', '.join(parts)}"


@dataclass(frozen=True, eq=False)
class LabelledPictures:
    """Pictures uint8 (n, 28, 28), light ink on dark, and their labels, uint8 (n,).

    `writers` (n,) are "" where nobody is named; `files` are what messages call the pictures.
    `parts` (n,) are TRAIN or TEST where the source is divided, else WHOLE; empty means WHOLE.
    """

    path: Path
    images: npt.NDArray[np.uint8]
    labels: npt.NDArray[np.uint8]
    writers: npt.NDArray[np.str_]
    files: tuple[str, ...] = ()
    parts: npt.NDArray[np.str_] | None = None
    account: Account = Account()

    @property
    def is_divided(self) -> bool:
        """Whether the source itself says what to learn from and what to test on."""
        return self.parts is not None and {TRAIN, TEST} <= set(self.parts.tolist())

    def of(self, writers: Collection[str]) -> npt.NDArray[np.bool_]:
        """Which pictures these writers wrote.

        Raises UsageError, with the ones there are, for a writer who wrote none.
        """
        there = sorted(set(self.writers.tolist()) - {""})
        if unknown := sorted(set(writers) - set(there)):
            raise UsageError(
                f"{self.path}: no writer {unknown[0]!r}",
                hint=f"its writers are {', '.join(there)}" if there else "it names no writers",
            )
        return np.isin(self.writers, list(writers))


def sha256(images: npt.NDArray[np.uint8], labels: npt.NDArray[np.uint8]) -> str:
    """The sha256 of the bytes of pictures and labels, in hexadecimal."""
    digest = hashlib.sha256()
    for array in (images, labels):
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()
