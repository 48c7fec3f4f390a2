"""The most probable number of a line, from the probabilities that a network gives each column.

A path gives each column a class: a sign, or the blank of CTC (connectionist temporal
classification). Runs of one class become one sign, blanks go; the probability of a text is the sum
over all paths that spell it, with separators anywhere or nowhere. The work is done in C++
(cpp/vision/ctc).
"""

from __future__ import annotations

from typing import TypeAlias

from ... import _core
from ...errors import DataError
from ...model.frozen import dataclass
from ...signs import SIGNS
from .table import FREE, RuleTable

Buffer: TypeAlias = "bytes | bytearray | memoryview"  # or anything else with the buffer protocol

BEAM = 16  # prefixes
_EXPANSIONS = 200  # of the exact search behind the beam's: a fraction of a millisecond


@dataclass(frozen=True)
class Sign:
    """One sign of a line.

    It stands in the columns `first` to `last` of the most probable path; those of two signs do not
    overlap. `probability` is that of this sign and no other between its neighbours, given that
    they stand in their columns; for a digit, neighbours are digits, and separators do not count.
    `shares` are the probabilities of the ten digits in this place, given all other digits; () for
    a separator.
    """

    sign: str
    first: int
    last: int
    probability: float
    shares: tuple[float, ...] = ()

    @property
    def is_digit(self) -> bool:
        """Whether it is one of the ten digits."""
        return bool(self.shares)


@dataclass(frozen=True)
class LineText:
    """What a line says: its digits (`text`), as they are most probably `written`.

    `probability` is that of `text` among all texts. `signs` are those of `written`.
    """

    signs: tuple[Sign, ...]
    probability: float

    @property
    def written(self) -> str:
        """Digits and separators."""
        return "".join(sign.sign for sign in self.signs)

    @property
    def text(self) -> str:
        """The digits."""
        return digits_of(self.signs)


def decode(columns: Buffer, beam: int = BEAM, temperature: float = 1.0) -> LineText:
    """The most probable digits of a line, and the most probable way in which they are written.

    `columns` are float32 (columns, 16), or the bytes of such: probabilities of `signs.SIGNS` and
    the blank, which sum to 1. `temperature` flattens (above 1) or sharpens them first: each column
    is taken to the power of 1 / `temperature`.

    Found by prefix beam search and a short exact search. A text that holds half of all probability
    is surely the best; below that, the best that was found. Raises DataError for another shape or
    type and for values that are no probabilities.
    """
    found = search(columns, FREE, beam, _EXPANSIONS, temperature)
    if found is None:
        raise AssertionError("columns that sum to 1 always have a text")
    return LineText(found[0], found[2])


def search(
    columns: Buffer, table: RuleTable, beam: int, expansions: int, temperature: float
) -> tuple[tuple[Sign, ...], float, float] | None:
    """The signs of the best text that obeys `table`, its probability among valid and among all.

    None where no valid text has a probability above 0. Raises DataError as `decode` does.
    """
    try:
        found = _core.decode_columns(
            columns, table.steps, table.accepts, beam, expansions, temperature
        )
    except (TypeError, ValueError) as error:
        raise DataError(str(error)) from error
    if found is None:
        return None
    signs, among_valid, among_all = found
    made = (Sign(SIGNS[label], first, last, p, shares) for label, first, last, p, shares in signs)
    return tuple(made), among_valid, among_all


def digits_of(signs: tuple[Sign, ...]) -> str:
    """The digits among `signs` as one text."""
    return "".join(sign.sign for sign in signs if sign.is_digit)
