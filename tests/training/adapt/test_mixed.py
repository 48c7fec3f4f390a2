"""The processes that draw lines load no Keras: it would cost each of them seconds and memory."""

from __future__ import annotations

import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    "module", ["adapt.mixed", "lines.batches", "lines.stream", "pages.batches"]
)
def test_what_draws_loads_no_keras(module, tmp_path):
    code = f"import digitcli.training.{module}, sys; print({{'keras', 'jax'}} & set(sys.modules))"

    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )

    assert done.stdout == "set()\n"
