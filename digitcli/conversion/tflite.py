"""The network as a TFLite file, for LiteRT: TensorFlow's own converter does it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import tensorflow as tf

from ..errors import ModelError
from ..files import scratch_folder
from .savedmodel import write_savedmodel


def tflite_model(classifier: Any, *, scaled: bool = False) -> bytes:
    """The Keras model `classifier` as a float32 TFLite model.

    Inputs as `write_savedmodel` has them; the batch is 1 until the interpreter's input is resized.
    Raises ModelError with the converter's own words when it cannot express a layer.
    """
    with scratch_folder("tflite") as folder:
        return _converted(_converter(classifier, folder, scaled))


def quantised_tflite_model(classifier: Any, pictures: npt.NDArray[np.float32]) -> bytes:
    """`classifier`, which takes scaled pictures, in int8 throughout, uint8 in and float32 out.

    The converter measures ranges on `pictures`, float32 (n, 28, 28, 1). The input's scale and zero
    point are such that raw pixels can be passed unchanged.
    """
    with scratch_folder("tflite") as folder:
        converter = _converter(classifier, folder, scaled=True)
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.representative_dataset = lambda: ([one[np.newaxis]] for one in pictures)
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
        converter.inference_input_type = tf.uint8
        return _converted(converter)


def _converter(classifier: Any, folder: Path, scaled: bool) -> Any:
    write_savedmodel(classifier, folder, scaled=scaled)
    return tf.lite.TFLiteConverter.from_saved_model(str(folder))


def _converted(converter: Any) -> bytes:
    try:
        return bytes(converter.convert())
    except Exception as error:  # the converter's own errors share no type
        lines = str(error).strip().splitlines()
        named = next((line for line in lines if "op" in line.lower()), lines[0] if lines else "")
        raise ModelError(
            f"TFLite cannot express this network: {named.strip()}",
            hint="export to ONNX instead: `digitcli export --to onnx`",
        ) from error
