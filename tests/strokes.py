"""The ten digits as a pen draws them: strokes of points, x from 0 to `WIDTH`, y from 0 to 1."""

from __future__ import annotations

from math import cos, radians, sin

Point = tuple[float, float]
Stroke = list[Point]

WIDTH = 0.6


def arc(x: float, y: float, wide: float, high: float, start: int, end: int) -> Stroke:
    """An arc around (x, y), in degrees: 0 right, 90 down."""
    steps = max(2, abs(end - start) // 15)
    angles = [radians(start + (end - start) * n / steps) for n in range(steps + 1)]
    return [(x + wide * cos(angle), y + high * sin(angle)) for angle in angles]


DIGITS: dict[int, list[Stroke]] = {
    0: [arc(0.3, 0.5, 0.28, 0.5, -90, -450)],
    1: [[(0.18, 0.2), (0.34, 0.0), (0.34, 1.0)]],
    2: [[*arc(0.3, 0.27, 0.27, 0.27, -170, 30), (0.03, 1.0), (0.6, 1.0)]],
    3: [[*arc(0.26, 0.25, 0.28, 0.25, -150, 90), *arc(0.26, 0.74, 0.32, 0.26, -90, 150)]],
    4: [[(0.38, 0.0), (0.02, 0.66), (0.6, 0.66)], [(0.42, 0.38), (0.42, 1.0)]],
    5: [
        [(0.1, 0.0), (0.07, 0.42), *arc(0.25, 0.68, 0.32, 0.31, -110, 150)],
        [(0.1, 0.0), (0.55, 0.0)],
    ],
    6: [[(0.46, 0.0), (0.2, 0.3), *arc(0.3, 0.72, 0.26, 0.28, -170, -540)]],
    7: [[(0.02, 0.0), (0.58, 0.0), (0.24, 1.0)]],
    8: [
        [
            *arc(0.3, 0.24, 0.22, 0.24, -60, -270),
            *arc(0.3, 0.74, 0.27, 0.26, -90, 270),
            *arc(0.3, 0.24, 0.22, 0.24, 90, -60),
        ]
    ],
    9: [[*arc(0.3, 0.27, 0.25, 0.27, 0, -360), (0.55, 0.3), (0.48, 1.0)]],
}


def strokes_of(number: str, left: float, top: float, height: float) -> list[Stroke]:
    """The strokes of a number, in pixels, from its top left corner on."""
    step = 0.95 * height
    return [
        [(left + n * step + x * height, top + y * height) for x, y in stroke]
        for n, digit in enumerate(number)
        for stroke in DIGITS[int(digit)]
    ]
