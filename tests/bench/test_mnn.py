"""MNN's converter, which is called where it neither reports usage nor installs anything."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest

from digitcli.bench.race.interpreter import WorkerError, python_command
from digitcli.bench.race.peer_files import PeerFiles
from digitcli.bench.runtimes import install, is_installed
from digitcli.model.weights import find_weights

pytestmark = pytest.mark.skipif(
    not is_installed("mnn"), reason="needs mnn: pip install 'digitcli[bench]'"
)

# Reads ORDER, a JSON line; prints what it did that reaches beyond this process.
WATCHED = """
import sys
beyond = []
watched = ("os.system", "os.exec", "os.posix_spawn", "os.fork", "subprocess.Popen", "socket.")
sys.addaudithook(lambda event, _: beyond.append(event) if event.startswith(watched) else None)
from digitcli.cli.bench.worker import make
make()
import MNN
print(beyond, "MNN.tools" in sys.modules, file=sys.stderr)
"""


def test_converting_for_mnn_starts_no_process_and_opens_no_connection(tmp_path):
    target, pictures = tmp_path / "float32.mnn", tmp_path / "pictures.npy"
    np.save(pictures, np.zeros((1, 28, 28), np.uint8))
    order = {"name": "float32.mnn", "weights": find_weights("tiny"), "target": target}
    order |= {"calibration": pictures}

    done = subprocess.run(
        [sys.executable, "-c", WATCHED],
        input=json.dumps(order, default=str) + "\n",
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,  # elsewhere, or it would find the source tree
    )

    assert done.stdout == "{}\n"  # the converter's own words go to stderr
    assert done.stderr.splitlines()[-1] == "[] False"
    assert target.stat().st_size > 1000


def test_what_mnn_cannot_convert_is_an_error_of_its_file(tmp_path):
    convert = """
import json, sys
from digitcli.bench.race import worker
def maker(order):
    from digitcli.bench.runtimes.mnn import convert
    broken = order.target.with_name("broken.onnx")
    broken.write_bytes(b"no network" * 100)
    convert(broken, order.target)
worker.make({"float32.mnn": maker})
"""
    command = python_command("digitcli.bench.race.worker", "make")[:-1]
    files = PeerFiles([*command, convert], find_weights("tiny"), lambda: np.zeros((1, 28, 28)))

    with pytest.raises(WorkerError, match=r"float32\.mnn: "):
        files.file("float32.mnn", tmp_path)


@pytest.mark.parametrize("name", ["mnn", "opencv"])
def test_an_unknown_way_of_calling_is_refused_with_the_known_ones(name, tmp_path):
    if not is_installed(name):
        pytest.skip(f"needs {name}: {install(name)}")
    code = f"""
from digitcli.cli.bench import worker
from digitcli.bench.race.worker import Task
from digitcli.errors import UsageError
from digitcli.model.weights import find_weights
weights = find_weights("tiny")
try:
    worker._{name}(Task({name!r}, "sideways", "fp32", 1, weights, weights))
except UsageError as error:
    print(error, "|", error.hint)
"""
    command = [sys.executable, "-c", code]  # elsewhere, or it would find the source tree
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path)

    said = done.stdout.splitlines()[-1]
    assert said.startswith(f"{name}: unknown variant 'sideways' | choose from: ")
