"""From a painted page to the grey picture of a scanner or a phone, and where its numbers went."""

from __future__ import annotations

import io
import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFilter

from ..drawn.random_stream import RandomStream
from ..lines.capture import Picture, light, noisy
from .canvas import Canvas, Number

Floats = npt.NDArray[np.float32]
Matrix = npt.NDArray[np.float64]  # (2, 3): from pixels of the picture to those of the canvas


def photographed(
    canvas: Canvas, random: RandomStream, turned: bool
) -> tuple[Picture, list[Number]]:
    """A picture uint8 (h, w) of the canvas's size, and its numbers at their places."""
    pen, paper, black, shade, dark_side, desk, thin = random.values(7)
    strength = np.float32(0.45 + 0.55 * (1 - pen * pen))
    ink = canvas.ink.dark
    dark = np.maximum(canvas.ground.dark, np.minimum(ink * strength + canvas.ground.dark * 0.3, 1))
    white, low = 255 - 110 * paper * paper, 80 * black * black
    contrast = float(strength) * (white - low)
    grey = np.float32(white) - dark * np.float32(white - low)
    image = Image.fromarray(np.clip(grey, 0, 255).astype(np.uint8))
    numbers: Sequence[Number] = canvas.numbers
    if turned:
        image, numbers = _moved(image, canvas, desk < 0.3, random)
    grey = np.asarray(image).astype(np.float32)
    if shade < 0.45:
        grey = grey * light(grey.shape, random)
        if shade < 0.15:
            grey = grey * _shadow(grey.shape, random)
    if 0.6 < thin < 0.68:
        grey = grey + np.float32(contrast) * _grain(grey.shape, random)
    if dark_side < 0.05:
        grey = np.float32(white) - grey + np.float32(low)
    return _sensed(np.clip(grey, 0, 255).astype(np.uint8), contrast, shade >= 0.45, random), list(
        numbers
    )


