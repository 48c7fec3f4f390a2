"""What is worth knowing of a picture that was read all the same."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_heard: ContextVar[list[str] | None] = ContextVar("notes", default=None)


def note(text: str) -> None:
    """Say something of the picture that this thread decodes, to the innermost `noting`."""
    heard = _heard.get()
    if heard is not None:
        heard.append(text)


@contextmanager
def noting() -> Iterator[list[str]]:
    """The notes of what is decoded inside."""
    heard: list[str] = []
    token = _heard.set(heard)
    try:
        yield heard
    finally:
        _heard.reset(token)
