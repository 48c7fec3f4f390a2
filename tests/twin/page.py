"""A page's ink in the simplest way: windows as slices, components by flood fill."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]
Mask = npt.NDArray[np.bool_]
Box = tuple[int, int, int, int]


@dataclass(frozen=True)
class Page:
    """Ink and mask (h, w), whether the ink is light, its contrast and the width of its strokes."""

    ink: Bytes
    mask: Bytes
    light_ink: bool
    contrast: float
    stroke: float


def prepare(grey: Bytes) -> Page:
    """The ink of a picture (h, w) of at most 256 pixels a side; ruled lines stay."""
    light = has_light_ink(grey)
    tones = 255 - grey if light else grey
    radius = min(max(min(grey.shape) // 6, 7), 40)
    mask = _sauvola(tones, radius)
    ink, mask = _measure(tones, mask, radius)
    mask &= ink >= 3.5 * _quantile(ink[~mask], 3, 4) / 0.674
    contrast = _quantile(ink[mask], 1, 2)
    even = np.floor(np.minimum(255, ink * 230.0 / max(1, contrast) + 0.5)).astype(np.uint8)
    labels, stroke = _labelled(mask)
    for i in range(1, labels.max() + 1):
        if (labels == i).sum() < max(2.0, 0.4 * stroke * stroke):
            mask[labels == i] = False
    even[~_near(mask)] = 0
    return Page(even, mask.astype(np.uint8), light, contrast if contrast else 0, stroke)


def has_light_ink(grey: Bytes) -> bool:
    """Whether what stands out is lighter than what is around it; the rim decides where it can."""
    radius = min(max(min(grey.shape) // 6, 7), 40)
    means = np.array([[w.mean() for w in row] for row in _windows(grey, radius)])
    strokes = (grey - means) ** 3
    size = np.abs(strokes).sum()
    if size and abs(strokes.sum() / size) >= 0.6:
        return bool(strokes.sum() > 0)
    rim = np.sort(np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]]).astype(int))
    half = rim.size // 2
    spans = rim[half:] - rim[: rim.size - half]
    at = int(spans.argmin())
    if spans[at] > 4:
        return bool(strokes.sum() > 0)
    return bool(((grey.astype(float) - rim[at + half // 2]) ** 3).sum() > 0)


def _windows(values: npt.NDArray, radius: int) -> list[list[npt.NDArray]]:
    height, width = values.shape
    return [
        [
            values[max(0, y - radius) : y + radius + 1, max(0, x - radius) : x + radius + 1]
            for x in range(width)
        ]
        for y in range(height)
    ]


def _sauvola(tones: Bytes, radius: int) -> Mask:
    mask = np.zeros(tones.shape, bool)
    for y, row in enumerate(_windows(tones.astype(np.int64), radius)):
        for x, window in enumerate(row):
            mean = window.sum() / window.size
            deviation = np.sqrt(max(0.0, (window * window).sum() / window.size - mean * mean))
            mask[y, x] = tones[y, x] < mean * (1 + 0.1 * (deviation / 128 - 1))
    return mask


def _measure(tones: Bytes, mask: Mask, radius: int) -> tuple[Bytes, Mask]:
    ink = np.zeros(tones.shape, np.uint8)
    papers, values = _windows(~mask, radius), _windows(tones.astype(np.int64), radius)
    kept = mask.copy()
    for y, x in np.ndindex(tones.shape):
        paper = values[y][x][papers[y][x]]
        tone = paper.sum() / paper.size if paper.size else 0.0
        darker = tone - tones[y, x]
        kept[y, x] &= darker >= 6
        ink[y, x] = int(darker * 255 / max(tone, 40.0)) if darker > 0 else 0
    return ink, kept


def _quantile(values: Bytes, share: int, of: int) -> int:
    """The smallest value that `share` / `of` of all do not exceed; 0 of none."""
    counts = np.bincount(values, minlength=256).cumsum()
    return int(np.argmax(of * counts >= share * values.size)) if values.size else 0


def components(mask: Mask) -> npt.NDArray[np.int32]:
    """Labels (h, w) from 1, by the first pixel row after row; corners touch."""
    labels = np.zeros(mask.shape, np.int32)
    for start in map(tuple, np.argwhere(mask)):
        if labels[start]:
            continue
        labels[start] = labels.max() + 1
        todo = [start]
        while todo:
            y, x = todo.pop()
            for v in range(max(0, y - 1), min(mask.shape[0], y + 2)):
                for u in range(max(0, x - 1), min(mask.shape[1], x + 2)):
                    if mask[v, u] and not labels[v, u]:
                        labels[v, u] = labels[start]
                        todo.append((v, u))
    return labels


def _labelled(mask: Mask) -> tuple[npt.NDArray[np.int32], float]:
    """Labels, and twice the area over the outline: the median over all outlines."""
    labels = components(mask)
    padded = np.pad(mask, 1)
    sides = sum(
        (~padded[1 + dy : padded.shape[0] - 1 + dy, 1 + dx : padded.shape[1] - 1 + dx]).astype(int)
        for dy, dx in ((0, 1), (0, -1), (1, 0), (-1, 0))
    )
    widths = sorted(
        (2.0 * (labels == i).sum() / sides[labels == i].sum(), int(sides[labels == i].sum()))
        for i in range(1, labels.max() + 1)
    )
    below, total = 0, sum(outline for _, outline in widths)
    for width, outline in widths:
        below += outline
        if 2 * below >= total:
            return labels, float(width)
    return labels, 0.0


def _near(mask: Mask) -> Mask:
    padded = np.pad(mask, 1)
    height, width = mask.shape
    near = np.zeros(mask.shape, bool)
    for dy in range(3):
        for dx in range(3):
            near |= padded[dy : dy + height, dx : dx + width]
    return near
