"""From a scan of a filled-in form to a reading of each field."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, TypeAlias, cast

import numpy as np

from ...errors import DataError
from ..field import Field
from ..files.picture import Source, name_of
from ..files.pixels import Pixels, size_of
from ..look import Look
from ..reader import Reader
from ..reading import NamedReading, Reading
from .align import EmptyForm, crop
from .form import Form, Share

if TYPE_CHECKING:
    import numpy.typing as npt

    from ..normalize import Box
    from ..seen import Seen

    Floats: TypeAlias = npt.NDArray[np.float64]

LEAST = 0.5  # agreement of the print with that of the empty form: less is another page


class NotTheFormError(DataError):
    """A picture in which the form was not found."""


@dataclass(frozen=True)
class _Part:
    """A field in a scan: its ends in pixels of the scan, and what is seen in it."""

    corners: Floats  # (3, 2): upper left, upper right, lower left
    size: tuple[int, int]  # of its picture: height, width
    seen: Seen

    def in_page(self, box: Box) -> Box:
        """A box in the part's picture as the upright one around it in the scan."""
        x, y, wide, high = box
        height, width = self.size
        first, right, below = self.corners
        places = np.array(
            [
                first + across / width * (right - first) + down / height * (below - first)
                for across in (x, x + wide)
                for down in (y, y + high)
            ]
        )
        left, top = (int(one) for one in np.rint(places.min(axis=0)))
        end, foot = (int(one) for one in np.rint(places.max(axis=0)))
        return left, top, max(1, end - left), max(1, foot - top)


@dataclass(frozen=True)
class SeenForm:
    """What is seen in each field; see `Seen` for `pictures` and `count`."""

    parts: tuple[_Part, ...]

    @property
    def pictures(self) -> bytes:
        """Those of all fields."""
        return b"".join(part.seen.pictures for part in self.parts)

    @property
    def count(self) -> int:
        """How many there are."""
        return sum(part.seen.count for part in self.parts)


class FormReader(Reader):
    """Reads the fields of a form, each by its own rule, in scans of filled-in copies.

    The scan may be shifted, scaled and turned by some degrees against the empty form. `reader`
    gives networks and settings. A reading has the digits of all fields; `form` has each field's.
    """

    def __init__(self, reader: Reader, form: Form) -> None:
        self._form = form
        self._empty = None if form.page is None else EmptyForm(form.page)
        super().__init__(
            reader.engine,
            threads=reader.threads,
            limits=reader.limits,
            least=reader.least,
            look=self._looking(reader.look),
        )

    def _looking(self, look: Look) -> Look:
        def of_form(grey: Pixels) -> Seen:
            corners_of = self._places(grey)
            parts = []
            for field in self._form.fields:
                corners, size = corners_of(field.box)
                parts.append(_Part(corners, size, look(crop(grey, corners, size))))
            return cast("Seen", SeenForm(tuple(parts)))  # `_reading` takes it apart

        return of_form

    def _places(self, grey: Pixels) -> Callable[[Share], tuple[Floats, tuple[int, int]]]:
        """A function that gives a field's ends in the scan, and the size of its picture.

        Raises NotTheFormError.
        """
        size = height, width = size_of(grey)
        matrix: Floats = np.eye(2, 3)
        if self._empty is not None:
            found = self._empty.find_in(grey)
            if found.score < LEAST:
                raise NotTheFormError(
                    f"this does not look like the form (its print agrees by {found.score:.0%})",
                    "scan the whole page, upright",
                )
            matrix, size = found.matrix, self._empty.size
        height, width = size

        def place(box: Share) -> tuple[Floats, tuple[int, int]]:
            x, y, across, down = box[0] * width, box[1] * height, box[2] * width, box[3] * height
            ends = np.array([[x, y, 1.0], [x + across, y, 1.0], [x, y + down, 1.0]])
            corners: Floats = ends @ matrix.T
            first, right, below = corners
            wide, high = (max(1, round(math.dist(first, end))) for end in (right, below))
            return corners, (high, wide)

        return place

    def _prepare(self, source: Source) -> Seen | DataError:
        found = super()._prepare(source)
        if isinstance(found, NotTheFormError):
            return NotTheFormError(f"{name_of(source)}: {found}", found.hint)
        return found

    def _reading(self, source: Source, seen: Seen, rows: list[list[float]]) -> Reading:
        remaining = iter(rows)
        form = tuple(self._named(source, cast("SeenForm", seen), remaining))
        return Reading(
            name_of(source),
            tuple(digit for one in form for digit in one.reading.digits),
            least=self.least,
            source=source,
            mode="many",
            marks=tuple(mark for one in form for mark in one.reading.marks),
            fields=tuple(line for one in form for line in one.reading.fields or ()),
            form=form,
        )

    def _named(
        self, source: Source, seen: SeenForm, rows: Iterator[list[float]]
    ) -> Iterator[NamedReading]:
        """The reading of each field, with places in the scan; lines count across all fields."""
        first = 0
        for field, part in zip(self._form.fields, seen.parts, strict=True):
            own = list(islice(rows, part.seen.count))
            found = self._ruled(source, part.seen, own, field.rule)
            height, width = part.size
            lines = _lines(found, part)
            reading = replace(
                found,
                digits=tuple(
                    replace(one, box=part.in_page(one.box), line=first + one.line)
                    for one in found.digits
                ),
                marks=tuple(replace(one, box=part.in_page(one.box)) for one in found.marks),
                fields=lines,
            )
            first += len(lines)
            yield NamedReading(field.name, part.in_page((0, 0, width, height)), reading)


def _lines(found: Reading, part: _Part) -> tuple[Field, ...]:
    """The lines of a field, in the scan; a picture read as one digit is a line of it."""
    if found.fields is not None:
        return tuple(replace(one, box=part.in_page(one.box)) for one in found.fields)
    sure = found.confidence or 0.0
    return tuple(
        Field(str(digit.digit), str(digit.digit), sure, part.in_page(digit.box))
        for digit in found.digits
        if digit.is_digit
    )
