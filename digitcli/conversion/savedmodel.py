"""The network as a TensorFlow SavedModel: a folder that TensorFlow and its servers run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

INPUT, OUTPUT = "images", "probabilities"


def write_savedmodel(classifier: Any, folder: Path, *, scaled: bool = False) -> None:
    """Write the Keras model `classifier` into `folder`, with one signature, `serving_default`.

    It takes `images`, raw pictures uint8 (n, 28, 28), any n, and gives `probabilities`, float32
    (n, classes); of a network for lines (n, height, width), any width, and (n, columns, 16); of one
    for maps any size, and (n, height / 4, width / 4, 2). `scaled` is for a classifier that takes
    float32 (n, height, width, 1), scaled already.
    """
    shape = classifier.inputs[0].shape[1:]
    kind = tf.float32 if scaled else tf.uint8
    archive = keras.export.ExportArchive()
    archive.track(classifier)
    archive.add_endpoint(
        name="serve",
        fn=lambda images: {OUTPUT: classifier(images, training=False)},
        input_signature=[tf.TensorSpec((None, *shape), kind, name=INPUT)],
    )
    archive.write_out(str(folder), verbose=False)
