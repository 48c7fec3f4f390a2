"""Whole models on all 10,000 test pictures of MNIST: the same digits, and int8 after it."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("onnx", reason="needs onnx: pip install 'digitcli[export]'")
pytest.importorskip("tensorflow", reason="needs TensorFlow (the train extra)")
pytestmark = [
    *(pytest.mark.slow, pytest.mark.train, pytest.mark.timeout(1200)),
    pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept:DeprecationWarning"),
]

import keras  # noqa: E402
from conversion.incoming import keras_models, onnx_models  # noqa: E402

import digitcli.training.compute.backend  # noqa: E402, F401 - starts TensorFlow quietly
from digitcli.conversion.incoming.importing import Labelled, import_model  # noqa: E402
from digitcli.data.store import load_split  # noqa: E402
from digitcli.evaluation.quantization import compare  # noqa: E402
from digitcli.inference.quantize import quantize  # noqa: E402

LEARNT = 6000  # pictures: enough for weights that tell digits apart


@pytest.fixture(scope="module")
def mnist(mnist_dir):
    """The training and the test pictures."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DIGITCLI_DATA", str(mnist_dir.parent))
        return load_split("mnist", "train"), load_split("mnist", "test")


@pytest.fixture(scope="module")
def trained(mnist):
    """Keras models of the deck's and the notebook's network, after a short training."""
    keras.utils.set_random_seed(0)
    found = {}
    for make, scale in ((keras_models.deck, 1), (keras_models.notebook, 255)):
        model = make(keras)
        logits = make is keras_models.deck
        loss = keras.losses.SparseCategoricalCrossentropy(from_logits=logits)
        model.compile("adam", loss)
        pictures = mnist[0].images[:LEARNT, ..., None].astype("float32") / scale
        model.fit(pictures, mnist[0].labels[:LEARNT], batch_size=100, epochs=1, verbose=0)
        found[model.name] = model
    return found


def torch_model(folder, mnist):
    """PyTorch's own export of a network with batch norm, or the like of it where it is missing."""
    try:
        import onnxscript  # noqa: F401
        import torch
    except ImportError:
        return onnx_models.torch_like().save(folder / "torch_like.onnx")
    layers = torch.nn
    torch.manual_seed(0)
    model = layers.Sequential(
        *(layers.Conv2d(1, 16, 3, padding=1, bias=False), layers.BatchNorm2d(16), layers.ReLU()),
        *(layers.Conv2d(16, 32, 3, stride=2, padding=1), layers.ReLU(), layers.BatchNorm2d(32)),
        *(layers.Conv2d(32, 32, 3), layers.BatchNorm2d(32), layers.MaxPool2d(2), layers.ReLU()),
        *(layers.Flatten(), layers.Linear(32 * 36, 10), layers.LogSoftmax(1)),
    )
    pictures = torch.tensor(mnist[0].images[:LEARNT, None] / np.float32(255), dtype=torch.float32)
    with torch.no_grad():  # batch norm takes the statistics of real pictures
        for first in range(0, LEARNT, 500):
            model((pictures[first : first + 500] - 0.1307) / 0.3081)
    torch.onnx.export(model.eval(), (pictures[:2],), folder / "torch.onnx", dynamo=True,
                      dynamic_shapes=({0: torch.export.Dim("n")},))  # fmt: skip
    return folder / "torch.onnx"


CASES = [
    *((name, form) for name in ("deck", "notebook") for form in ("keras", "h5", "savedmodel")),
    *(("deck", "tflite"), ("mnist-12", "onnx"), ("torch", "onnx")),
]


@pytest.mark.parametrize(("name", "form"), CASES)
def test_all_test_pictures_get_the_same_digit(name, form, mnist, trained, tmp_path, capsys):
    training, test = mnist
    if name in trained:
        path = keras_models.write(trained[name], form, tmp_path)
    elif name == "torch":
        path = torch_model(tmp_path, mnist)
    else:
        path = onnx_models.mnist_12().save(tmp_path / "mnist-12.onnx")
    pictures = Labelled(test.images, test.labels, "mnist")
    chosen = Labelled(training.images[:1000], training.labels[:1000], "mnist")

    done = import_model(path, pictures, lambda: chosen)
    small = quantize(done.weights, training.images[:1000]).weights
    after = compare(done.weights, small, test.images, test.labels)

    with capsys.disabled():
        print(
            f"\n{name:9} {form:11} {done.check.runtime:24} {done.check.equal_labels} same, "
            f"{done.check.largest_difference:.1e} of {done.check.tolerance:.0e}, "
            f"{done.pixels.options():40} {done.right:.2%} right; int8 {after.after / 100:.2f} %, "
            f"{after.agree} as float32"
        )
    assert done.check.pictures == done.check.equal_labels == 10_000
    assert done.check.largest_difference <= 1e-5
    assert after.agree > (9_900 if name in trained else 9_000)
