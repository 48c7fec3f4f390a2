"""Start and end of the process.

Signal handlers are installed before anything else is imported. The start makes some hundred
thousand objects and hardly any garbage, so the garbage collector runs later than usual, and not at
all at exit. Together that saves 30 of 180 ms of a `digitcli predict` (benchmarks/LOG.md).
"""

from __future__ import annotations

import gc
import os
import sys

from .. import interrupt

TYPE_CHECKING = False  # `typing` takes longer to import than all of this
if TYPE_CHECKING:
    from typing import NoReturn

# How many threads NumPy's linear algebra has: nothing here needs more. They start when NumPy is
# imported, and where the system refuses one, OpenBLAS sends a SIGINT.
_BLAS = "OPENBLAS_NUM_THREADS"

_LATER = 200_000  # objects; Python's own threshold is 700


def entry_point() -> NoReturn:
    """Run the command line and leave with its exit code."""
    try:
        interrupt.install()
        code = _run()
        interrupt.check()
        interrupt.ignore()
    except BaseException:
        if (number := interrupt.requested()) is None:
            raise
        interrupt.leave(number)
    gc.freeze()
    sys.exit(code)


def _run() -> int:
    gc.set_threshold(_LATER)
    os.environ.setdefault(_BLAS, "1")
    if not sys.warnoptions:  # neither -W nor PYTHONWARNINGS: they are for developers
        import warnings

        warnings.simplefilter("ignore")
    from .app import main, open_streams

    open_streams()
    return main(sys.argv[1:])
