"""Runtimes that answer at once, wrongly, or never; and contestants without a process."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Sequence

import numpy as np

from digitcli.bench.plan import Candidate, Introduction
from digitcli.errors import MachineError


def answers(count: int) -> np.ndarray:
    """Probabilities (count, 10) that favour digit n % 10 for picture n."""
    favoured = np.arange(count) % 10
    probabilities = np.full((count, 10), 0.05, np.float32)
    probabilities[np.arange(count), favoured] = 0.55
    return probabilities


class FakeContestant:
    """Answers from memory; `log` sees every lap."""

    def __init__(
        self,
        name: str = "fake",
        *,
        answer: Callable[[int], np.ndarray] = answers,
        microseconds: float = 10.0,
        broken: str = "",
        precision: str = "float32",
        scopes: Sequence[str] = ("model",),
        log: list[tuple[str, int]] | None = None,
    ) -> None:
        self.name, self.answer, self.broken = name, answer, broken
        self.seconds = microseconds * 1e-6
        self.log = [] if log is None else log
        self.precision, self.scopes = precision, scopes
        self.closed = False

    def introduction(self) -> Introduction:
        if self.broken == "start":
            raise MachineError(f"{self.name} is not installed", "pip install it")
        return Introduction(f"{self.name}-way", self.precision, "1.0", self.scopes)

    def probabilities(self, count: int) -> np.ndarray:
        return self.answer(count)

    def lap(self, batch: int, repeats: int) -> Sequence[float]:
        if self.broken == f"batch {batch}":
            raise MachineError(f"{self.name}: ran out of memory")
        self.log.append((self.name, batch))
        return [self.seconds * batch] * repeats

    def close(self) -> None:
        self.closed = True


class FakeRuntime:
    """A runtime for a worker process; its variant says how it behaves."""

    precision = "float32"
    version = "1.0"

    def __init__(self, weights: str, variant: str | None, threads: int) -> None:
        if variant == "missing":
            raise ModuleNotFoundError("No module named 'fakeflow'", name="fakeflow")
        if variant == "refuses":
            raise MachineError("fake: no such machine", "buy another")
        sys.stdout.write("chatter that is no reply\n")
        self.variant = variant or "plain"
        self.threads = threads

    def probabilities(self, images: np.ndarray) -> np.ndarray:
        if self.variant == "dies":
            os.kill(os.getpid(), signal.SIGKILL)
        if self.variant == "exits":
            sys.stderr.write("something ate my memory\n")
            os._exit(3)
        if self.variant == "hangs":
            time.sleep(60)
        return answers(len(images))

    def prepare(self, images: np.ndarray) -> Callable[[], object]:
        return lambda: images.sum()


def hire_from(contestants: dict[str, FakeContestant]):
    """A `Hire` that finds contestants by engine."""

    def hire(candidate: Candidate, threads: int) -> FakeContestant:
        return contestants[candidate.engine]

    return hire


def main() -> None:
    """What a worker process of the tests runs."""
    from digitcli.bench.worker import serve

    serve({"fake": FakeRuntime})
