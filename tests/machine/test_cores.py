"""How many cores a process may use."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from digitcli.machine import cores


def cgroup(root, group, text):
    folder = root / group
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "cpu.max").write_text(text)


def test_the_smallest_quota_above_a_process_counts(tmp_path):
    cgroup(tmp_path, "", "max 100000\n")
    cgroup(tmp_path, "pod", "150000 100000\n")
    cgroup(tmp_path, "pod/box", "400000 100000\n")

    assert cores.cgroup_quota(tmp_path, "/pod/box") == 1.5


@pytest.mark.parametrize("text", ["max 100000\n", "", "junk\n", "-1 100000\n", "1000 0\n"])
def test_no_readable_limit_is_no_quota(tmp_path, text):
    cgroup(tmp_path, "", text)

    assert cores.cgroup_quota(tmp_path, "/") is None


def test_the_first_version_of_control_groups_is_read_too(tmp_path):
    (tmp_path / "cpu").mkdir()
    (tmp_path / "cpu" / "cpu.cfs_quota_us").write_text("200000\n")
    (tmp_path / "cpu" / "cpu.cfs_period_us").write_text("100000\n")

    assert cores.cgroup_quota(tmp_path, "/") == 2.0


def test_a_quota_below_one_core_leaves_one(monkeypatch):
    monkeypatch.setattr(cores, "cgroup_quota", lambda: 0.25)

    assert cores.usable_cores() == 1


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="no thread affinity here")
def test_affinity_limits_the_usable_cores():
    code = (
        "import os; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))}); "
        "from digitcli.machine.cores import usable_cores; print(usable_cores())"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "1"
