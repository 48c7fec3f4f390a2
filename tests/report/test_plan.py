from __future__ import annotations

import io

import pytest
from rich.console import Console

from digitcli.report import plan

STEP = {
    "layer": "conv1+pool1",
    "algorithm": "winograd F(4x4,5x5)",
    "input": (28, 28, 1),
    "output": (14, 14, 128),
    "flops_direct": 20_000_000,
    "flops_done": 5_000_000,
}
CHAIN = STEP | {
    "layer": "dense1+dense2+dense3",
    "algorithm": "dense",
    "output": (1, 1, 10),
    "flops_direct": 10_000_000,
    "flops_done": 40_000,
}


def shown(*steps, width=80, **changes):
    totals = {name: sum(step[name] for step in steps) for name in ("flops_direct", "flops_done")}
    found = {"weights": "w", "network": "net", "isa": "avx2", "without": [], "steps": steps}
    console = Console(file=io.StringIO(), width=width)
    console.print(plan.render(found | totals | changes))
    return [line.rstrip() for line in console.file.getvalue().splitlines()]


def row(start, lines):
    return next(line.split() for line in lines if line.startswith(start))


def test_a_step_shows_its_shapes_and_what_it_saves():
    lines = shown(STEP)

    assert lines[0] == "net, w on avx2"
    assert row("conv1", lines)[-5:] == ["28x28x1", "14x14x128", "5.00", "15.00", "75"]
    assert row("all", lines) == ["all", "5.00", "15.00", "75"]


def test_a_row_of_features_is_a_plain_number_and_nothing_saved_is_left_out():
    plain = CHAIN | {"layer": "dense1", "flops_done": 10_000_000}

    assert row("dense1", shown(plain)) == ["dense1", "dense", "28x28x1", "10", "10.00"]


def test_what_is_saved_is_never_all_of_it():
    assert row("dense1", shown(CHAIN, width=100))[-1] == "99"


def test_a_step_that_does_more_than_asked_says_so():
    more = STEP | {"flops_done": 21_000_000}

    assert row("conv1", shown(more))[-3:] == ["21.00", "-1.00", "-5"]


def test_a_network_without_arithmetic_is_drawn():
    assert row("all", shown(STEP | {"flops_direct": 0, "flops_done": 0})) == ["all", "0.00"]


def test_passes_left_out_are_in_the_title():
    assert shown(STEP, without=["fold", "fuse"])[0] == "net, w on avx2, without fold, fuse"


def test_control_characters_in_a_path_are_spelled_out():
    assert shown(STEP, weights="[red]\x1b[31m")[0] == r"net, [red]\x1b[31m on avx2"


@pytest.mark.parametrize("width", [60, 80, 100])
def test_no_figure_is_cut_off(width):
    lines = shown(STEP, CHAIN, width=width)

    assert max(map(len, lines)) <= width
    text = " ".join(lines)
    assert "…" not in text
    assert "14x14x128" in text
    for name in ("conv1", "pool1", "dense1", "dense2", "dense3", "F(4x4,5x5)"):
        assert name in text
