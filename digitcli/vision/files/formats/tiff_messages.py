"""What libtiff says of damaged files, which it would print on standard error.

Pillow cannot be told otherwise, so the library that it loaded is, through ctypes; where its
functions are not found (Pillow's wheels for Windows), it prints as before. Pillow's own words on
TIFF go to Python's logging, which prints errors where nobody listens.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from ....thread_locks import shared_by_threads

_SETTERS = ("TIFFSetErrorHandler", "TIFFSetWarningHandler")

_here = threading.local()


class Messages:
    """What libtiff reported to this thread inside a block."""

    @property
    def damaged(self) -> bool:
        """Whether it reported an error."""
        return bool(_here.errors)


@contextlib.contextmanager
def unprinted() -> Iterator[Messages]:
    """Keep libtiff from printing inside the block."""
    _setters()  # takes locks of imports and logging, which it must not do under the block's own
    with _unheard():
        _here.errors = 0
        yield Messages()


@shared_by_threads  # libtiff's handlers belong to the whole process
@contextlib.contextmanager
def _unheard() -> Iterator[None]:
    before = _set((_heard(), None))
    try:
        yield
    finally:
        _set(before)


def _set(handlers: tuple[Any, ...]) -> tuple[Any, ...]:
    """Set what takes libtiff's errors and warnings, return what took them; none: not found."""
    return tuple(setter(handler) for setter, handler in zip(_setters(), handlers, strict=False))


@lru_cache
def _setters() -> tuple[Any, ...]:
    """libtiff's functions that set its handlers; none where they are not found."""
    import ctypes
    import logging
    from importlib import import_module

    logging.getLogger("PIL").addHandler(logging.NullHandler())
    try:
        # Names are looked for in what this library is linked to, too.
        library = ctypes.CDLL(import_module("PIL._imaging").__file__)
        found = tuple(getattr(library, name) for name in _SETTERS)
    except (AttributeError, OSError):
        return ()
    for setter in found:
        setter.argtypes, setter.restype = [ctypes.c_void_p], ctypes.c_void_p
    return found


@lru_cache
def _heard() -> Any:
    """A function for C that counts errors of the thread it is called in."""
    import ctypes

    def count(module: int | None, form: int | None, values: int | None) -> None:
        _here.errors = getattr(_here, "errors", 0) + 1

    kind = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p)
    made = kind(count)
    _kept.append(made)  # C has only its address
    return ctypes.cast(made, ctypes.c_void_p)


_kept: list[Any] = []
