"""Tests of the server need the packages of its extra."""

from __future__ import annotations

import pytest

for package in ("starlette", "uvicorn", "httptools", "prometheus_client", "python_multipart"):
    pytest.importorskip(package, reason=f"needs {package} (the serve extra)")
