"""How far training pictures may be changed: the table `[training.augmentation]` of a preset.

Pure Python, so that a recipe can be checked before Keras is loaded; augment.py applies it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any

from ..errors import ModelError
from ..model.frozen import dataclass
from ..model.settings import refuse_unknown, setting

_LIMITS = {
    "rotation": (0, 180),
    "shift": (0, 14),
    "scale": (0, 0.75),
    "shear": (0, 1),
    "elastic": (0, 8),
    "elastic_smoothness": (2, 14),
    "stroke": (0, 2),
    "noise": (0, 1),
}


@dataclass(frozen=True)
class Augmentation:
    """The largest changes of a picture, 0 for none; each picture's are drawn uniformly.

    Raises ModelError naming the setting that is wrong.
    """

    rotation: float = setting(0.0, "turn either way about the picture's centre", "degrees")
    shift: float = setting(0.0, "move along each axis", "pixels")
    scale: float = setting(0.0, "each axis by its own factor from 1 - scale to 1 + scale")
    shear: float = setting(0.0, "slant: to the side for each pixel upwards", "pixels")
    elastic: float = setting(
        0.0, "standard deviation of each pixel's displacement along an axis", "pixels"
    )
    elastic_smoothness: float = setting(
        4.0, "sigma of the Gaussian that smooths these displacements", "pixels"
    )
    stroke: float = setting(0.0, "change of the strokes' width, thinner or thicker", "pixels")
    noise: float = setting(0.0, "standard deviation of noise, as a fraction of white")

    def __post_init__(self) -> None:
        for name, (least, most) in _LIMITS.items():
            value = getattr(self, name)
            real = isinstance(value, (int, float)) and not isinstance(value, bool)
            if not real or not least <= value <= most:
                raise ModelError(
                    f"training: augmentation.{name} must be from {least:g} to {most:g}, "
                    f"got {value!r}"
                )

    def __bool__(self) -> bool:
        """Whether any change is on."""
        return self.moves or self.stroke > 0 or self.noise > 0

    @property
    def moves(self) -> bool:
        """Whether any pixel is taken from another place."""
        return any((self.rotation, self.shift, self.scale, self.shear, self.elastic))

    def to_table(self) -> dict[str, float]:
        """The settings that are not at their default, as a table for TOML or JSON."""
        default = Augmentation()
        return {name: v for name, v in asdict(self).items() if v != getattr(default, name)}


def augmentation_from_table(table: Any) -> Augmentation:
    """Read the table `[training.augmentation]`; refuses unknown settings by name."""
    if not isinstance(table, Mapping):
        raise ModelError(f"training: augmentation must be a table, got {table!r}")
    refuse_unknown("training.augmentation", table, [one.name for one in fields(Augmentation)])
    return Augmentation(**table)
