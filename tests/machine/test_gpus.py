"""Why TensorFlow sees no GPU, on machines that are made up."""

from __future__ import annotations

import subprocess
import sys

import pytest

from digitcli.machine import gpus
from digitcli.machine.gpus import Gpus, cuda_libraries, missing_libraries, why_no_gpu

BUILT = Gpus((), "12.5.1", "9")
LACK = "there is an NVIDIA driver, but TensorFlow sees no GPU"


def why(found=BUILT, platform="linux", environment=None, lost=()):
    """Problem and remedy on a machine that lacks the libraries `lost`."""
    return why_no_gpu(
        found, platform, environment or {}, lambda names: [one for one in names if one in lost]
    )


def test_the_libraries_are_those_of_the_cuda_that_tensorflow_is_built_for():
    assert cuda_libraries(BUILT) == (
        *("libcudart.so.12", "libcublas.so.12", "libcublasLt.so.12", "libcusparse.so.12"),
        *("libcufft.so.11", "libcusolver.so.11", "libcudnn.so.9"),
    )
    assert cuda_libraries(Gpus()) == ()


def test_a_library_is_found_in_nvidias_wheels_or_where_the_system_looks(tmp_path):
    (tmp_path / "cudnn" / "lib").mkdir(parents=True)
    (tmp_path / "cudnn" / "lib" / "libcudnn.so.9").touch()

    def load(name):
        if name != "libcudart.so.12":
            raise OSError(f"{name}: cannot open shared object file")

    names = ("libcudart.so.12", "libcudnn.so.9", "libcufft.so.11")
    assert missing_libraries(names, tmp_path, load) == ["libcufft.so.11"]
    assert missing_libraries(("libdigits_that_nobody_has.so.3",)) != []


def test_missing_libraries_are_named_with_the_command_that_installs_them():
    problem, remedy = why(lost=("libcufft.so.11", "libcudnn.so.9"))

    assert problem == f"{LACK}: it does not find libcufft.so.11, libcudnn.so.9 (CUDA 12.5.1)"
    assert remedy == 'pip install "digitcli[gpu]"'


@pytest.mark.parametrize("hidden", ["", "-1"])
def test_gpus_that_are_hidden_are_no_lack(hidden):
    problem, remedy = why(environment={"CUDA_VISIBLE_DEVICES": hidden}, lost=("libcudnn.so.9",))

    assert problem == f"{LACK}: CUDA_VISIBLE_DEVICES={hidden} hides them"
    assert remedy == "unset CUDA_VISIBLE_DEVICES"


def test_on_windows_the_way_leads_through_wsl():
    problem, remedy = why(platform="win32")

    assert problem == f"{LACK}: it cannot use one on Windows"
    assert remedy == 'in WSL2 (`wsl --install`): pip install "digitcli[gpu]"'


def test_a_tensorflow_without_cuda_is_replaced_by_one_with_it():
    assert why(Gpus()) == (
        f"{LACK}: this TensorFlow is built without CUDA",
        'pip install "digitcli[gpu]"',
    )


def test_a_container_without_the_drivers_library_needs_it():
    problem, remedy = why(lost=("libcuda.so.1",))

    assert problem == f"{LACK}: the driver's libcuda.so.1 is not here"
    assert "--gpus all" in remedy


def test_where_nothing_is_missing_the_driver_is_too_old():
    problem, remedy = why()

    assert problem == f"{LACK}, though its libraries for CUDA 12.5.1 are here"
    assert "update NVIDIA's driver" in remedy


def test_a_question_to_tensorflow_that_takes_too_long_is_cut_off(monkeypatch):
    monkeypatch.setattr(gpus, "_ASK", "import time; time.sleep(60)")

    with pytest.raises(subprocess.TimeoutExpired):
        gpus.ask_gpus(seconds=0.2)


def test_chatter_before_the_answer_is_passed_over(monkeypatch):
    monkeypatch.setattr(
        gpus, "_ASK", 'print("I am TensorFlow"); print("""[["A", "B"], "12.5", "9"]""")'
    )

    assert gpus.ask_gpus() == Gpus(("A", "B"), "12.5", "9")


@pytest.mark.skipif(sys.platform == "win32", reason="reads Linux's list of PCI devices")
def test_only_nvidia_display_controllers_count_as_gpus(tmp_path):
    slots = [("0x10de", "0x030200"), ("0x10de", "0x040300"), ("0x8086", "0x030000")]
    for number, (vendor, kind) in enumerate(slots):
        folder = tmp_path / f"0000:00:0{number}.0"
        folder.mkdir()
        (folder / "vendor").write_text(vendor + "\n")
        (folder / "class").write_text(kind + "\n")
    (tmp_path / "0000:00:09.0").mkdir()

    assert gpus.nvidia_cards(tmp_path) == 1
