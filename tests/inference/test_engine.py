"""The engine behind its Python face: what it promises and what it refuses."""

from __future__ import annotations

import copy
import pickle
import threading
from dataclasses import replace

import numpy as np
import pytest
import reference

from digitcli import _core
from digitcli.errors import MachineError, UsageError
from digitcli.inference.description import describe_layers
from digitcli.inference.engine import Engine, available_isas, load
from digitcli.model.weights import Weights


def test_probabilities_are_the_softmax_of_the_oracle(network, images, isa):
    prediction = Engine(network, isa=isa).predict(images)

    x = images[..., None] * network.spec.scale
    logits, bound = reference.run(describe_layers(network), x)
    exact = reference.softmax(logits.reshape(-1, 10))
    assert (np.abs(prediction.probabilities - exact) <= 2 * bound.max() + reference.EPS).all()
    assert prediction.probabilities.dtype == np.float32
    np.testing.assert_array_equal(prediction.classes, exact.argmax(axis=1))


@pytest.mark.parametrize("temperature", [0.3, 0.999, 1.7, 20.0])
def test_probabilities_are_the_softmax_of_the_oracle_divided_by_the_temperature(
    network, images, isa, temperature
):
    calibrated = replace(network, temperature=temperature)

    prediction = Engine(calibrated, isa=isa).predict(images)

    x = images[..., None] * network.spec.scale
    logits, bound = reference.run(describe_layers(network), x)
    exact = reference.softmax(logits.reshape(-1, 10) / temperature)
    rounding = 2 * bound.max() / temperature + reference.EPS
    assert (np.abs(prediction.probabilities - exact) <= rounding).all()
    np.testing.assert_array_equal(prediction.classes, exact.argmax(axis=1))


def test_temperature_one_is_the_engine_without_calibration_to_the_last_bit(network, images, isa):
    hot = Engine(replace(network, temperature=3.0), isa=isa)

    again = hot.at_temperature(1.0)

    expected = Engine(network, isa=isa).predict(images).probabilities
    np.testing.assert_array_equal(again.predict(images).probabilities, expected)
    assert again.isa == isa
    assert (hot.predict(images).probabilities != expected).any()


@pytest.mark.parametrize("temperature", [0.0, -1.0, float("nan"), float("inf")])
def test_the_engine_itself_refuses_a_temperature_it_cannot_divide_by(network, temperature):
    layers = describe_layers(network)

    with pytest.raises(_core.BadNetworkError, match="temperature must be finite and above 0"):
        _core.Engine((28, 28, 1), 1.0, layers, temperature=temperature)


@pytest.mark.parametrize("threads", [0, 2, 3, 5, 64, 1024])
def test_thread_count_does_not_change_a_single_bit(network, images, isa, threads):
    engine = Engine(network, isa=isa)

    np.testing.assert_array_equal(
        engine.predict(images, threads).probabilities, engine.predict(images).probabilities
    )


def test_batch_size_does_not_change_a_single_bit(network, images, isa):
    engine = Engine(network, isa=isa)

    one_by_one = [engine.predict(images[i : i + 1]).probabilities for i in range(len(images))]

    np.testing.assert_array_equal(engine.predict(images).probabilities, np.concatenate(one_by_one))


def test_an_engine_serves_many_threads_at_once(network, images, isa):
    engine = Engine(network, isa=isa)
    expected = engine.predict(images).probabilities
    answers = [None] * 8

    def ask(slot):
        for _ in range(5):
            answers[slot] = engine.predict(images, threads=2).probabilities

    workers = [threading.Thread(target=ask, args=(slot,)) for slot in range(len(answers))]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    for answer in answers:
        np.testing.assert_array_equal(answer, expected)


def test_weights_at_any_byte_of_memory_give_the_same_bits(network, images):
    shifted = {}
    for name, tensor in network.tensors.items():
        memory = bytearray(tensor.nbytes + 1)
        memory[1:] = tensor.tobytes()
        shifted[name] = memoryview(memory)[1:].cast("f", tensor.shape)

    answers = Engine(Weights(network.spec, shifted)).predict(images).probabilities

    np.testing.assert_array_equal(answers, Engine(network).predict(images).probabilities)


def test_run_gives_what_run_to_bytes_gives(network, images):
    inner = Engine(network).core

    assert inner.run(images, 2).tobytes() == bytes(inner.run_to_bytes(images, 2))


