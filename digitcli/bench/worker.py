"""A process of its own for one runtime on one thread count, or for one file: the child's side.

Requests come as JSON lines on stdin, each is answered by one JSON line on what was stdout; whatever
the runtime prints goes to stderr. The process ends with its stdin, so no worker outlives its boss.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO, TypeAlias

import numpy as np

from ..errors import DigitError
from .stopwatch import lap

if TYPE_CHECKING:
    from .runtimes import Images, Runtime


@dataclass(frozen=True)
class Task:
    """What a worker is started for."""

    engine: str
    variant: str | None  # None: the usual one
    precision: str
    threads: int
    weights: Path
    file: Path  # what the runtime reads: made from the weights, or the weights themselves


@dataclass(frozen=True)
class Order:
    """A file that a maker is to write."""

    name: str
    weights: Path
    calibration: Path  # .npy, uint8 (n, 28, 28): the pictures on which everybody quantises
    target: Path


Opener: TypeAlias = Callable[[Task], "Runtime"]
Maker: TypeAlias = Callable[[Order], None]


def serve(openers: Mapping[str, Opener]) -> None:
    """Be a worker: open the runtime that the first request names, then answer until stdin ends.

    First request: the fields of `Task`, and {"images": path of an .npy file}. Then {"answer": n}:
    probabilities of the first n pictures. {"lap": repeats, "batch": n}: the seconds of each repeat,
    after one more that is not counted. Any failure is answered with {"error", "hint"}, and is the
    end.
    """

    def work(first: dict[str, Any], replies: TextIO) -> None:
        images = np.load(first.pop("images"), allow_pickle=False)
        task = Task(**_with_paths(first, "weights", "file"))
        desk = _Desk(openers[task.engine](task), images)
        _reply(replies, desk.introduction())
        for line in sys.stdin:
            _reply(replies, desk.answer(json.loads(line)))

    _answer(work)


def make(makers: Mapping[str, Maker]) -> None:
    """Be a maker: write the file that the one request orders, and reply {} or {"error", "hint"}."""

    def work(first: dict[str, Any], replies: TextIO) -> None:
        order = Order(**_with_paths(first, "weights", "calibration", "target"))
        makers[order.name](order)
        _reply(replies, {})

    _answer(work)


def _answer(work: Callable[[dict[str, Any], TextIO], None]) -> None:
    """Read the first request and do the work; whatever goes wrong becomes a reply."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the boss's to handle
    replies = _take_stdout()
    first = json.loads(sys.stdin.readline())
    whose = str(first.get("engine") or first.get("name"))
    try:
        work(first, replies)
    except DigitError as error:
        _reply(replies, {"error": str(error), "hint": error.hint})
    except ModuleNotFoundError as error:
        _reply(replies, _missing(whose, error.name or "a package"))
    except Exception as error:
        lines = str(error).strip().splitlines() or [""]
        _reply(replies, {"error": f"{type(error).__name__}: {lines[0]}", "hint": ""})


def _with_paths(request: dict[str, Any], *names: str) -> dict[str, Any]:
    return request | {name: Path(request[name]) for name in names}


def _missing(whose: str, package: str) -> dict[str, Any]:
    needs = "" if package == whose else f" needs {package}, which"
    return {"error": f"{whose}{needs} is not installed", "hint": 'pip install "digitcli[bench]"'}


class _Desk:
    """One runtime, its pictures, and the calls prepared so far."""

    def __init__(self, runtime: Runtime, images: Images) -> None:
        self._images = images
        self._runtime = runtime
        self._calls: dict[int, Callable[[], object]] = {}

    def introduction(self) -> dict[str, Any]:
        runtime = self._runtime
        return {
            "variant": runtime.variant,
            "precision": runtime.precision,
            "version": runtime.version,
        }

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        if "answer" in request:
            answers = self._runtime.probabilities(self._images[: request["answer"]])
            return {"probabilities": answers.tolist()}
        call = self._call(request["batch"])
        call()  # the caches hold what the worker before us used
        return {"seconds": lap(call, request["lap"])}

    def _call(self, batch: int) -> Callable[[], object]:
        if batch not in self._calls:
            self._calls[batch] = self._runtime.prepare(self._images[:batch])
        return self._calls[batch]


def _take_stdout() -> TextIO:
    """Keep the real stdout for replies; everything else that is printed goes to stderr."""
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return replies


def _reply(replies: TextIO, document: dict[str, Any]) -> None:
    replies.write(json.dumps(document) + "\n")
    replies.flush()
