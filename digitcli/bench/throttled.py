"""Whether a container's CPU quota held back what was timed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from ..machine import cgroups

if TYPE_CHECKING:
    from .race.perform import Outcome


def with_waits(measure: Callable[[], Outcome]) -> Outcome:
    """What `measure` returns, with a note if this process's control group waited meanwhile."""
    groups = cgroups.cpu_groups()
    before = cgroups.waits(groups)
    outcome = measure()
    added = [
        (waited - earlier[0], ran - earlier[1])
        for (waited, ran), earlier in zip(cgroups.waits(groups), before, strict=True)
    ]
    waited, ran = max(added, default=(0, 0))
    if waited <= 0:
        return outcome
    quota = cgroups.quota(groups)
    allowed = "" if quota is None else f" of {quota:g} core{'s' if quota > 1 else ''}"
    note = (
        f"the CPU quota{allowed} made this process wait in {waited} of {ran} periods: the times "
        "include the waiting"
    )
    return replace(
        outcome, document={**outcome.document, "notes": [*outcome.document["notes"], note]}
    )
