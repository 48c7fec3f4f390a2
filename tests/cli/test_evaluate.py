"""`digitcli eval` with a fake engine and fake data: what it prints, writes, refuses."""

from __future__ import annotations

import json
import sys
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

from digitcli.cli.app import main
from digitcli.data import store
from digitcli.data.store import Split
from digitcli.inference.prediction import Prediction
from digitcli.signs import DIGITS

N = 1000
WRONG = 8  # pictures: 99.2 % are right


def answers(images: np.ndarray) -> np.ndarray:
    return np.eye(10, dtype=np.float32)[images[:, 0, 0]]


@pytest.fixture(autouse=True)
def calls(monkeypatch):
    """Replace store and engine; what they were asked for is in the list."""
    seen: list[object] = []
    labels = (np.arange(N) % 10).astype(np.uint8)
    images = np.zeros((N, 28, 28), np.uint8)
    images[:, 0, 0] = labels
    images[:WRONG, 0, 0] = (labels[:WRONG] + 1) % 10

    def load_split(data, split):
        seen.append((data, split))
        return SimpleNamespace(
            writers=None, images=images, labels=labels, split=split, classes=DIGITS, name="made"
        )

    def load(weights):
        def predict(images, threads):
            seen.append(("threads", threads))
            return Prediction(answers(images))

        seen.append(weights)
        facts = SimpleNamespace(temperature=1.0)
        spec = SimpleNamespace(classes=DIGITS)
        return SimpleNamespace(isa="avx2", predict=predict, weights=facts, spec=spec)

    monkeypatch.setattr("digitcli.data.store.load_split", load_split)
    monkeypatch.setattr("digitcli.inference.engine.load", load)
    return seen


@pytest.fixture
def fake_weights(monkeypatch):
    monkeypatch.setattr("digitcli.model.weights.find_weights", lambda name: f"found {name}")
    monkeypatch.setattr(
        "digitcli.model.weights.load_weights",
        lambda path: SimpleNamespace(
            path=f"loaded {path}",
            temperature=1.0,
            spec=SimpleNamespace(classes=DIGITS, names_digits=True),
        ),
    )


def test_json_is_one_document_with_the_promised_fields(capsys):
    assert main(["eval", "--json"]) == 0

    document = json.loads(capsys.readouterr().out)
    assert document["schema"] == "digitcli.eval/1"
    assert document["accuracy"] == 0.992
    assert document["interval"][0] < 0.992 < document["interval"][1] < 1
    assert document["n"] == N
    assert document["loss"] > 0
    assert sum(map(sum, document["confusion"])) == N
    assert (document["engine"], document["isa"]) == ("cpp", "avx2")


def test_defaults_are_the_reader_the_mnist_test_set_and_all_cores(calls):
    assert main(["eval", "--json"]) == 0

    assert calls == ["reader", ("mnist", "test"), ("threads", 0)]


def test_options_reach_engine_and_store(calls):
    options = "--weights my.npz --data usps --split train --threads 3"

    assert main(["eval", *options.split()]) == 0

    assert calls == ["my.npz", ("usps", "train"), ("threads", 3)]


def test_weights_given_several_times_are_averaged(calls, capsys):
    assert main(["eval", "-w", "a.npz", "-w", "b.npz", "--json"]) == 0

    assert [call for call in calls if isinstance(call, str)] == ["a.npz", "b.npz"]
    document = json.loads(capsys.readouterr().out)
    assert document["weights"] == "a.npz + b.npz"
    assert document["members"] == ["a.npz", "b.npz"]
    assert document["calibration"]["temperatures"] == [1.0, 1.0]


def test_test_time_averaging_asks_for_nine_pictures_each(calls, capsys):
    assert main(["eval", "--tta", "--json"]) == 0

    assert calls.count(("threads", 0)) == 9
    assert json.loads(capsys.readouterr().out)["tta"] is True


