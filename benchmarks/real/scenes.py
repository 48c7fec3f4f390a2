"""Pictures that a camera or scanner could take, without any writing: noise, paper, photos.

What makes natural pictures look natural is taken from the literature: amplitudes that fall as
1 / frequency (D. J. Field, "Relations between the statistics of natural images and the response
properties of cortical cells", JOSA A 1987), and objects of all sizes that hide each other, "dead
leaves" (A. B. Lee, D. Mumford, J. Huang, "Occlusion Models for Natural Images", IJCV 2001).
"""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from digitcli.data.drawn.random_stream import RandomStream

Picture = np.ndarray  # uint8 (h, w)


def even_noise(random: RandomStream) -> Picture:
    """Every grey as often as any other, pixel by pixel."""
    side = _side(random)
    return _bytes(random.uniform(side, side) * 255)


def bell_noise(random: RandomStream) -> Picture:
    """A sensor in the dark."""
    side, (mean, spread) = _side(random), random.below(180, 40)
    return _bytes(40 + mean + (4 + spread) * random.bell(side, side))


def sparse_noise(random: RandomStream) -> Picture:
    """Salt, pepper or both on grey."""
    side, (which, share) = _side(random), random.values(2)
    spots = random.uniform(side, side)
    share = 0.005 + 0.2 * share
    grey = np.full(spots.shape, (255, 0, 128)[int(3 * which)], np.uint8)
    grey[spots < share] = 0 if which < 2 / 3 else 255
    grey[spots > 1 - share] = 255 if which >= 1 / 3 else 0
    return grey


def blank_paper(random: RandomStream) -> Picture:
    """Nothing on it, in the light of a lamp, scanned or photographed."""
    return _taken(np.full(_size(random), 235.0), random)


def ruled_paper(random: RandomStream) -> Picture:
    """Lines or squares, nothing between them."""
    height, width = _size(random)
    gap, thickness, tone, squares = random.below(50, 3, 120, 2)
    paper = np.full((height, width), 235.0)
    for line in range(10 + gap // 2, height, 20 + gap):
        paper[line : line + 1 + thickness] = 90 + tone
    for line in range(10 + gap // 2, width if squares else 0, 20 + gap):
        paper[:, line : line + 1 + thickness] = 90 + tone
    return _taken(paper, random)


def clouds(random: RandomStream) -> Picture:
    """Amplitudes that fall as 1 / frequency."""
    height, width = _size(random)
    across, down = np.fft.rfftfreq(width), np.fft.fftfreq(height)[:, None]
    fall = np.hypot(across, down) + 1 / max(height, width)
    steep = 0.9 + 0.6 * random.values(1)[0]
    picture = np.fft.irfft2(np.fft.rfft2(random.bell(height, width)) / fall**steep, (height, width))
    return _taken(_stretched(picture), random)


def dead_leaves(random: RandomStream) -> Picture:
    """Discs and boxes of all sizes, one before the other."""
    height, width = _size(random)
    sheet = Image.new("L", (width, height), 128)
    pen = ImageDraw.Draw(sheet)
    boxes = random.values(1)[0] < 0.3
    for x, y, size, aspect, tone in random.uniform(600, 5):
        reach = 0.02 * max(height, width) / np.sqrt(1 - 0.997 * size)  # density 1 / reach^3
        wide, tall = reach * (0.6 + aspect), reach * (1.6 - aspect)
        corners = (x * width - wide, y * height - tall, x * width + wide, y * height + tall)
        (pen.rectangle if boxes else pen.ellipse)(corners, int(20 + 220 * tone))
    return _taken(np.asarray(sheet).astype(np.float64), random)


def balls(random: RandomStream) -> Picture:
    """Shaded balls on a table, a light from above."""
    height, width = _size(random)
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    scene = 110 + 90 * y / height
    for left, top, size in random.uniform(1 + random.below(5)[0], 3):
        radius = (0.06 + 0.16 * size) * min(height, width)
        across, down = (x - left * width) / radius, (y - top * height) / radius
        scene[np.hypot(across - 0.3, (down - 1) * 3) < 1] *= 0.55  # its shadow
        depth = 1 - across**2 - down**2
        light = 0.6 * np.sqrt(np.maximum(depth, 0)) - 0.4 * across - 0.7 * down
        scene = np.where(depth > 0, 60 + 170 * np.clip(light, 0, 1), scene)
    return _taken(scene, random)


def bricks(random: RandomStream) -> Picture:
    """A wall: bricks in courses, mortar between."""
    height, width = _size(random)
    y, x = np.mgrid[0:height, 0:width]
    tall = 16 + random.below(40)[0]
    course = y // tall
    along = x + course % 2 * tall
    tones = 60 + 110 * random.uniform(height // tall + 1, width // tall + 2)
    wall = tones[course, along // (2 * tall)]
    mortar = (y % tall < tall // 8) | (along % (2 * tall) < tall // 8)
    return _taken(np.where(mortar, 200.0, wall), random)


def wood(random: RandomStream) -> Picture:
    """Rings of a plank, drawn long."""
    height, width = _size(random)
    y, x = np.mgrid[0:height, 0:width]
    a, b, c, d = random.values(4)
    rings = np.hypot((y - a * height) * (3 + 5 * b), x - c * width) / (30 + 60 * d)
    waves = np.sin(2 * np.pi * (rings + 0.3 * np.sin(x / (20 + 40 * a))))
    return _taken(130 + 40 * waves + 6 * random.bell(height, width), random)


SCENES: dict[str, Callable[[RandomStream], Picture]] = {
    "noise, even": even_noise,
    "noise, bell": bell_noise,
    "noise, sparse": sparse_noise,
    "paper, blank": blank_paper,
    "paper, ruled": ruled_paper,
    "photo, clouds": clouds,
    "photo, dead leaves": dead_leaves,
    "photo, balls": balls,
    "photo, bricks": bricks,
    "photo, wood": wood,
}


def _side(random: RandomStream) -> int:
    """Of a square: most are small, as MNIST's pictures are."""
    return 28 + int(300 * random.values(1)[0] ** 3)


def _size(random: RandomStream) -> tuple[int, int]:
    """Height and width of a small picture or a middling one."""
    height, width = random.below(400, 400)
    return 60 + height, 60 + width


def _taken(scene: Picture, random: RandomStream) -> Picture:
    """Lit from one side, not quite sharp, with a sensor's noise, saved as JPEG."""
    height, width = scene.shape
    across, down, dim, blur, grain, quality = random.values(6)
    slope = (across - 0.5) * np.arange(width) / width + (down - 0.5) * np.arange(height)[
        :, None
    ] / (height)
    lit = scene * (1 - 0.4 * dim + 0.5 * slope) + 4 * grain * random.bell(height, width)
    sharp = Image.fromarray(_bytes(lit)).filter(ImageFilter.GaussianBlur(1.5 * blur))
    file = BytesIO()
    sharp.save(file, "JPEG", quality=60 + int(35 * quality))
    with Image.open(file) as picture:
        return np.asarray(picture)


def _stretched(values: Picture) -> Picture:
    """To 10 ... 245."""
    low, high = values.min(), values.max()
    return 10 + 235 * (values - low) / max(high - low, 1e-9)


def _bytes(values: Picture) -> Picture:
    return np.clip(np.round(values), 0, 255).astype(np.uint8)
