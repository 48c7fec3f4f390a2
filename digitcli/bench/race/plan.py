"""Who is measured, under which conditions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, TypeAlias

if TYPE_CHECKING:
    from ..runtimes import Labels, Probabilities
    from .scope import Scope


@dataclass(frozen=True)
class Candidate:
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
class Introduction:
    """What a runtime says of itself once it is loaded."""

    variant: str
    precision: str
    version: str
    scopes: Sequence[Scope] = ("model",)  # in which it can be timed


class Contestant(Protocol):
    """A candidate at work on a fixed number of threads. Every method may raise DigitError."""

    def introduction(self) -> Introduction:
        """Wait until it is ready."""

    def probabilities(self, count: int) -> Probabilities:
        """Answers to the first `count` pictures, float32 (count, 10)."""

    def lap(self, batch: int, repeats: int) -> Sequence[float]:
        """The seconds that each of `repeats` calls with `batch` pictures took."""

    def close(self) -> None:
        """Go home."""


Hire: TypeAlias = Callable[[Candidate, int], Contestant]


@dataclass(frozen=True)
class Plan:
    """What to measure. The first candidate is ours: the others are compared with it."""

    candidates: tuple[Candidate, ...]
    batches: tuple[int, ...]
    threads: tuple[int, ...]
    flops: int  # for one picture
    compared: int = 1_000  # pictures on which the answers must agree
    labels: Labels | None = field(default=None, compare=False)  # of those pictures, if known
    scope: Scope = "model"
    seconds: float = 1.0
    rounds: int = 10
