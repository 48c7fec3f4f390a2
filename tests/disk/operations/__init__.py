"""Everything of digitcli that writes files, each small enough to be repeated hundreds of times."""

from __future__ import annotations

from collections.abc import Callable

from disk.operations import answers, learning, models, pictures
from disk.promises import Operation

# By name, made when it is tried: that may need packages of an extra.
OPERATIONS: dict[str, Callable[[], Operation]] = {
    **models.OPERATIONS,
    **answers.OPERATIONS,
    **pictures.OPERATIONS,
    **learning.OPERATIONS,
}
NEEDS = {
    **dict.fromkeys(learning.NEED_TENSORFLOW, ("tensorflow",)),
    "export to onnx": ("onnx",),
    "import of ONNX": ("onnx",),
    "export to safetensors": ("safetensors",),
    "predict --output a.parquet": ("pyarrow",),
    "predict --resume a.parquet": ("pyarrow",),
    "batch's parts": ("pyarrow",),
    "eval --reliability": ("matplotlib",),
    "serve's corrections": ("starlette",),
}
