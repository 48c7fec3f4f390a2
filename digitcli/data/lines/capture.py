"""From darkness on paper to the grey picture that a scanner, a fax or a phone makes of it."""

from __future__ import annotations

import io

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

from ..drawn.random_stream import RandomStream
from .sheet import Dark

Picture = npt.NDArray[np.uint8]


def captured(ink: Dark, ground: Dark, random: RandomStream) -> Picture:
    """A grey picture uint8 (h, w) of ink 0..1 over what stands on the paper 0..1."""
    pen, paper, black, shade, light_on_dark = random.values(5)
    strength = np.float32(0.55 + 0.45 * (1 - pen * pen))
    dark = np.maximum(ground, np.minimum(ink * strength + ground * np.float32(0.3), 1))
    white, low = 255 - 95 * paper * paper, 70 * black * black
    grey = np.float32(white) - dark * np.float32(white - low)
    if shade < 0.35:
        grey = grey * light(grey.shape, random)
    if light_on_dark < 0.04:
        grey = np.float32(white) - grey + np.float32(low)
    return through_a_lens(np.clip(grey, 0, 255).astype(np.uint8), random)


def light(shape: tuple[int, ...], random: RandomStream) -> npt.NDArray[np.float32]:
    """Lit from one side: factors 0.35 to 1.1."""
    across, down, bend = random.bell(3).tolist()
    y = np.linspace(-0.5, 0.5, shape[0], dtype=np.float32)[:, None]
    x = np.linspace(-0.5, 0.5, shape[1], dtype=np.float32)[None, :]
    light = 0.95 + 0.28 * across * x + 0.15 * down * y + 0.25 * bend * x * x
    factors: npt.NDArray[np.float32] = np.clip(light, 0.35, 1.1).astype(np.float32)
    return factors


def through_a_lens(picture: Picture, random: RandomStream) -> Picture:
    """Turned a little, blurred, small, noisy, compressed: each only sometimes."""
    turn, lean, kind, small, blur, noise, grain, quality, packed, bits, wide = random.values(11)
    image = Image.fromarray(picture)
    if wide < 0.4:
        image = image.resize(
            (max(8, round(image.width * (0.75 + 1.3 * wide))), image.height),
            Image.Resampling.BILINEAR,
        )
    edge = int(np.median(picture))
    if turn < 0.6:
        angle = 7 * (lean - 0.5) * (1 if turn < 0.5 else 2)
        image = image.rotate(angle, Image.Resampling.BILINEAR, fillcolor=edge)
    columns, rows = image.size
    if kind < 0.35:  # few pixels: digits 9 to 20 high
        scale = 0.32 + 0.5 * small
        size = max(8, round(columns * scale)), max(8, round(rows * scale))
        image = image.resize(
            size, Image.Resampling.BOX if small < 0.5 else Image.Resampling.BILINEAR
        )
    elif kind < 0.8:
        image = image.filter(ImageFilter.GaussianBlur(0.3 + 1.1 * blur))
    if noise < 0.45:
        image = Image.fromarray(noisy(np.asarray(image), 1 + 11 * grain * grain, random))
    if bits < 0.06:  # a fax, or a scan in black and white
        level = _level(np.asarray(image), 0.35 + 0.3 * grain)
        image = image.point([0 if value < level else 255 for value in range(256)])
    if packed < 0.35:
        buffer = io.BytesIO()
        image.save(buffer, "JPEG", quality=int(20 + 70 * quality))
        image = Image.open(buffer)
    return np.asarray(image)


def _level(picture: Picture, share: float) -> int:
    low, high = int(picture.min()), int(picture.max())
    return int(low + share * (high - low)) + 1


def noisy(picture: Picture, reach: float, random: RandomStream) -> Picture:
    """Every pixel lighter or darker, by `reach` on average."""
    count = picture.size
    raw = random.raw(-(-count // 8)).astype("<u8").view(np.int8)[:count].reshape(picture.shape)
    noise = raw.astype(np.float32) * np.float32(reach / 64)
    return np.clip(picture + noise, 0, 255).astype(np.uint8)
