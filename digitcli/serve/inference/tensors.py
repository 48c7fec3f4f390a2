"""Pictures of digits as tensors, from either protocol, and what a network says of them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import numpy.typing as npt

from ...errors import DataError
from ...inference.pictures import pictures_of
from ..options import ROWS
from ..refusal import RefusedError

if TYPE_CHECKING:
    from ..batches import Batches

Images: TypeAlias = npt.NDArray[np.uint8]

INPUT = "images"
VERSION = "1"  # of every model: weights do not change while a server runs


@dataclass(frozen=True)
class Model:
    """A network that classifies pictures, under its name."""

    name: str
    batches: Batches


def parse_json(body: bytes | memoryview) -> Any:
    """A JSON document. Raises RefusedError for what is none, NaN and infinity included."""
    try:
        return json.loads(bytes(body).decode("utf-8"), parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise RefusedError(400, f"not JSON: {error}") from error


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON number")


def as_images(values: Any, scale: float | None = None) -> Images:
    """Pictures uint8 (n, 28, 28) of an array or nested lists of numbers.

    Whole numbers are 0 to 255; others need `scale`, the value of full ink. Raises RefusedError for
    anything else.
    """
    try:
        array = np.asarray(values)
        if array.dtype.kind not in "iufb":
            raise DataError(f"expected numbers, got {array.dtype}")
        if array.dtype.kind == "i" and scale is None:
            if array.size and (array.min() < 0 or array.max() > 255):
                raise DataError("whole numbers must be from 0 to 255")
            array = array.astype(np.uint8)
        images: Images = np.ascontiguousarray(pictures_of(array, scale))
    except DataError as error:
        raise RefusedError(400, str(error), error.hint) from error
    except (ValueError, TypeError, OverflowError) as error:  # rows of different lengths
        raise RefusedError(400, f"{INPUT}: not a tensor ({error})") from error
    if not 1 <= len(images) <= ROWS:
        raise RefusedError(400, f"{INPUT}: from 1 to {ROWS:,} pictures, got {len(images):,}")
    return images
