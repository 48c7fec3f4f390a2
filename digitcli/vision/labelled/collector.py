"""Gather pictures of any size as 28 x 28 ones, and count those that are left out.

The rule: values of 28 x 28 in an array are taken as they are, since they are what a network sees;
every other picture (a file, or an array of another size) is cut out and scaled as `predict` does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt

from ...errors import DataError
from ..files.pixels import Pixels
from ..normalize import FIELD, normalize
from .pictures import (
    BLANK,
    TEST,
    TRAIN,
    UNREADABLE,
    VALIDATION,
    WHOLE,
    Account,
    LabelledPictures,
    Omitted,
)
from .source import Source

Picture = npt.NDArray[np.uint8]
MOST_PICTURES = 5_000_000  # of a source: 4 GB as a network sees them
_LEAST_SIDE, _MOST_SIDE = 8, 4096  # pixels of a picture in an array


class Collector:
    """Takes what readers find; `part` is the part that they are in: TRAIN, TEST, ... or WHOLE."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.part = WHOLE
        self.within = ""  # goes before the names of files
        self._remarks: list[str] = []
        self._blocks: list[Picture] = []
        self._labels: list[npt.NDArray[np.uint8]] = []
        self._writers: list[str] = []
        self._files: list[str] = []
        self._parts: list[str] = []
        self._left_out: dict[str, Omitted] = {}
        self._passed_over: dict[str, Omitted] = {}

    def picture(
        self, file: str, decode: Callable[[], Pixels | Picture], label: int, writer: str = ""
    ) -> None:
        """Take one picture of any size, grey as `decode` gives it; count it where it cannot be."""
        try:
            found = normalize(self._turned(np.asarray(decode())[None])[0])
        except DataError:
            return self.leave_out(file, UNREADABLE)
        if found is None:
            return self.leave_out(file, BLANK)
        self._add(found.picture[None], [label], [writer], [self.within + file])

    def array(
        self, images: Picture, labels: npt.NDArray[np.uint8], name: str, writers: Sequence[str] = ()
    ) -> None:
        """Take uint8 (n, h, w), light ink on dark, and labels uint8 (n,) of the file `name`."""
        self._check_size(images, name)
        files = [f"{name}, {number:,}" for number in range(len(labels))]
        who = list(writers) or [""] * len(labels)
        if images.shape[1:] != (FIELD, FIELD):
            for row in zip(files, images, labels.tolist(), who, strict=True):
                self._scaled(*row)
            return
        if _light_at_border(images) != self.source.invert:
            tone = "dark" if self.source.invert else "light"
            self._remarks.append(f"most pictures are {tone} at their border: is --invert right?")
        inked = (images != images[:, :1, :1]).any(axis=(1, 2))
        for number in np.flatnonzero(~inked).tolist():
            self.leave_out(files[number], BLANK)
        kept = np.flatnonzero(inked).tolist()
        self._add(
            np.ascontiguousarray(
                self._turned(images if len(kept) == len(images) else images[kept])
            ),
            labels[kept],
            [who[number] for number in kept],
            [files[number] for number in kept],
        )

    def leave_out(self, file: str, reason: str) -> None:
        """Count a labelled picture that cannot be used."""
        _count(self._left_out, self.within + file, reason)

    def pass_over(self, file: str, reason: str) -> None:
        """Count what is no labelled picture."""
        _count(self._passed_over, self.within + file, reason)

    def remark(self, text: str) -> None:
        """Have something said about the source."""
        self._remarks.append(text)

    def finish(self) -> LabelledPictures:
        """All that was taken. Raises DataError where that is nothing."""
        account = Account(
            tuple(self._left_out.values()), tuple(self._passed_over.values()), tuple(self._remarks)
        )
        if not self._files:
            said = account.in_words()
            raise DataError(
                f"{self.source.path}: no labelled picture{' is left; ' * bool(said)}{said}"
            )
        return LabelledPictures(
            self.source.path,
            np.concatenate(self._blocks),
            np.concatenate(self._labels),
            np.array(self._writers),
            tuple(self._files),
            _parts(np.array(self._parts)),
            account,
        )

    def _scaled(self, file: str, image: Picture, label: int, writer: str) -> None:
        self.picture(file, lambda: image, label, writer)

    def _add(
        self,
        images: Picture,
        labels: npt.NDArray[np.uint8] | list[int],
        writers: list[str],
        files: list[str],
    ) -> None:
        if len(self._files) + len(files) > MOST_PICTURES:
            raise DataError(f"{self.source.path}: more than {MOST_PICTURES:,} pictures")
        self._blocks.append(images)
        self._labels.append(np.asarray(labels, np.uint8))
        self._writers += writers
        self._files += files
        self._parts += [self.part] * len(files)

    def _turned(self, images: Picture) -> Picture:
        """Pictures (n, h, w) as the source says they lie."""
        turned = images.transpose(0, 2, 1) if self.source.transpose else images
        return np.ascontiguousarray(255 - turned if self.source.invert else turned)

    def _check_size(self, images: Picture, name: str) -> None:
        low, high = min(images.shape[1:]), max(images.shape[1:])
        if not _LEAST_SIDE <= low <= high <= _MOST_SIDE:
            size = " x ".join(map(str, images.shape[1:]))
            raise DataError(
                f"{name}: pictures of {size} pixels, expected sides of {_LEAST_SIDE} to "
                f"{_MOST_SIDE:,}"
            )


def _light_at_border(images: Picture) -> bool:
    """Whether more than half of the pixels at the border of pictures (n, h, w) are light."""
    sides = images[:, 0], images[:, -1], images[:, :, 0], images[:, :, -1]
    return bool(np.mean([(side > 127).mean() for side in sides]) > 0.5)


def _count(counts: dict[str, Omitted], file: str, reason: str) -> None:
    found = counts.get(reason)
    counts[reason] = (
        Omitted(reason, found.count + 1, found.first) if found else Omitted(reason, 1, file)
    )


def _parts(parts: npt.NDArray[np.str_]) -> npt.NDArray[np.str_]:
    """The parts of all pictures, TRAIN or TEST; validation pictures test where no others do."""
    there = set(parts.tolist())
    if there == {WHOLE}:
        return parts
    merged = np.where(parts == WHOLE, TRAIN, parts)
    merged[parts == VALIDATION] = TRAIN if TEST in there else TEST
    return merged