def test_values_that_are_not_finite_are_counted_wherever_they_lie():
    values = np.array([0, np.nan, -np.inf, 3e38, 1e-45, np.inf], np.float32)
    memory = b"x" + values.tobytes()

    assert _core.count_not_finite(values) == 3
    assert _core.count_not_finite(memoryview(memory)[1:].cast("f")) == 3
    assert _core.count_not_finite(values[:0]) == 0


@pytest.mark.parametrize(
    "copied", [copy.copy, copy.deepcopy, lambda e: pickle.loads(pickle.dumps(e))]
)
def test_an_engine_can_be_copied_and_pickled(network, images, copied):
    engine = Engine(network)

    again = copied(engine)

    assert repr(again) == repr(engine)
    assert network.spec.name in repr(engine)
    found, expected = (one.predict(images).probabilities for one in (again, engine))
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("threads", [-1, 1025, 10**9])
def test_an_impossible_number_of_threads_is_a_usage_error(network, images, threads):
    with pytest.raises(UsageError, match="threads must be from 0"):
        Engine(network).predict(images, threads)


def test_an_unknown_isa_lists_the_choices(network):
    with pytest.raises(MachineError) as caught:
        Engine(network, isa="sse9")

    assert "isa sse9 is not available on this machine (choose from: " in str(caught.value)
    assert ", ".join(available_isas()) in str(caught.value)


def test_the_environment_forces_an_isa(network, monkeypatch, isa):
    monkeypatch.setenv("DIGITCLI_ISA", isa)

    assert Engine(network).isa == isa
    assert _core.default_isa() == isa


def test_an_isa_in_the_environment_that_is_not_there_is_refused_by_name(network, monkeypatch):
    monkeypatch.setenv("DIGITCLI_ISA", "altivec")

    with pytest.raises(MachineError, match="DIGITCLI_ISA=altivec is not available"):
        Engine(network)


def test_baseline_is_always_there_and_the_best_comes_first():
    assert available_isas()[-1] == "baseline"
    assert available_isas()[0] == _core.default_isa() or "DIGITCLI_ISA" in __import__("os").environ


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"weight": np.zeros((3, 3, 1, 9), np.float32)}, "conv: expected 9 x 10 weights"),
        ({"bias": np.zeros(9, np.float32)}, "conv: expected 9 x 10 weights"),
        ({"kind": "recurrent"}, "conv: unknown kind of layer 'recurrent'"),
        ({"stride": 0}, "conv: window and stride must be from 1"),
        ({"units": 0}, "conv: units must be from 1"),
        ({"window": 9, "same": False}, "conv: the window is larger than its input"),
    ],
)
def test_the_module_refuses_layers_that_do_not_fit(conv, change, message):
    with pytest.raises(_core.BadNetworkError) as caught:
        _core.run_layers([conv(1, 10) | change], np.zeros((1, 5, 5, 1), np.float32))

    assert message in str(caught.value)


def test_a_network_for_other_than_grey_pictures_reads_no_pixels(conv):
    engine = _core.Engine((5, 5, 3), 1.0, [conv(3, 10)])

    with pytest.raises(_core.BadNetworkError, match="only networks that take grey pictures"):
        engine.run(np.zeros((1, 5, 5), np.uint8))


@pytest.mark.parametrize("network", [_core.Network, _core.Int8Network])
@pytest.mark.parametrize(
    "shape", [(2**30, 2**30, 16), (2**31 - 1, 2**30, 2), (0, 5, 1), (5, -1, 1)]
)
def test_pictures_of_impossible_size_are_refused_though_their_product_is_0(network, shape):
    scale = [1.0] if network is _core.Network else []
    average = {"name": "average", "kind": "global_average_pool", "scale": np.ones(1, np.float32)}

    with pytest.raises(_core.BadNetworkError, match="^input: .* is not a size this engine runs"):
        network(shape, *scale, [average])


def test_a_convolution_after_a_dense_layer_is_refused(conv, dense):
    with pytest.raises(_core.BadNetworkError, match="comes after a dense layer"):
        _core.run_layers([dense(25, 9), conv(9, 3)], np.zeros((1, 5, 5, 1), np.float32))


def test_the_bundled_weights_load_by_name():
    assert load("small").spec.name == "small"
