"""The training step: what it changes, compared with slow and obvious twins."""

from __future__ import annotations

import numpy as np
import pytest

from digitcli.model.layers import Conv, Dense, GlobalAveragePool, MaxPool
from digitcli.model.spec import NetworkSpec
from digitcli.training.augmentation import Augmentation
from digitcli.training.recipes import Recipe

pytestmark = pytest.mark.train
pytest.importorskip("tensorflow", reason="needs TensorFlow (the train extra)")

SPEC = NetworkSpec(
    "tried",
    (
        Conv(4, weight_standardization=True),
        MaxPool(),
        Conv(6, batch_norm=True, dropout=0.3),
        GlobalAveragePool(),
        Dense(10),
    ),
)
PLAIN = NetworkSpec("plain", (Conv(4), MaxPool(), Dense(12, "relu"), Dense(10)))
BATCH = 16


def recipe(**settings):
    settings = {"epochs": 1, "batch_size": BATCH, "learning_rate": 0.01} | settings
    return Recipe(**settings)


def make(spec, how, splits, **options):
    from digitcli.training.compute.choice import make_compute
    from digitcli.training.digit_trainer import DigitTrainer

    train = splits[0]
    return DigitTrainer(spec, how, train.images, train.labels, 100, make_compute(), **options)


def batch(number):
    return np.random.default_rng(number).integers(0, 600, BATCH).astype(np.int32)


def test_a_plain_step_is_the_step_of_keras(splits):
    from digitcli.training.compute.backend import keras
    from digitcli.training.network import keras_twin
    from digitcli.training.trainer import first_values

    trainer = make(PLAIN, recipe(optimizer="sgd"), splits)
    twin = keras_twin(PLAIN, pixels="float32")
    twin.set_weights(first_values(twin, seed=0))
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    twin.compile(keras.optimizers.SGD(0.01), loss)
    train, losses = splits[0], []

    for number in range(3):
        trainer.step(batch(number))
        pictures = np.float32(train.images[batch(number)])
        losses.append(float(twin.train_on_batch(pictures, train.labels[batch(number)])))

    for value, expected in zip(
        trainer.tested_model().get_weights(), twin.get_weights(), strict=True
    ):
        np.testing.assert_allclose(value, expected, rtol=1e-5, atol=1e-6)
    assert len(set(losses)) == 3  # it did learn


def test_sums_count_the_steps_since_the_epoch_began(splits):
    trainer = make(PLAIN, recipe(optimizer="sgd", learning_rate=1e-9), splits)
    labels = splits[0].labels
    logits = trainer.logits(splits[0].images)
    right = logits.argmax(axis=1) == labels
    trainer.step(batch(0))
    trainer.start_epoch()

    trainer.step(batch(1))
    trainer.step(batch(2))

    chances = np.exp(logits - logits.max(axis=1, keepdims=True)).astype(np.float64)
    chances = chances[np.arange(600), labels] / chances.sum(axis=1)
    loss, correct = trainer.sums()
    assert correct == right[batch(1)].sum() + right[batch(2)].sum()
    means = [-np.log(chances[batch(number)]).mean() for number in (1, 2)]
    assert loss == pytest.approx(sum(means), rel=1e-5)


def test_a_restored_state_goes_on_to_the_same_bits(splits):
    how = recipe(
        average=0.9,
        schedule="one_cycle",
        augmentation=Augmentation(rotation=10, elastic=1, noise=0.1),
    )
    first, second = make(SPEC, how, splits), make(SPEC, how, splits)
    first.step(batch(0))
    second.restore(first.state())

    for trainer in (first, second):
        trainer.step(batch(1))

    ours, theirs = first.state(), second.state()
    assert ours.keys() == theirs.keys()
    for name, values in ours.items():
        np.testing.assert_array_equal(values, theirs[name], err_msg=name)


def test_the_average_follows_the_weights_and_is_what_is_tested(splits):
    trainer = make(SPEC, recipe(average=0.5, learning_rate=0.05), splits)
    average = trainer.state()
    average = {name: average[name].astype(np.float64) for name in average if name[:2] == "w/"}

    for number in range(4):
        trainer.step(batch(number))
        now, keep = trainer.state(), min(0.5, (2 + number) / (11 + number))
        average = {name: keep * old + (1 - keep) * now[name] for name, old in average.items()}

    state = trainer.state()
    for name, expected in average.items():
        np.testing.assert_allclose(state[f"average/{name}"], expected, rtol=1e-5, atol=1e-6)
        assert np.abs(state[name] - expected).max() > 1e-4  # or the test would prove nothing
    pictures = splits[1].images
    expected = np.asarray(trainer.tested_model()(np.float32(pictures), training=False))
    np.testing.assert_allclose(trainer.logits(pictures), expected, rtol=1e-4, atol=1e-4)


