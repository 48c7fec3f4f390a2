"""Tab knows presets, weights, data sets, runtimes and settings."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from digitcli.bench.runtimes import PEERS
from digitcli.cli.common import completion
from digitcli.data.catalog import CATALOG
from digitcli.model.presets import preset_names
from digitcli.model.weights import bundled_names

SETS = [dataset.name for dataset in CATALOG]


def offered(line: str, cwd) -> list[str]:
    """What Bash is offered for the last word of `line`."""
    words = {
        "_DIGITCLI_COMPLETE": "complete_bash",
        "COMP_WORDS": line,
        "COMP_CWORD": str(len(line.split(" ")) - 1),
    }
    done = subprocess.run(
        [sys.executable, "-m", "digitcli"],
        cwd=cwd, env=os.environ | words, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert done.stderr == ""
    return done.stdout.split()


@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("digitcli train --preset ", preset_names()),
        ("digitcli train -p re", ["reader"]),
        ("digitcli preset show ", preset_names()),
        ("digitcli data preview --preset ", preset_names()),
        ("digitcli predict x.png -w ", bundled_names()),
        ("digitcli bench --weights sm", ["small"]),
        ("digitcli show ti", ["tiny"]),
        ("digitcli fetch ", SETS),
        ("digitcli eval --data emnist", ["emnist-digits", "emnist-letters"]),
        ("digitcli train --data mnist,str", ["mnist,strokes"]),
        ("digitcli bench --against ", [*PEERS, "all", "none"]),
        ("digitcli bench --against litert,on", ["litert,onnxruntime"]),
        ("digitcli train --set learn", ["learning_rate="]),
        ("digitcli train --set augmentation.rot", ["augmentation.rotation="]),
        ("digitcli train --set schedule=co", ["schedule=constant", "schedule=cosine"]),
        ("digitcli train --set test_every_epoch=t", ["test_every_epoch=true"]),
        ("digitcli predict x.png --check l", ["luhn"]),
        ("digitcli info --without w", ["winograd"]),
        ("digitcli predict -w ./no", []),
    ],
)  # fmt: skip
def test_tab_offers_our_names(line, names, tmp_path):
    assert sorted(offered(line, tmp_path)) == sorted(names)


def test_a_name_that_is_there_already_is_not_offered_again(tmp_path):
    found = offered("digitcli bench --against litert,", tmp_path)

    assert "litert,openvino" in found
    assert "litert,litert" not in found


def test_what_fails_offers_nothing_and_says_nothing():
    assert completion._items(completion._one(lambda: 1 / 0), None, None, "") == []
