from __future__ import annotations

import io
import os
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import PIL.Image
import pytest
from bench.fakes import answers as canned

from digitcli.bench import profile
from digitcli.bench.pictures import ENLARGED, Pictures, as_files
from digitcli.bench.race import scope
from digitcli.bench.race.job import Job
from digitcli.bench.runtimes.digitcli import DigitCli
from digitcli.data.store import load_split
from digitcli.errors import DataError
from digitcli.inference.engine import Engine, load
from digitcli.inference.layer_times import LayerTime, layer_times
from digitcli.inference.quantize import quantize
from digitcli.machine import affinity
from digitcli.machine.peaks import Peaks
from digitcli.model.weights import find_weights, load_weights


@pytest.fixture(scope="module")
def images(drawn_data):
    """Sixteen drawn digits, uint8 (16, 28, 28)."""
    return load_split("synthetic", "test", drawn_data / "synthetic").images[:16].copy()


def step(layer: str, algorithm: str, us: float, done: float, direct: float) -> dict:
    """What the C++ engine tells of a step, for one picture."""
    flops = {"flops_done": 1e6 * done, "flops_direct": 1e6 * direct}
    return {"layer": layer, "algorithm": algorithm, "seconds": us / 1e6, **flops}


PROFILE = [
    step("conv1+pool1", "direct", 10.0, 1.0, 1.0),
    step("pool2", "max", 1.0, 0.0, 0.0),
    step("dense1", "dense int8", 9.0, 2.0, 4.0),
]


@pytest.fixture
def engine():
    """An engine that answers like the bundled one and profiles as PROFILE says."""
    engine = load("small")
    engine.core = SimpleNamespace(
        run_to_bytes=engine.core.run_to_bytes,
        isa=engine.isa,
        profile=lambda images, repeats: PROFILE,
    )
    return engine


class Answering:
    """A runtime with every scope, which remembers the pictures it was given."""

    variant, precision, version = "plain", "float32", "1"
    has_kernel_times = True

    def __init__(self) -> None:
        self.seen: list[np.ndarray] = []

    def probabilities(self, images):
        self.seen.append(images)
        return canned(len(images))

    def prepare(self, images):
        return lambda: self.seen.append(images)

    def prepare_fresh(self, images):
        return self.seen.append

    def kernel_seconds(self, images, repeats):
        return [0.25] * repeats


def test_a_runtime_has_the_scopes_of_its_methods():
    model_only = SimpleNamespace(prepare=print)
    elsewhere = Answering()
    elsewhere.has_kernel_times = False

    assert scope.scopes_of(Answering()) == ["kernel", "model", "end-to-end"]
    assert scope.scopes_of(model_only) == ["model"]
    assert scope.scopes_of(elsewhere) == ["model", "end-to-end"]


def test_a_lap_has_one_call_more_than_it_counts(images):
    runtime = Answering()

    seconds = scope.lap_of(runtime, "model", images)(3)

    assert len(seconds) == 3
    assert len(runtime.seen) == 4


def test_end_to_end_decodes_and_normalises_files_into_pictures(images):
    runtime = Answering()

    seconds = scope.lap_of(runtime, "end-to-end", images)(2)

    assert len(seconds) == 2
    assert [seen.shape for seen in runtime.seen] == [(16, 28, 28)] * 3
    first, second, _ = runtime.seen
    assert first is not second
    np.testing.assert_array_equal(first, second)


def test_end_to_end_is_slower_than_the_model_alone(images):
    runtime = DigitCli(load("small"), "fp32", threads=1)

    model, whole = (min(scope.lap_of(runtime, way, images)(5)) for way in ("model", "end-to-end"))

    assert whole > model


def test_answers_end_to_end_are_those_of_the_normalised_files(images):
    runtime = DigitCli(load("small"), "fp32", threads=1)

    whole = scope.answers(runtime, "end-to-end", images)
    direct = scope.answers(runtime, "model", images)

    assert whole.shape == direct.shape
    assert not np.array_equal(whole, direct)
    assert (whole.argmax(axis=1) == direct.argmax(axis=1)).mean() >= 14 / 16


def test_a_blank_picture_goes_all_the_way():
    blank = np.zeros((2, 28, 28), np.uint8)

    np.testing.assert_array_equal(scope.read_files(as_files(blank)), blank)


def test_files_are_png_pictures_dark_on_light_and_enlarged(images):
    with PIL.Image.open(io.BytesIO(as_files(images)[3])) as file:
        pixels = np.asarray(file)

    assert (file.format, file.mode, file.size) == ("PNG", "L", (28 * ENLARGED, 28 * ENLARGED))
    np.testing.assert_array_equal(255 - pixels[::ENLARGED, ::ENLARGED], images[3])


def test_kernel_seconds_are_those_of_convolutions_and_dense_layers(engine, images):
    runtime = DigitCli(engine, "fp32", threads=1)

    seconds = scope.lap_of(runtime, "kernel", images)(3)

    assert seconds == [pytest.approx(len(images) * 19e-6)] * 3


def test_kernel_times_are_for_one_thread(engine):
    assert "kernel" in scope.scopes_of(DigitCli(engine, "fp32", threads=1))
    assert "kernel" not in scope.scopes_of(DigitCli(engine, "fp32", threads=2))


