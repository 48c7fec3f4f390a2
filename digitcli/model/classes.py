"""The names of a network's classes."""

from __future__ import annotations

from ..errors import ModelError

LEAST_CLASSES, MOST_CLASSES = 2, 100
MOST_NAME = 40  # characters of a name


def check_classes(classes: tuple[str, ...]) -> None:
    """Raise ModelError unless these are 2 to 100 different names that can be printed."""
    if not LEAST_CLASSES <= len(classes) <= MOST_CLASSES:
        raise ModelError(
            f"network: {len(classes)} classes, expected {LEAST_CLASSES} to {MOST_CLASSES}"
        )
    for number, name in enumerate(classes):
        if not 1 <= len(name) <= MOST_NAME or name != name.strip() or not name.isprintable():
            raise ModelError(
                f"network: class {number} must have a name of 1 to {MOST_NAME} printable "
                f"characters, got {name!r}"
            )
        if name in classes[:number]:
            raise ModelError(f"network: two classes are called {name!r}")


def class_names(value: object) -> tuple[str, ...]:
    """`classes` as a file has them. Raises ModelError for anything but a list of names."""
    if isinstance(value, (list, tuple)) and all(isinstance(name, str) for name in value):
        return tuple(value)
    raise ModelError(f"network: classes must be a list of names, got {value!r}")
