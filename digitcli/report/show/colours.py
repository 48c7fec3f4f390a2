"""Numbers as colours: signed values, activations and grey levels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from .blocks import RGB, Scale

Values = npt.NDArray[np.floating]

_RAMP = 64  # steps of a scale's legend
# Colours at equal steps of a value. Blue is negative, red positive, which colour-blind readers tell
# apart; in CIELAB the lightness is 28, 50, 74, 87, 100 and back.
_SIGNED = (
    *("#004780", "#007ebd", "#84bce7", "#c2def2", "#ffffff"),
    *("#f7d3c3", "#eea48b", "#c94f41", "#84141f"),
)
# From black to light by 14 steps of lightness in CIELAB each, so that equal steps look equal, also
# in grey.
_ACTIVE = (
    *("#000000", "#1f1d50", "#5b2c7b", "#ae2f7e"),
    *("#ea5059", "#f59349", "#f7cc6e", "#fdf7dc"),
)


def grey(picture: npt.NDArray[np.uint8]) -> RGB:
    """A picture as the network saw it, light ink on dark."""
    return np.repeat(picture[..., None], 3, axis=2)


def signed(values: Values, most: float) -> RGB:
    """White at zero, red towards `most`, blue towards -`most`."""
    return _mapped(_SIGNED, 0.5 + 0.5 * _share(values, most))


def active(values: Values, most: float) -> RGB:
    """Black at zero and below, light at `most`."""
    return _mapped(_ACTIVE, _share(values, most))


def output(values: Values, least: float, most: float) -> RGB:
    """A layer's output: `signed` if something in the layer is below zero, else `active`."""
    return signed(values, max(-least, most)) if least < 0 else active(values, most)


def output_scale(least: float, most: float) -> Scale:
    """What the colours of `output` mean."""
    return signed_scale(max(-least, most)) if least < 0 else active_scale(most)


def signed_scale(most: float, unit: str = "") -> Scale:
    """The legend of `signed`."""
    ramp = signed(np.linspace(-1, 1, _RAMP)[None], 1.0)
    return Scale(ramp, f"{number(-most)}{unit}", f"{number(most)}{unit}")


def active_scale(most: float) -> Scale:
    """The legend of `active`."""
    return Scale(active(np.linspace(0, 1, _RAMP)[None], 1.0), "0", number(most))


def dimmed(image: RGB, rows: slice, columns: slice) -> RGB:
    """The image with everything outside a rectangle moved towards the page's white."""
    faded = (0.25 * image + 0.75 * 255).astype(np.uint8)
    faded[rows, columns] = image[rows, columns]
    return faded


def tinted(values: Values, most: float, picture: npt.NDArray[np.uint8]) -> RGB:
    """`signed` colours, darker where the picture has ink, so that the digit is visible."""
    shade = 1 - 0.45 * picture[..., None] / 255
    return np.asarray(signed(values, most) * shade).astype(np.uint8)


def number(value: float) -> str:
    """A number in three digits: "12.3", "0.041", "1.2e+06"."""
    if value == 0 or not np.isfinite(value):
        return "0" if value == 0 else str(value)
    return f"{value:.3g}".replace("-", "\u2212")


def finite_range(values: Values) -> tuple[float, float]:
    """The smallest and largest finite value, (0, 0) if there is none."""
    sound = values[np.isfinite(values)]
    return (float(sound.min()), float(sound.max())) if sound.size else (0.0, 0.0)


def _share(values: Values, most: float) -> Values:
    """Values as shares of `most`, from -1 to 1; 0 everywhere unless `most` is positive."""
    if not most > 0:
        return np.zeros(values.shape)
    clean = np.nan_to_num(np.float64(values), nan=0.0, posinf=most, neginf=-most)
    return np.asarray(np.clip(clean / most, -1, 1))


def _mapped(colours: Sequence[str], shares: Values) -> RGB:
    """Shares from 0 to 1 as colours between the first and the last."""
    steps = np.array([[*bytes.fromhex(colour[1:])] for colour in colours])
    places = np.linspace(0, 1, len(steps))
    mixed = [np.interp(shares, places, steps[:, channel]) for channel in range(3)]
    return np.asarray(np.stack(mixed, axis=-1).round(), np.uint8)
