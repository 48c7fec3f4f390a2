from __future__ import annotations

import json
import subprocess

import pytest

from digitcli import diagnosis
from digitcli.data.catalog import MNIST
from digitcli.diagnosis import Diagnosis, diagnose
from digitcli.errors import MachineError
from digitcli.inference import engine
from digitcli.machine.gpus import Gpus


@pytest.fixture
def found(monkeypatch, tmp_path):
    """Diagnose with an empty data folder and without starting TensorFlow; keywords change it."""

    def look(*, gpus=(), tensorflow: bool = True, cards: int = 0, driver: bool = False):
        def ask(seconds: float) -> Gpus:
            if isinstance(gpus, Exception):
                raise gpus
            return Gpus(tuple(gpus))

        monkeypatch.setenv("DIGITCLI_DATA", str(tmp_path / "data"))
        monkeypatch.setattr(diagnosis, "ask_gpus", ask)
        monkeypatch.setattr(diagnosis, "nvidia_cards", lambda: cards)
        monkeypatch.setattr(diagnosis, "has_nvidia_driver", lambda: driver)
        monkeypatch.setattr(diagnosis, "is_installed", lambda package: tensorflow)
        return diagnose()

    return look


def remedies(found: Diagnosis) -> dict[str, str]:
    return {problem.problem: problem.remedy for problem in found.problems}


def test_the_instruction_set_in_use_is_one_of_the_available(found):
    result = found()

    assert result.isa in result.isas
    assert result.machine.isa == result.isa
    assert result.isas[-1] == "baseline"
    json.dumps(result.to_json(), allow_nan=False)


def test_an_unknown_instruction_set_is_a_problem_that_lists_the_choices(found, monkeypatch):
    monkeypatch.setenv("DIGITCLI_ISA", "sse9")

    result = found()

    remedy = next(r for problem, r in remedies(result).items() if "sse9" in problem)
    assert "unset" in remedy
    assert "baseline" in remedy
    assert result.isa is None
    assert result.data != [], "what comes after is still looked at"


def test_mnist_that_is_not_here_is_a_problem_with_the_command_that_fetches_it(found, tmp_path):
    result = found()

    lack = f"mnist: 0 of 4 files in {tmp_path / 'data' / 'mnist'}"
    assert remedies(result)[lack] == "digitcli fetch mnist"
    assert not any("synthetic" in problem for problem in remedies(result))


def test_mnist_that_is_here_packed_or_not_is_no_problem(found, tmp_path):
    folder = tmp_path / "data" / "mnist"
    folder.mkdir(parents=True)
    for file, form in zip(MNIST.files, (0, 1, 0, 1), strict=True):
        (folder / file.forms[form].name).touch()

    result = found()

    assert [data.present for data in result.data if data.name == "mnist"] == [4]
    assert not any("mnist" in problem for problem in remedies(result))


def test_a_data_folder_that_is_a_file_is_a_problem(found, tmp_path):
    (tmp_path / "data").write_text("")

    result = found()

    assert f"{tmp_path / 'data'}: cannot be written" in remedies(result)


def test_missing_tensorflow_names_the_extra_and_nobody_is_asked(found):
    result = found(tensorflow=False, gpus=AssertionError("asked"))

    assert 'pip install "digitcli[train]"' in remedies(result).values()
    assert result.tensorflow is None
    assert result.gpus is None


def test_gpus_are_named(found):
    result = found(gpus=["H200"], cards=1, driver=True)

    assert result.gpus == ["H200"]
    assert not any("GPU" in problem for problem in remedies(result))


def test_a_machine_without_a_gpu_has_no_gpu_problem(found):
    assert not any("GPU" in problem for problem in remedies(found()))


def test_a_gpu_without_a_driver_needs_one(found):
    problems = remedies(found(cards=2))

    assert "nvidia-smi" in problems["2 NVIDIA GPUs in the machine, but no driver"]


def test_a_driver_without_a_gpu_in_tensorflow_needs_the_gpu_extra(found):
    problems = remedies(found(cards=1, driver=True))

    lack = "there is an NVIDIA driver, but TensorFlow sees no GPU"
    lack += ": this TensorFlow is built without CUDA"
    assert problems[lack] == 'pip install "digitcli[gpu]"'


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (subprocess.TimeoutExpired("python", 60.0), "no answer within 60 s"),
        (subprocess.CalledProcessError(-11, "python", stderr="boo\nSegfault\n"), "Segfault"),
        (subprocess.CalledProcessError(3, "python", stderr=""), "exit code 3"),
        (ValueError("Expecting value"), "Expecting value"),
    ],
)
def test_tensorflow_that_does_not_start_is_a_problem_with_its_reason(found, error, reason):
    result = found(gpus=error)

    assert f"TensorFlow does not start ({reason})" in remedies(result)
    assert result.gpus is None


def test_a_module_that_cannot_be_loaded_hides_nothing_else(found, monkeypatch):
    def broken() -> list[str]:
        raise ImportError("libstdc++ is too old")

    monkeypatch.setattr(engine, "available_isas", broken)

    result = found()

    assert "a part cannot be loaded (libstdc++ is too old)" in remedies(result)
    assert result.inflater is not None


def test_a_look_that_fails_becomes_a_problem_with_its_hint(found, monkeypatch):
    def broken() -> list[str]:
        raise MachineError("no engine", "buy one")

    monkeypatch.setattr(engine, "available_isas", broken)

    assert remedies(found())["no engine"] == "buy one"
