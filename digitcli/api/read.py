"""Read digits and numbers from pictures, in one line of Python."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from ..arguments import checked
from ..inference.networks import Networks
from ..model.weights import find_weights
from ..signs import MODES, Mode
from ..vision.files.memory import source_of
from ..vision.look import tasks_of
from ..vision.reader import LEAST, Reader
from .choices import check_choice

if TYPE_CHECKING:
    from ..vision.reading import Reading

Weights: TypeAlias = str | os.PathLike[str] | Sequence[str | os.PathLike[str]] | None
Picture: TypeAlias = Any  # see `read`

# Public signatures spell their choices out: pages and `help` show them.

_KEPT = 4  # sets of networks


@checked
def read(
    picture: Picture,
    *,
    weights: Weights = None,
    digits: Literal["one", "many", "auto"] = "auto",
    pattern: str | None = None,
    length: int | None = None,
    check: str | None = None,
    target_error: str | float | None = None,
) -> Reading:
    """Read one picture: every number in it, or its one digit.

    `picture` is a path; the bytes of a picture file, or a file opened for reading bytes; a Pillow
    image; an array or nested rows of shape (h, w), (h, w, 1), (h, w, 3) or (h, w, 4), from black to
    white: uint8 and other whole numbers 0 to 255, uint16 0 to 65535, floating-point numbers 0 to 1,
    booleans. Ink may be dark on light or light on dark. Options mean what they mean to `digitcli
    predict`; `weights` may be several, and `target_error` a share (0.01) or a text ("1%").

    Raises DataError for what is no picture, TypeError for what is none of these and for an option
    of another type, UsageError for an impossible option, ModelError for weights that are none.
    """
    reader = _reader(_names(weights), digits, pattern, length, check, _text(target_error), 1)
    return reader.read(source_of(picture))


@checked
def read_many(
    pictures: Iterable[Picture],
    *,
    threads: int = 0,
    weights: Weights = None,
    digits: Literal["one", "many", "auto"] = "auto",
    pattern: str | None = None,
    length: int | None = None,
    check: str | None = None,
    target_error: str | float | None = None,
) -> Iterator[Reading]:
    """Read pictures in order, `threads` at a time (0: one for each core); see `read`.

    Memory does not grow with their number. A picture that cannot be read gives a Reading whose
    `error` says why, and stops none of the others. Raises as `read` does, but not DataError.
    """
    names = _names(weights)
    reader = _reader(names, digits, pattern, length, check, _text(target_error), threads)
    named = (source_of(picture, f"picture {n}") for n, picture in enumerate(pictures, 1))
    return reader.read_many(named)


def _names(weights: Weights) -> tuple[str, ...]:
    if weights is None:
        return ()
    several = [weights] if isinstance(weights, (str, os.PathLike)) else weights
    return tuple(os.fspath(one) for one in several)


def _text(target_error: str | float | None) -> str | None:
    """A share as the text that the command takes."""
    if target_error is None or isinstance(target_error, str):
        return target_error
    return f"{100 * target_error:.12g}%"


def _reader(
    weights: tuple[str, ...],
    digits: Mode,
    pattern: str | None,
    length: int | None,
    check: str | None,
    target_error: str | None,
    threads: int,
) -> Reader:
    from ..vision.rules.options import rule_of

    check_choice("digits", digits, MODES)
    networks = _networks(weights, tuple(_stamp(name) for name in weights))
    least = LEAST
    if target_error is not None:
        least = networks.threshold(target_error, tasks_of(digits), LEAST).confidence
    return Reader.of(
        networks,
        digits,
        threads=threads,
        least=least,
        rule=rule_of(pattern, length, check),
    )


@lru_cache(_KEPT)
def _networks(weights: tuple[str, ...], stamps: tuple[tuple[int, int], ...]) -> Networks:
    """Networks that are kept for the next picture, until a file of theirs changes."""
    return Networks(weights)


def _stamp(name: str) -> tuple[int, int]:
    found = find_weights(name).stat()
    return found.st_mtime_ns, found.st_size
