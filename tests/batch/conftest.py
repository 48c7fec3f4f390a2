"""Files to read in shards, and who reads them."""

from __future__ import annotations

import pytest
from batch import kinds
from batch.local_cluster import FakeCluster
from pictures import save_template_weights

from digitcli.batch import run as running
from digitcli.batch.run import BatchOptions


@pytest.fixture
def options(tmp_path, monkeypatch):
    """Two ZIP files, one with a damaged picture, and three loose pictures."""
    monkeypatch.chdir(tmp_path)
    save_template_weights(tmp_path / "templates.npz")
    (tmp_path / "in").mkdir()
    kinds.make_zip(tmp_path / "in" / "a.zip")
    kinds.make_zip(tmp_path / "in" / "b.zip", "456")
    for digit in (7, 8, 9):
        (tmp_path / "in" / f"{digit}.png").write_bytes(kinds.PICTURES[digit])
    (tmp_path / "in" / "bad.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    return BatchOptions("in", "out", "local", 2, ("templates.npz",), "one")


@pytest.fixture
def cluster(monkeypatch):
    """Shards are read by this process."""
    monkeypatch.setattr(running, "check_installed", lambda: None)
    monkeypatch.setattr(running, "Cluster", FakeCluster)
    monkeypatch.setattr(FakeCluster, "lost", frozenset())
    return FakeCluster
