"""Going on with a file of answers that an earlier run has begun."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator
from pathlib import Path

from ...errors import DataError, UsageError
from ...files import GrowingLines, grow_lines
from .predictions import SCHEMA

# How every line of ours begins, as `answers.Lines` writes it; a `--json` document begins otherwise.
_BEGINNING = b'{"schema": "%s", "file": "' % SCHEMA.encode()


class Begun:
    """What a file of answers holds already; `stream` writes behind it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.names: set[str] = set()
        self.failed = 0
        self.stream: GrowingLines

    def read(self, lines: Iterator[bytes]) -> None:
        """Take in the files with an answer, and how many of the answers are errors.

        Raises DataError, naming the first line that is no answer.
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
def go_on(path: Path) -> Iterator[Begun]:
    """Open the answers at `path`, made where there are none, to write more behind them.

    A line that was cut off while it was written goes; its picture is not among the names. Nothing
    is changed before every line has been found to be an answer.

    Raises DataError when one is not, UsageError when another process writes the file, MachineError
    when it cannot be written.
    """
    busy = UsageError(f"{path}: another process writes its answers there", "choose another file")
    begun = Begun(path)
    with grow_lines(path, busy, begun.read, _is_cut) as begun.stream:
        yield begun
        begun.stream.flush()


def _is_cut(half: bytes, lines: int) -> bool:
    """Whether the file's last bytes, behind so many whole lines, are the beginning of an answer.

    A whole answer that lacks only its line feed is none that was cut.
    """
    with contextlib.suppress(ValueError, RecursionError):
        json.loads(half)
        return False
    return half.startswith(_BEGINNING) or (lines > 0 and _BEGINNING.startswith(half))
