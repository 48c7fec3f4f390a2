"""Pictures of digits that tests draw themselves, and a network that reads them."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from digitcli.inference.prediction import Prediction
from digitcli.model.layers import Dense
from digitcli.model.spec import NetworkSpec
from digitcli.model.weights import Weights, save_weights
from digitcli.vision.normalize import normalize


def digit_picture(digit: int = 7, height: int = 120, width: int = 90) -> Image.Image:
    """A printed digit, black on white, mode L, off the middle."""
    picture = Image.new("L", (width, height), 255)
    font = ImageFont.load_default(height * 0.7)
    ImageDraw.Draw(picture).text((width * 0.25, height * 0.05), str(digit), 0, font)
    return picture


def encoded(picture: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    """The bytes of a picture file."""
    buffer = BytesIO()
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def templates() -> np.ndarray:
    """What normalisation makes of the ten printed digits: uint8 (10, 28, 28)."""
    found = [normalize(np.asarray(digit_picture(digit))) for digit in range(10)]
    return np.stack([one.picture for one in found if one is not None])


class NearestTemplate:
    """A stand-in for the engine: the printed digit that is closest wins."""

    def __init__(self) -> None:
        self.batches: list[int] = []
        self.weight, self.bias = _linear()

    def predict(self, images: memoryview, threads: int = 1) -> Prediction:
        images = np.asarray(images)
        assert images.dtype == np.uint8
        assert images.shape[1:] == (28, 28)
        self.batches.append(len(images))
        logits = images.reshape(len(images), -1) / 255 @ self.weight + self.bias
        shares = np.exp(logits - logits.max(axis=1, keepdims=True))
        return Prediction((shares / shares.sum(axis=1, keepdims=True)).astype(np.float32))


def _linear() -> tuple[np.ndarray, np.ndarray]:
    means = templates().reshape(10, -1) / 255
    return (2 * means.T).astype(np.float32), -(means**2).sum(axis=1).astype(np.float32)


def save_template_weights(path: Path) -> Path:
    """The same stand-in as a weight file for the real engine: one dense layer."""
    weight, bias = _linear()
    spec = NetworkSpec("templates", (Dense(10),))
    save_weights(path, Weights(spec, {"dense1.weight": weight, "dense1.bias": bias}))
    return path
