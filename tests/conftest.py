"""Fixtures that every room of the tests shares."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings

REPOSITORY = Path(__file__).resolve().parents[1]
TEST_DATA = Path(os.environ.get("DIGITCLI_TEST_DATA", REPOSITORY.parent / "shared" / "data"))

# Tests are for the installed package, which has the C++ module. `python -m pytest` puts the working
# directory in front of it; take that away again.
sys.path[:] = [entry for entry in sys.path if Path(entry).resolve() != REPOSITORY]

# A shell lets programs in the background ignore SIGINT, and those that tests start would too.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# A busy machine takes longer than Hypothesis's deadline; how fast things are is measured elsewhere.
settings.register_profile("digitcli", settings(), deadline=None)
settings.load_profile("digitcli")

RunCli = Callable[..., "subprocess.CompletedProcess[str]"]


def pytest_report_header() -> str:
    found = sorted(path.name for path in TEST_DATA.glob("*/")) if TEST_DATA.is_dir() else []
    return f"test data: {', '.join(found) or 'none (set DIGITCLI_TEST_DATA)'}"


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the source tree."""
    return REPOSITORY


@pytest.fixture(scope="session")
def mnist_dir() -> Path:
    """A folder with the four original MNIST files (.gz)."""
    folder = TEST_DATA / "mnist"
    if not (folder / "t10k-images-idx3-ubyte.gz").is_file():
        pytest.skip("needs the MNIST files in $DIGITCLI_TEST_DATA/mnist or ../shared/data/mnist")
    return folder


@pytest.fixture(scope="session")
def real_dir() -> Path:
    """A folder with real pictures of digits: scans/, usps/, photo-cells/, ..."""
    folder = TEST_DATA / "real"
    if not folder.is_dir():
        pytest.skip("needs the real pictures in $DIGITCLI_TEST_DATA/real or ../shared/data/real")
    return folder


@pytest.fixture(scope="session")
def drawn_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with the synthetic set, drawn once. Read it, write nothing there."""
    from digitcli.data.store import load_split

    folder = tmp_path_factory.mktemp("data")
    load_split("synthetic", "test", folder / "synthetic")
    return folder


@pytest.fixture
def drawn_set(tmp_path: Path, drawn_data: Path) -> None:
    """Where `run_cli` looks for data, the synthetic set is there and need not be drawn."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "synthetic").symlink_to(drawn_data / "synthetic")


@pytest.fixture
def run_cli(tmp_path: Path) -> RunCli:
    """Run `digitcli ARGS...` as a process of its own, in `tmp_path`, away from the source tree.

    Keyword arguments: `env` adds variables, the rest goes to subprocess.run.
    """

    def run(*args: object, env: dict[str, str] | None = None, **options: object):
        environment = os.environ | {"DIGITCLI_DATA": str(tmp_path / "data")} | (env or {})
        command = [sys.executable, "-m", "digitcli", *map(str, args)]
        options = {"capture_output": True, "text": True, "cwd": tmp_path, "timeout": 240} | options
        return subprocess.run(command, env=environment, **options)

    return run


@pytest.fixture
def run_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> RunCli:
    """As `run_cli`, in this process: TensorFlow, which takes seconds to start, is started once."""

    def run(*args: object):
        from digitcli.cli import app

        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("DIGITCLI_DATA", str(tmp_path / "data"))
        words = list(map(str, args))
        code = app.main(words)
        return subprocess.CompletedProcess(words, code, *capsys.readouterr())

    return run
