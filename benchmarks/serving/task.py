"""What is asked of all parts, and what they share."""

from __future__ import annotations

import itertools
import random
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import IO

from .client import Client
from .queries import CHEQUES, DIGITS, Pictures, Query, pictures
from .server import Running, served


@dataclass
class Task:
    """Turns of so many seconds each; `options` go to the server, `folder` is for files.

    `capacity` is answers a second by the name of a set, as soon as that is known.
    """

    weights: str
    options: tuple[str, ...]
    data: Path
    folder: Path
    turns: int
    seconds: float
    minutes: float
    capacity: dict[str, float] = field(default_factory=dict)

    @cached_property
    def digits(self) -> Pictures:
        """Pictures of 28 x 28 pixels."""
        return pictures(DIGITS, self.data, self.folder / "digits", self.weights)

    @cached_property
    def cheques(self) -> Pictures:
        """Pictures of lines."""
        return pictures(CHEQUES, self.data, self.folder / "cheques", self.weights)

    @property
    def sets(self) -> tuple[Pictures, Pictures]:
        """Both."""
        return self.digits, self.cheques

    def server(self, *more: str, log: IO[str] | None = None) -> AbstractContextManager[Running]:
        """A server of its own with `more` options, stopped at the end of the block."""
        return served(("-w", self.weights, *self.options, *more), log)


def check_answers(port: int, of: Pictures) -> None:
    """Ask for each picture once. Ends the program at a wrong answer: that has no speed."""
    client = Client(port)
    for n, query in enumerate(of.queries, 1):
        answer = client.ask(query.request)
        if not query.is_right(answer):
            sys.exit(f"{of.name}, picture {n}: expected {query.texts}, got {answer}")
    client.close()


def shuffled(queries: list[Query], seed: int = 2) -> Iterator[Query]:
    """All of them again and again, in an order that is the same in each run."""
    return itertools.cycle(random.Random(seed).sample(queries, len(queries)))
