"""Every runtime that is installed, with the same weights: the answers of our engine."""

from __future__ import annotations

import re
import subprocess
import sys

import numpy as np
import pytest
from class_weights import class_weights, names

from digitcli.bench.race.agreement import compare
from digitcli.bench.race.entry import Entry
from digitcli.bench.race.interpreter import WorkerError, python_command
from digitcli.bench.race.peer_files import PeerFiles
from digitcli.bench.race.process import WorkerProcess, workers
from digitcli.bench.runtimes import (
    PEERS,
    PRECISIONS,
    RUNTIMES,
    demand,
    file_of,
    install,
    is_installed,
    tolerance_of,
)
from digitcli.data.drawn.synthetic import draw
from digitcli.errors import MachineError
from digitcli.inference.engine import Engine, load
from digitcli.model.weights import find_weights, save_weights

LETTERS = class_weights(names(26))
HEAVY = {"tensorflow", "pytorch", "litert", "executorch"}  # TensorFlow makes LiteRT's file


def marks_of(*way: str) -> list[pytest.MarkDecorator]:
    """TensorFlow takes seconds to start, so the first of its ways alone is no slow test."""
    slow = way[0] == "tensorflow" and way[1:] != ("tf.function", "fp32")
    return [pytest.mark.train] * (way[0] in HEAVY) + [pytest.mark.slow] * slow


WAYS = [
    pytest.param(
        Entry(name, variant, precision),
        id=f"{name}-{variant}-{precision}",
        marks=marks_of(name, variant, precision),
    )
    for name in PEERS
    for precision, way in RUNTIMES[name].ways.items()
    for variant in way.variants
]


@pytest.fixture(scope="module")
def images():
    return draw(200, seed=5)[0]


@pytest.fixture(scope="module")
def start_worker(images):
    """What starts workers that run the bundled network."""
    yield from started(find_weights("small"), images)


@pytest.fixture(scope="module")
def start_worker_26(images, tmp_path_factory):
    """The same with random weights for 26 classes."""
    path = tmp_path_factory.mktemp("weights") / "letters.npz"
    save_weights(path, LETTERS)
    yield from started(path, images)


def started(weights, images):
    main, make = (python_command("digitcli.cli.bench.worker", name) for name in ("main", "make"))
    files = PeerFiles(make, weights, lambda: draw(64, seed=6)[0])
    with workers(main, weights, images, files) as start_worker:
        yield start_worker


def skip_without(*engines):
    lacking = [name for name in engines if not is_installed(name)]
    if lacking:
        pytest.skip(f"needs {', '.join(lacking)}: {install(*lacking)}")


@pytest.mark.parametrize("entry", WAYS)
def test_an_installed_runtime_agrees_with_our_engine(entry, start_worker, images):
    skip_without(*needs(entry))
    worker = start_worker(entry, 1)
    try:
        info = worker.info()
        found = worker.probabilities(len(images))
        seconds = worker.lap(batch=3, repeats=2)
    finally:
        worker.close()

    assert (info.variant, info.precision) == (
        entry.variant,
        entry.precision,
    )
    assert re.match(r"\d+\.\d+", info.version)
    expected = load("small").predict(images).probabilities
    allowed = tolerance_of(entry.engine, entry.variant)
    assert compare(found, expected, entry.precision, tolerance=allowed).agrees
    assert min(seconds) > 0


READS = [
    pytest.param(name, *way, marks=[pytest.mark.train] * (name == "executorch"))
    for name, way in {
        "onnxruntime": ("session", "fp32"),
        "openvino": ("request", "fp32"),
        "litert": ("xnnpack", "fp32"),
        "mnn": ("large-tiles", "fp32"),
        "opencv": ("graph", "fp32"),
        "executorch": ("xnnpack", "int8"),
    }.items()
]


