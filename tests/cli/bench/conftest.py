"""A small network, and `digitcli bench` with fakes for the processes that measure."""

from __future__ import annotations

import contextlib

import numpy as np
import pytest
from bench.fakes import FakeWorker, workers_from

from digitcli.bench import pictures, runtimes
from digitcli.bench.race import process
from digitcli.cli import app
from digitcli.model.layers import Conv, Dense, GlobalAveragePool
from digitcli.model.spec import NetworkSpec
from digitcli.model.weights import Weights, save_weights


@pytest.fixture
def weights(tmp_path):
    """A weight file of a network that takes microseconds."""
    spec = NetworkSpec("tiny", (Conv(4, stride=4), GlobalAveragePool(), Dense(10)))
    rng = np.random.default_rng(7)
    tensors = {
        name: rng.standard_normal(shape, dtype=np.float32) for name, shape in spec.tensors.items()
    }
    path = tmp_path / "tiny.npz"
    save_weights(path, Weights(spec, tensors))
    return path


@pytest.fixture
def bench(monkeypatch, capsys, weights):
    """Run `digitcli bench` in this process, with fakes for workers; give code, stdout, stderr."""
    labels = (np.arange(1000) % 10).astype(np.uint8)

    def load_pictures(name: str, count: int) -> pictures.Pictures:
        shown = np.resize(labels, count)
        return pictures.Pictures(np.zeros((count, 28, 28), np.uint8), shown, name, min(count, 1000))

    monkeypatch.setattr(pictures, "load_pictures", load_pictures)
    missing = ("openvino", "litert", "opencv", "executorch")
    monkeypatch.setattr(runtimes, "is_installed", lambda name: name not in missing)

    def run(*arguments: object, **peer):
        ours = FakeWorker("avx2", scopes=("kernel", "model", "end-to-end"))
        fakes = {"digitcli": ours, "tensorflow": FakeWorker("tf", **peer)}
        fakes |= {name: FakeWorker(name) for name in ("onnxruntime", "pytorch", "mnn")}
        monkeypatch.setattr(
            process, "workers", lambda *_, **__: contextlib.nullcontext(workers_from(fakes))
        )
        command = ["bench", "--weights", weights, "--seconds", 0, "--rounds", 1, *arguments]
        code = app.main([str(part) for part in command])
        return (code, *capsys.readouterr())

    return run
