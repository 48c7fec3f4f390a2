"""Continuing a file of answers that an earlier run has begun."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path

from ...errors import DataError, UsageError
from ...files import GrowingLines, grow_lines
from .predictions import SCHEMA

# How `answers.JsonLines` begins every line. A `--json` document begins otherwise.
_BEGINNING = b'{"schema": "%s", "file": "' % SCHEMA.encode()


class EarlierAnswers:
    """The answers that a file has already; `stream` appends to it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.names: set[str] = set()
        self.failed = 0
        self.stream: GrowingLines

    def read(self, lines: Iterator[bytes]) -> None:
        """Collect the names of the files with an answer, and count the errors among them.

        Raises DataError that names the first line that is no answer.
        """
        for number, line in enumerate(lines, 1):
            try:
                answer = json.loads(line)
                right = answer["schema"] == SCHEMA
                self.names.add(answer["file"])
                self.failed += answer["error"] is not None
            except (ValueError, KeyError, TypeError, RecursionError):
                right = False
            if not right:
                raise DataError(
                    f"{self._path}: line {number} is no answer of `digitcli predict --jsonl`; "
                    "the file is left as it was",
                    "name a file that such a run has begun, or a new one",
                )


@contextlib.contextmanager
def continue_answers(path: Path) -> Iterator[EarlierAnswers]:
    """Open the answers at `path`, creating the file if needed, to append more.

    A last line that was cut off while it was written is removed, and its picture is not among the
    names. The file is changed only after every line has been checked.

    Raises DataError when one is not, UsageError when another process writes the file, MachineError
    when it cannot be written.
    """
    busy = UsageError(f"{path}: another process writes its answers there", "choose another file")
    earlier = EarlierAnswers(path)
    with grow_lines(path, busy, earlier.read, _is_cut) as earlier.stream:
        yield earlier
        earlier.stream.flush()


def _is_cut(half: bytes, lines: int) -> bool:
    """Whether `half`, the bytes behind the last line feed, is an answer that was cut off.

    `lines` is the number of lines before it. A whole answer without a line feed is not cut off.
    """
    with contextlib.suppress(ValueError, RecursionError):
        json.loads(half)
        return False
    return half.startswith(_BEGINNING) or (lines > 0 and _BEGINNING.startswith(half))