@pytest.mark.parametrize(("name", "variant", "precision"), READS)
def test_a_runtime_that_cannot_read_its_file_fails_alone(name, variant, precision, tmp_path):
    """Some raise and some crash: either way it is an error with a message."""
    skip_without(name)
    images, file = tmp_path / "images.npy", tmp_path / "file"
    np.save(images, np.zeros((2, 28, 28), np.uint8))
    file.write_bytes(b"no network" * 100)
    place = {"weights": str(find_weights("small")), "images": str(images), "file": str(file)}
    main = python_command("digitcli.cli.bench.worker", "main")
    entry = Entry(name, variant, precision)
    worker = WorkerProcess(main, entry, 1, place | {"scope": "model", "pin": False})

    def answer() -> None:
        worker.info()
        worker.probabilities(2)

    try:
        with pytest.raises(WorkerError, match=r"\w+"):
            answer()
    finally:
        worker.close()


@pytest.mark.train
def test_pytorch_applies_the_temperature(tmp_path):
    pytest.importorskip("torch", reason="needs torch: pip install 'digitcli[bench]'")
    code = """
import sys
from dataclasses import replace
import numpy as np
from digitcli.bench.runtimes.pytorch import PyTorch
from digitcli.data.drawn.synthetic import draw
from digitcli.inference.engine import Engine
from digitcli.model.weights import find_weights, load_weights
images = draw(20, seed=5)[0]
weights = replace(load_weights(find_weights("small")), temperature=3.0)
answers = PyTorch(weights, "jit", "fp32", threads=1).probabilities(images)
print(np.abs(answers - Engine(weights).predict(images).probabilities).max())
"""
    command = [sys.executable, "-c", code]  # elsewhere, or it would find the source tree
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path)

    assert float(done.stdout) < 1e-5


def needs(entry: Entry) -> list[str]:
    """The runtimes whose packages it takes to make a entry's file and to run it."""
    file = file_of(entry.engine, entry.precision) or ""
    others = {"int8.onnx": ["onnxruntime"], "float32.tflite": ["tensorflow"]}
    others["int8.tflite"] = others["float32.tflite"]
    return [entry.engine, *others.get(file, [])]


def test_fp32_rounds_more_finely_than_bf16(start_worker, images):
    """OpenVINO computes in bf16 on CPUs that have it, unless it is told not to."""
    skip_without("openvino")
    expected = load("small").predict(images).probabilities
    worker = start_worker(Entry("openvino", "request", "fp32"), 1)
    try:
        worker.info()
        found = worker.probabilities(len(images))
    finally:
        worker.close()

    assert np.abs(found - expected).max() < 1e-5


def test_the_command_that_installs_runtimes_names_their_extras():
    assert install("openvino") == 'pip install "digitcli[bench]"'
    assert install("mnn", "opencv", "litert") == 'pip install "digitcli[bench,bench-more]"'
    assert install("int8.onnx") == 'pip install "digitcli[bench]"'
    assert install("int8.pt2") == 'pip install "digitcli[bench-more]"'


def test_every_runtime_has_fp32_and_only_known_precisions():
    for runtime in RUNTIMES.values():
        assert "fp32" in runtime.ways
        assert set(runtime.ways) <= set(PRECISIONS)


@pytest.mark.parametrize("found", ["1.16", "1.16.3", "1.17.0.dev1", "2.0", "10.1"])
def test_a_version_that_is_new_enough_passes(found):
    demand("onnxruntime", found, (1, 16))


@pytest.mark.parametrize("found", ["1.15.9", "0.99", "1.9"])
def test_a_version_that_is_too_old_is_named(found):
    message = re.escape(f"onnxruntime {found} is too old, 1.16 or newer expected")
    with pytest.raises(MachineError, match=message) as caught:
        demand("onnxruntime", found, (1, 16))

    assert caught.value.hint == 'pip install --upgrade "onnxruntime>=1.16"'


@pytest.mark.parametrize("entry", WAYS)
def test_an_installed_runtime_answers_of_26_classes(entry, start_worker_26, images):
    skip_without(*needs(entry))
    worker = start_worker_26(entry, 1)
    try:
        worker.info()
        found = worker.probabilities(len(images))
        seconds = worker.lap(batch=3, repeats=2)
    finally:
        worker.close()

    expected = Engine(LETTERS).predict(images).probabilities
    assert found.shape == expected.shape == (len(images), 26)
    allowed = tolerance_of(entry.engine, entry.variant)
    assert entry.precision != "fp32" or compare(found, expected, tolerance=allowed).agrees
    assert np.abs(found - expected).mean() < 0.01
    assert min(seconds) > 0
