"""Systems that tell nothing of themselves, and processors that lack what others have."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys

import pytest

EMPTY = 'mount -t tmpfs none /proc && mount -t tmpfs none /sys && exec "$0" "$@"'


@pytest.mark.skipif(shutil.which("unshare") is None, reason="needs namespaces of Linux")
@pytest.mark.parametrize(
    "arguments",
    [
        ["predict", "seven.png", "-w", "templates.npz", "--threads", "2"],
        ["info"],
        *(["eval", "--data", "own", "-w", "templates.npz", "--threads", "0"],),
    ],
    ids=" ".join,
)
def test_commands_work_where_proc_and_sys_are_empty(folder, arguments):
    inside = ["unshare", "--mount", "sh", "-c", EMPTY, sys.executable]
    if subprocess.run([*inside, "-c", ""], capture_output=True).returncode != 0:
        pytest.skip("no namespaces here")

    done = subprocess.run(
        [*inside, "-m", "digitcli", *arguments], cwd=folder, capture_output=True, text=True
    )

    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(shutil.which("qemu-x86_64") is None, reason="needs qemu-user on x86-64")
@pytest.mark.skipif(platform.machine() != "x86_64", reason="needs qemu-user on x86-64")
@pytest.mark.parametrize("isa", ["avx2", "avx512", "amx", "dotprod"])
def test_a_processor_without_an_instruction_set_refuses_it_by_name(folder, isa):
    command = ["qemu-x86_64", "-cpu", "Nehalem", sys.executable, "-m", "digitcli"]
    command += ["predict", "seven.png", "-w", "templates.npz"]

    done = subprocess.run(
        command, cwd=folder, env=os.environ | {"DIGITCLI_ISA": isa}, capture_output=True, text=True
    )

    assert done.returncode == 6, done.stderr
    said = f"DIGITCLI_ISA={isa} is not available on this machine (choose from: baseline)"
    assert said in done.stderr
