"""The list `labels.csv`: which text each picture of a folder shows, and who wrote it."""

from __future__ import annotations

import csv
import io
import shlex
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from ...errors import DataError, reason_of
from ...files.opening import read_regular
from ...signs import SIGNS

LABELS = "labels.csv"
MOST_PICTURES = 1_000_000
LONGEST = 1_000  # signs of a label
_MOST_BYTES = 64 * MOST_PICTURES  # of a list

HINT = (
    f"{LABELS} begins with the line `file,label` or `file,label,writer`; without it pictures stand "
    "in folders named 0 to 9"
)


@dataclass(frozen=True)
class Label:
    """One row of a list; `line` counts from 1, the heading's."""

    line: int
    file: str
    text: str
    writer: str = ""

    @property
    def is_digit(self) -> bool:
        """Whether the text is one digit."""
        return len(self.text) == 1 and self.text in "0123456789"


def list_of(path: Path) -> Path:
    """The list of a folder; a path that is a list of any other name stays."""
    return path if path.suffix.lower() == ".csv" and not path.is_dir() else path / LABELS


def read_labels(path: Path) -> list[Label]:
    """All rows of the list at `path`, texts without blanks around them.

    Raises DataError where it is missing, no table of UTF-8 text, empty, too long or without the
    columns `file` and `label`.
    """
    try:
        text = read_regular(path, _MOST_BYTES).decode("utf-8-sig")
        lines = csv.DictReader(io.StringIO(text, newline=""))
        table = [(lines.line_num, row) for row in islice(lines, MOST_PICTURES + 1)]
    except FileNotFoundError as error:
        raise DataError(f"{path}: not found", HINT) from error
    except OSError as error:
        reason = reason_of(error)
        raise DataError(f"{path}: cannot be read ({reason})", HINT) from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path}: not a table of UTF-8 text", HINT) from error
    if not table:
        raise DataError(f"{path}: lists no picture", HINT)
    if len(table) > MOST_PICTURES:
        raise DataError(f"{path}: lists more than {MOST_PICTURES:,} pictures")
    if wanting := {"file", "label"} - set(table[0][1]):
        found = ", ".join(map(str, table[0][1]))
        if "reason" in table[0][1]:
            raise DataError(
                f"{path}: lists what to look at, and says nothing of what it is",
                f"`digitcli review {shlex.quote(str(path))} --out FOLDER` asks, and writes "
                f"FOLDER/{LABELS}",
            )
        raise DataError(f"{path}: no column {min(wanting)!r}, found {found}", HINT)
    return [_label(number, row) for number, row in table]


def _label(line: int, row: dict[str, str]) -> Label:
    """A row of the table; cells that it lacks are None."""
    file, text, writer = (row.get(name) or "" for name in ("file", "label", "writer"))
    return Label(line, file, text.strip(), writer.strip())


def check_digits(path: Path, labels: list[Label]) -> None:
    """Raise DataError for the first label that is not one digit; `path` is the list's."""
    for label in labels:
        if not label.is_digit:
            raise DataError(
                f"{path}: line {label.line}: label {label.text!r}, expected a digit 0 to 9"
            )


def check_numbers(path: Path, labels: list[Label]) -> None:
    """Raise DataError for the first label that is no number as people write it.

    A number is digits, the separators of `SIGNS`, blanks and line feeds; or nothing at all.
    """
    known = frozenset(SIGNS) | {" ", "\n"}
    for label in labels:
        if unknown := sorted(set(label.text) - known):
            raise DataError(
                f"{path}: line {label.line}: label {label.text!r} has {unknown[0]!r}, "
                f"expected digits and {' '.join(SIGNS[10:])}",
                "an empty label stands for a picture without a number",
            )
        if len(label.text) > LONGEST:
            raise DataError(
                f"{path}: line {label.line}: a label of {len(label.text):,} signs, "
                f"expected at most {LONGEST:,}"
            )


def check_files(path: Path, labels: list[Label]) -> None:
    """Raise DataError naming the first file of the list at `path` that is not there."""
    missing = [label for label in labels if not (path.parent / label.file).is_file()]
    if missing:
        more = f" (and {len(missing) - 1} more)" if len(missing) > 1 else ""
        file = path.parent / missing[0].file
        raise DataError(
            f"{file}: no such file{more}", f"{path.name} lists it in line {missing[0].line}"
        )
