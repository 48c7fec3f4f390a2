"""A server of mirrors, and the folder that files come into."""

from __future__ import annotations

from pathlib import Path

import pytest
from data.mirrors import serving


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with serving() as running:
        yield running


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "toy"
