"""What commands are run on."""

from __future__ import annotations

import shutil

import pytest
from pictures import digit_picture, save_template_weights


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A picture, weights and a labelled folder."""
    found = tmp_path_factory.mktemp("cli")
    digit_picture(7).save(found / "seven.png")
    save_template_weights(found / "templates.npz")
    (found / "own" / "7").mkdir(parents=True)
    shutil.copy(found / "seven.png", found / "own" / "7" / "a.png")
    return found
