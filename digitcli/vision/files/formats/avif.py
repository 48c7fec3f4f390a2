"""AVIF: as HEIC, with another decoder."""

from __future__ import annotations

from .essential import Essential, Limits
from .heic import essential as essential_of


def essential(data: bytes, limits: Limits) -> Essential:
    """The file itself; raises as `heic.essential` does."""
    return essential_of(data, limits, "AVIF")
