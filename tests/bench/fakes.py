"""Runtimes that answer at once, wrongly, or never; and workers without a process."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
from collections.abc import Callable, Sequence

import numpy as np

from digitcli.bench.race.entry import Entry, RuntimeInfo
from digitcli.bench.race.worker import Order, Task
from digitcli.errors import MachineError


def answers(count: int) -> np.ndarray:
    """Probabilities (count, 10) that favour digit n % 10 for picture n."""
    favoured = np.arange(count) % 10
    probabilities = np.full((count, 10), 0.05, np.float32)
    probabilities[np.arange(count), favoured] = 0.55
    return probabilities


class FakeWorker:
    """Answers from memory; `log` sees every lap."""

    def __init__(
        self,
        name: str = "fake",
        *,
        answer: Callable[[int], np.ndarray] = answers,
        microseconds: float = 10.0,
        broken: str = "",
        scopes: Sequence[str] = ("model",),
        log: list[tuple[str, int]] | None = None,
    ) -> None:
        self.name, self.answer, self.broken = name, answer, broken
        self.seconds = microseconds * 1e-6
        self.log = [] if log is None else log
        self.scopes = scopes
        self.closed = False

    def info(self) -> RuntimeInfo:
        if self.broken == "start":
            raise MachineError(f"{self.name} is not installed", "pip install it")
        return RuntimeInfo(f"{self.name}-way", "fp32", "1.0", self.scopes)

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

    precision = "fp32"
    version = "1.0"

    def __init__(self, task: Task) -> None:
        variant = task.variant
        if variant == "missing":
            raise ModuleNotFoundError("No module named 'fakeflow'", name="fakeflow")
        if variant == "refuses":
            raise MachineError("fake: no such machine", "buy another")
        sys.stdout.write("chatter that is no reply\n")
        self.variant = variant or "plain"
        if self.variant.startswith("writes "):  # to every file that it finds open
            for number in range(3, 12):
                with contextlib.suppress(OSError):
                    os.write(number, bytes.fromhex(self.variant.split()[1]))
        self.threads = task.threads

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


def workers_from(workers: dict[str, FakeWorker]):
    """A `StartWorker` that finds workers by engine."""

    def start_worker(entry: Entry, threads: int) -> FakeWorker:
        return workers[entry.engine]

    return start_worker


def copy_weights(order: Order) -> None:
    """A file that a maker wrote: the weights, and how many pictures there were to quantise on."""
    pictures = np.load(order.calibration)
    order.target.write_text(f"{order.weights} {len(pictures)}")


def crash(order: Order) -> None:
    """A maker that takes its process with it."""
    sys.stderr.write("something ate my memory\n")
    os._exit(3)


def refuse(order: Order) -> None:
    """A maker that says no."""
    raise MachineError("no room", "make some")


def make() -> None:
    """What a maker process of the tests runs."""
    from digitcli.bench.race.worker import make as run

    run({"copy": copy_weights, "crash": crash, "refuse": refuse})


def main() -> None:
    """What a worker process of the tests runs."""
    from digitcli.bench.race.worker import serve

    serve({"fake": FakeRuntime})
