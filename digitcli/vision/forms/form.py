"""A form: named fields, each a box on the page with rules of its own; written down in TOML.

page = "empty.png"              # the empty form, beside this file

[fields.total]
box = [1210, 1880, 330, 80]     # x, y, width, height in its pixels, or shares of the page
length = 6                      # and pattern, check: as the options of `predict`
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...errors import DigitError, UsageError, reason_of
from ...files.opening import read_regular
from ...files.toml import parse_toml
from ..files.decode import decode_pixels
from ..files.pixels import Pixels, size_of
from ..rules.options import rule_of
from ..rules.rule import Rule

Share = tuple[float, float, float, float]  # x, y, width, height, each as a share of the page

MOST_FIELDS = 1000
_MOST_BYTES = 1 << 20
_MOST_NAME = 64  # characters
_KEYS = ("box", "pattern", "length", "check")
_TAKEN = ("file", "text", "answer", "confidence", "boxes", "error", "written")  # columns of CSV


@dataclass(frozen=True)
class FormField:
    """A field: where it is on the empty form, and the rule for what stands in it."""

    name: str
    box: Share
    rule: Rule | None = None


@dataclass(frozen=True)
class Form:
    """The fields in the order of the file; `page` is the empty form, uint8 (h, w).

    Without it pages are aligned already: each shows the whole form, upright.
    """

    fields: tuple[FormField, ...]
    page: Pixels | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the fields."""
        return tuple(field.name for field in self.fields)


def read_form(path: Path) -> Form:
    """The form that a TOML file describes.

    Raises UsageError that names the line or the field: no TOML, an unknown key, a box that is
    outside the page or overlaps another, a rule that no number obeys. DataError for a `page` that
    cannot be read.
    """
    try:
        text = read_regular(path, _MOST_BYTES).decode()
        table = parse_toml(text)
    except OSError as error:
        reason = reason_of(error)
        raise UsageError(f"{path}: the form cannot be read ({reason})") from error
    except ValueError as error:  # of TOML, with its line, or of UTF-8
        raise UsageError(f"{path}: not TOML: {error}", _HINT) from error
    return _FormText(path, text, table).form()


_HINT = "docs/guides/forms.md shows a form; its fields are tables such as [fields.total]"


class _FormText:
    """A form's file, for messages that say where something is wrong."""

    def __init__(self, path: Path, text: str, table: dict[str, Any]) -> None:
        self._path, self._text, self._table = path, text, table

    def form(self) -> Form:
        self._check_keys(self._table, ("page", "fields"), "")
        page = self._page(self._table.get("page"))
        fields = self._table.get("fields")
        if not isinstance(fields, dict) or not fields:
            raise UsageError(f"{self._path}: no fields", _HINT)
        if len(fields) > MOST_FIELDS:
            raise UsageError(f"{self._path}: {len(fields):,} fields; at most {MOST_FIELDS:,}")
        found = tuple(self._field(name, value, page) for name, value in fields.items())
        self._check_overlaps(found)
        return Form(found, page)

    def _page(self, name: Any) -> Pixels | None:
        if name is None:
            return None
        if not isinstance(name, str) or not name:
            raise UsageError(f"{self._path}: page: expected the name of a picture, got {name!r}")
        return decode_pixels(str(self._path.parent / name))

    def _field(self, name: str, value: Any, page: Pixels | None) -> FormField:
        if not name.isprintable() or not 0 < len(name) <= _MOST_NAME or name in _TAKEN:
            what = "is a column of every answer" if name in _TAKEN else "is no name for a column"
            raise self._wrong(name, what, "choose another name for the field")
        if not isinstance(value, dict):
            raise self._wrong(name, "is no table", _HINT)
        self._check_keys(value, _KEYS, name)
        return FormField(name, self._box(name, value.get("box"), page), self._rule(name, value))

    def _box(self, name: str, box: Any, page: Pixels | None) -> Share:
        numbers = isinstance(box, list) and all(map(_is_number, box))
        if not numbers or len(box) != 4:
            raise self._wrong(name, "box: expected [x, y, width, height]", _HINT)
        x, y, width, height = (float(one) for one in box)
        down, across = (1, 1) if max(x, y, width, height) <= 1 else self._size(name, page)
        if not (width > 0 and height > 0):
            raise self._wrong(name, f"box: {box} has no area", "width and height come last")
        if x < 0 or y < 0 or x + width > across * _ROUND or y + height > down * _ROUND:
            size = "1 x 1" if (down, across) == (1, 1) else f"{across} x {down} pixels"
            raise self._wrong(name, f"box: {box} is outside the page of {size}")
        return x / across, y / down, width / across, height / down

    def _size(self, name: str, page: Pixels | None) -> tuple[int, int]:
        if page is None:
            raise self._wrong(
                name,
                "box: pixels of which page?",
                'name the empty form: page = "empty.png"; or give shares of the page, 0 to 1',
            )
        return size_of(page)

    def _rule(self, name: str, value: Mapping[str, Any]) -> Rule | None:
        pattern, length, check = (value.get(key) for key in ("pattern", "length", "check"))
        for key, one in (("pattern", pattern), ("check", check)):
            if one is not None and not isinstance(one, str):
                raise self._wrong(name, f"{key}: expected a text, got {one!r}")
        if length is not None and (type(length) is not int or not 1 <= length <= 1000):
            raise self._wrong(name, f"length: expected 1 to 1000, got {length!r}")
        try:
            return rule_of(pattern, length, check)
        except DigitError as error:
            raise self._wrong(name, str(error), error.hint) from error

    def _check_keys(self, table: dict[str, Any], known: tuple[str, ...], name: str) -> None:
        for key in table:
            if key not in known:
                where = f"field {name!r}: " if name else ""
                line = self._line(rf"\s*{re.escape(key)}\s*=|\s*\[{re.escape(key)}")
                raise UsageError(
                    f"{self._path}:{line} {where}unknown key {key!r}",
                    f"known are {', '.join(known)}",
                )

    def _check_overlaps(self, fields: tuple[FormField, ...]) -> None:
        by_top = sorted(fields, key=lambda field: field.box[1])
        for number, one in enumerate(by_top):
            for other in by_top[number + 1 :]:
                if other.box[1] * _ROUND >= one.box[1] + one.box[3]:
                    break
                if _overlap(one.box, other.box):
                    raise self._wrong(other.name, f"box: overlaps that of {one.name!r}")

    def _wrong(self, name: str, what: str, hint: str = "") -> UsageError:
        line = self._line(rf"\s*\[\s*fields\s*\.\s*[\"']?{re.escape(name)}[\"']?\s*\]")
        return UsageError(f"{self._path}:{line} field {name!r}: {what}", hint)

    def _line(self, pattern: str) -> str:
        """ " line 3:" for the first line that begins so; "" where there is none."""
        for number, line in enumerate(self._text.split("\n"), 1):
            if re.match(pattern, line):
                return f" line {number}:"
        return ""


_ROUND = 1 + 1e-9


def _is_number(value: Any) -> bool:
    return type(value) in (int, float) and math.isfinite(value)


def _overlap(one: Share, other: Share) -> bool:
    return all(
        max(one[axis], other[axis]) * _ROUND
        < min(one[axis] + one[axis + 2], other[axis] + other[axis + 2])
        for axis in (0, 1)
    )
