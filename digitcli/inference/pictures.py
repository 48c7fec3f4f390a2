"""Pictures of digits as users hold them, made what the engine takes: uint8 (n, 28, 28)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..errors import DataError

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

_SIDE = 28
_LEAST_SCALE = 1e-30  # 255 / scale stays within float32


def pictures_of(images: Any, scale: float | None = None) -> npt.NDArray[np.uint8] | memoryview:
    """`images` as C-contiguous uint8 (n, 28, 28), copied only where they are something else.

    `scale` is the value of full ink of other dtypes than uint8. Raises DataError for another shape,
    dtype or range, never guessing one.
    """
    if isinstance(images, memoryview):
        return images  # checked by whoever reads it
    import numpy as np

    try:
        found = np.asarray(images)
    except ValueError as error:
        raise DataError(f"images must be of one size ({error})") from error
    shaped = _shaped(found)
    if shaped.dtype != np.uint8 or scale is not None:
        shaped = _scaled(shaped, scale)
    return np.ascontiguousarray(shaped)


def _shaped(images: npt.NDArray[Any]) -> npt.NDArray[Any]:
    shape = images.shape
    if shape[1:] == (_SIDE, _SIDE):
        return images
    if shape in ((_SIDE, _SIDE), (_SIDE * _SIDE,)):
        return images.reshape(1, _SIDE, _SIDE)
    if shape[1:] in ((_SIDE * _SIDE,), (_SIDE, _SIDE, 1)):
        return images.reshape(-1, _SIDE, _SIDE)
    raise DataError(
        f"images must have shape (n, 28, 28), got {shape}",
        hint="(28, 28), (n, 784) and (n, 28, 28, 1) will do; digitcli.read takes any picture",
    )


def _scaled(images: npt.NDArray[Any], scale: float | None) -> npt.NDArray[np.uint8]:
    import numpy as np

    if scale is None or images.dtype.kind not in "biuf":
        hint = "say what full ink is: scale=1.0 or scale=255" if scale is None else ""
        raise DataError(f"images must be uint8, got {images.dtype}", hint=hint)
    if not _LEAST_SCALE <= scale <= 1 / _LEAST_SCALE:
        raise DataError(f"scale must be above 0 and finite, got {scale}")
    if images.size and not (images.min() >= 0 and images.max() <= scale):  # NaN too
        raise DataError(
            f"expected values from 0 to scale={scale:g}, got {images.min():g} to {images.max():g}"
        )
    if images.dtype == np.float16:  # 255 / scale may be more than it holds
        images = images.astype(np.float32)
    found: npt.NDArray[np.uint8] = np.rint(images * (255 / scale)).astype(np.uint8)
    return found
