"""What one digit from a cold shell imports: modules are counted, which no busy machine changes.

benchmarks/LOG.md says what each of them costs.
"""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from pictures import digit_picture

# Imported by none of ours on the way to one digit: each takes from half a millisecond to forty.
SPARED = {
    *("typer", "rich", "numpy", "platformdirs", "jinja2", "tomllib", "importlib.resources"),
    *("dataclasses", "inspect", "difflib", "hashlib", "random", "tempfile", "csv", "statistics"),
    *("zipfile", "pathlib", "shutil", "subprocess", "socket", "urllib", "concurrent.futures"),
}
MOST_OURS = 80  # modules of digitcli, of which each takes an eighth of a millisecond at least
MOST_OTHERS = 8  # that neither Python nor Pillow imports

PROBE = """
import json, sys
from digitcli.cli.app import main
code = main(sys.argv[1:])
print(json.dumps([code, sorted(sys.modules)]), file=sys.stderr)
"""
PILLOW = "import json, sys, PIL.PngImagePlugin; print(json.dumps(sorted(sys.modules)))"


@pytest.fixture(scope="module")
def of_pillow():
    """What reading a PNG with Pillow takes, and Python itself."""
    done = subprocess.run([sys.executable, "-c", PILLOW], capture_output=True, check=True)
    return set(json.loads(done.stdout))


@pytest.mark.parametrize("options", [[], ["--json"], ["--no-picture", "--digits", "one"]])
def test_one_digit_imports_little_beside_pillow(tmp_path, of_pillow, options):
    digit_picture(7, 32, 24).save(tmp_path / "crop.png")
    command = [sys.executable, "-c", PROBE, "predict", "crop.png", *options]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)

    code, modules = json.loads(done.stderr.splitlines()[-1])
    assert code == 0, done.stderr
    beside = set(modules) - of_pillow
    ours = {name for name in beside if name.partition(".")[0] == "digitcli"}
    others = {name for name in beside - ours if not name.startswith("_")}
    assert beside & SPARED == set()
    assert len(ours) <= MOST_OURS, sorted(ours)
    assert len(others) <= MOST_OTHERS, sorted(others)
