"""The sources of pictures that digitcli draws itself, as the network sees them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from ...data.drawn.drawn_picture import NO_DIGIT, DrawnPicture
from ...vision.normalize import normalize
from .sample import Images, Labels, Sample

SOURCES = ("fonts", "outliers", "strokes")
FORMER = ("candidates", "lines")  # what older versions cut from drawn amounts


def is_drawn(name: str) -> bool:
    """Whether `name` is a source that digitcli draws anew for each run."""
    return name in SOURCES


def drawn(name: str, count: int, *seed: int) -> Iterator[Sample]:
    """Up to `count` samples of the source `name`, one of `SOURCES`."""
    from ...data.drawn import fonts, handwriting, outliers

    draw = {"fonts": fonts.draw, "outliers": outliers.draw, "strokes": handwriting.draw}
    return normalized(draw[name](count, *seed))


def normalized(drawings: Iterable[DrawnPicture]) -> Iterator[Sample]:
    """Drawings after predict's own normalisation.

    A blank outlier stays blank. A digit in which the normalisation finds no ink is left out:
    `predict` would not show it to the network either.
    """
    for picture, label, kind in drawings:
        found = normalize(picture)
        if found is not None:
            yield Sample(found.picture, label, kind)
        elif label == NO_DIGIT:
            yield Sample(np.zeros((28, 28), np.uint8), label, kind)


def gathered(samples: Iterable[Sample]) -> tuple[Images, Labels]:
    """Images uint8 (n, 28, 28) and labels uint8 (n,)."""
    images, labels = [np.zeros((0, 28, 28), np.uint8)], []
    for picture, label, _ in samples:
        images.append(picture[None])
        labels.append(label)
    return np.concatenate(images), np.array(labels, np.uint8)