def test_dropout_and_augmentation_are_off_in_a_test(splits):
    how = recipe(augmentation=Augmentation(rotation=20, noise=0.2))
    trainer = make(SPEC, how, splits)

    once, again = (trainer.logits(splits[1].images) for _ in range(2))

    np.testing.assert_array_equal(once, again)


def test_bfloat16_keeps_its_state_in_float32_and_learns_the_same(splits):
    exact, quick = (make(PLAIN, recipe(precision=name), splits) for name in ("float32", "bfloat16"))

    for number in range(30):
        exact.step(batch(number))
        quick.step(batch(number))

    kinds = {name: values.dtype for name, values in quick.state().items() if name != "step"}
    assert {kind.name for kind in kinds.values()} <= {"float32", "int32"}
    assert quick.sums()[0] == pytest.approx(exact.sums()[0], rel=0.02)
    assert quick.sums()[0] != exact.sums()[0]


def test_xla_takes_the_same_step(splits):
    plain, fused = (
        make(SPEC, recipe(augmentation=Augmentation(rotation=9)), splits, jit=jit)
        for jit in (False, True)
    )

    for trainer in (plain, fused):
        trainer.step(batch(0))

    for name, values in plain.state().items():
        np.testing.assert_allclose(fused.state()[name], values, rtol=1e-3, atol=2e-4, err_msg=name)


def test_a_teacher_sets_the_targets(splits):
    """With nothing but the teacher, the loss is the cross-entropy with its answers."""
    from digitcli.model.weights import Weights
    from digitcli.training.network import predictor, teacher

    rng = np.random.default_rng(5)
    tensors = [
        {name: np.float32(rng.normal(0, 0.3, shape)) for name, shape in PLAIN.tensors.items()}
        for _ in range(2)
    ]
    several = [Weights(PLAIN, each) for each in tensors]
    how = recipe(teacher_share=1.0, label_smoothing=0.1, learning_rate=1e-9)
    trainer = make(PLAIN, how, splits, teacher=teacher(several, "float32"))
    images = splits[0].images[batch(0)]
    taught = np.mean([predictor(one)(images) for one in several], axis=0)
    logits = trainer.logits(images).astype(np.float64)

    trainer.step(batch(0))

    chances = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    assert trainer.sums()[0] == pytest.approx(-(taught * chances).sum(axis=1).mean(), rel=1e-4)


@pytest.mark.parametrize("taught", [False, True])
def test_the_target_of_an_outlier_is_uniform(splits, taught):
    from digitcli.training.compute.choice import make_compute
    from digitcli.training.digit_trainer import DigitTrainer

    images, labels = splits[0].images, splits[0].labels.copy()
    labels[::3] = 10
    how = recipe(learning_rate=1e-9, outlier_weight=0.5, label_smoothing=0.1, teacher_share=0.4)
    answers = np.full((BATCH, 10), 0.02, np.float32) + 0.8 * np.eye(10, dtype=np.float32)[4]
    teacher = (lambda pixels: answers) if taught else None
    trainer = DigitTrainer(PLAIN, how, images, labels, 100, make_compute(), teacher=teacher)
    logits = trainer.logits(images[batch(0)]).astype(np.float64)

    trainer.step(batch(0))

    chances = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    expected = []
    for chance, label in zip(chances, labels[batch(0)], strict=True):
        target = 0.9 * (np.arange(10) == label) + 0.01
        target = 0.6 * target + 0.4 * answers[0] if taught else target
        none = label == 10
        expected.append(-0.5 * chance.mean() if none else -(target * chance).sum())
    assert 0 < (labels[batch(0)] == 10).sum() < BATCH  # or the test would prove nothing
    assert trainer.sums()[0] == pytest.approx(np.mean(expected), rel=1e-4)
    right = (logits.argmax(axis=1) == labels[batch(0)]).sum()
    assert trainer.sums()[1] == right


def test_timing_a_step_does_not_change_the_state(splits):
    trainer = make(PLAIN, recipe(), splits)
    before = trainer.state()

    seconds = trainer.seconds_per_step(batch(0), steps=2)

    assert seconds > 0
    for name, values in before.items():
        np.testing.assert_array_equal(values, trainer.state()[name])
