"""How many cores a process may use, and whether its control groups made it wait."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from digitcli.machine import cgroups, cores

MOUNT = "31 23 0:29 {root} {place} rw,relatime shared:9 - {kind}"
V1, V2 = "cgroup cgroup rw,cpu,cpuacct", "cgroup2 cgroup2 rw"


@pytest.fixture
def system(tmp_path):
    """Make a /proc with the group of a process, and mounts; write files into groups."""

    class System:
        proc = tmp_path / "proc"

        def __init__(self):
            self.proc.mkdir()
            self.lines = ["22 1 0:21 / /proc rw - proc proc rw", "malformed"]

        def group(self, *lines):
            (self.proc / "cgroup").write_text("\n".join(lines) + "\n")

        def mount(self, name, kind, root="/"):
            self.lines.append(MOUNT.format(root=root, place=tmp_path / name, kind=kind))
            (self.proc / "mountinfo").write_text("\n".join(self.lines) + "\n")

        def write(self, group, **files):
            folder = tmp_path / group
            folder.mkdir(parents=True, exist_ok=True)
            for name, text in files.items():
                (folder / name.replace("__", ".")).write_text(text)

        @property
        def groups(self):
            return cgroups.cpu_groups(self.proc)

    return System()


def test_the_smallest_quota_above_a_process_counts(system):
    system.group("0::/pod/box")
    system.mount("v2", V2)
    system.write("v2", cpu__max="max 100000\n")
    system.write("v2/pod", cpu__max="150000 100000\n")
    system.write("v2/pod/box", cpu__max="400000 100000\n")

    assert cgroups.quota(system.groups) == 1.5


@pytest.mark.parametrize("text", ["max 100000\n", "", "junk\n", "-1 100000\n", "1000 0\n"])
def test_no_readable_limit_is_no_quota(system, text):
    system.group("0::/")
    system.mount("v2", V2)
    system.write("v2", cpu__max=text)

    assert cgroups.quota(system.groups) is None


def first_version(allowed, period=100_000):
    return {"cpu__cfs_quota_us": f"{allowed}\n", "cpu__cfs_period_us": f"{period}\n"}


@pytest.mark.parametrize("where", ["v1", "v1/pod", "v1/pod/box"])
def test_the_first_version_is_read_from_a_group_and_all_above_it(system, where):
    system.group("5:memory:/other", "1:cpu,cpuacct:/pod/box", "0::/")
    system.mount("unified", V2)
    system.mount("v1", V1)
    for group in ("v1", "v1/pod", "v1/pod/box"):
        system.write(group, **first_version(50_000 if group == where else -1))

    assert cgroups.quota(system.groups) == 0.5


@pytest.mark.parametrize("root", ["/docker/ab12", "/.."])
def test_a_container_sees_its_own_group_at_the_top_of_what_is_mounted(system, root):
    system.group("1:cpu:/docker/ab12")
    system.mount("v1", V1, root)
    system.write("v1", **first_version(200_000))

    assert cgroups.quota(system.groups) == 2.0


def test_a_group_within_a_container_is_found_below_what_is_mounted(system):
    system.group("0::/docker/ab12/job")
    system.mount("v2", V2, "/docker/ab12")
    system.write("v2/job", cpu__max="50000 100000\n")

    assert cgroups.quota(system.groups) == 0.5


def test_a_group_outside_of_what_is_mounted_is_not_looked_for(system):
    system.group("0::/../../secret")
    system.mount("v2", V2)
    system.write("v2", cpu__max="300000 100000\n")

    assert cgroups.quota(system.groups) == 3.0
    assert len(system.groups) == 1


def test_without_proc_the_usual_folders_are_read(tmp_path):
    assert cgroups.cpu_groups(tmp_path / "none") == list(cgroups.USUAL)


def test_without_any_group_there_is_no_quota_and_no_wait(tmp_path):
    assert cgroups.quota([tmp_path / "none"]) is None
    assert cgroups.waits([tmp_path / "none"]) == [(0, 0)]


@pytest.mark.parametrize("text", ["nr_throttled 7\nnr_periods 9\nusage_usec 3\n", "nr_throttled 7"])
def test_waits_are_counted_in_both_versions(tmp_path, text):
    (tmp_path / "cpu.stat").write_text(text)

    assert cgroups.waits([tmp_path]) == [(7, 9 if "periods" in text else 0)]


@pytest.mark.parametrize("quota", [0.25, 0.5, 1.0])
def test_a_quota_up_to_one_core_leaves_one(monkeypatch, quota):
    monkeypatch.setattr(cores, "quota", lambda groups: quota)

    assert cores.usable_cores() == 1


@pytest.fixture
def half_a_core():
    """The cgroup.procs of a real control group below one that has half of a core."""
    top, file, text = Path("/sys/fs/cgroup"), "cpu.max", "50000 100000"
    if (top / "cpu" / "cgroup.procs").exists():
        top, file, text = top / "cpu", "cpu.cfs_quota_us", "50000"
    above = top / f"digitcli-test-{os.getpid()}"
    inner = above / "inner"
    try:
        inner.mkdir(parents=True)
        (above / file).write_text(text)
    except OSError:
        _remove(inner, above)
        pytest.skip("control groups with a quota cannot be made here")
    yield inner / "cgroup.procs"
    _remove(inner, above)


def _remove(*groups):
    for folder in groups:
        deadline = time.monotonic() + 5  # a process that has just ended is still in it
        while folder.is_dir() and time.monotonic() < deadline:
            with contextlib.suppress(OSError):
                folder.rmdir()
            time.sleep(0.02)


def test_a_real_process_with_half_a_core_counts_one_and_its_waits(half_a_core):
    code = (
        f"import os; open({str(half_a_core)!r}, 'w').write(str(os.getpid()))\n"
        "from digitcli.machine import cgroups, cores; import time\n"
        "groups, end = cgroups.cpu_groups(), time.monotonic() + 20\n"
        "while max(cgroups.waits(groups))[0] == 0 and time.monotonic() < end: pass\n"
        "print(cores.usable_cores(), cgroups.quota(groups), max(cgroups.waits(groups))[0] > 0)"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.split() == ["1", "0.5", "True"]


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="no thread affinity here")
def test_affinity_limits_the_usable_cores():
    code = (
        "import os; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))}); "
        "from digitcli.machine.cores import usable_cores; print(usable_cores())"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "1"
