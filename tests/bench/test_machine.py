from __future__ import annotations

import json
import os
import subprocess
import sys

import numpy as np
import pytest

from digitcli.bench import machine


def test_capture_describes_this_machine_as_json():
    found = machine.capture(isa="avx2")

    document = json.loads(json.dumps(found.to_json(), allow_nan=False))
    assert document["isa"] == "avx2"
    assert document["cpu"]
    assert document["versions"]["numpy"] == np.__version__
    assert 1 <= document["usable_cores"] <= document["cores"]


def test_capture_imports_nothing_heavy():
    code = (
        "import sys; from digitcli.bench import machine; machine.capture(); "
        "print({'numpy', 'tensorflow', 'keras'} & set(sys.modules))"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "set()"


def cgroup(root, group, text):
    folder = root / group
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "cpu.max").write_text(text)


def test_the_smallest_quota_above_a_process_counts(tmp_path):
    cgroup(tmp_path, "", "max 100000\n")
    cgroup(tmp_path, "pod", "150000 100000\n")
    cgroup(tmp_path, "pod/box", "400000 100000\n")

    assert machine.cgroup_quota(tmp_path, "/pod/box") == 1.5


@pytest.mark.parametrize("text", ["max 100000\n", "", "junk\n", "-1 100000\n", "1000 0\n"])
def test_no_readable_limit_is_no_quota(tmp_path, text):
    cgroup(tmp_path, "", text)

    assert machine.cgroup_quota(tmp_path, "/") is None


def test_the_first_version_of_control_groups_is_read_too(tmp_path):
    (tmp_path / "cpu").mkdir()
    (tmp_path / "cpu" / "cpu.cfs_quota_us").write_text("200000\n")
    (tmp_path / "cpu" / "cpu.cfs_period_us").write_text("100000\n")

    assert machine.cgroup_quota(tmp_path, "/") == 2.0


def test_a_quota_below_one_core_leaves_one(monkeypatch):
    monkeypatch.setattr(machine, "cgroup_quota", lambda: 0.25)

    assert machine.usable_cores() == 1


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="no thread affinity here")
def test_affinity_limits_the_usable_cores():
    code = (
        "import os; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))}); "
        "from digitcli.bench import machine; print(machine.usable_cores())"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "1"


def test_caches_are_named_by_level_and_kind(tmp_path):
    for number, (level, kind, size) in enumerate(
        [("1", "Data", "32K"), ("1", "Instruction", "64K"), ("2", "Unified", "1024K")]
    ):
        folder = tmp_path / f"index{number}"
        folder.mkdir()
        for name, text in (("level", level), ("type", kind), ("size", size)):
            (folder / name).write_text(text + "\n")

    assert machine.caches(tmp_path) == {"L1d": "32K", "L1i": "64K", "L2": "1024K"}


def test_the_processor_is_named_by_cpuinfo(tmp_path):
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text("processor\t: 0\nmodel name\t: Fast: Chip 9\nmodel name\t: other\n")

    assert machine.cpu_model(cpuinfo) == "Fast: Chip 9"


def test_a_folder_that_is_no_checkout_has_no_commit(tmp_path):
    assert machine.commit(tmp_path) is None


def test_a_changed_checkout_is_called_dirty(tmp_path):
    def git(*arguments: str) -> str:
        command = ["git", "-C", str(tmp_path), "-c", "user.name=a", "-c", "user.email=a@b"]
        done = subprocess.run([*command, *arguments], capture_output=True, text=True, check=True)
        return done.stdout.strip()

    git("init", "-q")
    (tmp_path / "file").write_text("1")
    git("add", "file")
    git("commit", "-qm", "one")
    head = git("rev-parse", "--short", "HEAD")
    clean = machine.commit(tmp_path)
    (tmp_path / "file").write_text("2")

    assert clean == head
    assert machine.commit(tmp_path) == f"{head}-dirty"
