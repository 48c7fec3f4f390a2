"""Python's logging of our modules as lines on stderr."""

from __future__ import annotations

import logging
import sys
import time

from ...report.kit.printer import printer_on

_START = time.perf_counter()
_LEVELS = (logging.NOTSET, logging.INFO, logging.DEBUG)
_PACKAGE = "digitcli"


def listen(level: int) -> None:
    """Write what our modules log to stderr: steps for level 1, details too for more; 0: stop."""
    logger = logging.getLogger(_PACKAGE)
    logger.setLevel(_LEVELS[min(level, len(_LEVELS) - 1)])
    for handler in [one for one in logger.handlers if isinstance(one, _Lines)]:
        logger.removeHandler(handler)
    if level:
        logger.addHandler(_Lines())


class _Lines(logging.Handler):
    """Seconds since the options were read, module and message, one line each."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line; what stderr cannot take is lost, as logging's own handlers lose it."""
        seconds = time.perf_counter() - _START
        module = record.name.removeprefix(f"{_PACKAGE}.")
        try:
            printer_on(sys.stderr).write(
                (f"{seconds:8.3f} s ", "dim"), (f"{module}: ", "dim"), (record.getMessage(), "")
            )
        except Exception:
            self.handleError(record)
