"""The compiled training step, and everything that it changes.

The data set lives on the device as uint8; a step takes the indices of its batch, so that nothing
but indices crosses from Python.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from ..model.spec import CLASSES, NetworkSpec
from .backend import keras, tf
from .network import keras_twin
from .recipes import Recipe


class Trainer:
    """A Keras twin, its optimizer and running sums, on the training pictures.

    `images` uint8 (n, 28, 28) and `labels` uint8 (n,) are the part that is learnt from.
    """

    def __init__(
        self,
        spec: NetworkSpec,
        recipe: Recipe,
        images: npt.NDArray[np.uint8],
        labels: npt.NDArray[np.uint8],
        total_steps: int,
    ) -> None:
        keras.utils.set_random_seed(recipe.seed)
        self.model = keras_twin(spec)
        self.optimizer = _optimizer(recipe, total_steps)
        self.optimizer.build(self.model.trainable_variables)
        self._smoothing = recipe.label_smoothing
        self._images, self._labels = tf.constant(images), tf.constant(labels)
        self._loss_sum = tf.Variable(0.0, dtype=tf.float64)
        self._correct = tf.Variable(0, dtype=tf.int64)
        self._compiled_step = tf.function(
            self._step, input_signature=[tf.TensorSpec((recipe.batch_size,), tf.int32)]
        )
        self._compiled_test = tf.function(
            self._test,
            input_signature=[
                tf.TensorSpec((None, *images.shape[1:]), tf.uint8),
                tf.TensorSpec((None,), tf.uint8),
            ],
        )

    def step(self, indices: npt.NDArray[np.int32]) -> None:
        """One optimizer step on the pictures at `indices`, int32 (batch,)."""
        self._compiled_step(tf.constant(indices))

    def take_sums(self) -> tuple[float, int]:
        """Sum of the steps' losses and count of right answers since the last call."""
        sums = float(self._loss_sum), int(self._correct)
        self._loss_sum.assign(0.0)
        self._correct.assign(0)
        return sums

    def test(
        self, images: npt.NDArray[np.uint8], labels: npt.NDArray[np.uint8], chunks: int
    ) -> tuple[float, float]:
        """Mean cross-entropy and accuracy, computed in `chunks` chunks to save memory."""
        loss, correct = 0.0, 0
        for part in np.array_split(np.arange(len(labels)), min(chunks, len(labels))):
            span = slice(int(part[0]), int(part[-1]) + 1)
            answers = self._compiled_test(tf.constant(images[span]), tf.constant(labels[span]))
            loss, correct = loss + float(answers[0]), correct + int(answers[1])
        return loss / len(labels), correct / len(labels)

    @property
    def learning_rate(self) -> float:
        """The learning rate of the next step."""
        return float(tf.convert_to_tensor(self.optimizer.learning_rate))

    def state(self) -> dict[str, npt.NDArray[Any]]:
        """Everything that a later step depends on: weights, optimizer, random states."""
        return {
            f"{index:03d}": np.asarray(variable.numpy())
            for index, variable in enumerate(self._variables())
        }

    def restore(self, state: dict[str, npt.NDArray[Any]]) -> None:
        """Put back what `state` returned."""
        for index, variable in enumerate(self._variables()):
            variable.assign(state[f"{index:03d}"])

    def _variables(self) -> list[Any]:
        """The seeds of dropout are among the model's variables, as Keras counts them."""
        tracked = [*self.model.variables, *self.optimizer.variables]
        return [*(variable.value for variable in tracked), self._loss_sum, self._correct]

    def _step(self, indices: Any) -> None:
        images, labels = tf.gather(self._images, indices), tf.gather(self._labels, indices)
        with tf.GradientTape() as tape:
            logits = self.model(images, training=True)
            loss = tf.reduce_mean(_cross_entropy(logits, labels, self._smoothing))
        variables = [variable.value for variable in self.model.trainable_variables]
        gradients = tape.gradient(loss, variables)
        self.optimizer.apply(gradients, self.model.trainable_variables)
        self._loss_sum.assign_add(tf.cast(loss, tf.float64))
        self._correct.assign_add(_count_right(logits, labels))

    def _test(self, images: Any, labels: Any) -> tuple[Any, Any]:
        logits = self.model(images, training=False)
        return tf.reduce_sum(_cross_entropy(logits, labels, 0.0)), _count_right(logits, labels)


def _cross_entropy(logits: Any, labels: Any, smoothing: float) -> Any:
    """Softmax cross-entropy of each picture, its target mixed with the uniform one."""
    target = tf.one_hot(labels, CLASSES) * (1 - smoothing) + smoothing / CLASSES
    return tf.nn.softmax_cross_entropy_with_logits(target, logits)


def _count_right(logits: Any, labels: Any) -> Any:
    guesses = tf.argmax(logits, axis=1, output_type=tf.int64)
    return tf.reduce_sum(tf.cast(guesses == tf.cast(labels, tf.int64), tf.int64))


def _optimizer(recipe: Recipe, total_steps: int) -> Any:
    """Keras's optimizer for a recipe, with its learning rate or schedule."""
    rate: Any = float(recipe.learning_rate)  # TOML may say 1
    if recipe.schedule == "one_cycle":
        # Smith and Topin, "Super-Convergence" (2018): up for the first quarter, then down to zero.
        warmup = max(1, total_steps // 4)
        rate = keras.optimizers.schedules.CosineDecay(
            recipe.learning_rate / 25,
            decay_steps=max(1, total_steps - warmup),
            warmup_target=recipe.learning_rate,
            warmup_steps=warmup,
        )
    match recipe.optimizer:
        case "sgd":
            return keras.optimizers.SGD(rate, momentum=recipe.momentum)
        case "adam":
            return keras.optimizers.Adam(rate)
        case "adamw":
            return keras.optimizers.AdamW(rate, weight_decay=recipe.weight_decay)
