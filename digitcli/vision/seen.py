"""A picture after all work on its pixels, before the network for single digits is asked.

In between, pictures of many files can share a batch.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol, TypeAlias

from ..model.frozen import dataclass
from ..signs import Found

if TYPE_CHECKING:  # one digit is read without them: they take longer to import than to use
    from .digit import Digit
    from .field import Field
    from .mark import Mark
    from .rules.rule import Rule
    from .rules.valid import Valid

Rows: TypeAlias = "Sequence[Sequence[float]]"  # ten probabilities, or eleven: the last is of none


@dataclass(frozen=True)
class Answered:
    """The digits in reading order, other ink, and whether it is one digit or many.

    `fields` are the lines, None where the picture was looked at as one digit.
    """

    digits: tuple[Digit, ...]
    mode: Found
    marks: tuple[Mark, ...] = ()
    fields: tuple[Field, ...] | None = None


class Seen(Protocol):
    """What the network for single digits has to classify, and what its answers mean."""

    @property
    def pictures(self) -> bytes:
        """28 * 28 bytes for each row that `answer` takes, in the same order."""

    @property
    def count(self) -> int:
        """How many rows `answer` takes."""

    def answer(self, rows: Rows) -> Answered:
        """The digits of the picture, from the probabilities of its `pictures`."""

    def obeying(
        self, rule: Rule, found: Answered, rows: Rows
    ) -> tuple[Valid | None, tuple[Digit, ...]]:
        """The best valid reading of what was `found`, and the digits that spell it."""
