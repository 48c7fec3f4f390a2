"""How a picture is looked at: as one digit, as lines of any number of them, or as one class."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, TypeAlias

from ..errors import UsageError
from ..signs import DIGITS, Mode
from .files.pixels import Pixels, size_of
from .normalize import stands_alone
from .seen_digit import look_at_digit

if TYPE_CHECKING:
    from ..inference.networks import Networks
    from ..model.spec import Task
    from .finding.places import Place
    from .seen import Seen

Look: TypeAlias = "Callable[[Pixels], Seen]"

_CROP = 32  # pixels a side: in mode "auto" a picture of at most this size is one digit


def tasks_of(mode: Mode) -> tuple[Task, ...]:
    """The networks whose probabilities answers come from."""
    return ("digit",) if mode == "one" else ("digit", "line")


def look_at_one(classes: tuple[str, ...]) -> Look:
    """The same for a picture of one thing: a digit, or another of these classes."""
    if classes == DIGITS:
        return look_at_digit
    from .classes.whole import look_at_whole

    return partial(look_at_whole, names=classes)


def look_with(networks: Networks, mode: Mode) -> Look:
    """A function that does all work on the pixels of a grey picture uint8 (h, w).

    Networks that name other things than digits look at whole pictures; UsageError where "many"
    digits are asked of them. The function raises TypeError or ValueError for anything but at least
    one uint8 pixel in rows and columns.
    """
    if not networks.names_digits:
        if mode == "many":
            raise no_digits(networks, "--digits many")
        return look_at_one(networks.digit.spec.classes)
    if mode == "one":
        return look_at_digit

    def find(grey: Pixels) -> list[list[Place]]:
        from .finding.find import find_lines
        from .finding.places import ways

        return ways(find_lines(grey, networks.map), *size_of(grey))

    def look(grey: Pixels) -> Seen:
        if mode == "auto" and max(size_of(grey)) <= _CROP:
            digit = look_at_digit(grey)
            if digit.normalized is None or stands_alone(grey, digit.normalized.box):
                return digit
        from .lines import look_at_lines  # a crop of one digit does without them

        return look_at_lines(grey, networks.line, find)

    return look


def no_digits(networks: Networks, asked: str) -> UsageError:
    """The error for an option that only digits have, such as `asked`."""
    spec = networks.digit.spec
    return UsageError(
        f"{asked}: only for digits; {spec.name} names {len(spec.classes)} classes "
        f"({', '.join(spec.classes[:3])}, ...)",
        f"leave it out, or read digits with other weights than {networks.names['digit']}",
    )
