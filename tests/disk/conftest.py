"""The library that lets calls fail, built once, and the table of what was tried."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest
from disk import failing_disk
from disk.promises import Row

_ROWS: list[Row] = []


@pytest.fixture(scope="session")
def failing(tmp_path_factory):
    """Variables for processes with the library, and the control file that they share."""
    if not sys.platform.startswith("linux") or shutil.which("gcc") is None:
        pytest.skip("needs Linux and gcc")
    folder = tmp_path_factory.mktemp("library")
    control = folder / "control"
    return failing_disk.environment(failing_disk.build(folder), control), control


@pytest.fixture(scope="session")
def with_library(failing):
    """The environment of a process that has the library and finds the tests' own modules."""
    tests = Path(__file__).resolve().parents[1]
    places = os.pathsep.join(map(str, (tests, tests / "serve")))
    return {**os.environ, **failing[0], "PYTHONPATH": places, "NO_PROXY": "127.0.0.1"}


@pytest.fixture(scope="session")
def table():
    """The rows that are printed at the end."""
    return _ROWS


def pytest_terminal_summary(terminalreporter):
    if not _ROWS:
        return
    terminalreporter.section("a disk that fails at each call")
    print_ = terminalreporter.write_line
    print_(f"{'operation':40} {'calls':>6} {'failures':>9} {'broken promises':>16}")
    total = Row("all", sum(r.calls for r in _ROWS), sum(r.injected for r in _ROWS), ())
    broken = sum(len(row.broken) for row in _ROWS)
    for row in _ROWS:
        print_(f"{row.operation:40} {row.calls:>6} {row.injected:>9} {len(row.broken):>16}")
    print_(f"{total.operation:40} {total.calls:>6} {total.injected:>9} {broken:>16}")
