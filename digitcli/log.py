"""What the library notes for Python's logging, whose loggers have the names of the modules.

`logging` itself is not imported, which takes some milliseconds: whoever listens has imported it.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False  # `typing` takes as long
if TYPE_CHECKING:
    from typing import Any


def info(module: str, message: str, *arguments: Any) -> None:
    """Note a decision or a step of `module`; `message` takes the arguments as logging does."""
    _note("INFO", module, message, arguments)


def debug(module: str, message: str, *arguments: Any) -> None:
    """Note a detail of `module`, such as one picture of many."""
    _note("DEBUG", module, message, arguments)


def _note(level: str, module: str, message: str, arguments: tuple[Any, ...]) -> None:
    logging = sys.modules.get("logging")
    if logging is not None:
        number = getattr(logging, level)
        logging.getLogger(module).log(number, message, *arguments, stacklevel=3)
