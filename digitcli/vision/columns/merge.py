"""Several looks at one line as one, and what no number looks like left out."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ... import _core
from ...signs import SIGNS
from .decode import Buffer, LineText, decode

_FRACTION_OR_DATE = re.compile(r"-?\d{1,3}/\d{1,3}|\d{1,2}/\d{1,2}/(\d{2}|\d{4})")
_NO_SLASH = 1 << SIGNS.index("/")


def merged(looks: Sequence[Buffer], without: int = 0) -> bytearray:
    """The geometric mean of columns as `decode` takes them, each row with the sum 1 again.

    `without` has a bit for each class that gets nothing. Raises ValueError for looks that have not
    as many columns each, or none.
    """
    return _core.merge_columns(list(looks), without)


def plausible(columns: bytearray) -> tuple[bytearray, LineText]:
    """Columns and what they say, with slashes only in fractions and dates.

    Anywhere else a slash is a leaning 1: there the most probable text without slashes is taken.
    """
    text = decode(columns)
    if "/" not in text.written or _FRACTION_OR_DATE.fullmatch(text.written):
        return columns, text
    columns = merged([columns], _NO_SLASH)
    return columns, decode(columns)
