"""Two replicas in one process do what one device does: logical CPU devices stand in for GPUs."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from digitcli.errors import UsageError

pytestmark = pytest.mark.train
pytest.importorskip("tensorflow", reason="needs TensorFlow (the train extra)")

# In a process of its own: logical devices must be made before TensorFlow starts.
PROGRAM = """
import json
import numpy as np
from digitcli.training.compute.backend import tensorflow
tf = tensorflow()
cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
from digitcli.data.drawn.synthetic import draw
from digitcli.model.spec import NetworkSpec
from digitcli.training.compute.tensorflow import TensorFlowCompute
from digitcli.training.compute.distribute import Replicas, mirrored
from digitcli.training.recipes import recipe_from_table
from digitcli.training.digit_trainer import DigitTrainer

SPEC = NetworkSpec.from_json({"name": "replicated", "layers": [
    {"type": "conv", "filters": 3, "kernel": 5, "stride": 3, "batch_norm": True, "dropout": 0.2},
    {"type": "dense", "units": 12, "activation": "relu", "dropout": 0.4},
    {"type": "dense", "units": 10},
]})
RECIPE = recipe_from_table({
    "optimizer": "sgd", "momentum": 0.9, "learning_rate": 0.05, "schedule": "cosine",
    "average": 0.9, "label_smoothing": 0.05, "batch_size": 24, "steps": 12, "validation": 0,
    "augmentation": {"rotation": 8.0, "shift": 1.0, "elastic": 0.5, "stroke": 0.5, "noise": 0.02},
})
images, labels = draw(24 * 6, seed=1)

def train(replicas):
    trainer = DigitTrainer(SPEC, RECIPE, images, labels, 12, TensorFlowCompute(replicas))
    losses = []
    for step in range(12):
        trainer.start_epoch()
        trainer.step(np.arange(24, dtype=np.int32) + 24 * (step % 6))
        losses.append(trainer.sums())
    test = trainer.test(images, labels, chunks=5)
    return losses, trainer.state(), test

one, two = train(Replicas()), train(mirrored(["/CPU:0", "/CPU:1"], "CPU"))
apart = {
    name: float(np.abs(array - two[1][name]).max() / max(np.abs(array).max(), 1e-9))
    for name, array in one[1].items()
}
print(json.dumps({"losses": [one[0], two[0]], "apart": apart, "tests": [one[2], two[2]]}))
"""


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    command = [sys.executable, "-c", PROGRAM]  # elsewhere, or it would find the source tree
    folder = tmp_path_factory.mktemp("replicas")
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.slow
def test_two_replicas_lose_and_answer_as_one_device_does(found):
    one, two = found["losses"]

    assert [right for _, right in one] == [right for _, right in two]
    assert [loss for loss, _ in one] == pytest.approx([loss for loss, _ in two], rel=2e-6)
    assert found["tests"][0] == pytest.approx(found["tests"][1], rel=2e-6)
    assert one[-1][0] < one[0][0], "it learns"


@pytest.mark.slow
def test_two_replicas_learn_the_weights_that_one_device_learns(found):
    """With dropout, augmentation and batch norm, whose statistics are of the whole batch."""
    apart = found["apart"]

    assert any(name.startswith("v/") for name in apart), "batch norm has statistics"
    assert max(apart.values()) < 1e-5, apart  # 12 steps of float32 rounding


def test_a_batch_that_replicas_cannot_share_is_refused_with_one_that_they_can():
    from digitcli.training.compute.distribute import refuse_uneven

    refuse_uneven(128, 2)
    with pytest.raises(UsageError, match="128 cannot be shared evenly by 3 replicas") as caught:
        refuse_uneven(128, 3)

    assert caught.value.hint == "--batch-size 126"
