"""The formats that weights are exported to."""

from __future__ import annotations

from typing import Literal, TypeAlias, get_args

Form: TypeAlias = Literal["onnx", "tflite", "savedmodel", "keras", "safetensors"]
FORMS: tuple[Form, ...] = get_args(Form)
