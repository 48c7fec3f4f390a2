"""A process of its own for one runtime on one thread count: the child's side.

Requests come as JSON lines on stdin, each is answered by one JSON line on what was stdout; whatever
the runtime prints goes to stderr. The process ends with its stdin, so no worker outlives its boss.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TextIO, TypeAlias

import numpy as np

from ..errors import DigitError
from .affinity import pin
from .scope import answers, lap_of, scopes_of
from .stopwatch import Lap

if TYPE_CHECKING:
    from .runtimes import Images, Probabilities, Runtime

# (weight file, variant or None for the usual one, threads) -> the runtime, ready to answer
Opener: TypeAlias = Callable[[str, str | None, int], "Runtime"]


PART = 1_000  # pictures that are answered at once when answers are compared


def serve(openers: Mapping[str, Opener]) -> None:
    """Be a worker: open the runtime that the first request names, then answer until stdin ends.

    First request: {"engine", "variant", "threads", "weights", "images": path of an .npy file,
    "scope", "pin": whether to stay on as many cores as there are threads}. Then {"answer": n}:
    probabilities of the first n pictures. {"lap": repeats, "batch": n}: the seconds of each repeat,
    after one more that is not counted. Any failure is answered with
    {"error", "hint"}, and is the end.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the boss's to handle
    replies = _take_stdout()
    task = json.loads(sys.stdin.readline())
    if task["pin"]:
        pin(task["threads"])
    try:
        desk = _Desk(openers, task)
        _reply(replies, desk.introduction())
        for line in sys.stdin:
            _reply(replies, desk.answer(json.loads(line)))
    except DigitError as error:
        _reply(replies, {"error": str(error), "hint": error.hint})
    except ModuleNotFoundError as error:
        _reply(replies, _missing(task["engine"], error.name or "a package"))
    except Exception as error:
        _reply(replies, {"error": f"{type(error).__name__}: {error}", "hint": ""})


def _missing(engine: str, package: str) -> dict[str, Any]:
    needs = "" if package == engine else f" needs {package}, which"
    return {"error": f"{engine}{needs} is not installed", "hint": 'pip install "digitcli[bench]"'}


class _Desk:
    """One runtime, its pictures, and the calls prepared so far."""

    def __init__(self, openers: Mapping[str, Opener], task: dict[str, Any]) -> None:
        self._images: Images = np.load(task["images"], allow_pickle=False)
        self._runtime = openers[task["engine"]](task["weights"], task["variant"], task["threads"])
        self._scope = task["scope"]
        self._laps: dict[int, Lap] = {}

    def introduction(self) -> dict[str, Any]:
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
        """In parts, or a runtime would need gigabytes for the layers between."""
        images = self._images[:count]
        parts = [images[at : at + PART] for at in range(0, count, PART)]
        return np.concatenate([answers(self._runtime, self._scope, part) for part in parts])


def _take_stdout() -> TextIO:
    """Keep the real stdout for replies; everything else that is printed goes to stderr."""
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return replies


def _reply(replies: TextIO, document: dict[str, Any]) -> None:
    replies.write(json.dumps(document) + "\n")
    replies.flush()