def test_an_int8_engine_has_kernel_times_too(images):
    pictures = np.random.default_rng(1).integers(0, 256, (100, 28, 28), dtype=np.uint8)
    quantized = quantize(load_weights(find_weights("tiny")), pictures).weights
    runtime = DigitCli(Engine(quantized), "fp32", threads=1)

    seconds = scope.lap_of(runtime, "kernel", images)(2)

    assert runtime.precision == "int8"
    assert scope.scopes_of(runtime) == ["kernel", "model", "end-to-end"]
    assert len(seconds) == 2
    assert all(0 < value < 1 for value in seconds)


def test_layer_times_are_those_of_the_whole_batch(engine, images):
    first, *_ = layer_times(engine, images[:4], 1)

    assert first == LayerTime("conv1+pool1", "direct", pytest.approx(40.0), 4.0, 4.0)
    assert first.layers == ["conv1", "pool1"]


def test_the_real_engine_times_every_layer_once(images):
    real = load("small")

    found = layer_times(real, images, 2)

    named = [name for layer in found for name in layer.layers]
    assert sorted(named) == sorted(step.name for step in real.spec.steps)
    assert all(layer.us > 0 and layer.mflop_done > 0 for layer in found)
    direct = sum(layer.mflop_direct for layer in found)
    assert direct == pytest.approx(real.spec.flops * len(images) / 1e6, rel=0.01)


def test_pictures_that_are_not_contiguous_are_refused(images):
    with pytest.raises(DataError, match="C-contiguous"):
        layer_times(load("small"), images[:, ::-1], 1)


PEAKS = Peaks(200.0, 800.0, 1, 100.0, 1, 50.0, 1, 20.0)


def test_a_layer_has_a_rate_and_its_share_of_the_peak_it_could_reach():
    layers = [
        LayerTime("conv1", "direct", 10.0, 1.0, 1.0),
        LayerTime("pool1", "max", 1.0, 0.0, 0.0),
        LayerTime("dense1", "dense int8", 9.0, 2.0, 4.0),
    ]

    conv, pool, dense = profile.layer_rows(layers, 4, PEAKS)

    assert (conv["share"], conv["gflops"], conv["share_of_peak"]) == (0.5, 100.0, 0.5)
    assert (pool["gflops"], pool["share_of_peak"], pool["saved"]) == (None, None, None)
    assert dense["gflops"] == pytest.approx(222.2222)
    assert dense["share_of_peak"] == pytest.approx(222.2222 / 800, abs=1e-4)  # int8
    assert (dense["batch"], dense["saved"]) == (4, 0.5)


def test_a_layer_that_is_faster_than_the_peak_loop_is_the_peak(engine, images, monkeypatch):
    slow = Peaks(1.0, 800.0, 1, 100.0, 1, 50.0, 1, 20.0)
    monkeypatch.setattr(profile, "measure_peaks", lambda isa, threads, seconds: slow)
    pictures = Pictures(images, np.zeros(16, np.uint8), "synthetic", 16)
    settings = {"flops": 1, "data": "synthetic", "against": (), "seconds": 0.0, "rounds": 3}
    job = Job(weights="w", network="small", batches=(1,), threads=(1,), **settings)

    document = profile.perform(job, engine, pictures).document

    assert document["peaks"][0]["fma_gflops"] == 100.0
    assert document["rows"][0]["share_of_peak"] == 1.0


def test_layers_are_profiled_at_every_batch_size_and_peaks_at_every_thread_count(
    engine, images, monkeypatch
):
    monkeypatch.setattr(profile, "measure_peaks", lambda isa, threads, seconds: PEAKS)
    pictures = Pictures(images, np.zeros(16, np.uint8), "synthetic", 16)
    settings = {"flops": 1, "data": "synthetic", "against": (), "seconds": 0.0, "rounds": 3}
    job = Job(weights="w", network="small", batches=(1, 16), threads=(2,), **settings)

    outcome = profile.perform(job, engine, pictures)

    document = outcome.document
    assert document["schema"] == "digitcli.bench-layers/1"
    assert [row["batch"] for row in document["rows"]] == [1, 1, 1, 16, 16, 16]
    assert [found["threads"] for found in document["peaks"]] == [1, 2]
    assert document["machine"]["isa"] == engine.isa
    assert isinstance(engine, Engine)


@pytest.mark.skipif(not affinity.can_pin(), reason="this system has no sched_setaffinity")
def test_a_pinned_process_stays_on_its_first_cores():
    cores = sorted(os.sched_getaffinity(0))
    code = (
        "import os; from digitcli.machine.affinity import pin; "
        "print(pin(1), pin(1), sorted(os.sched_getaffinity(0)))"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == f"{cores[:1]} {cores[:1]} {cores[:1]}"


@pytest.mark.skipif(not affinity.can_pin(), reason="this system has no sched_setaffinity")
def test_more_threads_than_cores_get_all_cores():
    assert affinity.pin(10_000) == sorted(os.sched_getaffinity(0))


def test_a_system_without_affinity_pins_nothing(monkeypatch):
    monkeypatch.delattr(os, "sched_setaffinity", raising=False)

    assert affinity.pin(1) == []
