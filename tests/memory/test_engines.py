"""Engines and readers that are dropped give all their memory and threads back."""

from __future__ import annotations

import gc
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from line_weights import line_weights
from memory.resident import FLAT, Watch, linux_only, resident
from pictures import digit_picture, encoded

from digitcli.inference.engine import Engine
from digitcli.inference.line_engine import LineEngine
from digitcli.inference.map_engine import MapEngine
from digitcli.inference.networks import Networks
from digitcli.inference.quantize import quantize
from digitcli.model.weights import load_named
from digitcli.vision.reader import Reader

pytestmark = linux_only

IMAGES = np.random.default_rng(0).integers(0, 256, (100, 28, 28), dtype=np.uint8)
LINES = np.random.default_rng(0).integers(0, 256, (3, 40, 200), dtype=np.uint8)


def engine_of(name: str) -> Callable[[int], None]:
    weights = load_named(name)

    def use(threads: int) -> None:
        Engine(weights).predict(IMAGES, threads)

    return use


def line_engine() -> Callable[[int], None]:
    weights = line_weights()

    def use(threads: int) -> None:
        engine = LineEngine(weights)
        engine.columns(LINES, threads)
        engine.columns(np.ascontiguousarray(LINES[:, :, :97]), threads)

    return use


def int8_engine() -> Callable[[int], None]:
    weights = quantize(load_named("tiny"), IMAGES).weights

    def use(threads: int) -> None:
        Engine(weights).predict(IMAGES, threads)

    return use


def reader() -> Callable[[int], None]:
    picture = encoded(digit_picture(7))

    def use(threads: int) -> None:
        for _ in Reader.of(Networks(("tiny",)), threads=threads).read_many([picture] * 3):
            pass

    return use


MAKERS = {
    "engine": lambda: engine_of("tiny"),
    "int8 engine": int8_engine,
    "line engine": line_engine,
    "reader": reader,
}


@pytest.mark.parametrize(
    ("warm", "most"),
    [
        pytest.param(15, 45, id="45"),
        pytest.param(100, 1_000, id="1000", marks=pytest.mark.slow),
    ],
)
@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("what", MAKERS)
@pytest.mark.timeout(1800)
def test_what_is_made_used_and_dropped_leaves_nothing(what, threads, warm, most):
    use, watch = MAKERS[what](), Watch()
    tasks = Path("/proc/self/task")

    for number in range(1, most + 1):
        use(threads)
        if number <= warm and number % 5 == 0:
            gc.collect()
            watch.begin(resident())
            threads_then = len(list(tasks.iterdir()))
        elif number % 10 == 0:
            watch.add(resident())

    print(f"\n{what}, {threads} threads, {warm} to {most:,} of them: {watch}")
    assert watch.growth <= FLAT
    assert len(list(tasks.iterdir())) <= threads_then


def test_lines_of_many_widths_take_no_more_memory_than_some_plans():
    engine, watch = LineEngine(load_named("line")), Watch()
    engine.columns(np.zeros((1, engine.height, 200), np.uint8))
    watch.begin(resident())

    for width in range(2_000, 20_001, 2_000):
        engine.columns(np.zeros((1, engine.height, width), np.uint8))
    watch.add(resident())

    assert watch.growth < 100, watch  # 1 GiB, if all were kept


def test_short_lines_and_small_maps_of_many_sizes_take_no_more_memory_than_some_plans():
    lines, maps, watch = LineEngine(load_named("line")), MapEngine(load_named("finder")), Watch()
    for width in (32, 64, 640):  # all ways to pack the weights
        lines.columns(np.zeros((8, lines.height, width), np.uint8))
    maps.map(np.zeros((640, 640), np.uint8))
    watch.begin(resident())

    for width in range(32, 640, 32):
        lines.columns(np.zeros((8, lines.height, width), np.uint8))
    for height in range(64, 576, 64):
        for width in range(64, 576, 64):
            maps.map(np.zeros((height, width), np.uint8))
    watch.add(resident())

    assert watch.growth < 60, watch  # 80, if narrow ones were counted by their pixels alone
