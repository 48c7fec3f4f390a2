"""CTC's loss on either backend."""

from __future__ import annotations

from typing import Any

from ...signs import SIGNS
from ..compute.backend import ops, tensorflow

BLANK = len(SIGNS)  # CTC's class of no sign


def ctc_loss(logits: Any, signs: Any, lengths: Any) -> Any:
    """Minus log P(signs) of each line, float32 (n,).

    `logits` (n, columns, classes), `signs` int32 (n, most), `lengths` int32 (n,) from 0 on.
    """
    columns = ops.cast(ops.full(ops.shape(lengths), tuple(logits.shape)[1]), "int32")
    return ops.ctc_loss(signs, logits, lengths, columns, mask_index=BLANK)


def sparse_ctc_loss(logits: Any, signs: Any, lengths: Any) -> Any:
    """The same by TensorFlow's kernel for CPUs, which takes a seventh of the time there.

    It refuses lines without signs: what they should spell is a blank in every column. XLA does not
    compile it.
    """
    tf = tensorflow()
    written = tf.sequence_mask(tf.maximum(lengths, 1), signs.shape[1])
    sparse = tf.SparseTensor(
        tf.where(written), tf.boolean_mask(signs, written), tf.cast(tf.shape(signs), tf.int64)
    )
    columns = tf.fill(tf.shape(lengths), logits.shape[1])
    some = tf.nn.ctc_loss(sparse, logits, None, columns, logits_time_major=False, blank_index=BLANK)
    none = -tf.reduce_sum(tf.nn.log_softmax(logits)[..., BLANK], axis=1)
    return tf.where(lengths > 0, some, none)
