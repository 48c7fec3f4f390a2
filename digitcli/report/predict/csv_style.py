"""Rows of CSV for programs, or so that a spreadsheet shows each text as it is.

Spreadsheets make numbers and dates of texts such as 007 and 1-2, and obey what looks like a formula
(OWASP, "CSV Injection"). The result of a formula is a text that they leave alone: ="007".
"""

from __future__ import annotations

import io
from collections.abc import Sequence

MARK = "\ufeff"  # at the start: by it Excel knows UTF-8
_OBEYED = tuple("=+-@\t\r\n")  # a text that begins so may be taken for a formula
_LONGEST = 255  # characters of a text inside a formula


def name_cell(name: str, *, spreadsheet: bool) -> str:
    """A file's name or a message as a cell."""
    plain = any(map(str.isalpha, name)) and not name.lstrip(" ").startswith(_OBEYED)
    return name if plain or not spreadsheet else _as_formula(name)


def number_cell(text: str, *, spreadsheet: bool) -> str:
    """What was read, as a cell; a spreadsheet gets a space between lines."""
    return _as_formula(text.replace("\n", " ")) if spreadsheet else text


def csv_row(cells: Sequence[str]) -> str:
    """A row with its line feed."""
    import csv  # here: few commands write it

    rows = io.StringIO()
    csv.writer(rows, lineterminator="\n").writerow(cells)
    return rows.getvalue()


def csv_head(columns: Sequence[str], *, spreadsheet: bool) -> str:
    """The first row, with the mark of UTF-8 for spreadsheets."""
    return (MARK if spreadsheet else "") + csv_row(columns)


def _as_formula(text: str) -> str:
    if not text:
        return ""
    if len(text) > _LONGEST or not text.isprintable():
        return f"'{text}"
    doubled = text.replace('"', '""')
    return f'="{doubled}"'
