"""The pictures that a network for single digits is trained and tested on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from ..data.store import Split
from ..training.run.resume import TrainingRequest
from ..vision.labelled.division import is_own, load_splits

Splits = tuple[Split, Split]


def with_pictures(
    request: TrainingRequest, note: Callable[[str], None]
) -> tuple[TrainingRequest, Splits | None]:
    """The pictures to learn and to test on, and the request as it fits them; None of lines.

    Where a source of one's own is small, and more than a quarter would be validated on, a tenth is.
    Raises what `load_splits` raises.
    """
    if request.spec.task != "digit":
        return request, None
    splits = load_splits(request.data, request.recipe.validation_seed, note)
    count, asked = len(splits[0].labels), request.recipe.validation
    if not is_own(request.data) or asked <= count // 4:
        return request, splits
    note(f"{request.data}: {count // 10:,} pictures to validate on instead of {asked:,}")
    return replace(request, recipe=replace(request.recipe, validation=count // 10)), splits