def _moved(
    image: Image.Image, canvas: Canvas, desk: bool, random: RandomStream
) -> tuple[Image.Image, list[Number]]:
    """Turned by up to 8 degrees, sheared a little, larger or smaller; on a desk, or cropped."""
    turn, far, shear, size, x, y = random.values(6)
    angle = math.radians(16 * (turn - 0.5) if far < 0.5 else 4 * (turn - 0.5))
    scale = 0.7 + 0.25 * size if desk else 1.0 if far < 0.3 else 1.05 + 0.1 * size
    lean = 0.08 * (shear - 0.5)
    cosine, sine = math.cos(angle), math.sin(angle)
    forth = scale * np.array([[cosine, -sine + lean], [sine, cosine]])
    columns, rows = image.size
    centre = np.array([columns / 2, rows / 2])
    shift = (np.array([x, y]) - 0.5) * (0.25 * columns if desk else 0.0)
    back = np.linalg.inv(forth)
    offset = centre - back @ (centre + shift)
    matrix = (*back[0], offset[0], *back[1], offset[1])
    affine, bilinear = Image.Transform.AFFINE, Image.Resampling.BILINEAR
    fill = round(float(np.median(np.asarray(image)[:: max(1, rows // 16)])))
    moved = image.transform(image.size, affine, matrix, bilinear, fillcolor=fill)
    if desk:
        sheet = Image.new("L", image.size, 255).transform(image.size, affine, matrix, bilinear)
        moved = Image.composite(moved, _desk(image.size, random), sheet)
    numbers = Canvas(rows, columns)
    for number in canvas.numbers:
        numbers.note(number.text, (number.corners - centre) @ forth.T + centre + shift)
    return moved, numbers.numbers


def _desk(size: tuple[int, int], random: RandomStream) -> Image.Image:
    """What a sheet lies on: one tone, or wood with its grain along one direction, and things."""
    columns, rows = size
    tone, kind, fine, contrast, thing = random.values(5)
    desk = np.full((rows, columns), 20 + 190 * tone, np.float32)
    if kind < 0.6:
        shape = (max(2, int(rows / (2 + 8 * fine))), 2 + int(3 * contrast))
        spots = Image.fromarray((random.uniform(*shape) * 255).astype(np.uint8))
        spots = spots.resize((columns, rows), Image.Resampling.BICUBIC)
        desk += np.float32(0.05 + 0.2 * contrast) * (np.asarray(spots, np.float32) - 128)
    image = Image.fromarray(np.clip(desk, 0, 255).astype(np.uint8))
    pen = ImageDraw.Draw(image)
    for x, y, wide, high, grey in random.uniform(int(5 * thing), 5).tolist():
        box = (x * columns, y * rows, x * columns + 60 * wide + 4, y * rows + 60 * high + 4)
        pen.rounded_rectangle(box, 4, fill=int(255 * grey))
    return image


def _shadow(shape: tuple[int, ...], random: RandomStream) -> Floats:
    """A hand's or a phone's shadow with a soft edge: factors 0.4 to 1."""
    x, y, across, down, soft, dark = random.values(6)
    rows, columns = np.ogrid[0 : shape[0], 0 : shape[1]]
    distance = (columns - x * shape[1]) * (across - 0.5) + (rows - y * shape[0]) * (down - 0.5)
    side = 0.5 + 0.5 * np.tanh(distance / (1 + 12 * soft))
    factors: Floats = (1 - (0.1 + 0.5 * dark) * side).astype(np.float32)
    return factors


def _grain(shape: tuple[int, ...], random: RandomStream) -> Floats:
    """Rough paper lit from the side: a relief of a few pixels' size, about -0.3 to 0.3."""
    much, coarse = random.values(2)
    step = 1 + 3 * coarse
    size = max(2, int(shape[0] / step)), max(2, int(shape[1] / step))
    raw = (random.uniform(*size) * 255).astype(np.uint8)
    relief = Image.fromarray(raw).resize((shape[1], shape[0]), Image.Resampling.BICUBIC)
    found: Floats = np.float32((0.1 + 0.5 * much) / 255) * (np.asarray(relief, np.float32) - 127)
    return found


def _sensed(picture: Picture, contrast: float, even: bool, random: RandomStream) -> Picture:
    """Blurred, noisy, in black and white, compressed: each only sometimes.

    Black and white only in `even` light. Noise stays below `contrast`, grey levels from paper to
    ink: what nobody can see is no number.
    """
    kind, blur, noise, grain, bits, packed, quality, salt = random.values(8)
    image = Image.fromarray(picture)
    if kind < 0.25:
        columns, rows = image.size
        scale = 0.45 + 0.4 * blur
        small = max(8, round(columns * scale)), max(8, round(rows * scale))
        image = image.resize(small, Image.Resampling.BOX)
        image = image.resize((columns, rows), Image.Resampling.BILINEAR)
    elif kind < 0.6:
        image = image.filter(ImageFilter.GaussianBlur(0.3 + 1.0 * blur))
    if noise < 0.4:
        image = Image.fromarray(
            noisy(np.asarray(image), 1 + 0.11 * contrast * grain * grain, random)
        )
    if even and bits < 0.1:
        image = _two_tones(image, 0.2 + 0.3 * grain)
    if salt < 0.04:
        image = Image.fromarray(_salted(np.asarray(image), random))
    if packed < 0.3:
        buffer = io.BytesIO()
        image.save(buffer, "JPEG", quality=int(20 + 70 * quality))
        image = Image.open(buffer)
    return np.asarray(image)


def _two_tones(image: Image.Image, share: float) -> Image.Image:
    """Black and white, parted at `share` of the way from paper to the strongest ink."""
    grey = np.asarray(image)[::3, ::3]
    dark, paper, bright = (float(tone) for tone in np.percentile(grey, (0.5, 50, 99.5)))
    ink = dark if paper - dark > bright - paper else bright
    level = paper + share * (ink - paper)
    return image.point([0 if value < level else 255 for value in range(256)])


def _salted(picture: Picture, random: RandomStream) -> Picture:
    """Dots of black, as dust and fax machines make."""
    share, dark = random.values(2)
    dots = random.raw(*picture.shape) >> np.uint64(48)
    found = np.where(dots < 65536 * 0.02 * share, np.uint8(90 * dark), picture)
    return found.astype(np.uint8)
