"""What is measured, under which conditions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, TypeAlias

if TYPE_CHECKING:
    from ..runtimes import Labels, Probabilities
    from .scope import Scope


@dataclass(frozen=True)
class Entry:
    """A runtime to measure, which way of calling it (None: its usual one), and how precisely."""

    engine: str
    variant: str | None = None
    precision: str = "fp32"

    @property
    def label(self) -> str:
        """A name for notes."""
        precision = None if self.precision == "fp32" else self.precision
        details = ", ".join(filter(None, (self.variant, precision)))
        return f"{self.engine} ({details})" if details else self.engine


@dataclass(frozen=True)
class RuntimeInfo:
    """What a loaded runtime tells about itself."""

    variant: str
    precision: str
    version: str
    scopes: Sequence[Scope] = ("model",)  # in which it can be timed


class Worker(Protocol):
    """One entry that runs on a fixed number of threads. Every method may raise DigitError."""

    def info(self) -> RuntimeInfo:
        """Wait until it is ready."""

    def probabilities(self, count: int) -> Probabilities:
        """Answers to the first `count` pictures, float32 (count, classes)."""

    def lap(self, batch: int, repeats: int) -> Sequence[float]:
        """The seconds that each of `repeats` calls with `batch` pictures took."""

    def close(self) -> None:
        """End it; nothing is saved."""


StartWorker: TypeAlias = Callable[[Entry, int], Worker]


@dataclass(frozen=True)
class RacePlan:
    """What to measure. The first entry is ours: the others are compared with it."""

    entries: tuple[Entry, ...]
    batches: tuple[int, ...]
    threads: tuple[int, ...]
    flops: int  # for one picture
    compared: int = 1_000  # pictures on which the answers must agree
    labels: Labels | None = field(default=None, compare=False)  # of those pictures, if known
    scope: Scope = "model"
    seconds: float = 1.0
    rounds: int = 10