def test_calibration_is_in_the_document_and_in_the_table(capsys):
    assert main(["eval", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["calibration"]
    assert found["temperatures"] == [1.0]
    assert found["after"]["ece"] == pytest.approx(0.008)
    assert found["after"]["brier"] == pytest.approx(0.016)
    assert len(found["after"]["bins"]) == 15

    assert main(["eval"]) == 0
    assert "0.80 %        0.0160" in capsys.readouterr().out


def test_a_reliability_diagram_is_drawn(tmp_path):
    pytest.importorskip("matplotlib", reason="needs the plot extra")

    assert main(["eval", "--reliability", str(tmp_path / "r.png")]) == 0

    assert (tmp_path / "r.png").read_bytes().startswith(b"\x89PNG")


def test_a_reliability_diagram_of_no_format_is_refused_before_any_work(calls, capsys):
    assert main(["eval", "--reliability", "r.gif"]) == 2

    assert calls == []
    assert "--reliability: expected a name that ends in" in capsys.readouterr().err


def test_the_table_is_for_people_and_escapes_names(capsys):
    assert main(["eval", "--weights", "[red]a\x1b[/].npz"]) == 0

    out = capsys.readouterr().out
    assert "[red]a\\x1b[/].npz on mnist (test), avx2" in out
    assert "99.20 %" in out


def test_output_holds_the_document_that_json_prints(tmp_path, capsys):
    path = tmp_path / "runs" / "eval.json"

    assert main(["eval", "--json", "--output", str(path)]) == 0

    assert json.loads(path.read_text()) == json.loads(capsys.readouterr().out)


@pytest.mark.parametrize(("gate", "code"), [("99.2", 0), ("99.21", 8), ("100", 8)])
def test_gate_is_met_at_exactly_the_accuracy(gate, code):
    assert main(["eval", "--min-accuracy", gate]) == code


def test_missed_gate_comes_after_the_one_document(capsys):
    assert main(["eval", "--json", "--min-accuracy", "99.5"]) == 8

    printed = capsys.readouterr()
    assert json.loads(printed.out)["accuracy"] == 0.992
    assert "reader: accuracy is 99.200 %, below 99.5 %" in printed.err


@pytest.mark.parametrize("gate", ["0.992", "0", "1", "100.1", "-5", "nan", "inf"])
def test_gate_that_is_no_percentage_is_refused_before_any_work(gate, calls, capsys):
    assert main(["eval", f"--min-accuracy={gate}"]) == 2

    assert calls == []
    assert "--min-accuracy must be a percentage" in capsys.readouterr().err


def test_gate_given_as_a_fraction_gets_the_percentage_as_hint(capsys):
    main(["eval", "--min-accuracy", "0.992"])

    assert "did you mean 99.2?" in capsys.readouterr().err


def test_tensorflow_runs_the_keras_twin_and_has_no_isa(monkeypatch, capsys, fake_weights):
    asked = []

    def predictor(weights):
        asked.append(weights)
        return answers

    network = ModuleType("digitcli.training.network")
    network.predictor = predictor
    monkeypatch.setitem(sys.modules, network.__name__, network)

    assert main(["eval", "--json", "--engine", "tensorflow"]) == 0

    document = json.loads(capsys.readouterr().out)
    assert [weights.path for weights in asked] == ["loaded found reader"]
    assert (document["engine"], document["isa"]) == ("tensorflow", None)
    assert document["accuracy"] == 0.992


@pytest.mark.parametrize("missing", ["tensorflow", "keras"])
def test_missing_tensorflow_is_exit_6_with_the_pip_command(
    missing, monkeypatch, capsys, fake_weights
):
    for name in ("digitcli.training.network", "digitcli.training.compute.backend"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    monkeypatch.setitem(sys.modules, missing, None)  # from here, importing it fails

    assert main(["eval", "--engine", "tensorflow"]) == 6

    printed = capsys.readouterr().err
    assert "this needs TensorFlow, which cannot be imported" in printed
    assert 'pip install "digitcli[train]"' in printed


def test_threads_with_tensorflow_are_refused(capsys):
    assert main(["eval", "--engine", "tensorflow", "--threads", "2"]) == 2

    assert "--threads is for the C++ engine" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", ["--split dev", "--engine onnx", "--threads -1"])
def test_options_out_of_range_are_usage_errors(arguments, capsys):
    assert main(["eval", *arguments.split()]) == 2

    assert arguments.split()[0] in capsys.readouterr().err


def qmnist(monkeypatch, writers):
    images = (np.arange(40, dtype=np.uint8) % 10).repeat(784).reshape(40, 28, 28)
    labels = np.arange(40, dtype=np.uint8) % 10
    split = Split("qmnist", "test", images, labels, "", writers=writers)
    monkeypatch.setattr(store, "load_split", lambda name, part: split)


def test_a_data_set_with_writers_is_measured_by_writer(monkeypatch, capsys):
    qmnist(monkeypatch, np.repeat(np.array([7, 9], np.int32), 20))

    assert main(["eval", "--data", "qmnist", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert sorted(one["writer"] for one in document["by_writer"]["writers"]) == ["7", "9"]
    assert main(["eval", "--data", "qmnist"]) == 0
    assert "2 writers: median" in capsys.readouterr().out


def test_writers_of_a_data_set_can_be_chosen(monkeypatch, capsys):
    qmnist(monkeypatch, np.repeat(np.array([7, 9], np.int32), 20))

    assert main(["eval", "--data", "qmnist", "--writers", "9", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["n"], document["by_writer"]) == (20, None)
    assert main(["eval", "--data", "qmnist", "--writers", "8"]) == 2
    assert "no writer '8'" in capsys.readouterr().err


def test_a_data_set_without_writers_says_so(monkeypatch, capsys):
    qmnist(monkeypatch, None)

    assert main(["eval", "--data", "mnist", "--writers", "8"]) == 2
    assert "a data set that names no writers" in capsys.readouterr().err
