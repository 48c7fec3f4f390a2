"""What a model expects of pixels: in its graph, or said by its owner."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np

from ...errors import UsageError
from .ops import Affine, Chain, Reshape, Transpose, Values

Range: TypeAlias = Literal["0-1", "0-255"]
RANGES: tuple[Range, ...] = ("0-1", "0-255")

_MAX_PIXEL = 255
_MOST_GAIN = 1 / 50  # a graph that multiplies by less scales raw pixels by itself
_NORMALISED = 0.1307, 0.3081  # mean and deviation of MNIST, as PyTorch's examples have them


@dataclass(frozen=True)
class Pixels:
    """A model takes (x - mean) / std, where x goes from 0 (paper) to 1 or 255 (ink)."""

    range: Range
    mean: float = 0.0
    std: float = 1.0

    def __post_init__(self) -> None:
        if not (np.isfinite(self.mean) and np.isfinite(self.std) and self.std > 0):
            raise UsageError(
                f"--mean and --std must be numbers, --std above 0; got {self.mean:g}, {self.std:g}"
            )

    @property
    def _unit(self) -> float:
        return 1 / _MAX_PIXEL if self.range == "0-1" else 1.0

    @property
    def gain(self) -> float:
        """The model takes raw * gain + offset, raw 0 to 255."""
        return self._unit / self.std

    @property
    def offset(self) -> float:
        """See `gain`."""
        return -self.mean / self.std

    def prepare(self, images: Values, chain: Chain) -> Values:
        """uint8 pictures (n, 28, 28) as the model takes them, (n, *chain.shape)."""
        shaped = images.reshape(len(images), *chain.shape)
        if (self.mean, self.std, self.range) == (0.0, 1.0, "0-255"):
            return np.asarray(shaped, chain.dtype)
        scaled = shaped / np.float32(_MAX_PIXEL) if self.range == "0-1" else np.float32(shaped)
        return np.asarray((scaled - np.float32(self.mean)) / np.float32(self.std), chain.dtype)

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {"range": self.range, "mean": self.mean, "std": self.std}

    def options(self) -> str:
        """The options of the command that say so."""
        plain = (self.mean, self.std) == (0, 1)
        rest = "" if plain else f" --mean {self.mean:g} --std {self.std:g}"
        return f"--pixels {self.range}{rest}"


# What models are usually trained with; owners often leave it unsaid.
USUAL = (Pixels("0-1"), Pixels("0-255"), Pixels("0-1", *_NORMALISED))


def possible(chain: Chain, said: Range | None, mean: float, std: float) -> tuple[Pixels, ...]:
    """What the pixels may be: one where the owner or the graph says so, or else the usual ones.

    Whole numbers, and graphs that scale by themselves, take 0 to 255. Raises UsageError where the
    input has whole numbers and something else was said.
    """
    whole, plain = np.dtype(chain.dtype).kind != "f", (mean, std) == (0, 1)
    if whole and (said == "0-1" or not plain):
        raise UsageError(
            f"the model takes {chain.dtype}, so its pixels are 0 to 255",
            "leave out --pixels, --mean and --std",
        )
    if said is not None:
        return (Pixels(said, mean, std),)
    if whole or _scales(chain):
        return (Pixels("0-255", mean, std),)
    return USUAL if plain else (Pixels("0-1", mean, std), Pixels("0-255", mean, std))


def _scales(chain: Chain) -> bool:
    gain = 1.0
    for op in chain.ops:
        if isinstance(op, Affine):
            gain *= float(np.abs(op.gain).max())
        elif not isinstance(op, (Reshape, Transpose)):
            break
    return gain <= _MOST_GAIN
