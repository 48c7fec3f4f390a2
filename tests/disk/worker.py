"""Runs operations on a failing disk, in a process that has loaded failing_disk.c.

`python -m disk.worker FOLDER MOST NAME...` prints a row of JSON for each; MOST is 0 for all calls.
"""

from __future__ import annotations

import json
import sys
import traceback
import warnings
from pathlib import Path

from disk.failing_disk import FailingDisk
from disk.operations import OPERATIONS
from disk.promises import ALL_FAULTS, Row, Trial


def row_of(name: str, root: Path, most: int | None) -> Row:
    """The operation's row; what went wrong in the test itself is a broken promise too."""
    try:
        trial = Trial(OPERATIONS[name](), root / name.replace(" ", "-"), FailingDisk())
        return trial.all(ALL_FAULTS, most)
    except Exception:
        return Row(name, 0, 0, (traceback.format_exc(),))


def main() -> None:
    """Print a row for each operation that the arguments name."""
    warnings.simplefilter("ignore", ResourceWarning)  # of files whose closing failed
    root, most = Path(sys.argv[1]), int(sys.argv[2]) or None
    for name in sys.argv[3:]:
        sys.__stdout__.write(json.dumps(row_of(name, root, most)) + "\n")
        sys.__stdout__.flush()


if __name__ == "__main__":
    main()
