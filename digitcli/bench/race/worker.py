"""A process of its own for one runtime on one thread count, or for one file: the child's side.

Requests come as JSON lines on stdin, each is answered by one JSON line on what was stdout; whatever
the runtime prints goes to stderr. The process ends with its stdin, so it never outlives its parent.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO, TypeAlias

import numpy as np

from ...errors import DigitError
from ...machine.affinity import pin
from ..runtimes import install
from ..stopwatch import Lap
from .scope import Scope, answers, lap_of, scopes_of

if TYPE_CHECKING:
    from ..runtimes import Images, Probabilities, Runtime


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
    """A file to be written."""

    name: str
    weights: Path
    calibration: Path  # .npy, uint8 (n, 28, 28): the pictures on which all runtimes quantise
    target: Path


# Pictures that are answered at once when answers are compared.
PART = 1_000

Opener: TypeAlias = Callable[[Task], "Runtime"]
Maker: TypeAlias = Callable[[Order], None]


def serve(openers: Mapping[str, Opener]) -> None:
    """Run a worker: open the runtime that the first request names, then answer until stdin ends.

    First request: the fields of `Task`, and {"images": path of an .npy file, "scope", "pin":
    whether to stay on as many cores as there are threads}. Then {"answer": n}: probabilities of the
    first n pictures. {"lap": repeats, "batch": n}: the seconds of each repeat, after one more that
    is not counted. Any failure is answered with {"error", "hint"}, one of ours with its "exit_code"
    too, and is the end.
    """

    def work(first: dict[str, Any], replies: TextIO) -> None:
        images, scope = np.load(first.pop("images"), allow_pickle=False), first.pop("scope")
        if first.pop("pin"):
            pin(first["threads"])  # before the runtime counts the cores
        task = Task(**_with_paths(first, "weights", "file"))
        server = _RuntimeServer(openers[task.engine](task), images, scope)
        _reply(replies, server.info())
        for line in sys.stdin:
            _reply(replies, server.answer(json.loads(line)))

    _answer(work)


def make(makers: Mapping[str, Maker]) -> None:
    """Write the file that the one request orders, and reply {} or {"error", "hint"}."""

    def work(first: dict[str, Any], replies: TextIO) -> None:
        order = Order(**_with_paths(first, "weights", "calibration", "target"))
        makers[order.name](order)
        _reply(replies, {})

    _answer(work)


def _answer(work: Callable[[dict[str, Any], TextIO], None]) -> None:
    """Read the first request and do the work; whatever goes wrong becomes a reply."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent handles Ctrl-C
    _end_with_the_parent()
    replies = _take_stdout()
    first = json.loads(sys.stdin.readline())
    whose = str(first.get("engine") or first.get("name"))
    try:
        work(first, replies)
    except DigitError as error:
        reply = {"error": str(error), "hint": error.hint, "exit_code": int(error.exit_code)}
        _reply(replies, reply)
    except ModuleNotFoundError as error:
        _reply(replies, _missing(whose, error.name or "a package"))
    except Exception as error:
        lines = str(error).strip().splitlines() or [""]
        _reply(replies, {"error": f"{type(error).__name__}: {lines[0]}", "hint": ""})


def _with_paths(request: dict[str, Any], *names: str) -> dict[str, Any]:
    return request | {name: Path(request[name]) for name in names}


def _missing(whose: str, package: str) -> dict[str, Any]:
    needs = "" if package == whose else f" needs {package}, which"
    return {"error": f"{whose}{needs} is not installed", "hint": install(whose)}


class _RuntimeServer:
    """One runtime, its pictures, and the calls prepared so far."""

    def __init__(self, runtime: Runtime, images: Images, scope: Scope) -> None:
        self._images = images
        self._runtime = runtime
        self._scope = scope
        self._laps: dict[int, Lap] = {}

    def info(self) -> dict[str, Any]:
        runtime = self._runtime
        return {
            "variant": runtime.variant,
            "precision": runtime.precision,
            "version": runtime.version,
            "scopes": scopes_of(runtime),
        }

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        if "answer" in request:
            return {"probabilities": self._answers(request["answer"]).tolist()}
        batch: int = request["batch"]
        if batch not in self._laps:
            self._laps[batch] = lap_of(self._runtime, self._scope, self._images[:batch])
        return {"seconds": self._laps[batch](request["lap"])}

    def _answers(self, count: int) -> Probabilities:
        """In parts: otherwise a runtime would need gigabytes for the layers between."""
        images = self._images[:count]
        parts = [images[at : at + PART] for at in range(0, count, PART)]
        return np.concatenate([answers(self._runtime, self._scope, part) for part in parts])


def _end_with_the_parent() -> None:
    """On Linux, end when the parent ends: a stopped worker does not see the end of its stdin."""
    if sys.platform == "linux":
        pr_set_pdeathsig = 1  # from <linux/prctl.h>
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGKILL)


def _take_stdout() -> TextIO:
    """Keep the real stdout for replies; everything else that is printed goes to stderr."""
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return replies


def _reply(replies: TextIO, document: dict[str, Any]) -> None:
    replies.write(json.dumps(document) + "\n")
    replies.flush()
