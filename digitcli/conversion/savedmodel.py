"""The network as a TensorFlow SavedModel: a folder that TensorFlow and its servers run."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import keras
import tensorflow as tf

_NUMBERS = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EACCES, errno.EROFS)
INPUT, OUTPUT = "images", "probabilities"


def write_savedmodel(classifier: Any, folder: Path, *, scaled: bool = False) -> None:
    """Write the Keras model `classifier` into `folder`, with one signature, `serving_default`.

    It takes `images`, raw pictures uint8 (n, 28, 28), any n, and gives `probabilities`, float32
    (n, classes); of a network for lines (n, height, width), any width, and (n, columns, 16); of one
    for maps any size, and (n, height / 4, width / 4, 2). `scaled` is for a classifier that takes
    float32 (n, height, width, 1), scaled already. Raises OSError when the disk refuses.
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
    try:
        archive.write_out(str(folder), verbose=False)
    except tf.errors.OpError as error:
        raise _of_disk(error, folder) or error from error


def _of_disk(error: Exception, folder: Path) -> OSError | None:
    """What TensorFlow's file system was refused, which it tells in words alone."""
    for number in _NUMBERS:
        if os.strerror(number) in str(error):
            return OSError(number, os.strerror(number), str(folder))
    return None
