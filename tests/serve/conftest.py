"""Tests of the server need the packages of its extra."""

from __future__ import annotations

import pytest
from browsers import chromium, pages

for package in ("starlette", "uvicorn", "httptools", "prometheus_client", "python_multipart"):
    pytest.importorskip(package, reason=f"needs {package} (the serve extra)")


@pytest.fixture(scope="module")
def browser():
    with chromium() as browser:
        yield browser


@pytest.fixture
def open_at(browser):
    """Opens an address in the browser; no request may leave this machine, no script fail."""
    with pages(browser) as open_at:
        yield open_at
