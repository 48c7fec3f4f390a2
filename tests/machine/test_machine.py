from __future__ import annotations

import json
import subprocess
import sys

import numpy as np

from digitcli.machine import conditions as machine


def test_capture_describes_this_machine_as_json():
    found = machine.capture(isa="avx2")

    document = json.loads(json.dumps(found.to_json(), allow_nan=False))
    assert document["isa"] == "avx2"
    assert document["cpu"]
    assert document["versions"]["numpy"] == np.__version__
    assert 1 <= document["usable_cores"] <= document["cores"]


def test_capture_imports_nothing_heavy():
    code = (
        "import sys; from digitcli.machine import conditions; conditions.capture(); "
        "print({'numpy', 'tensorflow', 'keras'} & set(sys.modules))"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "set()"


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
