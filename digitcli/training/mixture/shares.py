"""The shares of further sources: `[training.mixture]` of a recipe, `--data mnist,strokes:0.3`.

Pure Python, so that a recipe can be checked before any picture is drawn; mix.py applies them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...errors import ModelError, UsageError

MOST = 100


def mixture_from_table(table: Any) -> dict[str, float]:
    """Read `[training.mixture]`: how many pictures of each source, as a share of the data set's.

    A share of 0 leaves a source out. Raises ModelError naming the one that is wrong.
    """
    if not isinstance(table, Mapping):
        raise ModelError(f"training: mixture must be a table, got {table!r}")
    for name, share in table.items():
        real = isinstance(share, (int, float)) and not isinstance(share, bool)
        if not real or not 0 <= share <= MOST:
            raise ModelError(
                f"training: mixture.{name} must be from 0 to {MOST}, got {share!r}",
                hint="0.3 adds three pictures for ten of the data set",
            )
    return {str(name): float(share) for name, share in table.items() if share}


def parse_data(text: str) -> tuple[str, dict[str, float]]:
    """Read `--data`: a data set, then sources and their shares, as in `mnist,strokes:0.3`.

    Raises UsageError for a source without a share.
    """
    name, *others = (part.strip() for part in text.split(","))
    shares: dict[str, float] = {}
    for part in others:
        source, _, share = part.rpartition(":")
        try:
            shares[source] = float(share)
        except ValueError:
            source = ""
        if not source:
            raise UsageError(
                f"--data: {part!r} is no source with its share",
                hint=f"e.g. --data {name},strokes:0.3; of a name with a comma in it, "
                "--set mixture.NAME=0.3",
            )
    return name, shares
