"""Where the process begins and ends: quickly.

Starting makes some hundred thousand objects and hardly any garbage: the collector is told to look
later, before anything else is imported, and to look at nothing when all is torn down. Together that
is 30 of 180 ms of a `digitcli predict` (benchmarks/LOG.md).
"""

from __future__ import annotations

import gc
import sys
from typing import NoReturn

_LATER = 200_000  # objects; Python's own threshold is 700


def entry_point() -> NoReturn:
    """Run the command line and leave with its exit code."""
    gc.set_threshold(_LATER)
    from .app import main, open_streams

    open_streams()
    code = main(sys.argv[1:])
    gc.freeze()
    sys.exit(code)
